"""A ledger over a real database, with three members."""

from collections.abc import AsyncIterator

import pytest

from bot.core.clock import HandClock
from bot.core.ids import Ids
from bot.ledger.service import Ledger
from bot.storage.database import Database
from tests.features.ledger.asks import ADA, BEA, MO, RULES
from tests.features.ledger.books import add_members


@pytest.fixture
async def ledger(db: Database, clock: HandClock) -> AsyncIterator[Ledger]:
    """A running ledger; Ada, Bea and Mo are members."""
    await add_members(db, ADA, BEA, MO)
    async with Ledger(db, clock, Ids(), lambda: RULES) as running:
        yield running


@pytest.fixture
async def neighbour(ledger: Ledger, db: Database, clock: HandClock) -> AsyncIterator[Ledger]:
    """Another process's ledger on the same database, as this one sees it."""
    async with Ledger(db, clock, Ids(), lambda: RULES) as running:
        yield running
