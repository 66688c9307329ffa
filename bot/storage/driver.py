"""The embedded database's driver: one hop to its thread a statement, or a transaction.

Under SQLAlchemy, aiosqlite hops to make a cursor, to execute, to fetch and to close, two switches
of threads each. Here BEGIN goes along with the first statement, and rows come back with theirs.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, TypeVar

import aiosqlite

ROWS = 64  # a chunk of a cursor that is iterated; nobody does
T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]


async def connect(database: str, **given: Any) -> "Connection":
    """Open a connection with what `sqlite3.connect` takes."""
    connection = Connection(partial(sqlite3.connect, database, **given), ROWS)
    connection._thread.daemon = True  # noqa: SLF001  # what was not closed lets the process end
    await connection
    return connection


class Connection(aiosqlite.Connection):
    """A connection whose transaction is begun by the first statement in it."""

    begin = ""  # the statement that begins the transaction, until it has

    def cursor(self) -> Any:
        """Return a cursor; the thread is not asked for one yet."""
        return Cursor(self)

    async def run(self, work: Work[T]) -> T:
        """Do some work in the driver's thread, inside the transaction that was asked for."""
        begin, self.begin = self.begin, ""
        return await self._hop(partial(_begun, begin, work) if begin else work)

    async def whole(self, work: Work[T]) -> T:
        """Do some work as a writing transaction of its own, committed in the same hop."""
        return await self._hop(partial(_whole, work))

    async def commit(self) -> None:
        """Commit what was begun, if anything was."""
        self.begin = ""
        if self.in_transaction:
            await super().commit()

    async def rollback(self) -> None:
        """Roll back what was begun, if anything was."""
        self.begin = ""
        if self.in_transaction:
            await super().rollback()

    async def _hop(self, work: Work[T]) -> T:
        library: Any = self._execute  # the one private name that all of aiosqlite goes through
        done: T = await library(work, self._conn)
        return done


class Cursor:
    """What SQLAlchemy asks of a driver's cursor; over as soon as its statement is."""

    description: Sequence[Any] | None = None
    rowcount = -1
    lastrowid: int | None = None
    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: list[Any] = []

    async def __aenter__(self) -> "Cursor":
        return self

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        """Run a statement and fetch all its rows."""
        await self._connection.run(lambda at: self._take(at.execute(statement, parameters)))

    async def executemany(self, statement: str, parameters: Iterable[Sequence[Any]]) -> None:
        """Run a statement once for each row of parameters."""
        await self._connection.run(lambda at: self._take(at.executemany(statement, parameters)))

    async def fetchall(self) -> list[Any]:
        """Return the rows; they are here already."""
        return self._rows

    async def close(self) -> None:
        """Close nothing more."""

    def _take(self, cursor: sqlite3.Cursor) -> None:
        """Keep everything of a cursor, and close it; in the driver's thread."""
        self.description = cursor.description
        if cursor.description is not None:
            self._rows = cursor.fetchall()
        self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        cursor.close()


def _begun(begin: str, work: Work[T], connection: sqlite3.Connection) -> T:
    connection.execute(begin)
    return work(connection)


def _whole(work: Work[T], connection: sqlite3.Connection) -> T:
    """Run the work between BEGIN IMMEDIATE and COMMIT."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        done = work(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return done
