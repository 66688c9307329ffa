"""What is wired: every job by its name and hour, and what a night deletes."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert, select

from bot.app.doors import jobs_of
from bot.core.clock import HandClock
from bot.core.months import month_of
from bot.jobs.cadence import Monthly, Nightly
from bot.members.marks import Mark
from bot.outbox import Place
from bot.storage.database import Database
from bot.storage.tables.ledger import CallRow
from bot.storage.tables.privacy import MarkRow
from bot.storage.tables.system import OutboxRow, PeriodRow
from tests.conftest import NOON
from tests.fakes.house import ADA, opened_house

NIGHTLY = {"prune", "backup", "usage", "level roles"}
MONTHLY = {"levels", "contest"}
MINUTELY = {"credits", "exchanges", "endings", "catalogue"}


def copies_in(folder: Path) -> int:
    return len(list(folder.glob("backups/*.db")))


async def test_every_job_has_its_cadence(db: Database, clock: HandClock) -> None:
    async with opened_house(db, clock) as house:
        runner = jobs_of(house.inner).runner

    nightly = [job.name for job in runner.jobs if isinstance(job, Nightly)]
    monthly = [job.name for job in runner.jobs if isinstance(job, Monthly)]
    often = [job.name for job in runner.minutely]
    assert set(nightly) == (NIGHTLY if db.embedded else NIGHTLY - {"backup"})
    assert (set(monthly), set(often)) == (MONTHLY, MINUTELY)
    assert len({*nightly, *monthly, *often}) == len([*nightly, *monthly, *often])


async def test_all_of_them_run_over_a_month_end_and_after_downtime(
    db: Database, clock: HandClock, tmp_path: Path
) -> None:
    async with opened_house(db, clock) as house:
        runner = jobs_of(house.inner).runner
        await house.key()
        await runner.tick()
        clock.move(days=13)  # to 3 December
        await runner.tick()
        async with db.read() as tx:
            rows = (await tx.execute(select(PeriodRow.__table__))).all()

    undone = [row for row in rows if row.done_at is None]
    months = {row.period for row in rows if row.job in MONTHLY}
    assert undone == []
    assert months == {"2026-10", "2026-11"}
    assert month_of(clock.now(), house.inner.community.zone) == "2026-12"
    nights = [row.period for row in rows if row.job == "prune"]
    assert len(nights) == 14
    assert copies_in(tmp_path) == (2 if db.embedded else 0)


async def test_a_night_deletes_what_need_not_be_kept(db: Database, clock: HandClock) -> None:
    record = {"member_id": 1, "endpoint": "chat", "model": "gpt-4o", "mode": "tokens"}
    record |= {"status": "answered", "arrived_at": NOON}
    async with opened_house(db, clock) as house:
        inner = house.inner
        await house.key()
        number = await house.member()
        async with db.begin() as tx:
            mark = Mark(day=NOON.date(), day_member_id=number)
            await inner.marks.leave(tx, ADA.discord_id, mark)
            days = {1: NOON.date(), 2: NOON.date() - timedelta(days=92)}
            calls = [record | {"id": each, "day": day} for each, day in days.items()]
            await tx.execute(insert(CallRow), calls)
            await inner.outbox.post(tx, Place.LOG, "staff.backup_failed", {"why": "-"})
        (post,) = await inner.outbox.waiting()
        await inner.outbox.delivered(post)
        (prune,) = [job for job in jobs_of(inner).runner.jobs if job.name == "prune"]

        await prune.run((NOON.date() - timedelta(days=1)).isoformat())
        async with db.read() as tx:
            assert (await tx.scalars(select(CallRow.id))).all() == [1]
            assert len((await tx.scalars(select(OutboxRow.id))).all()) == 1
            assert len((await tx.scalars(select(MarkRow.day_member_id))).all()) == 1

        clock.move(days=8)
        await prune.run(NOON.date().isoformat())
        async with db.read() as tx:
            assert (await tx.scalars(select(OutboxRow.id))).all() == []
            assert (await tx.scalars(select(MarkRow.digest))).all() == []
