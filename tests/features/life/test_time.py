"""Days of 23 and 25 hours, midnights, month ends, a leap day and downtime, on both databases."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.allowance.rules import Grant
from bot.audit import Action
from bot.core.clock import HandClock
from bot.core.errors import Failure
from bot.jobs.cadence import Nightly
from bot.jobs.runner import Runner
from bot.ledger.calls import Held, HoldAsk, Standing
from bot.ledger.errors import AllowanceSpent
from bot.ledger.rules import Terms
from bot.members.people import Person
from bot.outbox import Effect
from bot.storage.leases import Leases
from bot.storage.tables.levels import LevelAwardRow
from bot.storage.tables.referrals import ContestPrizeRow
from bot.storage.tables.system import OutboxRow, PeriodRow
from tests.features.ledger.asks import costing
from tests.features.life.world import World, caught, opened
from tests.features.staff.room import ADA, BEA

BERLIN = ZoneInfo("Europe/Berlin")
FALL, SPRING = date(2026, 10, 25), date(2027, 3, 28)
BASE = 80_000
NEWCOMER = 310_000_000_000_000_000


def berlin(day: date, hour: int, minute: int = 0, *, fold: int = 0) -> datetime:
    """Return a moment by Berlin's wall clock."""
    return datetime.combine(day, time(hour, minute, fold=fold), BERLIN).astimezone(UTC)


@asynccontextmanager
async def living(url: str, clock: HandClock, **sections: object) -> AsyncIterator[World]:
    """Open the services for as long as the block runs."""
    community = {"timezone": "Europe/Berlin"}
    world = await opened(url, clock, nights=True, community=community, **sections)
    try:
        yield world
        assert world.faults.seen == []
    finally:
        await world.close()


async def hold(world: World, tokens: int) -> Held | Failure:
    """Let Ada begin a call that holds so many tokens."""
    built = world.room.built
    caller = await built.callers.by_person(ADA)
    limits, terms = built.callers.limits(caller), Terms(1_000, tokens, 0)
    now = world.room.clock.now()
    ask = HoldAsk(caller.member_id, None, "chat", "m", caller.mode, now, terms, limits)
    return await caught(built.ledger.hold(ask))


async def spend(world: World, tokens: int) -> None:
    """Let Ada spend so many tokens at once."""
    held = await hold(world, tokens)
    assert isinstance(held, Held)
    await world.room.built.ledger.settle(held, costing(tokens))


async def standing(world: World) -> Standing:
    """Return where Ada stands."""
    built = world.room.built
    return await built.account.standing(await built.callers.by_person(ADA))


async def bring(world: World, count: int) -> None:
    """Let so many newcomers activate Ada's code."""
    referrals = world.room.built.referring.referrals
    code = (await referrals.overview(await world.room.member())).code
    for each in range(count):
        await referrals.activate(Person(NEWCOMER + each, at_home=True), code)


async def talk(world: World, points: int, who: Person = ADA) -> None:
    """Let somebody earn so many points."""
    earned = world.room.built.levelling.points
    for _ in range(points):
        earned.count(who.discord_id)
    await earned.flush()


async def levels(world: World) -> list[Grant]:
    """Return Ada's levels that run or will run."""
    return [grant for grant in await world.room.grants() if grant.source == "level"]


async def told(world: World) -> list[str]:
    """Return the first line of every direct message to Ada."""
    mine = (OutboxRow.kind == Effect.DM, OutboxRow.member_id == await world.room.member())
    async with world.room.db.read() as tx:
        rows = await tx.scalars(select(OutboxRow.payload).where(*mine).order_by(OutboxRow.id))
        return [payload["letter"]["lines"][0] for payload in rows]


@pytest.mark.parametrize(("day", "hours"), [(FALL, 25), (SPRING, 23)])
async def test_the_allowance_lasts_a_whole_day_however_long_that_is(
    database_url: str, day: date, hours: int
) -> None:
    clock = HandClock(moment=berlin(day, 0))
    async with living(database_url, clock) as world:
        await spend(world, BASE)
        full = await standing(world)
        clock.move(hours=hours, seconds=-1)
        last = await hold(world, 1)
        clock.move(seconds=1)
        await spend(world, BASE)

    assert full.day == day
    assert full.resets_at == berlin(day, 0) + timedelta(hours=hours)
    assert full.resets_at == berlin(day + timedelta(days=1), 0)
    assert type(last) is AllowanceSpent


@pytest.mark.parametrize("day", [FALL, SPRING, date(2028, 2, 29), date(2026, 12, 31)])
async def test_a_call_that_ends_after_midnight_counts_on_the_day_on_which_it_began(
    database_url: str, day: date
) -> None:
    clock, tomorrow = HandClock(moment=berlin(day, 23, 59)), day + timedelta(days=1)
    async with living(database_url, clock) as world:
        one, other = await hold(world, 30_000), await hold(world, 50_000)
        assert isinstance(one, Held)
        assert isinstance(other, Held)
        clock.move(minutes=2)

        fresh = await standing(world)
        settled = await world.room.built.ledger.settle(one, costing(70_000))
        await world.room.built.ledger.release(other)
        after = await standing(world)
        uses = await world.room.built.reports.by_day(await world.room.member(), 2)

    assert (fresh.day, fresh.spent, fresh.held, fresh.in_flight) == (tomorrow, 0, 0, 2)
    assert (settled.standing.day, settled.cost) == (day, 30_000), "its day had no more room"
    assert (after.spent, after.in_flight) == (0, 0)
    assert [use.day for use in uses] == [day, tomorrow]


