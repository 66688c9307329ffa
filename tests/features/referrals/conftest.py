"""A village on either database."""

import pytest

from bot.core.clock import HandClock
from bot.storage.database import Database
from tests.features.referrals.village import Village, village


@pytest.fixture
def place(db: Database, clock: HandClock) -> Village:
    """A village with the default settings, and channels to post in."""
    return village(db, clock)
