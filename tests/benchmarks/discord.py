"""Interactions through the loopback Discord: how many a second, how soon they are acknowledged.

`python -m tests.benchmarks.discord [--seconds 3]` runs the bot as a process of its own, once
undisturbed and once while 50 answers of /chat grow, and prints a table. "at once" keeps so many
members waiting for their answers, "a second" sends so many whatever comes back; both go over
the Gateway, an acknowledgement and a follow-up. Nothing here asserts time.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

import psutil
import uvloop

from bot.sandbox.discord import furniture, shapes
from bot.sandbox.discord.acts import Acts, Refused
from bot.sandbox.discord.server import LoopbackDiscord
from bot.sandbox.discord.world import Person, World
from bot.sandbox.upstreams.openai import LoopbackOpenAI
from tests.fakes.program import SECRET, UPSTREAM_KEY, Program, launching, write_settings
from tests.fakes.serve import serving

CHATS = 50
CHATS_A_CHANNEL = 3
AT_ONCE = 32
A_SECOND = 50
WORD_SECONDS = 0.05
PATIENCE = 5.0  # seconds for an answer
LONGEST = 58.0  # seconds for everything
COMMANDS = ("show_key", "all_limits")
FIRST_PERSON, FIRST_CHANNEL = 600_000_000_000_000_000, 5_001
QUANTILES = (0.5, 0.95, 0.99)
COLUMNS = ("command", "load", "chats", "a second", "ack p50", "p95", "p99", "answer p50", "p99")


@dataclass
class Run:
    """One measured run; times in seconds."""

    command: str
    load: str
    chats: int
    acks: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    failed: int = 0
    lasted: float = 0.0
    bot: float = 0.0  # share of a core
    loopback: float = 0.0

    def row(self) -> list[str]:
        """Return the table's row."""
        acks = [f"{at(self.acks, share) * 1000:.1f} ms" for share in QUANTILES]
        answers = [f"{at(self.answers, share) * 1000:.1f} ms" for share in (0.5, 0.99)]
        rate = f"{len(self.answers) / self.lasted:.0f}"
        cores = [f"{self.bot:.0%}", f"{self.loopback:.0%}", str(self.failed)]
        return [f"/{self.command}", self.load, str(self.chats), rate, *acks, *answers, *cores]


@dataclass(frozen=True)
class Bench:
    """The loopback Discord in this process, and the bot that is connected to it."""

    acts: Acts
    world: World
    bot: psutil.Process
    people: list[int]
    seconds: float

    async def measure(self, command: str, chats: int, *, steady: bool) -> Run:
        """Run a command for a while, at a steady rate or by members who wait."""
        run = Run(command, f"{A_SECOND} a second" if steady else f"{AT_ONCE} at once", chats)
        here = psutil.Process()
        cpu, began = (_cpu(self.bot), _cpu(here)), time.perf_counter()
        if steady:
            await self._steadily(run)
        else:
            async with asyncio.TaskGroup() as crowd:
                for person in self.people[:AT_ONCE]:
                    crowd.create_task(self._again(run, person, began + self.seconds))
        run.lasted = time.perf_counter() - began
        run.bot, run.loopback = (
            (_cpu(process) - before) / run.lasted
            for process, before in zip((self.bot, here), cpu, strict=True)
        )
        return run

    async def _again(self, run: Run, person: int, until: float) -> None:
        while time.perf_counter() < until:
            await self.interact(run, person)

    async def _steadily(self, run: Run) -> None:
        people = cycle(self.people)
        due = time.perf_counter()
        async with asyncio.TaskGroup() as crowd:
            for _ in range(int(A_SECOND * self.seconds)):
                crowd.create_task(self.interact(run, next(people)))
                due += 1 / A_SECOND
                await asyncio.sleep(max(0.0, due - time.perf_counter()))

    async def interact(self, run: Run, person: int) -> None:
        """Run one command, and note when it was acknowledged and when answered."""
        began = time.perf_counter()
        number = await self.acts.command(person, furniture.COMMANDS, run.command)
        interaction = self.world.interactions[number]
        try:
            await interaction.until(lambda: interaction.callback, PATIENCE)
            run.acks.append(time.perf_counter() - began)
            await self.acts.answer(number, timeout=PATIENCE)
            run.answers.append(time.perf_counter() - began)
        except (TimeoutError, Refused):
            run.failed += 1

    @asynccontextmanager
    async def chatting(self, people: list[int], channels: list[int]) -> AsyncIterator[None]:
        """Let so many answers grow, each begun anew when it is over."""
        growing = [asyncio.Event() for _ in people]
        places = cycle(channels)
        chats = [
            asyncio.create_task(self._chat(person, next(places), event))
            for person, event in zip(people, growing, strict=True)
        ]
        try:
            await asyncio.gather(*(event.wait() for event in growing))
            yield
        finally:
            for chat in chats:
                chat.cancel()
            await asyncio.gather(*chats, return_exceptions=True)

    async def _chat(self, person: int, channel: int, growing: asyncio.Event) -> None:
        while True:
            number = await self.acts.command(person, channel, "chat", {"prompt": "A long story"})
            await self.acts.answer(number, timeout=LONGEST)
            growing.set()
            await self.acts.settled(number, timeout=LONGEST)


