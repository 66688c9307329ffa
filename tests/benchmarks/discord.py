"""Interactions through the loopback Discord, against a bare bot of the same library.

`python -m tests.benchmarks discord [--seconds 3]` runs Latchkey and the bare bot as processes of
their own, in turns, undisturbed and while 50 answers of /chat grow, and prints a table. "300 a
second" sends so many whatever comes back, "32 at once" keeps so many members waiting; both go over
the Gateway, an acknowledgement and a follow-up. Nothing here asserts time.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
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
from tests.fakes.program import SECRET, UPSTREAM_KEY, Launcher, launching, write_settings
from tests.fakes.serve import serving

CHATS = 50
CHATS_A_CHANNEL = 3
AT_ONCE = 32
A_SECOND = 300
WORD_SECONDS = 0.05
PATIENCE = 5.0  # seconds for an answer
LONGEST = 58.0  # seconds for an answer that grows
COMMANDS = ("show_key", "all_limits")
BARE = (sys.executable, "-m", "tests.benchmarks.discord_bare")
FIRST_PERSON, FIRST_CHANNEL = 600_000_000_000_000_000, 5_001
QUANTILES = (0.5, 0.95, 0.99)
ACKS = ("ack p50", "p95", "p99")
COLUMNS = ("command", "load", "chats", "bot", "a second", "x bare", *ACKS, "answer p50", "p99")
COSTS = ("cpu ms each", "bare's / its", "loopback's core", "failed")


@dataclass
class Run:
    """One measured run; times in seconds."""

    bot: str
    command: str
    load: str
    chats: int
    acks: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    failed: int = 0
    lasted: float = 0.0
    cpu: float = 0.0  # seconds that the bot used
    loopback: float = 0.0

    @property
    def rate(self) -> float:
        """Return the answers a second."""
        return len(self.answers) / self.lasted

    @property
    def each(self) -> float:
        """Return the seconds of CPU an answer, the growing chats' share in it."""
        return self.cpu / max(1, len(self.answers))

    def row(self, bare: "Run") -> list[str]:
        """Return the table's row, beside what the bare bot did."""
        acks = [f"{at(self.acks, share) * 1000:.1f} ms" for share in QUANTILES]
        answers = [f"{at(self.answers, share) * 1000:.1f} ms" for share in (0.5, 0.99)]
        rates = [f"{self.rate:.0f}", f"{self.rate / bare.rate:.2f}"]
        costs = [f"{self.each * 1000:.2f}", f"{bare.each / self.each:.2f}"]
        ends = [f"{self.loopback / self.lasted:.0%}", str(self.failed)]
        case = [f"/{self.command}", self.load, str(self.chats), self.bot]
        return [*case, *rates, *acks, *answers, *costs, *ends]


@dataclass(frozen=True)
class Bench:
    """A loopback Discord in this process, and the bot that is connected to it."""

    name: str
    acts: Acts
    world: World
    process: psutil.Process
    people: list[int]
    talkers: list[int]
    rooms: list[int]

    async def measure(self, command: str, seconds: float, chats: int, *, steady: bool) -> Run:
        """Run a command for a while, at a steady rate or by members who wait."""
        load = f"{A_SECOND} a second" if steady else f"{AT_ONCE} at once"
        run = Run(self.name, command, load, chats)
        here = psutil.Process()
        cpu, began = (_cpu(self.process), _cpu(here)), time.perf_counter()
        if steady:
            await self._steadily(run, seconds)
        else:
            async with asyncio.TaskGroup() as crowd:
                for person in self.people[:AT_ONCE]:
                    crowd.create_task(self._again(run, person, began + seconds))
        run.lasted = time.perf_counter() - began
        run.cpu, run.loopback = _cpu(self.process) - cpu[0], _cpu(here) - cpu[1]
        return run

    async def _again(self, run: Run, person: int, until: float) -> None:
        while time.perf_counter() < until:
            await self.interact(run, person, time.perf_counter())

    async def _steadily(self, run: Run, seconds: float) -> None:
        """Send what is due, however late we are; what waits for us counts as waiting."""
        people = cycle(self.people)
        due = time.perf_counter()
        async with asyncio.TaskGroup() as crowd:
            for _ in range(int(A_SECOND * seconds)):
                crowd.create_task(self.interact(run, next(people), due))
                due += 1 / A_SECOND
                await asyncio.sleep(max(0.0, due - time.perf_counter()))

    async def interact(self, run: Run, person: int, due: float) -> None:
        """Run one command, and note when it was acknowledged and when answered."""
        number = await self.acts.command(person, furniture.COMMANDS, run.command)
        interaction = self.world.interactions[number]
        try:
            await interaction.until(lambda: interaction.callback, PATIENCE)
            run.acks.append(time.perf_counter() - due)
            await self.acts.answer(number, timeout=PATIENCE)
            run.answers.append(time.perf_counter() - due)
        except (TimeoutError, Refused):
            run.failed += 1

    async def warm(self) -> None:
        """Make everybody a member with a key."""
        run = Run(self.name, "gen_key", "", 0)
        await asyncio.gather(*(self.interact(run, who, time.perf_counter()) for who in self.people))
        assert not run.failed, "nobody answered /gen_key"

    @asynccontextmanager
    async def chatting(self, chats: int) -> AsyncIterator[None]:
        """Let so many answers grow, each begun anew when it is over."""
        growing = [asyncio.Event() for _ in range(chats)]
        places = cycle(self.rooms)
        running = [
            asyncio.create_task(self._chat(person, next(places), event))
            for person, event in zip(self.talkers, growing, strict=False)
        ]
        try:
            await asyncio.gather(*(event.wait() for event in growing))
            yield
        finally:
            for chat in running:
                chat.cancel()
            await asyncio.gather(*running, return_exceptions=True)

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


