"""APScheduler as the alarm clock over one tick; a wall clock that jumps stops nothing."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.core.clock import Clock

log = logging.getLogger(__name__)
TICK_SECONDS = 10
WATCH_SECONDS = 5.0
JUMP_SECONDS = 5.0  # wall and steady clock apart by more than this: the wall clock jumped
TICK = "tick"


@dataclass
class Alarm:
    """Calls `tick` every ten seconds, whatever the wall clock does."""

    clock: Clock
    tick: Callable[[], Awaitable[None]]
    _rung: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _apart: float = field(default=0.0, init=False)
    _last: float = field(default=0.0, init=False)

    async def run(self) -> None:
        """Ring until cancelled."""
        scheduler = AsyncIOScheduler(timezone="UTC")
        scheduler.add_job(
            self._ring,
            "interval",
            seconds=TICK_SECONDS,
            id=TICK,
            coalesce=True,
            misfire_grace_time=None,
            max_instances=1,
        )
        self._apart, self._last = self._difference(), self.clock.monotonic()
        scheduler.start()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._watching(scheduler))
                while True:
                    await self._rung.wait()
                    self._rung.clear()
                    await self._ticked()
        finally:
            scheduler.shutdown(wait=False)

    async def _ring(self) -> None:
        # The work is not the scheduler's: it would log a cancelled one as a fault.
        self._last = self.clock.monotonic()
        self._rung.set()

    async def _ticked(self) -> None:
        try:
            await self.tick()
        except Exception:
            log.exception("a tick failed")

    async def _watching(self, scheduler: AsyncIOScheduler) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            self._watch(scheduler)

    def _watch(self, scheduler: AsyncIOScheduler) -> None:
        """Notice a jump; the scheduler sleeps until a wall-clock time that may now be far away."""
        apart, jumped = self._difference(), False
        if abs(apart - self._apart) > JUMP_SECONDS:
            log.warning("the wall clock jumped by %+.0f s", apart - self._apart)
            self._apart, jumped = apart, True
        if jumped or self.clock.monotonic() - self._last > 2 * TICK_SECONDS:
            # Rung from here: a clock of our own may be far from the one the scheduler looks at.
            scheduler.reschedule_job(TICK, trigger="interval", seconds=TICK_SECONDS)
            self._last = self.clock.monotonic()
            self._rung.set()

    def _difference(self) -> float:
        return self.clock.now().timestamp() - self.clock.monotonic()
