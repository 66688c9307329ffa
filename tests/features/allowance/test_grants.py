"""Grants on both databases: given, revoked, listed, their reasons sealed."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bot.allowance.rules import Grant, Stacking, today
from bot.core.clock import HandClock
from bot.core.signals import Topic
from bot.members.private import LOST
from bot.storage.database import Database
from bot.storage.tables.allowance import GrantRow
from tests.conftest import NOON
from tests.fakes.owned import ADA, MO, Owned, member_of, owned

MONTH = timedelta(days=30)


@pytest.fixture
def house(db: Database, clock: HandClock) -> Owned:
    return owned(db, clock)


async def give(house: Owned, member_id: int, **more: object) -> Grant:
    what = {"source": "donation", "starts_at": NOON, "ends_at": NOON + MONTH} | more
    async with house.db.begin() as tx:
        return await house.allowances.grant(tx, member_id, **what)


async def test_a_grant_raises_what_its_member_may_spend_today(house: Owned) -> None:
    ada, mo = await member_of(house), await member_of(house, MO)
    given = await give(house, ada, plan="10", daily_tokens=960_000, access="claude")

    grants = await house.allowances.of(ada)

    assert grants == (given,)
    found = today(80_000, grants, NOON, Stacking.HIGHEST)
    assert (found.allowance, found.access) == (960_000, {"free", "claude"})
    assert await house.allowances.of(mo) == ()
    assert house.told == [(Topic.MEMBER, ada)]


async def test_grants_to_come_are_listed_and_those_that_ended_are_not(house: Owned) -> None:
    ada = await member_of(house)
    await give(house, ada, unlimited=True, ends_at=NOON + timedelta(hours=1))
    later = await give(house, ada, unlimited=True, starts_at=NOON + timedelta(hours=2))

    house.clock.move(hours=1)

    assert await house.allowances.of(ada) == (later,)


async def test_a_revoked_grant_is_gone_and_revoking_it_again_does_nothing(house: Owned) -> None:
    ada = await member_of(house)
    given = await give(house, ada, daily_tokens=320_000)
    house.told.clear()

    async with house.db.begin() as tx:
        revoked = await house.allowances.revoke(tx, given.id)
    async with house.db.begin() as tx:
        again = await house.allowances.revoke(tx, given.id)
        none = await house.allowances.revoke(tx, 404)

    assert revoked is not None
    assert (revoked.id, revoked.revoked) == (given.id, True)
    assert (again, none) == (None, None)
    assert await house.allowances.of(ada) == ()
    assert house.told == [(Topic.MEMBER, ada)]


async def test_a_use_case_that_fails_grants_nothing(house: Owned) -> None:
    ada = await member_of(house)

    with pytest.raises(LookupError):
        async with house.db.begin() as tx:
            await house.allowances.grant(
                tx, ada, source="staff", starts_at=NOON, ends_at=NOON + MONTH, unlimited=True
            )
            raise LookupError

    assert await house.allowances.of(ada) == ()
    assert house.told == []


@pytest.mark.parametrize(
    "nonsense",
    [{}, {"daily_tokens": 0}, {"daily_tokens": -5}, {"unlimited": True, "ends_at": NOON}],
)
async def test_the_database_refuses_a_grant_that_makes_no_sense(
    house: Owned, nonsense: dict[str, object]
) -> None:
    ada = await member_of(house)

    with pytest.raises(IntegrityError):
        await give(house, ada, **nonsense)


async def test_a_reason_is_sealed_with_the_member_s_own_key(house: Owned) -> None:
    ada, mo = await member_of(house), await member_of(house, MO)

    given = await give(house, ada, unlimited=True, giver_id=mo, reason="helped everybody")

    async with house.db.read() as tx:
        stored = await tx.scalar(select(GrantRow.reason))
    assert stored is not None
    assert b"helped" not in stored
    assert await house.allowances.reason(given.id) == "helped everybody"
    stranger = owned(house.db, house.clock, "another secret that was never used here")
    assert await stranger.allowances.reason(given.id) == LOST


async def test_a_grant_without_a_reason_has_none(house: Owned) -> None:
    given = await give(house, await member_of(house, ADA), unlimited=True)

    assert await house.allowances.reason(given.id) is None
    assert await house.allowances.reason(404) is None
