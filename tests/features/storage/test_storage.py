"""The storage seam on both databases: transactions, changes, leases."""

import asyncio
import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.core.clock import HandClock
from bot.core.signals import Signals, Topic
from bot.storage import values
from bot.storage.base import Base
from bot.storage.changes import Changes
from bot.storage.database import Database
from bot.storage.leases import Leases
from bot.storage.tables.ledger import DayRow
from bot.storage.tables.members import MemberRow
from bot.storage.tables.system import ChangeCounterRow
from tests.conftest import NOON


async def test_models_and_migrations_agree(db: Database) -> None:
    async with db.begin() as tx:
        differences = await tx.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync), Base.metadata)
        )

    assert differences == []


async def test_concurrent_read_modify_writes_lose_nothing(db: Database) -> None:
    counter = select(ChangeCounterRow.number).with_for_update()

    async def count() -> None:
        async with db.begin() as tx:
            number = await tx.scalar(counter)
            assert number is not None
            await tx.execute(update(ChangeCounterRow).values(number=number + 1))

    await asyncio.gather(*(count() for _ in range(80)))

    async with db.read() as tx:
        assert await tx.scalar(select(ChangeCounterRow.number)) == 80


async def test_a_failed_use_case_leaves_nothing_and_tells_nobody(db: Database) -> None:
    signals, told = Signals(), []
    signals.on(Topic.MEMBER, told.append)
    changes = Changes(db, signals)

    with pytest.raises(RuntimeError):
        async with db.begin() as tx:
            await values.remember(tx, "a", "1")
            await changes.note(tx, Topic.MEMBER, 7)
            raise RuntimeError

    async with db.read() as tx:
        assert await values.recall(tx, "a") is None
    assert told == []


async def test_a_transaction_inside_a_transaction_is_a_fault(db: Database) -> None:
    async with db.begin():
        with pytest.raises(AssertionError):
            async with db.read():
                pass


async def test_another_process_hears_of_a_change(postgres_url: str) -> None:
    async with Database(postgres_url) as ours, Database(postgres_url) as theirs:
        told: list[int] = []
        signals = Signals()
        signals.on(Topic.MEMBER, told.append)
        listener = Changes(theirs, signals)
        await listener.start()

        async with ours.begin() as tx:
            await Changes(ours, Signals()).note(tx, Topic.MEMBER, 42)
        await listener.poll()
        await listener.poll()

    assert told == [42]


async def test_a_process_that_missed_changes_drops_everything(postgres_url: str) -> None:
    async with Database(postgres_url) as db:
        signals, told = Signals(), []
        signals.on(Topic.EVERYTHING, told.append)
        changes = Changes(db, signals)
        await changes.start()

        async with db.begin() as tx:
            await tx.execute(update(ChangeCounterRow).values(number=99))
            await changes.note(tx, Topic.MEMBER, 1)
        await changes.poll()

    assert told == [0]


async def test_a_lease_is_free_once_its_holder_stands_still(db: Database, clock: HandClock) -> None:
    first, second = Leases(db, clock, holder=1), Leases(db, clock, holder=2)

    assert await first.take("bot")
    assert not await second.take("bot")
    clock.move(seconds=59)
    assert await first.take("bot")
    assert not await second.take("bot")
    clock.move(seconds=59)
    assert not await second.take("bot")
    clock.move(seconds=1)
    assert await second.take("bot")
    assert not await first.take("bot")


async def test_a_dropped_lease_is_free_at_once(db: Database, clock: HandClock) -> None:
    first, second = Leases(db, clock, holder=1), Leases(db, clock, holder=2)
    await first.take("bot")

    await first.drop("bot")

    assert await second.take("bot")


async def test_a_day_cannot_hold_less_than_nothing(db: Database) -> None:
    member = {"id": 1, "created_at": NOON, "mode": "tokens", "switches": 0}
    async with db.begin() as tx:
        await tx.execute(insert(MemberRow).values(member))

    with pytest.raises(IntegrityError):
        async with db.begin() as tx:
            await tx.execute(insert(DayRow).values(member_id=1, day=NOON.date(), held=-1))


def test_migrations_run_in_a_process_of_their_own_and_twice_is_once(sqlite_url: str) -> None:
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-m", "bot.storage.migrate"],
            input=sqlite_url,
            capture_output=True,
            text=True,
            timeout=30,
        )

        assert (done.returncode, done.stderr) == (0, "")


async def test_no_two_processes_get_one_number(db: Database) -> None:
    async def begun() -> int:
        async with db.begin() as tx:
            return await values.count(tx, "processes")

    numbers = await asyncio.gather(*(begun() for _ in range(30)))

    assert sorted(numbers) == list(range(1, 31))
