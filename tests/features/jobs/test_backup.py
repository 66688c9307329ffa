"""The nightly copy of the embedded database: whole, kept for a while, and good to start from."""

import asyncio
import signal
import sqlite3
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url

from bot.community.service import Community
from bot.core.clock import HandClock
from bot.core.ids import Ids
from bot.jobs.backup import Backup
from bot.outbox import Outbox
from bot.settings.community import CommunityFile
from bot.storage import backup
from bot.storage.database import Database
from bot.storage.opening import opened
from tests.fakes.owned import ADA, member_of, owned
from tests.features.ledger.books import until

YESTERDAY = date(2026, 11, 19)


@pytest.fixture
def database(sqlite_url: str) -> Path:
    return Path(make_url(sqlite_url).database or "")


def job(database: Path, clock: HandClock, kept: int = 7) -> Backup:
    community = Community(CommunityFile.model_validate({"retention": {"backups": kept}}))
    outbox = Outbox(Database(f"sqlite+aiosqlite:///{database}"), clock, Ids(1))
    return Backup(database, database.parent / "backups", community, clock, outbox)


def names(database: Path) -> list[str]:
    return sorted(path.name for path in (database.parent / "backups").iterdir())


async def test_a_restored_copy_starts_and_knows_everybody(
    sqlite_url: str, database: Path, clock: HandClock, tmp_path: Path
) -> None:
    async with opened(sqlite_url) as db:
        house = owned(db, clock)
        key = (await house.keys.first(ADA)).plain

        await job(database, clock).run(YESTERDAY)

        await house.keys.replace(ADA)  # after the copy: lost with what happened since
    restored = tmp_path / "restored" / "latchkey.db"
    restored.parent.mkdir()
    (database.parent / "backups" / "latchkey-2026-11-20.db").rename(restored)

    async with opened(f"sqlite+aiosqlite:///{restored}") as db:
        again = owned(db, clock)
        assert (await again.keys.show(ADA)).plain == key
        assert await member_of(again) == 1


async def test_a_copy_is_for_its_owner_alone(database: Path, clock: HandClock) -> None:
    await job(database, clock).run(YESTERDAY)

    folder = database.parent / "backups"
    modes = [path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())]
    assert modes == [0o700, 0o600]


async def test_only_the_newest_are_kept_and_nothing_else_is_touched(
    database: Path, clock: HandClock
) -> None:
    nightly = job(database, clock, kept=3)
    await nightly.run(YESTERDAY)
    mine = database.parent / "backups" / "before the move.db"
    mine.write_text("not ours to delete")

    for _ in range(5):
        clock.move(days=1)
        await nightly.run(YESTERDAY)

    copies = [f"latchkey-2026-11-{day}.db" for day in (23, 24, 25)]
    assert names(database) == ["before the move.db", *copies]


async def test_after_downtime_one_copy_stands_for_all_nights(
    database: Path, clock: HandClock
) -> None:
    nightly = job(database, clock)

    for missed in range(3):
        await nightly.run(YESTERDAY - timedelta(days=2 - missed))
    first = (database.parent / "backups" / "latchkey-2026-11-20.db").stat().st_mtime_ns
    await nightly.run(YESTERDAY)

    assert names(database) == ["latchkey-2026-11-20.db"]
    assert (database.parent / "backups" / names(database)[0]).stat().st_mtime_ns == first


async def test_no_backups_are_made_where_none_are_wanted(database: Path, clock: HandClock) -> None:
    await job(database, clock, kept=0).run(YESTERDAY)

    assert not (database.parent / "backups").exists()


async def test_turning_backups_off_removes_those_that_are_there(
    database: Path, clock: HandClock
) -> None:
    await job(database, clock).run(YESTERDAY)

    await job(database, clock, kept=0).run(YESTERDAY)

    assert names(database) == []


async def test_members_go_on_writing_while_a_copy_is_made(
    sqlite_url: str, database: Path, clock: HandClock
) -> None:
    async with Database(sqlite_url) as db:
        house = owned(db, clock)
        await house.keys.first(ADA)
        copying = asyncio.create_task(job(database, clock).run(YESTERDAY))
        keys = 0
        while not copying.done() or not keys:
            await house.keys.replace(ADA)
            keys += 1
        await copying

    copy = sqlite3.connect(database.parent / "backups" / "latchkey-2026-11-20.db")
    assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert copy.execute("SELECT count(*) FROM keys WHERE revoked_at IS NULL").fetchone() == (1,)
    copy.close()


async def test_a_copy_that_was_killed_leaves_no_half_file_and_is_made_again(
    database: Path, clock: HandClock
) -> None:
    folder = database.parent / "backups"
    asked = [sys.executable, "-m", "tests.features.jobs.copying", str(database), str(folder)]
    child = await asyncio.create_subprocess_exec(*asked, stdout=asyncio.subprocess.PIPE)
    assert child.stdout is not None
    assert await child.stdout.readline() == b"in the middle\n"
    child.send_signal(signal.SIGKILL)
    await child.wait()
    assert [path.suffix for path in folder.iterdir()] == [backup.UNFINISHED]

    await job(database, clock).run(YESTERDAY)

    assert names(database) == ["latchkey-2026-11-20.db"]


async def test_a_copy_that_is_cancelled_leaves_nothing(
    sqlite_url: str, database: Path, clock: HandClock
) -> None:
    async with Database(sqlite_url) as db, db.begin() as tx:
        await tx.connection.exec_driver_sql("CREATE TABLE ballast (filling BLOB)")
        await tx.connection.exec_driver_sql(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)"
            " INSERT INTO ballast SELECT randomblob(60) FROM n"
        )
    folder = database.parent / "backups"
    copying = asyncio.create_task(job(database, clock).run(YESTERDAY))
    await until(lambda: folder.exists() and any(folder.iterdir()))

    copying.cancel()

    with pytest.raises(asyncio.CancelledError):
        await copying
    assert names(database) == []


async def test_staff_are_told_that_there_is_no_copy(
    sqlite_url: str, database: Path, clock: HandClock
) -> None:
    (database.parent / "backups").write_text("a file where the folder should be")

    nightly = job(database, clock)
    async with Database(sqlite_url) as db:
        nightly = replace(nightly, outbox=Outbox(db, clock, Ids(1)))
        await nightly.run(YESTERDAY)
        (post,) = await nightly.outbox.waiting()

    assert post.payload["place"] == "staff"
    assert "staff.backup_failed" in str(post.payload)
