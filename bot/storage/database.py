"""Connections and transactions, alike on the embedded SQLite and on PostgreSQL."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from sqlalchemy import URL, event, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from bot.core.errors import DatabaseAway
from bot.core.guard import inside_transaction
from bot.core.unbroken import unbroken
from bot.storage import driver

log = logging.getLogger(__name__)
READERS = 4  # SQLite connections that only read
POOL = 8  # PostgreSQL connections of one process
BUSY_MS = 5_000
COMPILED = 256  # statements that the ledger's connection keeps ready
IDLE_MS = 15_000  # PostgreSQL ends the transaction of a process that stands still
AWAY = ("08", "53", "57")  # SQLSTATE: connection, resources, operator intervention
PRAGMAS = (
    f"busy_timeout = {BUSY_MS}",
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
)
LOOKING = (f"busy_timeout = {BUSY_MS}", "query_only = ON")
T = TypeVar("T")


class Tx:
    """An open transaction: executes statements, and remembers what to do around its commit."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self.execute = connection.execute
        self.scalar = connection.scalar
        self.scalars = connection.scalars
        self.run_sync = connection.run_sync
        if connection.dialect.name == "sqlite":
            for name in ("execute", "scalar", "scalars", "run_sync"):
                setattr(self, name, _to_the_end(getattr(connection, name)))
        self._last: list[Callable[[], Awaitable[None]]] = []
        self._then: list[Callable[[], None]] = []

    def last(self, act: Callable[[], Awaitable[None]]) -> None:
        """Await `act` at the very end: what locks a row that everybody wants is locked briefly."""
        self._last.append(act)

    def then(self, act: Callable[[], None]) -> None:
        """Call `act` after the commit, and only then."""
        self._then.append(act)

    async def ending(self) -> None:
        """Run what waited for the end."""
        for act in self._last:
            await act()

    def committed(self) -> None:
        """Run what waited for the commit."""
        for act in self._then:
            act()


