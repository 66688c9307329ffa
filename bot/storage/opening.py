"""Opens a process's database: owned alone where it is embedded, reachable, migrated."""

import asyncio
import logging
import os
import re
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import URL, make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from bot.core.errors import StartFailed
from bot.storage.backup import FOLDER_MODE, OWNER_ALONE
from bot.storage.database import Database
from bot.storage.migrate import NotMigrated, upgrade_in_child

log = logging.getLogger(__name__)
REACH_SECONDS = 10.0
GLANCE_SECONDS = 0.2  # `in_use` may be looking in this very moment
UNWANTED = ("28", "3D")  # SQLSTATE: authorization, no such database
UNWANTED_WORDS = re.compile(  # psycopg has no SQLSTATE yet while it connects
    r"FATAL: .*(authentication|password|pg_hba|does not exist|permission denied|not permitted)"
)
TAKEN = (
    "Another Latchkey process uses the database {file}. An embedded database has one owner: end "
    "that process, or set LATCHKEY_DATABASE_URL to a PostgreSQL that several may share."
)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """Own, reach and migrate the database, and close it at the end; raises StartFailed."""
    parsed = make_url(url)
    with owned(parsed):
        await reach(parsed)
        try:
            await upgrade_in_child(url)
        except NotMigrated as failed:
            sentence = f"The database {_where(parsed)} could not be brought up to date: {failed}."
            raise StartFailed(sentence, code=1) from None
        async with Database(url) as db:
            yield db


def in_use(url: URL) -> bool:
    """Say whether a process owns the embedded database, without owning it ourselves."""
    lock = Path(f"{url.database}.lock")
    if not lock.exists():
        return False
    held = FileLock(lock, mode=OWNER_ALONE)
    try:
        held.acquire(timeout=0)
    except Timeout:
        return True
    held.release()
    return False


@contextmanager
def owned(url: URL) -> Iterator[None]:
    """Hold the embedded database's file alone; PostgreSQL is shared."""
    if url.get_backend_name() != "sqlite":
        yield
        return
    file = Path(url.database or "")
    try:
        _make(file)
        lock = FileLock(f"{file}.lock", mode=OWNER_ALONE)
        lock.acquire(timeout=GLANCE_SECONDS)
    except Timeout:
        raise StartFailed(TAKEN.format(file=file)) from None
    except OSError as fault:
        why = fault.strerror or fault
        raise StartFailed(f"The database {file} cannot be opened: {why}.") from None
    try:
        yield
    finally:
        lock.release()


def _make(file: Path) -> None:
    """Make the file, readable by its owner alone like the secret beside it; one there is kept."""
    file.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    if not file.exists():
        file.touch(OWNER_ALONE)


async def reach(url: URL) -> None:
    """Connect once, or raise StartFailed with why that cannot be."""
    if url.get_backend_name() == "sqlite":
        await _look_into(url)
        return
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with asyncio.timeout(REACH_SECONDS), engine.connect():
            pass
    except Exception as fault:  # each driver has its own words and classes for it
        raise _unreachable(url, getattr(fault, "orig", None) or fault) from None
    finally:
        await engine.dispose()


async def _look_into(url: URL) -> None:
    """Open the embedded database's file to write: only that tells whether it is one.

    By the plain driver: after a failure the async one's thread still answers a loop that is gone.
    """

    def look() -> None:
        with closing(sqlite3.connect(url.database or "", timeout=REACH_SECONDS)) as connection:
            connection.execute("BEGIN IMMEDIATE")

    try:
        await asyncio.to_thread(look)
    except (sqlite3.Error, OSError) as fault:
        sentence = f"The database {url.database} cannot be opened: {_words(fault)}."
        raise StartFailed(sentence) from None


def _where(url: URL) -> str:
    """Name the database without anything that opens it."""
    return f"at {url.host}:{url.port or 5432}" if url.host else str(url.database)


def _unreachable(url: URL, cause: Exception) -> StartFailed:
    """Tell a server that is not there (1) from one that does not want us (2: the settings)."""
    state = str(getattr(cause, "sqlstate", None) or "")
    if state.startswith(UNWANTED) or UNWANTED_WORDS.search(str(cause)):
        return StartFailed(
            f"The database {_where(url)} does not let us in: {_words(cause)}. Check the user, the "
            "password and the name in LATCHKEY_DATABASE_URL."
        )
    sentence = (
        f"The database {_where(url)} does not answer: {_words(cause)}. Check that it runs and "
        "that LATCHKEY_DATABASE_URL is right."
    )
    return StartFailed(sentence, code=1)


def _words(cause: Exception) -> str:
    if isinstance(cause, OSError) and (cause.errno or 0) > 0:
        return os.strerror(cause.errno or 0)
    if isinstance(cause, TimeoutError):
        return f"nothing came within {REACH_SECONDS:.0f} s"
    lines = str(cause).strip().splitlines() or [type(cause).__name__]
    return lines[0].rstrip(".")
