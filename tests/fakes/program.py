"""`latchkey` as a process of its own: started, heard, asked over HTTP, ended or killed."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from bot.core.clock import HandClock
from bot.core.units import Mode
from bot.sandbox.discord.server import LoopbackDiscord
from bot.sandbox.upstreams.openai import LoopbackOpenAI
from bot.storage.database import Database
from tests.fakes.owned import ADA, Owned, owned
from tests.fakes.serve import serving

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0  # seconds any one thing may take on a busy machine
GLANCE = 0.03  # seconds between two looks at what tells nobody that it changed
SECRET = "the-secret-of-the-tests-long-enough-to-be-one"
UPSTREAM_KEY = "sk-upstream-of-the-tests-0123456789"
HIDDEN = ("LATCHKEY_DISCORD_TOKEN", "LATCHKEY_SECRET_KEY", "LATCHKEY_METRICS_TOKEN")
TRACEBACK = "Traceback (most recent call last)"
API = re.compile(r"the API answers at (http://[^\s\"]+)")


class Program:
    """A running `python -m bot ...`, with everything it wrote so far."""

    def __init__(self, process: asyncio.subprocess.Process, asked: tuple[str, ...]) -> None:
        self.process = process
        self.name = " ".join(asked)
        self.out = self.err = ""
        self._news = asyncio.Event()
        self._hearing = [
            asyncio.create_task(self._hear(process.stdout, "out")),
            asyncio.create_task(self._hear(process.stderr, "err")),
        ]

    @property
    def output(self) -> str:
        """Everything it wrote, on both streams."""
        return self.out + self.err

    @property
    def url(self) -> str:
        """Where its API answers, as it said itself."""
        found = API.search(self.err)
        assert found is not None, f"no address yet:\n{self.output}"
        return found[1]

    async def says(self, pattern: str) -> re.Match[str]:
        """Wait until it has written something, and return it."""
        async with asyncio.timeout(PATIENCE):
            while (found := re.search(pattern, self.output)) is None:
                over = all(task.done() for task in self._hearing)
                assert not over, f"{self.name} ended without {pattern!r}:\n{self.output}"
                self._news.clear()
                await self._news.wait()
        return found

    async def serves(self) -> str:
        """Wait until its port answers, and return the address."""
        await self.says(API.pattern)
        return self.url

    async def ready(self) -> str:
        """Wait until everything in it is ready, and return its address."""
        url = await self.serves()

        async def well() -> bool:
            return (await self.health()).status_code == 200

        await until(well)
        return url

    async def health(self) -> httpx.Response:
        """Ask it how it is."""
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
            return await client.get(f"{self.url}/v1/health")

    def terminate(self) -> None:
        """Ask it to end."""
        self.process.send_signal(signal.SIGTERM)

    async def ended(self) -> int:
        """Wait for its end, and return the exit code."""
        async with asyncio.timeout(PATIENCE):
            code = await self.process.wait()
            await asyncio.gather(*self._hearing)
        return code

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, and return the exit code."""
        self.process.send_signal(number)
        return await self.ended()

    async def kill(self) -> None:
        """End it as a power cut would."""
        if self.process.returncode is None:
            self.process.kill()
        await self.ended()

    async def _hear(self, stream: asyncio.StreamReader | None, name: str) -> None:
        assert stream is not None
        while piece := await stream.read(65_536):
            setattr(self, name, getattr(self, name) + piece.decode(errors="replace"))
            self._news.set()
        self._news.set()


@dataclass
class Launcher:
    """Starts programs; at the end none is left, and none has written what it must not."""

    folder: Path
    secrets: set[str] = field(default_factory=lambda: {UPSTREAM_KEY})
    started: list[Program] = field(default_factory=list)
    command: tuple[str, ...] = (sys.executable, "-m", "bot")
    source: Path | None = ROOT  # None: the command finds its code by itself

    async def start(self, *asked: str, at: Path | None = None, **environ: str) -> Program:
        """Start `latchkey` with these words in a folder, and nothing else in its environment."""
        usual = {"PATH": os.environ["PATH"], "LATCHKEY_PORT": "0"}
        if self.source is not None:
            usual["PYTHONPATH"] = str(self.source)
        self.secrets |= {environ[name] for name in HIDDEN if name in environ}
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *self.command,
            *asked,
            cwd=at or self.folder,
            env=usual | environ,
            stdout=pipe,
            stderr=pipe,
        )
        self.started.append(Program(process, asked))
        return self.started[-1]

    async def close(self) -> None:
        """Kill what still runs, and look at everything that was written."""
        for program in self.started:
            await program.kill()
        for program in self.started:
            assert_quiet(program.output, self.secrets)


