"""The alarm rings on, whatever happens to the wall clock."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta, tzinfo
from typing import Any

import pytest
from apscheduler.schedulers import base

from bot.core.clock import SystemClock
from bot.jobs import alarm as module
from bot.jobs.alarm import Alarm


class Wall(SystemClock):
    """The machine's clocks; the wall clock can be set."""

    def __init__(self) -> None:
        self.off = timedelta()

    def now(self) -> datetime:
        return super().now() + self.off


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    """A wall clock that the scheduler looks at too, and an alarm that need not ring so slowly."""
    clock = Wall()

    class Shown(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.now(tz) + clock.off

    monkeypatch.setattr(base, "datetime", Shown)
    monkeypatch.setattr("apscheduler.triggers.interval.datetime", Shown)
    monkeypatch.setattr(module, "TICK_SECONDS", 0.05)
    monkeypatch.setattr(module, "WATCH_SECONDS", 0.02)
    return clock


class Rings:
    """Counts rings."""

    def __init__(self) -> None:
        self.count = 0
        self.fault: Exception | None = None
        self._rung = asyncio.Event()

    async def __call__(self) -> None:
        self.count += 1
        self._rung.set()
        if self.fault is not None:
            raise self.fault

    async def more(self, times: int) -> None:
        """Wait until it has rung so many times more."""
        wanted = self.count + times
        async with asyncio.timeout(30):
            while self.count < wanted:
                self._rung.clear()
                await self._rung.wait()


@contextlib.asynccontextmanager
async def ringing(wall: Wall, rings: Rings) -> AsyncIterator[None]:
    task = asyncio.create_task(Alarm(wall, rings).run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_it_rings_again_and_again(wall: Wall) -> None:
    rings = Rings()
    async with ringing(wall, rings):
        await rings.more(4)


@pytest.mark.parametrize("hours", [-24 * 365, -1, 1, 24])
async def test_a_wall_clock_that_jumps_is_noticed_and_stops_nothing(
    wall: Wall, caplog: pytest.LogCaptureFixture, hours: int
) -> None:
    rings = Rings()
    async with ringing(wall, rings):
        await rings.more(2)
        wall.off += timedelta(hours=hours)
        await rings.more(4)
        async with asyncio.timeout(30):
            while "the wall clock jumped by" not in caplog.text:
                await rings.more(1)

    assert f"jumped by {hours * 3600:+d} s" in caplog.text
    assert caplog.text.count("the wall clock jumped by") == 1


async def test_a_clock_that_is_merely_corrected_is_no_jump(
    wall: Wall, caplog: pytest.LogCaptureFixture
) -> None:
    rings = Rings()
    async with ringing(wall, rings):
        wall.off += timedelta(seconds=2)
        await rings.more(5)

    assert "jumped" not in caplog.text


async def test_it_rings_on_after_a_fault(wall: Wall, caplog: pytest.LogCaptureFixture) -> None:
    rings = Rings()
    rings.fault = RuntimeError("the fault of the test")
    async with ringing(wall, rings):
        await rings.more(3)

    assert "the fault of the test" in caplog.text


async def test_a_ring_that_takes_long_is_never_doubled(wall: Wall) -> None:
    inside, most = 0, 0
    rung = asyncio.Event()
    rings: list[Any] = []

    async def slow() -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        rings.append(None)
        await asyncio.sleep(0.12)
        inside -= 1
        if len(rings) >= 3:
            rung.set()

    task = asyncio.create_task(Alarm(wall, slow).run())
    async with asyncio.timeout(30):
        await rung.wait()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task

    assert most == 1
