"""A process of its own with referrals: `python -m tests.features.referrals.worker URL ROLE`.

It says "ready", waits for a line, does its role's work, and says what came of it as JSON. `spend`
tries 20 exchanges of Ada's referrals at once, `activate` 20 activations by Mo of Ada's code,
`close` closes November 2026.
"""

import asyncio
import json
import os
import sys
from datetime import UTC, datetime

from bot.core.clock import HandClock
from bot.core.errors import Failure
from bot.storage.database import Database
from tests.features.referrals.village import MO, Village, village

OVER = datetime(2026, 12, 1, 0, 5, tzinfo=UTC)
TRIES = 20


def say(**what: object) -> None:
    print(json.dumps(what), flush=True)


async def spend(place: Village) -> int:
    place.asked += os.getpid() * 1_000
    tries = [place.exchange(5) for _ in range(TRIES)]
    return _done(await asyncio.gather(*tries, return_exceptions=True))


async def activate(place: Village) -> int:
    code = await place.code()
    tries = [place.all.referrals.activate(MO, code) for _ in range(TRIES)]
    return _done(await asyncio.gather(*tries, return_exceptions=True))


async def close(place: Village) -> int:
    await place.all.contest.award("2026-11")
    return 1


def _done(answers: list[object]) -> int:
    """Count what went well; anything but a refusal with words ends the process."""
    for each in answers:
        if isinstance(each, BaseException) and not isinstance(each, Failure):
            raise each
    return sum(not isinstance(each, Failure) for each in answers)


async def main(url: str, role: str) -> None:
    roles = {"spend": spend, "activate": activate, "close": close}
    async with Database(url) as db:
        place = village(db, HandClock(moment=OVER))
        say(ready=True)
        await asyncio.to_thread(sys.stdin.readline)
        say(done=await roles[role](place))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
