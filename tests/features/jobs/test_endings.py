"""The end of a grant, on both databases: told once, by one process, to whoever wants to know."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from bot.allowance.plans import PlanBook, Source
from bot.app.levelling import Levelling, levelling
from bot.core.clock import HandClock
from bot.core.ids import Ids
from bot.jobs.endings import Endings
from bot.outbox import Effect, Outbox, Parcel
from bot.storage.database import Database
from bot.storage.tables.allowance import GrantRow
from bot.storage.tables.levels import GivenRoleRow
from bot.storage.tables.members import MemberRow, PersonRow
from bot.storage.tables.system import OutboxRow
from bot.words.letter import Letter
from bot.words.say import say
from tests.fakes.owned import ADA, MO, Owned, member_of, owned

HOME, ROLE = 1001, 2101
PLACES = {"community": {"home_guilds": [HOME], "level_roles": {"1": ROLE}}}


class World:
    """One process's services, and what its outbox holds."""

    def __init__(self, db: Database, clock: HandClock, process: int = 1) -> None:
        self.db, self.clock = db, clock
        self.house: Owned = owned(db, clock, **PLACES)
        house = self.house
        self.outbox = Outbox(db, clock, Ids(process))
        self.plans = PlanBook(house.community)
        self.levelling: Levelling = levelling(
            db, clock, house.members, house.allowances, house.community, self.outbox
        )
        self.endings = Endings(
            db, clock, house.community, house.allowances, self.outbox, self.levelling.roles
        )

    async def give(self, number: int, terms: Any, **changed: Any) -> int:
        """Give a plan; return the grant's id."""
        async with self.db.begin() as tx:
            given = await self.house.allowances.give_plan(
                tx, number, terms, giver_id=None, **changed
            )
        return given.id

    async def letters(self) -> list[tuple[int, list[str], str]]:
        """Return the direct messages that wait: whose, which sentences, the text."""
        found = [each for each in await self.outbox.waiting() if each.kind is Effect.DM]
        return [(each.member_id or 0, *_read(each)) for each in found]

    async def ended(self) -> list[int]:
        """Return the grants whose end was handled."""
        async with self.db.read() as tx:
            done = select(GrantRow.id).where(GrantRow.ended_at.is_not(None))
            return list(await tx.scalars(done.order_by(GrantRow.id)))


def _read(parcel: Parcel) -> tuple[list[str], str]:
    letter = Letter.read(parcel.payload["letter"])
    text = letter.said({}, {})
    assert [say(button.label) for button in letter.buttons] == ["Stop telling me"]
    return list(letter.lines), text


@pytest.fixture
def world(db: Database, clock: HandClock) -> World:
    return World(db, clock)


async def test_when_a_plan_ends_its_member_reads_what_is_left(world: World) -> None:
    ada = await member_of(world.house)
    await world.give(ada, world.plans.donation(5))
    await world.endings.run()
    assert await world.letters() == []

    world.clock.move(days=30)
    await world.endings.run()

    ((whom, _, text),) = await world.letters()
    assert whom == ada
    assert "your donation of $5" in text
    assert "You have **80,000** tokens a day now" in text
    assert len(await world.ended()) == 1


async def test_an_end_is_told_once_however_often_the_job_runs(world: World) -> None:
    ada = await member_of(world.house)
    await world.give(ada, world.plans.donation(5))
    world.clock.move(days=32)  # two of them down

    for _ in range(3):
        await world.endings.run()

    assert len(await world.letters()) == 1
    assert len(await world.ended()) == 1


async def test_after_long_downtime_nobody_reads_old_news(world: World) -> None:
    ada = await member_of(world.house)
    await world.give(ada, world.plans.donation(5))
    world.clock.move(days=38)

    await world.endings.run()

    assert await world.letters() == []
    assert len(await world.ended()) == 1


async def test_who_still_has_more_reads_so(world: World) -> None:
    ada = await member_of(world.house)
    await world.give(ada, world.plans.activation())
    await world.give(ada, world.plans.donation(100))
    world.clock.move(days=3)

    await world.endings.run()

    ((_, lines, text),) = await world.letters()
    assert lines == ["ended.activation", "ended.unlimited", "ended.more"]
    assert "You still have no daily limit" in text


async def test_who_loses_claude_reads_that(world: World) -> None:
    ada = await member_of(world.house)
    await world.give(ada, world.plans.exchange(5))
    world.clock.move(days=30)

    await world.endings.run()

    ((_, _, text),) = await world.letters()
    assert "What you got for 5 referrals" in text
    assert "Claude models are closed to you" in text


