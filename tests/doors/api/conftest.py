"""A house whose API is served on loopback, and clients of several kinds."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial

import pytest

from bot.core.clock import HandClock
from bot.storage.database import Database
from tests.fakes.house import House, opened_house

Opening = Callable[..., AbstractAsyncContextManager[House]]


@pytest.fixture
async def opening(sqlite_url: str, clock: HandClock) -> AsyncIterator[Opening]:
    """Open a house with settings of the test's own: `async with opening(limits={...})`."""
    async with Database(sqlite_url) as db:
        yield partial(opened_house, db, clock)


@pytest.fixture
async def house(opening: Opening) -> AsyncIterator[House]:
    """A house as latchkey.toml's defaults have it."""
    async with opening() as opened:
        yield opened
