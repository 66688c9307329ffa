"""Several processes relay one member's calls on one PostgreSQL."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from pathlib import Path

from bot.core.errors import Kind
from bot.core.units import Mode
from bot.ledger.rules import Status
from bot.sandbox.upstreams.troubles import Fault
from bot.storage.database import Database
from tests.fakes.serve import serving
from tests.features.relay.house import opened_house
from tests.features.relay.process import LIMITS, MODEL

ROOT = Path(__file__).parents[3]
SHARES = (7, 6, 6, 6)


async def started(*arguments: object) -> Process:
    module = "tests.features.relay.process"
    words = [sys.executable, "-m", module, *map(str, arguments)]
    process = await asyncio.create_subprocess_exec(*words, cwd=ROOT, stdin=PIPE, stdout=PIPE)
    assert (await process.stdout.readline()).strip() == b"ready"
    return process


async def test_of_25_calls_in_four_processes_on_an_allowance_for_10_exactly_10_pass(
    postgres_url, clock
):
    async with (
        Database(postgres_url) as db,
        opened_house(db, clock, models=[MODEL], limits=LIMITS) as house,
        serving(house.first.app()) as url,
    ):
        caller = await house.caller(Mode.REQUESTS)
        house.first.faults.every(Fault.SLOW)
        processes = await asyncio.gather(
            *(started(postgres_url, url, caller.member_id, share) for share in SHARES)
        )
        told: Counter[str] = Counter()
        decided = asyncio.Event()

        async def listen(process: Process) -> None:
            process.stdin.write(b"go\n")
            while line := (await process.stdout.readline()).decode().strip():
                told[line] += 1
                if told[Kind.ALLOWANCE_HELD] == 15:
                    decided.set()

        listening = asyncio.gather(*map(listen, processes))
        try:
            await asyncio.gather(
                decided.wait(), house.first.until(lambda upstream: upstream.asked == 10)
            )
            assert await house.books(caller) == (0, 8_000, 10, 10)
        finally:
            house.first.gate.set()
            await listening
            ends = await asyncio.gather(*(process.wait() for process in processes))

        assert ends == [0, 0, 0, 0]
        assert told == {"answered": 10, Kind.ALLOWANCE_HELD: 15}
        assert house.first.asked == 10
        assert await house.settled(caller) == 8_000
        assert [record.status for record in await house.records()] == [Status.ANSWERED] * 10
