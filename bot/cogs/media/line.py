"""Who has something made right now, and who waits in line for it."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

from bot.cogs.media.errors import LineFull, StillMaking

AT_ONCE = 6
MOST_WAITING = 24
LONGEST_WAIT = 240.0  # seconds: what is made then still arrives while Discord's token lives
Moved = Callable[[int], None]


class _Waiting(NamedTuple):
    turn: "asyncio.Future[None]"
    moved: Moved


class Line:
    """One job a member, a few at a time for everybody, first come first served."""

    def __init__(self, at_once: int = AT_ONCE, most_waiting: int = MOST_WAITING) -> None:
        self._at_once = at_once
        self._most_waiting = most_waiting
        self._members: set[int] = set()
        self._running = 0
        self._waiting: deque[_Waiting] = deque()

    @asynccontextmanager
    async def place(self, user_id: int, moved: Moved) -> AsyncIterator[None]:
        """Hold the member's place once it is their turn; `moved(ahead)` says who is before them.

        Raises StillMaking or LineFull.
        """
        if user_id in self._members:
            raise StillMaking
        self._members.add(user_id)
        try:
            await self._enter(moved)
            try:
                yield
            finally:
                self._leave()
        finally:
            self._members.discard(user_id)

    async def _enter(self, moved: Moved) -> None:
        if self._running < self._at_once:
            self._running += 1
            return
        if len(self._waiting) >= self._most_waiting:
            raise LineFull
        waiting = _Waiting(asyncio.get_running_loop().create_future(), moved)
        self._waiting.append(waiting)
        moved(len(self._waiting) - 1)
        try:
            async with asyncio.timeout(LONGEST_WAIT):
                await waiting.turn
        except BaseException as fault:
            self._give_up(waiting)
            if isinstance(fault, TimeoutError):
                raise LineFull from None
            raise

    def _give_up(self, waiting: _Waiting) -> None:
        if waiting in self._waiting:
            self._waiting.remove(waiting)
            self._tell()
        else:  # the turn came at the very moment in which nobody wanted it any more
            self._leave()

    def _leave(self) -> None:
        """Give the place to whoever is next."""
        if not self._waiting:
            self._running -= 1
            return
        self._waiting.popleft().turn.set_result(None)
        self._tell()

    def _tell(self) -> None:
        for ahead, waiting in enumerate(self._waiting):
            waiting.moved(ahead)
