"""The calls that are running: each can be ended from outside, whatever it waits for."""

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Protocol, TypeVar

from bot.core.errors import Draining
from bot.core.signals import Signals, Topic

T = TypeVar("T")


class Stop(StrEnum):
    """Why Latchkey itself ends a call."""

    SHUTDOWN = "shutdown"
    SUSPENDED = "suspended"
    LEAVING = "leaving"  # the member has everything deleted
    TIME = "time"  # its whole time is up
    SLOW = "slow"  # its client stopped reading
    ASKED = "asked"  # whoever reads it wants no more


class Stopped(Exception):
    """A call was ended from outside; `reason` says by what."""

    def __init__(self, reason: Stop) -> None:
        super().__init__(reason)
        self.reason = reason


class Stoppable(Protocol):
    """A running call."""

    member_id: int

    def stop(self, reason: Stop) -> None:
        """End the call."""
        ...


class Leash:
    """Wakes the task that waits for a call's upstream, once the call is to end.

    Like asyncio.timeout it cancels the waiting task and takes that cancellation back; no task is
    made for waiting, because a stream waits for every chunk.
    """

    __slots__ = ("_pulled", "_task", "reason")

    def __init__(self) -> None:
        self.reason: Stop | None = None
        self._task: asyncio.Task[object] | None = None
        self._pulled = False

    def pull(self, reason: Stop) -> bool:
        """End the wait, now or when it begins; say whether somebody was waiting."""
        if self.reason is None:
            self.reason = reason
            if self._task is not None:
                self._pulled = self._task.cancel()
        return self._task is not None

    async def wait(self, work: Callable[[], Awaitable[T]]) -> T:
        """Start the work and wait for it, or raise Stopped."""
        if self.reason is not None:
            raise Stopped(self.reason)
        task = asyncio.current_task()
        assert task is not None, "a call is awaited in a task"
        before = task.cancelling()
        self._task = task
        try:
            return await work()
        except asyncio.CancelledError:
            if self._taken_back(task, before):
                assert self.reason is not None, "a leash is pulled for a reason"
                raise Stopped(self.reason) from None
            raise
        finally:
            self._task = None
            self._taken_back(task, before)

    def _taken_back(self, task: asyncio.Task[object], before: int) -> bool:
        """Take our own cancellation back; say whether it was the only one."""
        if not self._pulled:
            return False
        self._pulled = False
        return task.uncancel() <= before


class Running:
    """Every running call of this process."""

    def __init__(self, signals: Signals) -> None:
        self.draining = False
        self._calls: set[Stoppable] = set()
        self._over = asyncio.Event()
        signals.on(Topic.SUSPENDED, lambda member_id: self._cut(member_id, Stop.SUSPENDED))
        signals.on(Topic.LEAVING, lambda member_id: self._cut(member_id, Stop.LEAVING))

    def __len__(self) -> int:
        return len(self._calls)

    def add(self, call: Stoppable) -> None:
        """Take in a call that begins; nothing begins while this process ends."""
        if self.draining:
            raise Draining
        self._calls.add(call)

    def discard(self, call: Stoppable) -> None:
        """Let go of a call that is over."""
        self._calls.discard(call)
        if self.draining and not self._calls:
            self._over.set()

    async def drain(self, patience: float) -> None:
        """Refuse what is new, give what runs `patience` seconds, then end it."""
        self.draining = True
        if not self._calls:
            return
        try:
            async with asyncio.timeout(patience):
                await self._over.wait()
        except TimeoutError:
            self._stop(list(self._calls), Stop.SHUTDOWN)
            await self._over.wait()

    def _cut(self, member_id: int, reason: Stop) -> None:
        self._stop([call for call in self._calls if call.member_id == member_id], reason)

    def _stop(self, calls: list[Stoppable], reason: Stop) -> None:
        for call in calls:
            call.stop(reason)
