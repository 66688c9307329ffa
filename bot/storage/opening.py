"""Opens a process's database: owned alone where it is embedded, reachable, migrated."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import URL, make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from bot.core.errors import StartFailed
from bot.storage.database import Database
from bot.storage.migrate import NotMigrated, upgrade_in_child

log = logging.getLogger(__name__)
REACH_SECONDS = 10.0
TAKEN = (
    "Another Latchkey process uses the database {file}. An embedded database has one owner: end "
    "that process, or set LATCHKEY_DATABASE_URL to a PostgreSQL that several may share."
)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """Own, reach and migrate the database, and close it at the end; raises StartFailed."""
    parsed = make_url(url)
    with owned(parsed):
        await _reach(parsed)
        try:
            await upgrade_in_child(url)
        except NotMigrated as failed:
            sentence = f"The database {_where(parsed)} could not be brought up to date: {failed}."
            raise StartFailed(sentence, code=1) from None
        async with Database(url) as db:
            yield db


@contextmanager
def owned(url: URL) -> Iterator[None]:
    """Hold the embedded database's file alone; PostgreSQL is shared."""
    if url.get_backend_name() != "sqlite":
        yield
        return
    file = Path(url.database or "")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(f"{file}.lock")
        lock.acquire(timeout=0)
    except Timeout:
        raise StartFailed(TAKEN.format(file=file)) from None
    except OSError as fault:
        why = fault.strerror or fault
        raise StartFailed(f"The database {file} cannot be opened: {why}.") from None
    try:
        yield
    finally:
        lock.release()


async def _reach(url: URL) -> None:
    """Connect once, or say in one sentence why that cannot be."""
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with asyncio.timeout(REACH_SECONDS), engine.connect():
            pass
    except Exception as fault:  # each driver has its own words and classes for it
        raise StartFailed(_unreachable(url, fault), code=1) from None
    finally:
        await engine.dispose()


def _where(url: URL) -> str:
    """Name the database without anything that opens it."""
    return f"at {url.host}:{url.port or 5432}" if url.host else str(url.database)


def _unreachable(url: URL, fault: Exception) -> str:
    cause = getattr(fault, "orig", None) or fault
    lines = str(cause).strip().splitlines() or [type(cause).__name__]
    return (
        f"The database {_where(url)} does not let us in: {lines[0].rstrip('.')}. Check that it "
        "runs and that LATCHKEY_DATABASE_URL is right."
    )
