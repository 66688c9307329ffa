"""A month's awards on both databases: who gets which level, for when, once, however late."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.core.clock import HandClock
from bot.storage.database import Database
from tests.features.levels.circle import (
    ADA,
    BEA,
    HOME,
    MO,
    MONTH,
    ROLES,
    STAFF,
    Circle,
    circle,
)

OVER = datetime(2026, 12, 1, 0, 5, tzinfo=UTC)
DECEMBER, JANUARY = datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


async def award(place: Circle, month: str = MONTH, at: datetime = OVER) -> None:
    place.clock.moment = max(at, place.clock.now())
    await place.all.levels.award(month)


async def test_each_threshold_earns_its_level_for_the_whole_next_month(place: Circle) -> None:
    ada, mo = await place.talked(100), await place.talked(1_500, MO)
    await place.talked(99, BEA)

    await award(place)

    assert await place.awards() == [(ada, MONTH, 1, True), (mo, MONTH, 3, True)]
    (grant,) = await place.grants(MO)
    assert (grant.source, grant.plan, grant.daily_tokens) == ("level", "3", 160_000)
    assert (grant.starts_at, grant.ends_at) == (DECEMBER, JANUARY)
    assert await place.grants(BEA) == ()


async def test_a_month_still_running_is_not_awarded(place: Circle) -> None:
    await place.talked(500)

    with pytest.raises(AssertionError, match="still runs"):
        await place.all.levels.award(MONTH)


async def test_the_month_is_the_communitys_not_greenwichs(db: Database, clock: HandClock) -> None:
    place = circle(db, clock, community=STAFF | {"timezone": "Asia/Kathmandu"})
    await place.talked(100)

    await award(place, at=datetime(2026, 11, 30, 18, 20, tzinfo=UTC))  # five past midnight there

    (grant,) = await place.grants()
    assert grant.starts_at == datetime(2026, 11, 30, 18, 15, tzinfo=UTC)
    assert grant.ends_at == datetime(2026, 12, 31, 18, 15, tzinfo=UTC)


async def test_awarding_twice_changes_nothing(place: Circle) -> None:
    await place.talked(100)
    await award(place)
    before = await place.awards(), await place.grants(), await place.wishes(), await place.posts()

    await award(place)

    after = await place.awards(), await place.grants(), await place.wishes(), await place.posts()
    assert after == before


async def test_awarding_in_small_batches_reaches_everybody_once(place: Circle) -> None:
    await place.crowd(25, 400)
    place.clock.moment = OVER

    await replace(place.all.levels, batch=4).award(MONTH)

    awards = await place.awards()
    assert len(awards) == len({member for member, *_ in awards}) == 25
    assert len(await place.wishes()) == 25


async def test_a_missed_month_whose_levels_time_is_over_is_recorded_and_gives_nothing(
    place: Circle,
) -> None:
    ada = await place.talked(400)

    await award(place, at=JANUARY)

    assert await place.awards() == [(ada, MONTH, 2, False)]
    assert await place.grants() == ()
    assert await place.wishes() == []
    assert await place.posts() == []


async def test_a_month_awarded_late_gives_what_is_left_of_it(place: Circle) -> None:
    await place.talked(400)

    await award(place, at=datetime(2026, 12, 20, tzinfo=UTC))

    (grant,) = await place.grants()
    assert (grant.starts_at, grant.ends_at) == (DECEMBER, JANUARY)


async def test_the_months_levels_are_announced_once(place: Circle) -> None:
    await place.talked(100)
    await place.talked(1_000, MO)
    await place.talked(1_001, BEA)

    await award(place)
    await award(place)

    (said,) = await place.posts()
    assert "The levels of 2026-11 are awarded" in said
    assert "Level 3: 2 members\nLevel 1: 1 member" in said


async def test_where_nobody_earned_a_level_nothing_is_announced(place: Circle) -> None:
    await place.talked(99)

    await award(place)

    assert await place.posts() == []


async def test_without_thresholds_nobody_earns_a_level(db: Database, clock: HandClock) -> None:
    place = circle(db, clock, levels={"thresholds": []})
    await place.talked(10_000)

    await award(place)

    assert await place.awards() == []


async def test_the_role_of_the_new_level_comes_and_last_months_goes(place: Circle) -> None:
    ada, mo, bea = [await place.number(who) for who in (ADA, MO, BEA)]
    for who, points in ((ADA, 100), (MO, 400), (BEA, 1_000)):
        await place.talked(points, who)
    await award(place)
    await place.handed()
    assert await place.given() == {(ada, ROLES[1]), (mo, ROLES[2]), (bea, ROLES[3])}
    await place.talked(450, ADA, "2026-12")  # Ada rises, Mo stays, Bea has earned nothing
    await place.talked(400, MO, "2026-12")

    await award(place, "2026-12", datetime(2027, 1, 1, 0, 5, tzinfo=UTC))

    wishes = {(wish.member_id, wish.role_id, wish.give) for wish in await place.wishes()}
    assert wishes == {(ada, ROLES[2], True), (ada, ROLES[1], False), (bea, ROLES[3], False)}
    await place.handed()
    assert await place.given() == {(ada, ROLES[2]), (mo, ROLES[2])}
    assert {wish.guild_id for wish in await place.wishes()} <= {HOME}


async def test_who_was_given_a_higher_level_by_hand_keeps_its_role(place: Circle) -> None:
    ada = await place.talked(100)
    async with place.house.db.begin() as tx:
        await place.all.levels.grant(tx, ada, 3, giver_id=ada, reason="helps everybody")

    await award(place)

    assert [(w.role_id, w.give) for w in await place.wishes()] == [(ROLES[3], True)]
    assert [grant.plan for grant in await place.grants()] == ["3", "1"]
