"""What a night does, and the ticks of a process: pruning and the sweep."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from bot.community.service import Community
from bot.core.clock import HandClock
from bot.core.errors import DatabaseAway
from bot.core.ids import Ids
from bot.core.secrets import Sealer
from bot.core.signals import Signals, Topic
from bot.jobs import alarm
from bot.jobs.cadence import Nightly
from bot.jobs.nightly import Pruning
from bot.jobs.runner import Runner
from bot.jobs.service import Jobs
from bot.ledger.service import Ledger, LedgerRules
from bot.members.marks import Mark, Marks
from bot.outbox import Outbox, Place
from bot.settings.community import CommunityFile
from bot.storage import changes as changes_module
from bot.storage.changes import Changes
from bot.storage.database import Database
from bot.storage.leases import Leases
from bot.storage.tables.ledger import CallRow, DayRow
from bot.storage.tables.members import MemberRow
from bot.storage.tables.system import ChangeRow, OutboxRow
from tests.conftest import NOON
from tests.fakes.owned import SECRET

NIGHT = NOON.date() - timedelta(days=1)


def community(**sections: Any) -> Community:
    return Community(CommunityFile.model_validate(sections))


async def count(db: Database, table: Any) -> int:
    async with db.read() as tx:
        return await tx.scalar(select(func.count()).select_from(table)) or 0


async def joined(db: Database, member: int) -> None:
    """Write a member down."""
    row = {"id": member, "created_at": NOON, "mode": "tokens", "switches": 0}
    async with db.begin() as tx:
        await tx.execute(insert(MemberRow).values(row))


async def used(db: Database, number: int, day: date, member: int = 1) -> None:
    """Write a member's day and one call of it."""
    spent = {"member_id": member, "day": day, "spent": 1, "held": 0, "calls": 1}
    call = {
        "id": number,
        "member_id": member,
        "day": day,
        "endpoint": "chat.completions",
        "model": "m",
        "mode": "tokens",
        "status": "answered",
        "arrived_at": NOON,
    }
    async with db.begin() as tx:
        await tx.execute(insert(DayRow).values(spent))
        await tx.execute(insert(CallRow).values(call))


async def test_a_night_deletes_what_need_not_be_kept_and_nothing_else(
    db: Database, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes_module, "KEPT", 2)
    changes, outbox = Changes(db, Signals()), Outbox(db, clock, Ids())
    await joined(db, 1)
    for number, age in enumerate((31, 30, 1), 1):
        await used(db, number, NIGHT - timedelta(days=age))
    async with db.begin() as tx:
        for number in range(5):
            await changes.note(tx, Topic.MEMBER, number)
        await outbox.post(tx, Place.STAFF, "an.id", {})
    await outbox.delivered((await outbox.waiting())[0])
    clock.move(days=8)

    kept = community(retention={"calls_days": 30})
    await Pruning(db, kept, outbox, changes, marks(db)).run(NIGHT)

    assert await count(db, CallRow) == 2
    assert await count(db, DayRow) == 2
    assert await count(db, OutboxRow) == 0
    assert await count(db, ChangeRow) <= 2


async def test_a_night_unties_who_left_on_a_day_that_is_over_and_nobody_else(
    db: Database, clock: HandClock
) -> None:
    changes, outbox = Changes(db, Signals()), Outbox(db, clock, Ids())
    today = NIGHT + timedelta(days=1)
    for number, day in enumerate((NIGHT, today), 1):
        await joined(db, number)
        await used(db, number, day, member=number)
        async with db.begin() as tx:
            left = Mark(activated_at=NOON, day=day, day_member_id=number)
            await marks(db).leave(tx, number, left)

    await Pruning(db, community(), outbox, changes, marks(db)).run(NIGHT)

    async with db.begin() as tx:
        assert await marks(db).of(tx, 1) == Mark(activated_at=NOON)
        assert await marks(db).of(tx, 2) == Mark(activated_at=NOON, day=today, day_member_id=2)
        assert (await tx.scalars(select(CallRow.member_id))).all() == [2]
        assert (await tx.scalars(select(DayRow.spent))).all() == [1, 1]


def marks(db: Database) -> Marks:
    return Marks(db, Sealer.from_secrets([SECRET]))


def jobs(db: Database, clock: HandClock, ledger: Ledger, work: Callable[[date], Any]) -> Jobs:
    leases = Leases(db, clock, Ids().next())
    nightly = [Nightly("prune", time(3, 30), work)]
    return Jobs(clock, ledger, Runner(db, clock, community(), leases, nightly))


class Swept(Ledger):
    """A ledger that counts its sweeps."""

    sweeps = 0
    faults = 0

    async def sweep(self) -> int:
        type(self).sweeps += 1
        if type(self).faults:
            type(self).faults -= 1
            raise DatabaseAway
        return await super().sweep()


@pytest.fixture
def ledger(db: Database, clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> Swept:
    monkeypatch.setattr(alarm, "TICK_SECONDS", 0.02)
    monkeypatch.setattr(Swept, "sweeps", 0)
    monkeypatch.setattr(Swept, "faults", 0)
    zone = community().zone
    return Swept(db, clock, Ids(), lambda: LedgerRules(zone, 800, 512, 20, 60))


async def test_holds_are_swept_while_a_long_night_runs(
    db: Database, clock: HandClock, ledger: Swept
) -> None:
    begun, gate, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work(_day: date) -> None:
        begun.set()
        await gate.wait()
        done.set()

    ticking = jobs(db, clock, ledger, work)
    async with ledger:
        running = asyncio.create_task(ticking.run())
        await begun.wait()
        before = ledger.sweeps
        async with asyncio.timeout(30):
            while ledger.sweeps < before + 3:  # noqa: ASYNC110 - the alarm tells nobody
                await asyncio.sleep(0.005)
        assert not done.is_set()
        gate.set()
        await done.wait()
        await _end(running)

    assert ticking.ready


async def test_a_sweep_without_a_database_is_a_line_and_no_end(
    db: Database, clock: HandClock, ledger: Swept, caplog: pytest.LogCaptureFixture
) -> None:
    Swept.faults = 1

    async def work(_day: date) -> None: ...

    async with ledger:
        running = asyncio.create_task(jobs(db, clock, ledger, work).run())
        async with asyncio.timeout(30):
            while ledger.sweeps < 3:  # noqa: ASYNC110 - the alarm tells nobody
                await asyncio.sleep(0.005)
        await _end(running)

    assert "holds could not be swept: the database is away" in caplog.text
    assert [record for record in caplog.records if record.exc_info] == []


async def _end(running: "asyncio.Task[None]") -> None:
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
