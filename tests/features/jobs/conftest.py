"""Runners over a database, as the processes of one community have them."""

import itertools
from collections.abc import Callable

import pytest

from bot.community.service import Community
from bot.core.clock import HandClock
from bot.jobs.cadence import Minutely, Periodic
from bot.jobs.runner import Runner
from bot.settings.community import CommunityFile
from bot.storage.database import Database
from bot.storage.leases import Leases

HOLDERS = itertools.count(1)
MakeRunner = Callable[..., Runner]


@pytest.fixture
def make_runner(db: Database, clock: HandClock) -> MakeRunner:
    """Make the runner of one more process."""

    def make(*jobs: Periodic, minutely: tuple[Minutely, ...] = (), timezone: str = "UTC") -> Runner:
        sections = {"community": {"timezone": timezone}}
        community = Community(CommunityFile.model_validate(sections))
        return Runner(db, clock, community, Leases(db, clock, holder=next(HOLDERS)), jobs, minutely)

    return make
