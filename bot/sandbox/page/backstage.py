"""What stands behind the chat and a newcomer may look at: the clock, the calls, the tour."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from bot.process import Process
from bot.sandbox.discord.world import World
from bot.sandbox.page.calls import Calls
from bot.sandbox.page.tour import Tour
from bot.sandbox.travel import Leap, TravelClock, distance

Told = Callable[[dict[str, Any]], None]


@dataclass
class Backstage:
    """The product behind one loopback Discord; pages that listen are told what changes."""

    process: Process
    clock: TravelClock
    world: World
    calls: Calls = field(init=False)
    tour: Tour = field(init=False)
    _listening: list[Told] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        """Open the books that it keeps."""
        db = self.process.house.db
        self.calls = Calls(db, self._called)
        self.tour = Tour(db, self.world, lambda done: self._tell({"is": "tour", "done": done}))

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Watch what the process does until the block ends."""
        self.process.house.ledger.watcher = self.calls
        self.process.api.app.watcher = self.calls.answered
        stop = self.world.listen(lambda _: self.tour.stir())
        running = [asyncio.create_task(each.run()) for each in (self.calls, self.tour)]
        try:
            yield
        finally:
            stop()
            self.process.house.ledger.watcher = self.process.api.app.watcher = None
            for task in running:
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(*running)

    def listen(self, told: Told) -> Callable[[], None]:
        """Tell of every change from now on; call the answer to stop."""
        self._listening.append(told)
        return lambda: self._listening.remove(told)

    def introduce(self) -> dict[str, Any]:
        """Say everything there is to know now."""
        return self._time() | {"calls": self.calls.known(), "tour": self.tour.done()}

    async def travel(self, leap: Leap) -> None:
        """Go on in time, and let the jobs do at once what has come due."""
        house = self.process.house
        await house.levelling.points.flush()  # what was earned until now belongs to now
        self.clock.move(distance(leap, self.clock.now(), house.community.zone))
        self._tell({"is": "time"} | self._time())
        if self.process.jobs is not None:
            await self.process.jobs.runner.tick()

    def _time(self) -> dict[str, Any]:
        zone = self.process.house.community.zone
        return {
            "now": self.clock.seconds(),
            "ahead": self.clock.ahead.total_seconds(),
            "zone": zone.key,
        }

    def _called(self, calls: list[dict[str, Any]]) -> None:
        self._tell({"is": "calls", "calls": calls})
        self.tour.stir()

    def _tell(self, news: dict[str, Any]) -> None:
        for told in tuple(self._listening):
            told(news)