async def opened(stack: AsyncExitStack, name: str, launcher: Launcher, url: str) -> Bench:
    """Start a bot and the Discord it connects to; `url` is the upstream's."""
    discord = await stack.enter_async_context(LoopbackDiscord().serve())
    people = crowd(discord.world, FIRST_PERSON, AT_ONCE)
    talkers = crowd(discord.world, FIRST_PERSON + AT_ONCE, CHATS)
    rooms = channels(discord.world, -(-CHATS // CHATS_A_CHANNEL))
    asked = (discord.api_url, url) if name == "bare" else ("run",)
    program = await launcher.start(
        *asked,
        LATCHKEY_DISCORD_TOKEN=discord.token,
        LATCHKEY_DISCORD_API_URL=discord.api_url,
        LATCHKEY_SECRET_KEY=SECRET,
    )
    await program.says("connected to Discord")
    process = psutil.Process(program.process.pid)
    bench = Bench(name, discord.acts, discord.world, process, people, talkers, rooms)
    await bench.warm()
    return bench


async def bench(seconds: float) -> list[Run]:
    """Start everything, measure in turns, and end it."""
    upstream, limits = LoopbackOpenAI(pace=WORD_SECONDS, key=UPSTREAM_KEY), 1_000_000_000
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="latchkey-bench-")))
        url = await stack.enter_async_context(serving(upstream.app()))
        write_settings(folder, {"first": url, "second": url}, limits={"daily_tokens": limits})
        benches = []
        for name in ("bare", "latchkey"):
            launcher = await stack.enter_async_context(launching(folder))
            launcher.command = BARE if name == "bare" else launcher.command
            benches.append(await opened(stack, name, launcher, url))
        return [run for chats in (0, CHATS) for run in await _turns(benches, seconds, chats)]


async def _turns(benches: list[Bench], seconds: float, chats: int) -> list[Run]:
    """Measure each command and load with each bot, the other one idle beside it."""
    runs: list[Run] = []
    cases = [(command, steady) for command in COMMANDS for steady in (True, False)]
    for bench in benches:
        async with bench.chatting(chats):
            for command, steady in cases:
                runs.append(await bench.measure(command, seconds, chats, steady=steady))
    return [run for case in range(len(cases)) for run in runs[case :: len(cases)]]


def table(runs: list[Run]) -> Iterator[str]:
    """Draw the table, lines of Markdown; each case has the bare bot's row first."""
    columns = [*COLUMNS, *COSTS]
    pairs = zip(runs[::2], runs[1::2], strict=True)
    measured = [run.row(bare) for bare, product in pairs for run in (bare, product)]
    rows = [columns, ["-" * len(name) for name in columns], *measured]
    widths = [max(len(row[place]) for row in rows) for place in range(len(columns))]
    for row in rows:
        cells = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        yield f"| {' | '.join(cells)} |"


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def main(seconds: float) -> None:
    """Measure, and print."""
    for line in table(await bench(seconds)):
        print(line)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3.0, help="of each of the 16 runs")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(parser.parse_args().seconds))