@pytest.mark.parametrize("day", [FALL, SPRING])
@pytest.mark.parametrize("at", [time(0, 5), time(2, 30)])
async def test_a_night_with_a_shift_of_the_clocks_runs_each_job_once(
    database_url: str, day: date, at: time
) -> None:
    clock, ran = HandClock(moment=berlin(day - timedelta(days=1), 12)), []

    async def work(period: date) -> None:
        ran.append((period, clock.now()))

    async with living(database_url, clock) as world:
        built = world.room.built
        leases = Leases(built.db, clock, holder=1)
        runner = Runner(built.db, clock, built.community, leases, [Nightly("n", at, work)])
        for _ in range(4 * 48):
            await runner.tick()
            clock.move(minutes=15)

    assert [period for period, _ in ran] == [day + timedelta(days=each) for each in (-2, -1, 0)]
    assert ran[1][1].astimezone(BERLIN).date() == day
    assert ran[1][1].astimezone(BERLIN).time() >= at


async def test_a_plan_of_days_lasts_days_of_24_hours_through_a_shift(database_url: str) -> None:
    clock = HandClock(moment=berlin(FALL, 0))
    async with living(database_url, clock) as world:
        terms = {"tokens": 500_000, "claude": True, "unlimited": False, "days": 1}
        await world.act(Action.GRANT_GIVE, ADA, **terms)
        clock.move(hours=23, minutes=59)
        still = await world.room.allowance()
        clock.move(minutes=1)
        over = await world.room.allowance()

        await world.tick()
        letters = await told(world)

    assert (still, over) == (500_000, BASE)
    assert clock.now() == berlin(FALL, 23)
    assert letters == ["ended.staff"]


async def test_the_leap_day_belongs_to_february(database_url: str) -> None:
    clock, march = HandClock(moment=berlin(date(2028, 2, 29), 23, 30)), date(2028, 3, 1)
    sections = {"levels": {"thresholds": [2, 4], "cooldown_seconds": 0}}
    async with living(database_url, clock, **sections) as world:
        await world.tick()
        await bring(world, 1)
        await talk(world, 2)
        clock.moment = berlin(march, 0)
        await talk(world, 4)
        clock.moment = berlin(march, 0, 4)
        await world.tick()
        early = await levels(world)
        clock.move(minutes=1)
        await world.tick()
        (level,) = await levels(world)
        won = await world.room.built.referring.contest.won("2028-02")

    assert early == []
    assert (level.plan, level.starts_at) == ("1", berlin(march, 0))
    assert level.ends_at == berlin(date(2028, 4, 1), 0), "March loses an hour, the level does not"
    assert [winner.activations for winner in won] == [1]


@pytest.mark.parametrize(
    ("given", "ends"),
    [
        (date(2028, 1, 31), date(2028, 3, 1)),  # through the leap day
        (date(2027, 1, 31), date(2027, 3, 1)),
        (date(2028, 2, 29), date(2028, 4, 1)),
        (date(2026, 9, 30), date(2026, 11, 1)),  # through a day of 25 hours
    ],
)
async def test_a_level_by_hand_lasts_until_the_next_month_is_over(
    database_url: str, given: date, ends: date
) -> None:
    clock = HandClock(moment=berlin(given, 23, 59))
    async with living(database_url, clock) as world:
        await world.act(Action.LEVEL_GRANT, ADA, level=1)
        (level,) = await levels(world)
        clock.moment = berlin(ends, 0) - timedelta(seconds=1)
        last = await world.room.allowance()
        clock.move(seconds=1)
        over = await world.room.allowance()

    assert level.ends_at == berlin(ends, 0)
    assert (last, over) == (88_000, BASE)


@pytest.mark.parametrize(
    ("down", "back"),
    [
        (berlin(date(2027, 2, 27), 22), berlin(date(2027, 3, 2), 22)),
        (berlin(date(2028, 2, 27), 22), berlin(date(2028, 3, 1), 22)),  # the leap day among them
        (berlin(date(2027, 3, 27), 22), berlin(date(2027, 4, 1), 1)),  # and the shift
    ],
)
async def test_downtime_over_a_month_end_is_caught_up_once(
    database_url: str, down: datetime, back: datetime
) -> None:
    clock, month = HandClock(moment=down), f"{down.astimezone(BERLIN):%Y-%m}"
    sections = {"levels": {"thresholds": [2], "cooldown_seconds": 0}}
    async with living(database_url, clock, **sections) as world:
        await world.tick()
        await bring(world, 2)
        await talk(world, 2)
        await talk(world, 2, BEA)
        terms = {"tokens": 500_000, "claude": True, "unlimited": False, "days": 2}
        await world.act(Action.GRANT_GIVE, ADA, **terms)
        clock.moment = back
        before = await world.room.allowance()
        async with living(database_url, clock, **sections) as neighbour:
            for each in (world, neighbour, world):
                await each.tick()
                clock.move(minutes=2)

            async with world.room.db.read() as tx:
                awards = (await tx.scalars(select(LevelAwardRow.month))).all()
                prizes = (await tx.scalars(select(ContestPrizeRow.month))).all()
                done = (await tx.execute(select(PeriodRow.job, PeriodRow.period))).all()
            grants, letters = await world.room.grants(), await told(world)

    first, last = (moment.astimezone(BERLIN).date() for moment in (down, back))
    nights = [row.period for row in done if row.job == "prune"]
    missed = (last - first).days - (0 if back.astimezone(BERLIN).time() >= time(3, 30) else 1)
    assert before == BASE, "the plan has ended though no job ran"
    assert awards == [month, month]
    assert prizes == [month]
    assert sorted(grant.source for grant in grants) == ["contest", "level"]
    assert max(row.period for row in done if row.job == "levels") == month
    assert len(nights) == len(set(nights)) == missed + 1
    assert letters == ["ended.staff"]
