"""A period of a job is run once by one process of many, and is never lost."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.community.service import Community
from bot.core.clock import HandClock
from bot.core.errors import DatabaseAway
from bot.core.ids import Ids
from bot.jobs import runner as module
from bot.jobs.calendar import MOST_MISSED
from bot.jobs.runner import Nightly, Runner
from bot.settings.community import CommunityFile
from bot.storage.database import Database
from bot.storage.leases import Leases
from bot.storage.tables.system import LeaseRow, PeriodRow

TODAY = date(2026, 11, 20)  # of the test's noon
LAST_NIGHT = TODAY - timedelta(days=1)


@dataclass
class Work:
    """A job's work that counts its runs; `gate` holds it, `faults` fails its next runs."""

    ran: Counter[date] = field(default_factory=Counter)
    order: list[date] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    faults: list[BaseException] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gate.set()

    async def __call__(self, day: date) -> None:
        self.begun.set()
        await self.gate.wait()
        if self.faults:
            raise self.faults.pop(0)
        self.ran[day] += 1
        self.order.append(day)


def process(db: Database, clock: HandClock, *jobs: Nightly) -> Runner:
    """Return the runner of another process on the same database."""
    community = Community(CommunityFile())
    return Runner(db, clock, community, Leases(db, clock, Ids().next()), jobs)


def nightly(work: Work, name: str = "prune") -> Nightly:
    return Nightly(name, time(3, 30), work)


async def periods(db: Database) -> list[Any]:
    async with db.read() as tx:
        return list((await tx.execute(select(PeriodRow.__table__))).all())


async def test_last_nights_run_happens_once_however_often_the_clock_ticks(
    db: Database, clock: HandClock
) -> None:
    work = Work()
    runner = process(db, clock, nightly(work))

    for _ in range(5):
        await runner.tick()
        clock.move(seconds=10)

    assert work.ran == {LAST_NIGHT: 1}
    assert [row.done_at is not None for row in await periods(db)] == [True]


async def test_many_processes_that_tick_at_once_run_a_period_once(
    db: Database, clock: HandClock
) -> None:
    work = Work()
    runners = [process(db, clock, nightly(work)) for _ in range(6)]

    for _ in range(4):
        await asyncio.gather(*(runner.tick() for runner in runners))
        clock.move(days=1)

    assert work.order == [LAST_NIGHT + timedelta(days=count) for count in range(4)]


async def test_a_lease_of_another_night_is_not_taken_for_one_that_stands_still(
    db: Database, clock: HandClock
) -> None:
    watcher = Leases(db, clock, Ids().next())
    runner = process(db, clock, nightly(work := Work()))
    for _ in range(2):
        work.gate.clear()
        work.begun.clear()
        running = asyncio.create_task(runner.tick())
        await work.begun.wait()

        assert not await watcher.take("job:prune")

        work.gate.set()
        await running
        clock.move(days=1)


async def test_missed_nights_are_caught_up_oldest_first(db: Database, clock: HandClock) -> None:
    work = Work()
    await process(db, clock, nightly(work)).tick()
    clock.move(days=5)

    await process(db, clock, nightly(work)).tick()

    assert work.order == [LAST_NIGHT + timedelta(days=count) for count in range(6)]