class Database:
    """One database of one process; `async with` opens and closes it."""

    def __init__(self, url: str, *, looking: bool = False) -> None:
        """Take a SQLAlchemy async URL: sqlite+aiosqlite, postgresql+asyncpg or +psycopg.

        `looking` changes nothing, whoever owns the database: for `read` alone.
        """
        self.url = make_url(url)
        self._looking = looking
        self.embedded = self.url.get_backend_name() == "sqlite"
        self._turn = asyncio.Lock()  # SQLite: one writer, first come first served
        self._writing = self._engine(1 if self.embedded else POOL, "BEGIN IMMEDIATE")
        self._reading = self._engine(READERS, "BEGIN") if self.embedded else self._writing
        self._driver: driver.Connection | None = None  # SQLite: opened by who needs it first

    async def __aenter__(self) -> "Database":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        if self._driver is not None:
            await self._driver.close()
            self._driver = None
        await self._reading.dispose()
        await self._writing.dispose()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Tx]:
        """Open a writing transaction; commits at the end, rolls back on any error."""
        done: list[Tx] = []
        try:
            with inside_transaction():
                async with self._own_turn(), _reachable(), _opened(self._writing, done) as tx:
                    yield tx
                    await tx.ending()
        finally:
            for tx in done:
                tx.committed()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tx]:
        """Open a transaction that only reads."""
        with inside_transaction():
            async with _reachable(), _opened(self._reading, []) as tx:
                yield tx

    def connect(self) -> AsyncConnection:
        """Return a writing connection for its caller to keep and to close (PostgreSQL)."""
        return self._writing.connect()

    async def on_driver(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` as one writing transaction, in one hop to the driver's thread (SQLite)."""
        with inside_transaction():
            async with self._own_turn(), _reachable():
                if self._driver is None:
                    self._driver = await _driver(str(self.url.database))
                return await self._driver.whole(work)

    @asynccontextmanager
    async def _own_turn(self) -> AsyncIterator[None]:
        if not self.embedded:
            yield
            return
        async with self._turn:
            yield

    def _engine(self, size: int, begin: str) -> AsyncEngine:
        if not self.embedded:
            return create_async_engine(
                self.url,
                execution_options={"postgresql_readonly": True} if self._looking else {},
                pool_size=size,
                max_overflow=4,
                pool_pre_ping=True,
                pool_timeout=10,
                hide_parameters=True,
                connect_args=_waiting(self.url.get_driver_name()),
            )
        engine = create_async_engine(
            _unchanged(self.url) if self._looking else self.url,
            pool_size=size,
            max_overflow=0,
            poolclass=AsyncAdaptedQueuePool,
            hide_parameters=True,  # a statement that fails shows nobody's id
            connect_args={"async_creator_fn": driver.connect},
        )
        _speak_sqlite(engine, begin, LOOKING if self._looking else PRAGMAS)
        return engine


def _waiting(driver: str) -> dict[str, Any]:
    """Let PostgreSQL free the locks of a process that was stopped inside a transaction."""
    if driver == "asyncpg":
        return {"server_settings": {"idle_in_transaction_session_timeout": str(IDLE_MS)}}
    return {"options": f"-c idle_in_transaction_session_timeout={IDLE_MS}"}


def _unchanged(url: URL) -> URL:
    """Return the URL that opens the embedded database only to be read, and leaves no file behind.

    A write-ahead log, there while somebody writes or after a crash, has to be read too, and is
    locked for that; without one nothing is locked, or even looking would make such a log.
    """
    log = Path(f"{url.database}-wal")
    query = {"mode": "ro", "uri": "true"} | ({} if log.exists() else {"immutable": "1"})
    return url.set(database=f"file:{quote(url.database or '')}", query=query)


def _speak_sqlite(engine: AsyncEngine, begin: str, pragmas: Sequence[str]) -> None:
    """Make transactions explicit: left alone, the driver opens none before a SELECT."""

    @event.listens_for(engine.sync_engine, "connect")
    def connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: Any) -> None:
        connection.connection.driver_connection.begin = begin


async def _driver(file: str) -> driver.Connection:
    """Connect without SQLAlchemy: the ledger's statements are the driver's own."""
    connection = await driver.connect(file, isolation_level=None, cached_statements=COMPILED)
    for pragma in PRAGMAS:
        await connection.execute(f"PRAGMA {pragma}")
    return connection


@asynccontextmanager
async def _opened(engine: AsyncEngine, done: list[Tx]) -> AsyncIterator[Tx]:
    """Open a transaction; it joins `done` once it is committed, even if we are cancelled then."""
    if engine.dialect.name != "sqlite":
        async with engine.begin() as connection:
            tx = Tx(connection)
            yield tx
        done.append(tx)
        return
    opening = engine.begin()
    entering = asyncio.ensure_future(opening.__aenter__())
    try:
        connection = await unbroken(entering)
    except asyncio.CancelledError as fault:
        if not entering.cancelled() and entering.exception() is None:
            await unbroken(opening.__aexit__(type(fault), fault, None))
        raise
    tx = Tx(connection)
    try:
        yield tx
    except BaseException as fault:
        await unbroken(opening.__aexit__(type(fault), fault, fault.__traceback__))
        raise
    ending = asyncio.ensure_future(opening.__aexit__(None, None, None))
    try:
        await unbroken(ending)
    finally:
        if not ending.cancelled() and ending.exception() is None:
            done.append(tx)


def _to_the_end(call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Let a cancellation come between two statements, never into one.

    Cancelled twice, SQLAlchemy leaves SQLite's connection behind with the write lock in hand.
    """

    async def whole(*args: Any, **kwargs: Any) -> Any:
        return await unbroken(call(*args, **kwargs))

    return whole


@asynccontextmanager
async def _reachable() -> AsyncIterator[None]:
    """Turn a database that does not answer into a failure with words."""
    try:
        yield
    except (OSError, InterfaceError, TimeoutError, PoolTimeout, sqlite3.OperationalError) as fault:
        raise DatabaseAway from fault
    except DBAPIError as fault:
        if isinstance(fault, OperationalError) or fault.connection_invalidated or _away(fault):
            log.warning("the database does not answer: %s", type(fault.orig).__name__)
            raise DatabaseAway from fault
        raise


def _away(fault: DBAPIError) -> bool:
    """Say whether PostgreSQL itself says that it cannot serve now, by the class of its code."""
    return str(getattr(fault.orig, "sqlstate", "") or "").startswith(AWAY)
