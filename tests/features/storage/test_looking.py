"""A database that is only looked at stays as it is, whoever owns it."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot.core.errors import DatabaseAway
from bot.storage import values
from bot.storage.database import Database
from bot.storage.migrate import unapplied
from bot.storage.opening import in_use, opened


def files(url: str) -> list[str]:
    """List the database's files."""
    path = Path(url.partition(":///")[2])
    return sorted(each.name for each in path.parent.glob(f"{path.name}*"))


async def recalled(url: str, name: str) -> str | None:
    """Look a named value up."""
    async with Database(url, looking=True) as db, db.read() as tx:
        return await values.recall(tx, name)


async def test_looking_changes_nothing(database_url: str) -> None:
    async with Database(database_url, looking=True) as db:
        with pytest.raises((DBAPIError, DatabaseAway)):
            async with db.read() as tx:
                await tx.execute(text("INSERT INTO named_values (name, value) VALUES ('a', 'b')"))

    assert await recalled(database_url, "a") is None


async def test_looking_leaves_no_file_behind(sqlite_url: str) -> None:
    before = files(sqlite_url)

    await recalled(sqlite_url, "a")

    assert files(sqlite_url) == before


async def test_what_the_owner_wrote_last_is_seen(sqlite_url: str) -> None:
    async with opened(sqlite_url) as db:
        assert in_use(db.url)
        async with db.begin() as tx:
            await values.remember(tx, "a", "just now")

        assert await recalled(sqlite_url, "a") == "just now"

    assert not in_use(db.url)


async def test_what_a_crash_left_in_the_log_is_seen_and_left_there(
    sqlite_url: str, tmp_path: Path
) -> None:
    path = sqlite_url.partition(":///")[2]
    left = tmp_path / "left"
    left.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("INSERT INTO named_values VALUES ('a', 'in the log')")
        for name in (path, f"{path}-wal"):
            shutil.copy(name, left)
    url = f"sqlite+aiosqlite:///{left}/{Path(path).name}"
    log = left / f"{Path(path).name}-wal"
    size = log.stat().st_size

    assert await recalled(url, "a") == "in the log"

    assert log.stat().st_size == size


async def test_a_process_may_start_in_the_moment_somebody_looks(sqlite_url: str) -> None:
    async with opened(sqlite_url) as db:
        pass

    assert [in_use(db.url) for _ in range(3)] == [False] * 3
    async with opened(sqlite_url):
        pass


@pytest.fixture
def ours() -> int:
    """How many migrations there are."""
    found = unapplied(None)
    assert found is not None
    return found


def test_migrations_that_follow_a_revision_are_counted(ours: int) -> None:
    assert ours >= 5
    assert unapplied("0001") == ours - 1
    assert unapplied("what no version has") is None
