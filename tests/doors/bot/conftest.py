"""A connected bot on a loopback Discord that Discord's own schema watches."""

from collections.abc import AsyncIterator, Iterator

import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.cogs import gateway
from bot.cogs.client import Client
from bot.core.clock import HandClock
from bot.sandbox.discord.server import LoopbackDiscord
from bot.storage.database import Database
from tests.doors.bot.stage import Stage, acted, running
from tests.fakes.schema import Schema


@pytest.fixture(autouse=True)
def library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the library's class attributes back after the test, and wait less for a lost Discord."""
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)
    monkeypatch.setattr(gateway, "FIRST_WAIT", 0.02)
    # Discord allows an IDENTIFY every 5 s; the library waits so long before the second one.
    monkeypatch.setattr(Client, "before_identify_hook", at_once)


async def at_once(_client: Client, _shard: int | None, *, initial: bool = False) -> None:
    """Wait for nothing."""


@pytest.fixture
async def db(sqlite_url: str) -> AsyncIterator[Database]:
    """The embedded database: this door is alike on both, one journey runs on PostgreSQL too."""
    async with Database(sqlite_url) as opened:
        yield opened


@pytest.fixture
async def discord(clock: HandClock) -> AsyncIterator[LoopbackDiscord]:
    """A furnished loopback Discord on the test's clock, without rate limits."""
    loopback = LoopbackDiscord(limited=False, now=lambda: clock.now().timestamp())
    async with loopback.serve():
        yield loopback


@pytest.fixture(autouse=True)
def schema(discord: LoopbackDiscord) -> Iterator[Schema]:
    """Discord's own description, watching every request and answer of the test."""
    official = Schema.load()
    discord.on_request = official.watch
    yield official
    assert official.problems == []


@pytest.fixture
async def stage(db: Database, clock: HandClock, discord: LoopbackDiscord) -> AsyncIterator[Stage]:
    """A bot that is connected and answers."""
    async with acted(db, clock, discord) as stage, running(stage.bot):
        yield stage
