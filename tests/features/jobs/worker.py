"""A process of the jobs: ticks, and says on stdout which period it works on.

`python -m tests.features.jobs.worker URL NOW HELD` works as if it were NOW (RFC 3339) in a zone of
UTC; HELD names a period in which it stays for ever.
"""

import asyncio
import os
import sys
from datetime import datetime, time
from pathlib import Path

from bot.community.service import Community
from bot.core.clock import SystemClock
from bot.jobs import runner
from bot.jobs.cadence import Monthly
from bot.settings.community import CommunityFile
from bot.storage.database import Database
from bot.storage.leases import Leases

STALE = 1.0  # seconds until a lease that stands still is free
TICK = 0.02


class Then(SystemClock):
    """The machine's steady clock, and a wall clock that stands."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        """Return the moment that was given."""
        return self._moment


async def main(url: str, moment: str, held: str, out: Path) -> None:
    """Tick until stopped."""
    runner.RENEW_SECONDS = STALE / 10
    clock = Then(datetime.fromisoformat(moment))

    async def work(month: str) -> None:
        with out.open("a") as file:
            file.write(f"{month}\n")
        print(month, flush=True)
        if month == held:
            await asyncio.Event().wait()

    async with Database(url) as db:
        leases = Leases(db, clock, holder=os.getpid(), stale_seconds=STALE)
        community = Community(CommunityFile.model_validate({}))
        job = Monthly("levels", time(0, 5), work)
        one = runner.Runner(db, clock, community, leases, [job])
        while True:
            await one.tick()
            await asyncio.sleep(TICK)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4])))