async def test_a_night_that_fails_is_tried_again_before_later_ones(
    db: Database, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    work = Work()
    runner = process(db, clock, nightly(work))
    await runner.tick()
    clock.move(days=2)
    work.faults = [RuntimeError("the fault of the test")]

    await runner.tick()
    after_fault = list(work.order)
    await runner.tick()

    assert after_fault == [LAST_NIGHT]
    assert work.order == [LAST_NIGHT + timedelta(days=count) for count in range(3)]
    assert "the job prune failed; it is tried again" in caplog.text


async def test_a_job_that_fails_stops_no_other(db: Database, clock: HandClock) -> None:
    broken, fine = Work(faults=[RuntimeError("the fault of the test")]), Work()

    await process(db, clock, nightly(broken, "broken"), nightly(fine, "fine")).tick()

    assert broken.ran == {}
    assert fine.ran == {LAST_NIGHT: 1}


async def test_a_database_that_is_away_is_a_line_and_no_traceback(
    db: Database, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    work = Work(faults=[DatabaseAway()])
    runner = process(db, clock, nightly(work))

    await runner.tick()
    await runner.tick()

    assert work.ran == {LAST_NIGHT: 1}
    assert "the job prune waits: the database is away" in caplog.text
    assert [record for record in caplog.records if record.exc_info] == []


async def test_a_tick_during_a_long_run_does_not_wait_for_it(
    db: Database, clock: HandClock
) -> None:
    work = Work()
    work.gate.clear()
    runner = process(db, clock, nightly(work))
    running = asyncio.create_task(runner.tick())
    await work.begun.wait()

    await runner.tick()
    work.gate.set()
    await running

    assert work.ran == {LAST_NIGHT: 1}


async def test_a_process_that_is_killed_in_the_middle_loses_nothing(
    db: Database, clock: HandClock
) -> None:
    killed, work = Work(), Work()
    killed.gate.clear()
    dying = asyncio.create_task(process(db, clock, nightly(killed)).tick())
    await killed.begun.wait()
    dying.cancel()  # its lease stays, as after a kill -9
    with pytest.raises(asyncio.CancelledError):
        await dying
    other = process(db, clock, nightly(work))

    await other.tick()
    clock.move(seconds=59)
    await other.tick()
    before = dict(work.ran)
    clock.move(seconds=2)
    await other.tick()

    assert before == {}
    assert work.ran == {LAST_NIGHT: 1}
    assert [row.done_at is not None for row in await periods(db)] == [True]


async def test_a_long_run_keeps_its_lease(
    db: Database, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RENEW_SECONDS", 0.01)
    long, work = Work(), Work()
    long.gate.clear()
    running = asyncio.create_task(process(db, clock, nightly(long)).tick())
    await long.begun.wait()
    other = process(db, clock, nightly(work))

    for _ in range(5):
        await other.tick()
        await _renewed(db)
        clock.move(seconds=59)
    long.gate.set()
    await running
    await other.tick()

    assert work.ran == {}
    assert long.ran == {LAST_NIGHT: 1}


async def test_a_process_that_stood_still_leaves_the_job_to_who_took_it_over(
    db: Database,
    clock: HandClock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    frozen, work = Work(), Work()
    frozen.gate.clear()
    work.gate.clear()
    monkeypatch.setattr(module, "RENEW_SECONDS", 0.05)
    standing = asyncio.create_task(process(db, clock, nightly(frozen)).tick())
    await frozen.begun.wait()
    other = process(db, clock, nightly(work))
    other.leases.stale_seconds = 0  # as if a minute had gone by without a sign of life
    while not await other.leases.take("job:prune"):
        continue  # it is still being renewed
    taking = asyncio.create_task(other.tick())

    await standing
    work.gate.set()
    await taking

    assert frozen.ran == {}
    assert work.ran == {LAST_NIGHT: 1}
    assert "goes on in another process" in caplog.text


async def test_a_lease_that_was_lost_is_not_renewed_although_it_is_free_again(
    db: Database, clock: HandClock
) -> None:
    lost, other = (Leases(db, clock, Ids().next(), stale_seconds=0) for _ in range(2))
    await lost.take("name")
    await other.take("name")
    await other.take("name")

    taken = await lost.renew("name")
    await other.drop("name")
    free = await lost.renew("name")

    assert (taken, free) == (False, False)


async def test_periods_too_old_to_be_caught_up_are_forgotten(
    db: Database, clock: HandClock
) -> None:
    work = Work()
    runner = process(db, clock, nightly(work))
    await runner.tick()
    clock.move(days=MOST_MISSED + 10)

    await runner.tick()

    kept = await periods(db)
    assert len(kept) == MOST_MISSED
    assert min(row.period for row in kept) == str(LAST_NIGHT + timedelta(days=11))


async def test_a_lease_is_free_again_once_the_run_is_done(db: Database, clock: HandClock) -> None:
    await process(db, clock, nightly(Work())).tick()

    async with db.read() as tx:
        assert (await tx.scalars(select(LeaseRow.name))).all() == []


async def _renewed(db: Database) -> None:
    """Wait until the lease has been counted up."""

    async def beat() -> int:
        async with db.read() as tx:
            return await tx.scalar(select(LeaseRow.beat)) or 0

    before = await beat()
    while await beat() == before:  # noqa: ASYNC110 - the database tells nobody
        await asyncio.sleep(0.005)
