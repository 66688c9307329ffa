"""A month's awards under force: four processes at once, and one that is killed in the middle."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sqlalchemy import func, select

from bot.core.clock import HandClock
from bot.storage.database import Database
from bot.storage.tables.allowance import GrantRow
from bot.storage.tables.levels import LevelAwardRow
from bot.storage.tables.system import OutboxRow
from tests.features.levels.circle import MONTH, Circle, circle
from tests.features.levels.worker import OVER

CROWD = 120


@asynccontextmanager
async def workers(
    url: str, count: int, batch: int
) -> AsyncIterator[list[asyncio.subprocess.Process]]:
    """Start worker processes and let them all begin at once; none outlives the test."""
    command = (sys.executable, "-m", "tests.features.levels.worker", url, str(batch))
    pipe = asyncio.subprocess.PIPE
    started = [
        await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
        for _ in range(count)
    ]
    try:
        for worker in started:
            assert worker.stdout is not None
            await worker.stdout.readline()
        for worker in started:
            assert worker.stdin is not None
            worker.stdin.write(b"\n")
        yield started
    finally:
        for worker in started:
            with suppress(ProcessLookupError):
                worker.kill()
            await worker.communicate()


async def counts(place: Circle) -> tuple[int, int, int, int]:
    """Count awards, grants, members with a grant, and effects."""
    wanted = (
        select(func.count()).select_from(LevelAwardRow),
        select(func.count()).select_from(GrantRow),
        select(func.count(func.distinct(GrantRow.member_id))),
        select(func.count()).select_from(OutboxRow),
    )
    async with place.house.db.read() as tx:
        found = [await tx.scalar(each) or 0 for each in wanted]
    return found[0], found[1], found[2], found[3]


async def test_four_processes_award_a_month_once(database_url: str) -> None:
    async with Database(database_url) as db:
        place = circle(db, HandClock(moment=OVER))
        await place.crowd(CROWD, 400)

        async with workers(database_url, 4, batch=7) as four:
            for worker in four:
                assert worker.stdout is not None
                assert await worker.stdout.readline() == b"done\n"

        # Beside a role for each member there is one announcement.
        assert await counts(place) == (CROWD, CROWD, CROWD, CROWD + 1)


async def test_what_a_killed_process_left_another_awards_and_nothing_twice(
    database_url: str,
) -> None:
    async with Database(database_url) as db:
        place = circle(db, HandClock(moment=OVER))
        await place.crowd(CROWD, 400)

        async with workers(database_url, 1, batch=1) as (one,):
            while not await place.awards():
                assert one.returncode is None
            one.kill()
            await one.wait()
        left, grants, members, effects = await counts(place)
        await place.all.levels.award(MONTH)

        assert 0 < left < CROWD
        assert left == grants == members == effects  # each batch is one transaction
        assert await counts(place) == (CROWD, CROWD, CROWD, CROWD + 1)