async def test_a_plan_that_was_bought_again_goes_on_without_a_word(world: World) -> None:
    ada = await member_of(world.house)
    await world.give(ada, world.plans.donation(5))
    await world.give(ada, world.plans.donation(5))
    world.clock.move(days=30)
    await world.endings.run()
    assert await world.letters() == []

    world.clock.move(days=30)
    await world.endings.run()

    assert len(await world.letters()) == 1


async def test_revoked_grants_end_in_silence(world: World) -> None:
    ada = await member_of(world.house)
    grant = await world.give(ada, world.plans.donation(5))
    async with world.db.begin() as tx:
        await world.house.allowances.revoke(tx, grant)
    world.clock.move(days=30)

    await world.endings.run()

    assert await world.letters() == []
    assert await world.ended() == [grant]


async def test_who_does_not_want_to_be_told_and_who_is_gone_are_not(world: World) -> None:
    ada, mo = await member_of(world.house), await member_of(world.house, MO)
    for number in (ada, mo):
        await world.give(number, world.plans.donation(5))
    async with world.db.begin() as tx:
        quiet = update(MemberRow).where(MemberRow.id == ada)
        await tx.execute(quiet.values(told=False))
        await tx.execute(PersonRow.__table__.delete().where(PersonRow.member_id == mo))
    world.clock.move(days=30)

    await world.endings.run()

    assert await world.letters() == []
    assert len(await world.ended()) == 2


async def test_a_level_waits_for_the_months_awards_then_its_role_goes(world: World) -> None:
    ada = await member_of(world.house)
    async with world.db.begin() as tx:
        await world.levelling.levels.grant(tx, ada, 1, giver_id=ada, reason=None)
        given = {"member_id": ada, "guild_id": HOME, "role_id": ROLE, "given_at": world.clock.now()}
        await tx.execute(insert(GivenRoleRow).values(given))
    (level,) = await world.house.allowances.of(ada)
    world.clock.moment = level.ends_at + timedelta(minutes=59)
    await world.endings.run()
    assert await world.ended() == []

    world.clock.move(minutes=1)
    await world.endings.run()

    ((_, lines, _),) = await world.letters()
    assert lines[0] == "ended.level"
    async with world.db.read() as tx:
        (taken,) = await world.outbox.waiting_roles(tx, [ada])
    assert (taken.role().role_id, taken.role().give) == (ROLE, False)


async def test_who_keeps_a_level_is_not_told_of_the_old_one(world: World) -> None:
    ada = await member_of(world.house)
    async with world.db.begin() as tx:
        old, _ = await world.levelling.levels.grant(tx, ada, 1, giver_id=ada, reason=None)
    world.clock.moment = old.ends_at
    await world.give(ada, world.plans.level(2))
    world.clock.move(hours=1)

    await world.endings.run()

    assert await world.letters() == []
    assert await world.ended() == [old.id]


async def test_a_grant_of_an_unknown_kind_ends_too(world: World) -> None:
    ada, now = await member_of(world.house), world.clock.now()
    async with world.db.begin() as tx:
        await world.house.allowances.grant(
            tx, ada, source="of old", starts_at=now, ends_at=now + timedelta(1), daily_tokens=1
        )
    world.clock.move(days=1)

    await world.endings.run()

    ((_, lines, _),) = await world.letters()
    assert lines[0] == "ended.staff"


async def test_thousands_of_ends_are_handled_once_by_processes_that_race(
    db: Database, database_url: str, clock: HandClock
) -> None:
    world = World(db, clock)
    numbers = [await member_of(world.house, who) for who in (ADA, MO)]
    now = clock.now()
    row = {"source": Source.STAFF, "daily_tokens": 1, "unlimited": False, "starts_at": now}
    row |= {"ends_at": now + timedelta(1), "created_at": now}
    rows = [row | {"id": each, "member_id": numbers[each % 2]} for each in range(1, 1001)]
    async with db.begin() as tx:
        await tx.execute(insert(GrantRow), rows)
    clock.move(days=1)

    async with Database(database_url) as second, Database(database_url) as third:
        racing = [world, World(second, clock, 2), World(third, clock, 3)]
        await asyncio.gather(*(each.endings.run() for each in racing))

    async with db.read() as tx:
        told = (await tx.scalars(select(OutboxRow.member_id))).all()
    assert sorted(told) == sorted(numbers * 500)
    assert len(await world.ended()) == 1000


def test_every_source_has_its_sentence() -> None:
    for source in Source:
        assert say(f"ended.{source}", plan="5")
