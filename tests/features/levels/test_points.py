"""Points on both databases: cooled down in memory, added up in batches, lost nowhere."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.core.clock import HandClock
from bot.core.errors import DatabaseAway
from bot.storage.database import Database
from tests.features.levels.circle import ADA, MO, MONTH, STAFF, Circle, circle


async def test_a_member_earns_a_point_a_minute_however_much_they_talk(place: Circle) -> None:
    earned = []
    for _ in range(13):  # every 10 s, for two minutes
        earned.append(place.all.points.count(ADA.discord_id))
        place.clock.move(seconds=10)
    await place.all.points.flush()

    assert earned.count(True) == 3
    assert await place.points() == {(await place.number(), MONTH): 3}


async def test_members_do_not_cool_each_other_down(place: Circle) -> None:
    assert place.all.points.count(ADA.discord_id)
    assert place.all.points.count(MO.discord_id)
    await place.all.points.flush()

    assert sorted((await place.points()).values()) == [1, 1]


async def test_flushes_add_up(place: Circle) -> None:
    for _ in range(3):
        place.all.points.count(ADA.discord_id)
        await place.all.points.flush()
        place.clock.move(seconds=60)

    assert await place.points() == {(await place.number(), MONTH): 3}


async def test_a_point_belongs_to_the_month_it_was_earned_in(
    db: Database, clock: HandClock
) -> None:
    place = circle(db, clock, community=STAFF | {"timezone": "Europe/Berlin"})
    clock.moment = datetime(2026, 11, 30, 22, 59, 30, tzinfo=UTC)  # half a minute to midnight
    place.all.points.count(ADA.discord_id)
    clock.move(seconds=60)
    place.all.points.count(ADA.discord_id)
    await place.all.points.flush()

    number = await place.number()
    assert await place.points() == {(number, "2026-11"): 1, (number, "2026-12"): 1}


async def test_the_cooldown_is_a_setting(db: Database, clock: HandClock) -> None:
    place = circle(db, clock, levels={"cooldown_seconds": 0})

    for _ in range(5):
        assert place.all.points.count(ADA.discord_id)
    await place.all.points.flush()

    assert sum((await place.points()).values()) == 5


async def test_what_the_database_does_not_take_waits_for_the_next_flush(
    place: Circle, tmp_path: Path
) -> None:
    place.all.points.count(ADA.discord_id)
    place.all.points.count(MO.discord_id)

    async with Database(f"sqlite+aiosqlite:///{tmp_path}/no/such/folder/latchkey.db") as gone:
        with pytest.raises(DatabaseAway):
            await replace(place.all.points, db=gone).flush()
    place.clock.move(seconds=60)
    place.all.points.count(ADA.discord_id)
    await place.all.points.flush()

    points = await place.points()
    assert points[await place.number(), MONTH] == 2
    assert points[await place.number(MO), MONTH] == 1


async def test_hundreds_of_people_are_written_in_batches(place: Circle) -> None:
    for at in range(30):
        place.all.points.count(ADA.discord_id + at)

    await replace(place.all.points, batch=7).flush()

    assert list((await place.points()).values()) == [1] * 30


async def test_who_has_everything_deleted_does_not_come_back_with_the_next_flush(
    place: Circle,
) -> None:
    place.all.points.count(ADA.discord_id)
    place.all.points.count(MO.discord_id)

    place.all.points.drop(ADA.discord_id)
    await place.all.points.flush()

    assert await place.points() == {(await place.number(MO), MONTH): 1}


async def test_whoever_may_earn_again_is_forgotten(place: Circle) -> None:
    for at in range(100):
        place.all.points.count(ADA.discord_id + at)
    place.clock.move(seconds=61)

    await place.all.points.flush()

    assert place.all.points.cooling == 0
