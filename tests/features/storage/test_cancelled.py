"""A transaction that is cancelled, at whatever moment and however often, blocks nobody after it."""

import asyncio
import contextlib
import random

import pytest

from bot.core.unbroken import unbroken
from bot.storage import values
from bot.storage.database import Database


async def write(db: Database, value: str, told: list[str]) -> None:
    async with db.begin() as tx:
        await values.remember(tx, "value", value)
        await values.recall(tx, "value")
        await values.remember(tx, "other", value)
        tx.then(lambda: told.append(value))


async def stored(db: Database) -> tuple[str | None, str | None]:
    async with db.read() as tx:
        return await values.recall(tx, "value"), await values.recall(tx, "other")


@pytest.mark.parametrize("seed", range(3))
async def test_the_next_transaction_gets_through_at_once(sqlite_url: str, seed: int) -> None:
    moments = random.Random(seed)
    async with Database(sqlite_url) as db:
        for number in range(120):
            told: list[str] = []
            before = await stored(db)
            work = asyncio.create_task(write(db, str(number), told))
            for _ in range(moments.randrange(1, 4)):
                for _ in range(moments.randrange(30)):
                    await asyncio.sleep(0)
                work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await work

            after = await stored(db)
            assert after in (before, (str(number), str(number)))
            # Whoever waits for the commit hears of every one, and of no other.
            assert told == ([str(number)] if after != before else [])
            async with asyncio.timeout(4):  # less than SQLite waits for a lock
                await write(db, "next", [])


async def test_reads_that_are_cancelled_leave_no_connection_behind(sqlite_url: str) -> None:
    async with Database(sqlite_url) as db:
        for turns in range(60):
            reading = asyncio.create_task(stored(db))
            for _ in range(2):
                for _ in range(turns % 20):
                    await asyncio.sleep(0)
                reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reading

        async with asyncio.timeout(4):
            assert await asyncio.gather(*(stored(db) for _ in range(8))) == [(None, None)] * 8
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_work_that_must_not_be_torn_ends_before_its_waiter_does() -> None:
    gate, done = asyncio.Event(), []

    async def work() -> str:
        await gate.wait()
        done.append(True)
        return "made"

    waiting = asyncio.create_task(unbroken(work()))
    for _ in range(3):
        await asyncio.sleep(0)
        waiting.cancel()
    await asyncio.sleep(0)
    before = waiting.done()
    gate.set()

    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not before
    assert done == [True]


async def test_work_that_nobody_cancels_gives_its_result_or_its_fault() -> None:
    async def fine() -> str:
        return "made"

    async def broken() -> str:
        raise ValueError

    assert await unbroken(fine()) == "made"
    with pytest.raises(ValueError):  # noqa: PT011 - the very one raised above
        await unbroken(broken())


async def test_a_fault_of_work_whose_waiter_was_cancelled_is_no_noise() -> None:
    gate = asyncio.Event()

    async def broken() -> None:
        await gate.wait()
        raise ValueError

    waiting = asyncio.create_task(unbroken(broken()))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.sleep(0)
    gate.set()

    with pytest.raises(asyncio.CancelledError):
        await waiting
