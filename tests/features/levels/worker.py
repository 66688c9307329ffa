"""A process of its own that awards November 2026: `python -m tests.features.levels.worker URL N`.

It says "ready", waits for a line, awards in batches of N members, and says "done".
"""

import asyncio
import sys
from dataclasses import replace
from datetime import UTC, datetime

from bot.core.clock import HandClock
from bot.storage.database import Database
from tests.features.levels.circle import MONTH, circle

OVER = datetime(2026, 12, 1, 0, 5, tzinfo=UTC)


async def main(url: str, batch: str) -> None:
    async with Database(url) as db:
        place = circle(db, HandClock(moment=OVER))
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        await replace(place.all.levels, batch=int(batch)).award(MONTH)
        print("done", flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
