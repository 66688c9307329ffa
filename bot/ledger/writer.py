"""The writer: one task that takes all that waits into one transaction, decides, commits, answers.

The next batch gathers while one commits, so nobody waits for a timer. Endings (settled calls) go
before beginnings and are never lost: while the database is away they stay and are tried again.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from bot.core.clock import Clock
from bot.core.errors import DatabaseAway, Draining, Failure, QueueFull
from bot.ledger.books import Answer, Books, Found, Written
from bot.ledger.calls import Held, LedgerRules
from bot.ledger.operations import Abandon, Ending, GiveBack, Operation, Reserve
from bot.ledger.stores import Collided, CommitUnknown, Store, needs_of

log = logging.getLogger(__name__)
BATCH = 512  # operations in one transaction at most
TURNS = 3  # of the event loop, in which a batch gathers
COLLISIONS = 8  # tries of a batch that other transactions stand in the way of
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 2.0  # seconds between tries while the database is away


@dataclass
class Writer:
    """Owns the queue and the task; one a process."""

    store: Store
    clock: Clock
    rules: Callable[[], LedgerRules]
    room_seconds: float = 5.0  # how long a hold waits for a place in a full queue
    patience: float = 10.0  # seconds that closing waits for what is left
    open: set[int] = field(default_factory=set, init=False)  # holds of this process
    _ends: deque[Ending] = field(default_factory=deque, init=False)
    _asks: deque[Reserve] = field(default_factory=deque, init=False)
    _outside: deque[tuple[asyncio.TimerHandle, Reserve]] = field(
        default_factory=deque, init=False
    )  # no room in the queue
    _current: Sequence[Operation] = field(default=(), init=False)
    _wake: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _idle: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _task: asyncio.Task[None] | None = field(default=None, init=False)
    _pause: float = field(default=0.0, init=False)  # not 0: the database is away
    _closing: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        """Begin with nothing to do."""
        self._idle.set()

    async def start(self) -> None:
        """Warm the statements up and begin; a database that is away delays nothing."""
        with suppress(DatabaseAway, Collided):
            await self._transact([])
        self._task = asyncio.create_task(self._work(), name="ledger writer")

    async def close(self) -> None:
        """Take nothing new, write what is left, end; the sweep finds what could not be written."""
        self._closing = True
        for ask in (*self._asks, *(ask for _, ask in self._outside)):
            _fail(ask, Draining())
        with suppress(TimeoutError):
            async with asyncio.timeout(self.patience):
                await self._idle.wait()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for operation in (*self._current, *self._ends):
            log.error("call %d is left to the sweep: the database is away", operation.id)
            _fail(operation, DatabaseAway())
        await self.store.close()

    def end(self, operation: Ending) -> None:
        """Take an operation that ends a call; it is carried out though nobody may wait for it."""
        if self._task is None or self._task.done():
            _fail(operation, Draining())
            return
        self._ends.append(operation)
        self._stir()

    def begin(self, operation: Reserve) -> None:
        """Take a hold; with the queue full it waits outside for a while, then fails QueueFull."""
        if self._closing:
            raise Draining
        if self._pause:
            raise DatabaseAway  # endings are being tried again; why wait to hear the same
        if self._outside or len(self._asks) >= self.rules().queue:
            loop = asyncio.get_running_loop()
            alarm = loop.call_later(self.room_seconds, self._turn_away, operation)
            self._outside.append((alarm, operation))
        else:
            self._asks.append(operation)
        self._stir()

    def withdraw(self, operation: Reserve) -> None:
        """Give a hold back whose caller was cancelled before it could take the answer.

        Cancelled before the answer was there, the future itself says so to the writer.
        """
        answer = operation.answer
        if answer.done() and not answer.cancelled() and answer.exception() is None:
            self.end(_undo(operation, answer.result()))

    def _stir(self) -> None:
        self._idle.clear()
        self._wake.set()

    def _turn_away(self, operation: Reserve) -> None:
        _fail(operation, QueueFull())
        while self._outside and self._outside[0][1].answer.done():
            self._outside.popleft()

    async def _work(self) -> None:
        while True:
            self._wake.clear()
            await _gather()
            while batch := self._take():
                self._current = batch
                await self._commit(batch)
                self._current = ()
                await asyncio.sleep(self._pause)
                await _gather()
            self._idle.set()
            await self._wake.wait()

    def _take(self) -> list[Operation]:
        """Take endings, then holds whose callers still wait."""
        batch: list[Operation] = []
        while self._ends and len(batch) < BATCH:
            batch.append(self._ends.popleft())
        while self._asks and len(batch) < BATCH:
            if not (ask := self._asks.popleft()).answer.done():
                batch.append(ask)
            self._let_in()
        return batch

    def _let_in(self) -> None:
        """Give the free place in the queue to who waits longest outside."""
        if self._outside:
            alarm, ask = self._outside.popleft()
            alarm.cancel()
            self._asks.append(ask)

    async def _commit(self, batch: Sequence[Operation]) -> bool:
        """Carry a batch out, or each operation alone where a value is refused; False: away."""
        try:
            answers = await self._transact(batch)
        except DatabaseAway as fault:
            self._away(batch, fault)
            return False
        except Exception as fault:
            if len(batch) > 1:
                log.warning("%d operations failed (%s): one by one", len(batch), _name(fault))
                return await self._commit_singly(batch)
            self._poisoned(batch[0], fault)
        else:
            self._pause = 0.0
            for operation, answer in zip(batch, answers, strict=True):
                self._answer(operation, answer)
        return True

    async def _commit_singly(self, batch: Sequence[Operation]) -> bool:
        for at, operation in enumerate(batch):
            if not await self._commit([operation]):
                self._away(batch[at + 1 :], DatabaseAway())
                return False
        return True

    async def _transact(self, batch: Sequence[Operation]) -> list[Answer]:
        answers: list[Answer] = []

        def decide(found: Found) -> Written:
            books = Books(found, self.rules(), self.clock.now())
            answers[:] = [books.enter(operation) for operation in batch]
            return books.written

        for again in range(COLLISIONS):
            try:
                await self.store.run(needs_of(batch), decide)
            except Collided:
                await asyncio.sleep(0.01 * again)
            else:
                return answers
        raise DatabaseAway

    def _answer(self, operation: Operation, answer: Any) -> None:
        waits = operation.answer
        if isinstance(operation, Reserve):
            if isinstance(answer, Held):
                self.open.add(operation.id)
                if waits.done():  # its caller left while we committed
                    self.end(_undo(operation, answer))
        else:
            self.open.discard(operation.id)
        if waits.done():
            return
        if isinstance(answer, Failure):
            waits.set_exception(answer)
        else:
            waits.set_result(answer)

    def _away(self, batch: Sequence[Operation], fault: DatabaseAway) -> None:
        """Refuse holds, keep endings for the next try; a hold that may be written is undone."""
        kept: list[Ending] = []
        for operation in batch:
            match operation:
                case Reserve():
                    _fail(operation, DatabaseAway())
                    if isinstance(fault, CommitUnknown):
                        kept.append(_undo(operation, None))
                case Abandon():
                    _fail(operation, DatabaseAway())
                case _:
                    kept.append(operation)
        self._ends.extendleft(reversed(kept))
        self._pause = min(LONGEST_PAUSE, max(FIRST_PAUSE, self._pause * 2)) if self._ends else 0.0

    def _poisoned(self, operation: Operation, fault: Exception) -> None:
        log.error("operation on call %d failed alone", operation.id, exc_info=fault)
        self.open.discard(operation.id)  # what it held is released once its lease has run out
        _fail(operation, fault)


async def _gather() -> None:
    """Let those in whose answer or request is being read: microseconds, fewer commits."""
    for _ in range(TURNS):
        await asyncio.sleep(0)


def _undo(operation: Reserve, held: Held | None) -> GiveBack:
    minute = None if held is None else held.minute
    return GiveBack(operation.id, operation.member_id, operation.day, minute)


def _name(fault: Exception) -> str:
    return type(fault).__name__


def _fail(operation: Operation, fault: Exception) -> None:
    if not operation.answer.done():
        operation.answer.set_exception(fault)
