"""The embedded database's driver: as few hops to its thread as there are statements."""

import sqlite3
from contextlib import closing
from typing import Any

import aiosqlite
import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.storage import values
from bot.storage.database import Database
from bot.storage.tables.system import ValueRow


@pytest.fixture
def hops(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every hop to a driver's thread from now on."""
    made: list[object] = []
    library: Any = aiosqlite.Connection._execute

    async def counted(self: aiosqlite.Connection, work: Any, *args: Any, **more: Any) -> Any:
        made.append(work)
        return await library(self, work, *args, **more)

    monkeypatch.setattr(aiosqlite.Connection, "_execute", counted)
    return made


def outside(db: Database) -> "closing[sqlite3.Connection]":
    """Open the file as another program would; it waits for no lock."""
    return closing(sqlite3.connect(db.url.database or "", timeout=0, isolation_level=None))


async def test_a_transaction_hops_once_a_statement_and_once_to_commit(
    sqlite_url: str, hops: list[object]
) -> None:
    async with Database(sqlite_url) as db:
        async with db.begin() as tx:  # the first one connects
            await values.remember(tx, "value", "1")
        hops.clear()

        async with db.begin() as tx:
            await values.remember(tx, "value", "2")
            assert (await tx.execute(select(ValueRow.value))).all() == [("2",)]

        assert len(hops) == 3


async def test_a_transaction_that_asks_nothing_leaves_the_thread_alone(
    sqlite_url: str, hops: list[object]
) -> None:
    async with Database(sqlite_url) as db:
        async with db.begin() as tx:
            await values.recall(tx, "value")
        hops.clear()

        async with db.begin():
            pass

        assert not hops
        async with db.begin() as tx:  # what was never begun is in nobody's way
            await values.remember(tx, "value", "1")


async def test_looks_of_one_transaction_see_one_moment(sqlite_url: str) -> None:
    async with Database(sqlite_url) as db:
        async with db.read() as tx:
            before = await values.recall(tx, "value")
            with outside(db) as other:
                other.execute("INSERT INTO named_values VALUES ('value', 'new')")
            meanwhile = await values.recall(tx, "value")
        async with db.read() as tx:
            after = await values.recall(tx, "value")

    assert (before, meanwhile, after) == (None, None, "new")


async def test_a_writing_transaction_holds_the_lock_from_its_first_look(sqlite_url: str) -> None:
    async with Database(sqlite_url) as db:
        async with db.begin() as tx:
            await values.recall(tx, "value")
            with outside(db) as other, pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")

        with outside(db) as other:
            other.execute("BEGIN IMMEDIATE")


async def test_a_first_statement_that_fails_leaves_no_lock_behind(sqlite_url: str) -> None:
    async with Database(sqlite_url) as db:
        async with db.begin() as tx:
            await values.remember(tx, "value", "1")

        with pytest.raises(IntegrityError):
            async with db.begin() as tx:
                await tx.execute(insert(ValueRow).values(name="value", value="2"))

        with outside(db) as other:
            other.execute("BEGIN IMMEDIATE")
            assert other.execute("SELECT value FROM named_values").fetchall() == [("1",)]


async def test_rows_and_their_number_come_back_with_the_statement(sqlite_url: str) -> None:
    async with Database(sqlite_url) as db, db.begin() as tx:
        await tx.execute(insert(ValueRow), [{"name": f"n{n}", "value": f"{n}"} for n in range(5)])

        gone = await tx.scalars(
            delete(ValueRow).where(ValueRow.name > "n1").returning(ValueRow.name)
        )
        changed = await tx.execute(update(ValueRow).values(value="x"))

    assert set(gone) == {"n2", "n3", "n4"}
    assert changed.rowcount == 2
