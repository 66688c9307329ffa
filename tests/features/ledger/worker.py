"""A process of its own with a ledger: `python -m tests.features.ledger.worker URL ROLE`.

It says "ready", waits for a line, does its role's calls on Ada's account, and says what it got as
a line of JSON. `burst` holds 25 requests at once and keeps them until told to end; `busy` makes
calls of every kind and ending; `endless` makes calls until it is killed.
"""

import asyncio
import json
import random
import sys
from datetime import UTC, datetime

from bot.core.clock import SystemClock
from bot.core.ids import Ids
from bot.ledger.calls import Held
from bot.ledger.errors import LimitReached
from bot.ledger.rules import Status
from bot.ledger.service import Ledger
from bot.storage.database import Database
from tests.features.ledger.asks import ADA, BEA, RULES, costing, request, tokens

ALLOWANCE = 100_000


def say(**what: object) -> None:
    print(json.dumps(what), flush=True)


async def line() -> None:
    await asyncio.to_thread(sys.stdin.readline)


async def burst(ledger: Ledger) -> None:
    async def hold() -> Held | None:
        try:
            return await ledger.hold(request(8_000, in_flight=25))
        except LimitReached:
            return None

    held = [one for one in await asyncio.gather(*(hold() for _ in range(25))) if one]
    say(held=len(held), over=sum(one.standing.held > 8_000 for one in held))
    await line()
    await asyncio.gather(*(ledger.settle(one, costing(800)) for one in held))
    say(settled=len(held))


async def busy(ledger: Ledger) -> None:
    chance, settled, over = random.Random(), [], 0

    async def call() -> None:
        nonlocal over
        ask = tokens(ALLOWANCE, member=chance.choice((ADA, BEA)), prompt=chance.randrange(900))
        try:
            held = await ledger.hold(ask)
        except LimitReached:
            return
        over += held.standing.spent + held.standing.held > ALLOWANCE
        await asyncio.sleep(chance.random() / 100)
        if chance.random() < 0.1:
            await ledger.release(held)
            return
        done = await ledger.settle(held, costing(chance.randrange(1_200), Status.PARTIAL))
        settled.append(done.cost)

    await asyncio.gather(*(call() for _ in range(250)))
    say(calls=len(settled), cost=sum(settled), over=over)


async def endless(ledger: Ledger) -> None:
    async def calls() -> None:
        while True:
            held = await ledger.hold(tokens(None))
            await asyncio.sleep(0.001)
            await ledger.settle(held, costing(150))

    async def count() -> None:
        while not ledger.open_holds():  # noqa: ASYNC110  # the ledger tells nobody
            await asyncio.sleep(0.001)
        while True:
            await asyncio.sleep(0.01)
            say(open=ledger.open_holds())

    await asyncio.gather(count(), *(calls() for _ in range(40)))


async def main(url: str, role: str) -> None:
    roles = {"burst": burst, "busy": busy, "endless": endless}
    async with Database(url) as db, Ledger(db, SystemClock(), Ids(), lambda: RULES) as ledger:
        say(ready=datetime.now(UTC).isoformat())
        await line()
        await roles[role](ledger)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