def at(values: list[float], share: float) -> float:
    """Return a quantile."""
    return sorted(values)[int(len(values) * share)] if values else float("nan")


def crowd(world: World, first: int, count: int) -> list[int]:
    """Let so many people join the home guild."""
    people = list(range(first, first + count))
    for number in people:
        world.users[number] = shapes.user(number, f"p{number}", f"P{number}")
        world.people[number] = Person()
        member = shapes.member(world.users[number], (), furniture.JOINED)
        world.members[furniture.HOME][number] = member
    return people


def channels(world: World, count: int) -> list[int]:
    """Open so many channels in the home guild."""
    opened = list(range(FIRST_CHANNEL, FIRST_CHANNEL + count))
    for number in opened:
        name = f"chat-{number}"
        world.channels[number] = shapes.channel(number, furniture.HOME, name, position=9)
    return opened


async def bench(seconds: float) -> list[Run]:
    """Start everything, measure, and end it."""
    upstream, discord = LoopbackOpenAI(pace=WORD_SECONDS, key=UPSTREAM_KEY), LoopbackDiscord()
    with tempfile.TemporaryDirectory(prefix="latchkey-bench-") as folder:
        async with (
            serving(upstream.app()) as url,
            discord.serve(),
            launching(Path(folder)) as launcher,
        ):
            limits = {"daily_tokens": 1_000_000_000}
            write_settings(Path(folder), {"first": url, "second": url}, limits=limits)
            program = await launcher.start(
                "run",
                LATCHKEY_DISCORD_TOKEN=discord.token,
                LATCHKEY_DISCORD_API_URL=discord.api_url,
                LATCHKEY_SECRET_KEY=SECRET,
            )
            return await _measured(discord, program, seconds)


async def _measured(discord: LoopbackDiscord, program: Program, seconds: float) -> list[Run]:
    world, acts = discord.world, discord.acts
    people = crowd(world, FIRST_PERSON, AT_ONCE)
    talkers = crowd(world, FIRST_PERSON + AT_ONCE, CHATS)
    rooms = channels(world, -(-CHATS // CHATS_A_CHANNEL))
    await program.says("connected to Discord")
    bench = Bench(acts, world, psutil.Process(program.process.pid), people, seconds)
    warm = Run("gen_key", "", 0)
    await asyncio.gather(*(bench.interact(warm, person) for person in people))
    runs = [run async for run in _runs(bench, 0)]
    async with bench.chatting(talkers, rooms):
        runs += [run async for run in _runs(bench, CHATS)]
    return runs


async def _runs(bench: Bench, chats: int) -> AsyncIterator[Run]:
    for command in COMMANDS:
        for steady in (True, False):
            yield await bench.measure(command, chats, steady=steady)


def table(runs: list[Run]) -> Iterator[str]:
    """Draw the table, lines of Markdown."""
    columns = [*COLUMNS, "bot's core", "loopback's core", "failed"]
    rows = [columns, ["-" * len(name) for name in columns], *(run.row() for run in runs)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(columns))]
    for row in rows:
        cells = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        yield f"| {' | '.join(cells)} |"


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def main(seconds: float) -> None:
    """Measure within bounded time, and print."""
    async with asyncio.timeout(LONGEST):
        runs = await bench(seconds)
    for line in table(runs):
        print(line)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3.0, help="of each of the 8 runs")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(parser.parse_args().seconds))
