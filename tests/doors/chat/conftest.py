"""A room to chat in, on the loopback Discord that Discord's own schema watches."""

from collections.abc import AsyncIterator

import pytest

from bot.core.clock import HandClock
from bot.sandbox.discord.server import LoopbackDiscord
from bot.storage.database import Database
from tests.doors.bot.conftest import db, discord, library, schema
from tests.doors.chat.room import Room, opened_room

__all__ = ["db", "discord", "library", "schema"]


@pytest.fixture
async def room(
    db: Database,
    clock: HandClock,
    discord: LoopbackDiscord,
) -> AsyncIterator[Room]:
    """A room whose bot is connected."""
    async with opened_room(db, clock, discord) as opened:
        yield opened
