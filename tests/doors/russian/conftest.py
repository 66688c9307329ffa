"""The connected bot of tests/doors/bot, in servers and for people whose Discord is Russian."""

from collections.abc import AsyncIterator

import pytest

from bot.cogs import courier
from bot.core.clock import HandClock
from bot.sandbox.discord.furniture import ADA, HOME, MO
from bot.sandbox.discord.server import LoopbackDiscord
from bot.storage.database import Database
from tests.doors.bot.conftest import db, library, schema
from tests.doors.bot.stage import Stage, acted, running

__all__ = ["db", "library", "schema"]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the courier look often: it waits on the test's clock, which the test moves."""
    monkeypatch.setattr(courier, "LOOK_SECONDS", 0.01)


@pytest.fixture
async def discord(clock: HandClock) -> AsyncIterator[LoopbackDiscord]:
    """A loopback Discord whose home server is Russian, as are Ada's and Mo's clients."""
    loopback = LoopbackDiscord(limited=False, now=lambda: clock.now().timestamp())
    loopback.world.guilds[HOME]["preferred_locale"] = "ru"
    for who in (ADA, MO):
        loopback.world.people[who].locale = "ru"
    async with loopback.serve():
        yield loopback


@pytest.fixture
async def stage(db: Database, clock: HandClock, discord: LoopbackDiscord) -> AsyncIterator[Stage]:
    """A bot that is connected and answers, on a service with a Russian name."""
    async with acted(db, clock, discord) as stage, running(stage.bot):
        yield stage
