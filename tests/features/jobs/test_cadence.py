"""The runner on both databases: every period once, in one process of many, after any downtime."""

import asyncio
import itertools
import sys
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.core.clock import HandClock
from bot.core.errors import DatabaseAway
from bot.jobs.cadence import Minutely, Monthly, Nightly
from bot.storage.database import Database
from bot.storage.tables.system import LeaseRow, PeriodRow
from tests.features.jobs.conftest import MakeRunner

AT = time(0, 5)


async def test_nights_and_months_that_were_missed_run_once_and_in_order(
    make_runner: MakeRunner, clock: HandClock
) -> None:
    ran: list[date | str] = []

    async def note(period: date | str) -> None:
        ran.append(period)

    jobs = Nightly("prune", AT, note), Monthly("levels", AT, note)
    clock.moment = datetime(2026, 10, 30, 12, tzinfo=UTC)
    await make_runner(*jobs).tick()
    assert ran == [date(2026, 10, 29), "2026-09"]

    clock.move(days=3)
    later = make_runner(*jobs)
    await later.tick()
    await later.tick()

    days = [date(2026, 10, 30), date(2026, 10, 31), date(2026, 11, 1)]
    assert ran[2:] == [*days, "2026-10"]


async def test_the_month_ends_when_it_ends_in_the_communitys_zone(
    make_runner: MakeRunner, clock: HandClock
) -> None:
    ran: list[str] = []

    async def note(month: str) -> None:
        ran.append(month)

    runner = make_runner(Monthly("levels", time(0), note), timezone="America/New_York")
    clock.moment = datetime(2026, 12, 1, 4, 59, tzinfo=UTC)  # 23:59 of 30 November there
    await runner.tick()
    clock.move(minutes=1)
    await runner.tick()

    assert ran == ["2026-10", "2026-11"]


async def test_what_fails_is_tried_again_and_stops_no_other_job(
    make_runner: MakeRunner, db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    ran: list[str] = []
    trouble: list[Exception] = [ValueError("broken"), DatabaseAway()]

    async def fails(month: str) -> None:
        ran.append(month)
        if trouble:
            raise trouble.pop(0)

    async def works(month: str) -> None:
        ran.append(month)

    runner = make_runner(Monthly("contest", AT, fails), Monthly("levels", AT, works))
    for _ in range(4):
        await runner.tick()

    assert ran == ["2026-10"] * 4
    assert "the job contest failed" in caplog.text
    assert "the job contest waits" in caplog.text
    async with db.read() as tx:
        assert len((await tx.scalars(select(PeriodRow.done_at))).all()) == 2


async def test_of_many_processes_one_works(make_runner: MakeRunner) -> None:
    ran: list[str] = []
    ending = asyncio.Event()

    async def slow(month: str) -> None:
        ran.append(month)
        await ending.wait()

    runners = [make_runner(Monthly("levels", AT, slow)) for _ in range(5)]
    ticks = [asyncio.create_task(runner.tick()) for runner in runners]
    for others_left in itertools.islice(asyncio.as_completed(ticks), 4):
        await others_left
    ending.set()
    await asyncio.gather(*ticks)
    for runner in runners:
        await runner.tick()

    assert ran == ["2026-10"]


async def test_a_tick_does_not_overtake_the_one_before(make_runner: MakeRunner) -> None:
    ran: list[str] = []
    begun, ending = asyncio.Event(), asyncio.Event()

    async def slow(month: str) -> None:
        ran.append(month)
        begun.set()
        await ending.wait()

    runner = make_runner(Monthly("levels", AT, slow))
    first = asyncio.create_task(runner.tick())
    await begun.wait()
    await runner.tick()
    ending.set()
    await first

    assert ran == ["2026-10"]


async def test_a_minutely_job_looks_once_a_minute(
    make_runner: MakeRunner, clock: HandClock
) -> None:
    looks: list[float] = []

    async def look() -> None:
        looks.append(clock.monotonic())

    runner = make_runner(minutely=(Minutely("credits", look),))
    for _ in range(19):
        await runner.tick()
        clock.move(seconds=10)

    assert [round(look - looks[0]) for look in looks] == [0, 60, 120, 180]


async def test_a_minutely_job_that_failed_looks_again_at_the_next_tick(
    make_runner: MakeRunner,
) -> None:
    looks: list[int] = []

    async def look() -> None:
        looks.append(len(looks))
        if len(looks) < 3:
            raise ValueError

    runner = make_runner(minutely=(Minutely("credits", look),))
    for _ in range(5):
        await runner.tick()

    assert looks == [0, 1, 2]


async def _worker(url: str, held: str, out: Path) -> asyncio.subprocess.Process:
    asked = [sys.executable, "-m", "tests.features.jobs.worker", url]
    return await asyncio.create_subprocess_exec(
        *asked, "2026-11-20T12:00:00+00:00", held, str(out), stdout=asyncio.subprocess.PIPE
    )


async def _until_done(db: Database, count: int) -> None:
    done = select(PeriodRow.period).where(PeriodRow.done_at.is_not(None))
    async with asyncio.timeout(30):
        while True:
            async with db.read() as tx:
                if len((await tx.scalars(done)).all()) == count:
                    return
            await asyncio.sleep(0.05)


async def _until_renewed(db: Database, times: int) -> None:
    beat = select(LeaseRow.beat).where(LeaseRow.name == "job:levels")
    async with asyncio.timeout(30):
        while True:
            async with db.read() as tx:
                if (await tx.scalar(beat) or 0) >= times:
                    return
            await asyncio.sleep(0.05)


async def test_processes_that_race_never_run_a_period_twice(
    postgres_url: str, tmp_path: Path
) -> None:
    out = tmp_path / "ran"
    async with Database(postgres_url) as db:
        async with db.begin() as tx:  # half a year was missed
            row = {"job": "levels", "period": "2026-04", "begun_at": datetime.now(UTC)}
            await tx.execute(
                PeriodRow.__table__.insert().values(row | {"done_at": row["begun_at"]})
            )
        workers = [await _worker(postgres_url, "", out) for _ in range(3)]
        try:
            await _until_done(db, 7)
        finally:
            for worker in workers:
                worker.kill()
                await worker.wait()

    assert out.read_text().split() == [f"2026-{month:02}" for month in range(5, 11)]


async def test_a_process_killed_within_a_period_is_followed_by_another(
    postgres_url: str, tmp_path: Path
) -> None:
    out = tmp_path / "ran"
    first = await _worker(postgres_url, "2026-10", out)
    assert first.stdout is not None
    assert await first.stdout.readline() == b"2026-10\n"
    second = await _worker(postgres_url, "", out)
    try:
        async with Database(postgres_url) as db:
            await _until_renewed(db, 20)  # for twice as long as a dead one's lease would last
            assert out.read_text().split() == ["2026-10"]
            first.kill()
            await first.wait()
            await _until_done(db, 1)
    finally:
        second.kill()
        await second.wait()

    assert out.read_text().split() == ["2026-10", "2026-10"]
