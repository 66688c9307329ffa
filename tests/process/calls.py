"""Many calls of one member at once, held at the upstream until every one of them is decided."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from itertools import cycle, islice

import httpx

from bot.sandbox.upstreams.openai import LoopbackOpenAI
from bot.sandbox.upstreams.troubles import Fault
from tests.fakes.program import PATIENCE, asking, bearer, until

CALLS, PASSING = 25, 10
FOR_TEN = {"daily_tokens": PASSING * 800, "in_flight": CALLS, "requests_per_minute": 60}


async def twenty_five_at_once(
    urls: Sequence[str], key: str, upstream: LoopbackOpenAI
) -> Counter[tuple[int, str | None]]:
    """Call all addresses by turns; return how often each status and error code came."""
    before = upstream.asked
    upstream.faults.every(Fault.SLOW)
    async with httpx.AsyncClient(headers=bearer(key), timeout=PATIENCE, trust_env=False) as client:
        calls = [
            asyncio.create_task(client.post(f"{url}/v1/chat/completions", json=asking("Hello!")))
            for url in islice(cycle(urls), CALLS)
        ]

        async def decided() -> bool:
            return sum(call.done() for call in calls) + upstream.asked - before == CALLS

        await until(decided)
        upstream.gate.set()
        answers = await asyncio.gather(*calls)
    upstream.faults.every(None)
    upstream.gate.clear()
    return Counter(
        (answer.status_code, answer.json().get("error", {}).get("code")) for answer in answers
    )
