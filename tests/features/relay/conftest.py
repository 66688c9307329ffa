"""The house a test of the relay calls from."""

from collections.abc import AsyncIterator

import pytest

from bot.core.clock import HandClock
from bot.storage.database import Database
from tests.features.relay.house import House, opened_house


@pytest.fixture
async def house(db: Database, clock: HandClock) -> AsyncIterator[House]:
    """A house on either database, as latchkey.toml's defaults have it."""
    async with opened_house(db, clock) as made:
        yield made


@pytest.fixture
async def small_db(sqlite_url: str) -> AsyncIterator[Database]:
    """An embedded database, where a second kind would show nothing new."""
    async with Database(sqlite_url) as opened:
        yield opened


@pytest.fixture
async def cottage(small_db: Database, clock: HandClock) -> AsyncIterator[House]:
    """A house on the embedded database alone."""
    async with opened_house(small_db, clock) as made:
        yield made
