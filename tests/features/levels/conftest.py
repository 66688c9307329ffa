"""A circle on either database."""

import pytest

from bot.core.clock import HandClock
from bot.storage.database import Database
from tests.features.levels.circle import Circle, circle


@pytest.fixture
def place(db: Database, clock: HandClock) -> Circle:
    """A circle with the default settings, three level roles, and channels to post in."""
    return circle(db, clock)
