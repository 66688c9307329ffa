"""A loopback Discord on a port, and a real discord.py bot connected to it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import discord
import pytest
import yarl
from discord.ext import commands
from discord.gateway import DiscordWebSocket

from bot.sandbox.discord.furniture import HOME
from bot.sandbox.discord.server import LoopbackDiscord
from tests.fakes.schema import Schema

INTENTS = discord.Intents(
    guilds=True, guild_messages=True, dm_messages=True, reactions=True, guild_typing=True
)


class Bot(commands.AutoShardedBot):
    """A plain bot; tests put their commands on it before it connects."""

    def __init__(self, *, intents: discord.Intents = INTENTS, shard_count: int = 1) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            intents=intents,
            shard_count=shard_count,
            help_command=None,
            guild_ready_timeout=0.01,
            allowed_mentions=discord.AllowedMentions.none(),
        )
        self.errors: list[BaseException] = []

    async def on_error(self, *_: object) -> None:
        raise AssertionError("an event handler failed")

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Identify at once: the loopback Discord has no five seconds between sessions."""


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LoopbackDiscord]:
    """A furnished loopback Discord that the client library is pointed at, without rate limits."""
    async with LoopbackDiscord(limited=False).serve() as running:
        point(monkeypatch, running)
        yield running


@pytest.fixture
def schema(server: LoopbackDiscord) -> Iterator[Schema]:
    """Discord's own description, watching every request and answer of the test."""
    official = Schema.load()
    server.on_request = official.watch
    yield official
    assert "\n".join(official.problems) == ""


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something holds that nothing tells of, at most 30 s."""
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - the world has no event for it
            await asyncio.sleep(0.005)


def point(monkeypatch: pytest.MonkeyPatch, running: LoopbackDiscord) -> None:
    """Point the client library at a loopback Discord: REST and Gateway."""
    monkeypatch.setattr(discord.http.Route, "BASE", running.api_url)
    gateway = yarl.URL(running.gateway.url)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", gateway)


@asynccontextmanager
async def logged_in(server: LoopbackDiscord) -> AsyncIterator[Bot]:
    """Log a bot in without a Gateway, for REST alone."""
    bot = Bot()
    await bot.login(server.token)
    yield bot
    await bot.close()


@asynccontextmanager
async def online(bot: Bot, server: LoopbackDiscord, *, sync: bool = True) -> AsyncIterator[Bot]:
    """Connect a bot, its commands synced to the home guild, until the block ends."""
    await bot.login(server.token)
    if sync:
        await bot.tree.sync()
        await bot.tree.sync(guild=discord.Object(HOME))
    running = asyncio.create_task(bot.connect())
    ready = asyncio.create_task(bot.wait_until_ready())
    await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
    try:
        if running.done():
            running.result()
        yield bot
    finally:
        ready.cancel()
        await bot.close()
        with contextlib.suppress(asyncio.CancelledError):
            await running
