"""The ledger under force: hundreds of tasks, several processes, kill -9."""

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from bot.core.clock import HandClock
from bot.core.ids import Ids
from bot.ledger.calls import Held
from bot.ledger.errors import AllowanceSpent, LimitReached
from bot.ledger.service import Ledger
from bot.storage.database import Database
from bot.storage.tables.ledger import CallRow, DayRow, HoldRow
from tests.features.ledger.asks import ADA, BEA, MO, RULES, costing, request, tokens
from tests.features.ledger.books import add_members, assert_books_agree, rows
from tests.features.ledger.worker import ALLOWANCE


class Worker:
    """A worker process, spoken to by lines."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def hear(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        said = await self.process.stdout.readline()
        return dict(json.loads(said))

    def go(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"\n")


@asynccontextmanager
async def workers(url: str, role: str, count: int) -> AsyncIterator[list[Worker]]:
    """Start worker processes, all ready; none outlives the test."""
    command = (sys.executable, "-m", "tests.features.ledger.worker", url, role)
    pipe = asyncio.subprocess.PIPE
    started = [
        Worker(await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe))
        for _ in range(count)
    ]
    try:
        for worker in started:
            await worker.hear()
        yield started
    finally:
        for worker in started:
            with suppress(ProcessLookupError):
                worker.process.kill()
            await worker.process.communicate()


async def test_twenty_five_calls_on_an_allowance_for_ten_are_exactly_ten(
    ledger: Ledger, db: Database
) -> None:
    asked = [ledger.hold(request(8_000, in_flight=25)) for _ in range(25)]

    answers = await asyncio.gather(*asked, return_exceptions=True)

    held = [answer for answer in answers if isinstance(answer, Held)]
    assert len(held) == 10
    assert sum(isinstance(answer, AllowanceSpent) for answer in answers) == 15
    await asyncio.gather(*(ledger.settle(one, costing(800)) for one in held))
    await assert_books_agree(db, at_rest=True)


async def test_four_processes_on_an_allowance_for_ten_are_exactly_ten(postgres_url: str) -> None:
    async with Database(postgres_url) as db:
        await add_members(db, ADA)
        async with workers(postgres_url, "burst", 4) as four:
            for worker in four:
                worker.go()
            said = [await worker.hear() for worker in four]
            for worker in four:
                worker.go()
            settled = [await worker.hear() for worker in four]

        assert sum(one["held"] for one in said) == 10
        assert sum(one["over"] for one in said) == 0
        assert sum(one["settled"] for one in settled) == 10
        await assert_books_agree(db, at_rest=True)


async def test_four_busy_processes_lose_and_invent_nothing(postgres_url: str) -> None:
    async with Database(postgres_url) as db:
        await add_members(db, ADA, BEA)
        async with workers(postgres_url, "busy", 4) as four:
            for worker in four:
                worker.go()
            said = [await worker.hear() for worker in four]

        days, calls = await rows(db, DayRow), await rows(db, CallRow)
        assert sum(one["over"] for one in said) == 0
        assert sum(day.spent for day in days) == sum(one["cost"] for one in said)
        assert len(calls) == sum(one["calls"] for one in said) > 0
        assert all(day.spent <= ALLOWANCE for day in days)
        await assert_books_agree(db, at_rest=True)


async def test_hundreds_of_calls_of_one_member_at_once(ledger: Ledger, db: Database) -> None:
    chance, allowance, costs = random.Random(7), 60_000, []

    async def call() -> None:
        asked = asyncio.create_task(ledger.hold(tokens(allowance, prompt=chance.randrange(800))))
        if chance.random() < 0.1:
            for _ in range(chance.randrange(12)):
                await asyncio.sleep(0)
            asked.cancel()
        try:
            held = await asked
        except (LimitReached, asyncio.CancelledError):
            return
        assert held.standing.spent + held.standing.held <= allowance
        settled = await ledger.settle(held, costing(chance.randrange(1_100)))
        costs.append(settled.cost)

    await asyncio.gather(*(call() for _ in range(500)))
    await ledger._writer._idle.wait()

    [day] = await rows(db, DayRow)
    assert (day.spent, day.calls) == (sum(costs), len(costs))
    assert day.spent <= allowance
    await assert_books_agree(db, at_rest=True)


async def test_hundreds_of_calls_of_three_members_through_two_ledgers(
    ledger: Ledger, neighbour: Ledger, db: Database
) -> None:
    async def call(number: int) -> int:
        here, there = (ledger, neighbour) if number % 2 else (neighbour, ledger)
        held = await here.hold(tokens(None, member=(ADA, BEA, MO)[number % 3]))
        return (await there.settle(held, costing(number))).cost

    costs = await asyncio.gather(*(call(number) for number in range(300)))

    assert sum(costs) == sum(range(300))
    await assert_books_agree(db, at_rest=True)


@pytest.mark.parametrize("reads", [1, 7, 19])
async def test_a_process_killed_in_the_middle_leaves_nothing_held_and_charges_once(
    database_url: str, clock: HandClock, reads: int
) -> None:
    async with Database(database_url) as db:
        await add_members(db, ADA)
    async with workers(database_url, "endless", 1) as [worker]:
        worker.go()
        for _ in range(reads):
            await worker.hear()
        worker.process.kill()
        await worker.process.wait()

    async with Database(database_url) as db:
        lost = {hold.id for hold in await rows(db, HoldRow)}
        answered = {call.id for call in await rows(db, CallRow)}
        await assert_books_agree(db)
        async with Ledger(db, clock, Ids(), lambda: RULES) as ledger:
            if db.embedded:
                assert await ledger.release_all() == len(lost)
            else:
                await ledger.sweep()
                clock.move(seconds=60)
                assert await ledger.sweep() == len(lost)

        await assert_books_agree(db, at_rest=True)
        calls = {call.id: (call.status, call.cost) for call in await rows(db, CallRow)}
        ended = dict.fromkeys(answered, ("answered", 150))
        assert calls == ended | dict.fromkeys(lost, ("abandoned", 0))
        assert lost or answered
