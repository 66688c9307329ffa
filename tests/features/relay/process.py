"""A process of its own that makes calls: `python -m ... DATABASE UPSTREAM MEMBER CALLS`."""

import asyncio
import sys
from datetime import UTC, datetime

from bot.allowance.rules import Today
from bot.core.clock import HandClock
from bot.core.errors import Failure
from bot.core.units import Mode
from bot.relay.caller import Caller
from bot.storage.database import Database
from tests.features.relay.house import House, answer, opened_house

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MODEL = {"id": "gpt-4o", "routes": [{"upstream": "first"}]}
LIMITS = {"daily_tokens": 8_000, "in_flight": 25, "requests_per_minute": 100}


async def call(house: House, caller: Caller, number: int) -> None:
    """Make a call and print how it ended."""
    try:
        await answer(house, caller, house.ask(), streamed=bool(number % 2))
    except Failure as failure:
        print(failure.kind, flush=True)
    else:
        print("answered", flush=True)


async def main(database: str, upstream: str, member_id: int, calls: int) -> None:
    """Make the calls all at once, on everybody's allowance of ten."""
    today = Today(LIMITS["daily_tokens"], frozenset({"free"}), (), None)
    caller = Caller(member_id, None, Mode.REQUESTS, suspended=False, today=today)
    urls = {"first": upstream, "second": upstream}
    async with Database(database) as db:
        clock = HandClock(moment=NOON)
        async with opened_house(db, clock, urls=urls, models=[MODEL], limits=LIMITS) as house:
            print("ready", flush=True)
            await asyncio.to_thread(sys.stdin.readline)
            await asyncio.gather(*(call(house, caller, number) for number in range(calls)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
