"""The jobs of a whole process: credits come due, exchanges lapse, months close after downtime."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bot.app.doors import jobs_of
from bot.core.clock import HandClock
from bot.members.people import Person
from bot.referrals.rules import State
from bot.storage.database import Database
from tests.fakes.house import ADA, House, opened_house

NEWCOMERS = [Person(310_000_000_000_000_000 + at, at_home=True) for at in range(5)]
RULES = {"credit_after_days": 1, "exchange": "approval"}


@pytest.fixture
async def house(db: Database, clock: HandClock) -> AsyncIterator[House]:
    """A process whose credits wait for a day and whose staff decide on exchanges."""
    community = {"home_guilds": [1], "staff_channel": 2, "announce_channel": 3}
    async with opened_house(db, clock, community=community, referrals=RULES) as house:
        yield house


async def test_the_jobs_credit_lapse_and_close_whatever_time_was_missed(
    house: House, clock: HandClock
) -> None:
    referring, tick = house.inner.referring, jobs_of(house.inner).runner.tick
    owner = (await house.inner.members.admitted(ADA)).id
    code = (await referring.referrals.overview(owner)).code
    for newcomer in NEWCOMERS:
        await referring.referrals.activate(newcomer, code)

    await tick()
    assert (await referring.referrals.overview(owner)).purse.balance == 0
    clock.move(days=1)
    await tick()
    assert (await referring.referrals.overview(owner)).purse.balance == 5

    await referring.exchanges.exchange(ADA, 5, 77)
    clock.moment = datetime(2026, 12, 3, 9, tzinfo=UTC)  # the process was down over the month's end
    clock.steady += 120
    await tick()
    counter = await referring.exchanges.counter(ADA, 1)
    assert [each.state for each, _ in counter.latest] == [State.LAPSED]
    won = await referring.contest.won("2026-11")
    assert [(each.place, each.member_id, each.activations) for each in won] == [(1, owner, 5)]
    (grant,) = [g for g in await house.inner.allowances.of(owner) if g.source == "contest"]
    assert grant.starts_at == clock.now()