def assert_quiet(written: str, secrets: set[str]) -> None:
    """No key, token or secret may be in what a program wrote, and no traceback."""
    told = [secret for secret in secrets if secret in written]
    assert not told, f"{told} in:\n{written}"
    assert TRACEBACK not in written, written


@asynccontextmanager
async def launching(folder: Path) -> AsyncIterator[Launcher]:
    """Open a launcher over a folder."""
    launcher = Launcher(folder)
    try:
        yield launcher
    finally:
        await launcher.close()


@dataclass(frozen=True)
class Outside:
    """What a process of Latchkey talks to: Discord, and two upstreams."""

    discord: LoopbackDiscord
    first: LoopbackOpenAI  # has gpt-4o
    second: LoopbackOpenAI  # has gpt-4o-mini
    urls: dict[str, str]

    def environ(self) -> dict[str, str]:
        """Return the variables that lead a process here."""
        return {
            "LATCHKEY_DISCORD_TOKEN": self.discord.token,
            "LATCHKEY_DISCORD_API_URL": self.discord.api_url,
            "LATCHKEY_SECRET_KEY": SECRET,
        }

    def configure(self, folder: Path, **sections: dict[str, Any]) -> None:
        """Write a latchkey.toml that leads here, with some sections' values changed."""
        write_settings(folder, self.urls, **sections)


@asynccontextmanager
async def outside() -> AsyncIterator[Outside]:
    """Serve everything that is outside of Latchkey."""
    first, second = LoopbackOpenAI(key=UPSTREAM_KEY), LoopbackOpenAI(key=UPSTREAM_KEY)
    async with AsyncExitStack() as stack:
        discord = await stack.enter_async_context(LoopbackDiscord().serve())
        urls = {
            "first": await stack.enter_async_context(serving(first.app())),
            "second": await stack.enter_async_context(serving(second.app())),
        }
        yield Outside(discord, first, second, urls)
        first.gate.set()
        second.gate.set()


MODELS = """
[[models]]
id = "gpt-4o"
context = 8000
max_output = 500
routes = [{ upstream = "first" }]

[[models]]
id = "gpt-4o-mini"
coefficient = 0.25
context = 8000
max_output = 500
routes = [{ upstream = "second" }]
"""


def write_settings(folder: Path, urls: dict[str, str], **sections: dict[str, Any]) -> None:
    """Write a latchkey.toml with these upstreams and sections."""
    usual: dict[str, dict[str, Any]] = {
        "community": {"home_guilds": [1001], "staff_channel": 3002, "moderator_roles": [2001]}
    }
    lines: list[str] = []
    for name in {**usual, **sections}:
        lines.append(f"[{name}]")
        values = {**usual.get(name, {}), **sections.get(name, {})}
        lines += [f"{key} = {_toml(value)}" for key, value in values.items()]
    for name, url in urls.items():
        lines += ["[[upstreams]]", f'name = "{name}"', 'dialect = "openai"']
        lines += [f'base_url = "{url}/v1"', f'api_key = "{UPSTREAM_KEY}"']
    (folder / "latchkey.toml").write_text("\n".join(lines) + (MODELS if urls else ""))


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


@asynccontextmanager
async def services(url: str) -> AsyncIterator[Owned]:
    """Open keys and members on a database, as one more process would."""
    async with Database(url) as db:
        yield owned(db, HandClock(moment=datetime.now(UTC)), SECRET)


async def issued(url: str, mode: Mode = Mode.TOKENS) -> str:
    """Make Ada a member with a key, and return it."""
    async with services(url) as house:
        plain = (await house.keys.first(ADA)).plain
        if mode is not Mode.TOKENS:
            await house.members.switch_mode(ADA, mode)
    assert plain is not None
    return plain


async def until(true: Callable[[], Awaitable[object]], patience: float = PATIENCE) -> None:
    """Look again and again until something is true."""
    async with asyncio.timeout(patience):
        while not await true():  # noqa: ASYNC110 - another process sets no event here
            await asyncio.sleep(GLANCE)


def bearer(key: str) -> dict[str, str]:
    """Return the headers that carry a key."""
    return {"authorization": f"Bearer {key}"}


def asking(words: str, *, model: str = "gpt-4o", stream: bool = False) -> dict[str, Any]:
    """Return the body of a chat."""
    return {"model": model, "messages": [{"role": "user", "content": words}], "stream": stream}
