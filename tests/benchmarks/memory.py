"""Resident memory of the whole product, bot connected, over many calls of many callers.

`python -m tests.benchmarks.memory [--calls 100000]` starts `latchkey run` against a loopback
Discord and a canned upstream, lets 1,000 callers call, and prints what the process holds on the
way: it should stay flat. Asserts nothing but that no call fails.
"""

import argparse
import asyncio
import os
import tempfile
import time
from pathlib import Path

import psutil

from bot.members.people import Person
from bot.sandbox.discord.server import LoopbackDiscord
from bot.storage.migrate import upgrade_in_child
from tests.benchmarks.http import started
from tests.benchmarks.load import Target, load
from tests.fakes.program import SECRET, launching, services, write_settings

CALLERS = 1_000
AT_ONCE = 32
STEP = 5.0  # seconds of load between two looks
LONGEST = 300.0  # seconds for everything
LIMITS = {"daily_tokens": 1_000_000_000, "in_flight": 1_000}


async def keys(url: str) -> list[str]:
    """Make members with a key each."""
    made = []
    async with services(url) as house:
        for number in range(CALLERS):
            person = Person(700_000_000_000_000_000 + number, at_home=True)
            made.append((await house.keys.first(person)).plain or "")
    return made


async def watched(calls: int) -> list[tuple[int, int]]:
    """Return how many calls were made so far, and the bytes held then."""
    with (
        tempfile.TemporaryDirectory(prefix="latchkey-bench-") as name,
        started("upstream", 1) as up,
    ):
        folder, discord = Path(name), LoopbackDiscord()
        (folder / "data").mkdir()
        url = f"sqlite+aiosqlite:///{folder / 'data' / 'latchkey.db'}"
        await upgrade_in_child(url)
        made = await keys(url)
        write_settings(folder, {"first": up.url, "second": up.url}, limits=LIMITS)
        async with discord.serve(), launching(folder) as launcher:
            program = await launcher.start(
                "run",
                LATCHKEY_DISCORD_TOKEN=discord.token,
                LATCHKEY_DISCORD_API_URL=discord.api_url,
                LATCHKEY_SECRET_KEY=SECRET,
            )
            await program.says("connected to Discord")
            process = psutil.Process(program.process.pid)
            target = Target("product", await program.serves(), process, made)
            return await _looks(target, calls)


async def _looks(target: Target, calls: int) -> list[tuple[int, int]]:
    found = [(0, target.process.memory_info().rss)]
    until = time.monotonic() + LONGEST
    while found[-1][0] < calls and time.monotonic() < until:
        for stream in (False, True):  # the Gateway's heartbeats go on meanwhile
            run = await asyncio.to_thread(load, target, AT_ONCE, STEP, stream=stream)
            assert not run.failed, "calls failed"
            found.append((found[-1][0] + run.calls, run.resident))
    return found


def main(calls: int) -> None:
    """Print the table."""
    os.environ.setdefault("BENCH_CORE", "1")
    print("| calls so far | RSS MB |")
    print("|---|---|")
    for number, resident in asyncio.run(watched(calls)):
        print(f"| {number:,} | {resident / 2**20:.0f} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=100_000)
    main(parser.parse_args().calls)
