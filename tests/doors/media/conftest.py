"""A studio on the loopback Discord that Discord's own schema watches."""

from collections.abc import AsyncIterator

import pytest

from bot.core.clock import HandClock
from bot.sandbox.discord.server import LoopbackDiscord
from bot.storage.database import Database
from tests.doors.bot.conftest import db, discord, library, schema
from tests.doors.media.hall import Hall, opened_hall

__all__ = ["db", "discord", "library", "schema"]


@pytest.fixture
async def hall(
    db: Database,
    clock: HandClock,
    discord: LoopbackDiscord,
) -> AsyncIterator[Hall]:
    """A hall whose bot is connected."""
    async with opened_hall(db, clock, discord) as opened:
        yield opened
