"""A room of staff services whose latchkey.toml names next to nothing."""

from collections.abc import AsyncIterator

import pytest

from bot.core.clock import HandClock
from bot.storage.database import Database
from tests.features.staff.room import Room, opened


@pytest.fixture
async def room(db: Database, clock: HandClock) -> AsyncIterator[Room]:
    """The staff's services; home guild, staff and log channel are named, nothing else."""
    async with opened(db, clock) as made:
        yield made
