"""Points discord.py at a Discord-compatible address, REST and Gateway alike, and stays connected.

The library takes its REST base and its Gateway from class attributes and asks for the Gateway's
address only in one of its start-up paths; both are set here before it connects.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import aiohttp
import discord
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from bot.core.errors import StartFailed

log = logging.getLogger(__name__)
FIRST_WAIT = 2.0
LONGEST_WAIT = 60.0
T = TypeVar("T")
REFUSED = (
    "Discord refuses LATCHKEY_DISCORD_TOKEN: copy the bot's token again from its page in "
    "Discord's developer portal (Bot, Reset Token)."
)
NO_INTENTS = (
    "Discord does not grant this application the privileged intents that latchkey.toml asks for: "
    "switch them on in the developer portal (Bot, Privileged Gateway Intents), or set "
    "community.message_content and community.members to false."
)
WRONG_SHARDS = (
    "Discord refuses the shards of this process: check LATCHKEY_SHARDS, or unset it if one "
    "process runs the bot."
)
CLOSED = "Discord closed the Gateway and wants no reconnecting (code {code})."
BAD_TOKEN, SHARD_CODES = 4004, (4010, 4011)
UNAUTHORIZED, TOO_MANY = 401, 429
LIBRARY_LOGS = ("discord.shard", "discord.client", "discord.gateway")
AWAY = (
    discord.HTTPException,
    discord.GatewayNotFound,
    discord.ConnectionClosed,
    aiohttp.ClientError,
    OSError,
    TimeoutError,
)


def use_base(api_url: str) -> None:
    """Send every REST call of the library to this base."""
    Route.BASE = api_url


async def find_gateway(client: discord.Client) -> int:
    """Ask the REST base for the Gateway, use it, and return how many shards are advised."""
    shards, url, _ = await client.http.get_bot_gateway()
    DiscordWebSocket.DEFAULT_GATEWAY = URL(url.partition("?")[0])
    return shards


async def stay(client: discord.Client) -> None:
    """Stay connected until the client is closed; raise StartFailed where Discord wants us gone."""
    connecting = asyncio.create_task(
        patiently(lambda: client.connect(reconnect=True), "connecting"), name="discord"
    )
    try:
        await asyncio.wait({connecting})
    finally:
        if not connecting.done():
            # While it reconnects, the library swallows a cancellation and goes on.
            await client.close()
            connecting.cancel()
            await asyncio.wait({connecting})
    try:
        await connecting
    except discord.PrivilegedIntentsRequired:
        raise StartFailed(NO_INTENTS) from None
    except discord.ConnectionClosed as closed:
        if closed.code == BAD_TOKEN:
            raise StartFailed(REFUSED) from None
        if closed.code in SHARD_CODES:
            raise StartFailed(WRONG_SHARDS) from None
        raise StartFailed(CLOSED.format(code=closed.code), code=1) from None


async def patiently(act: Callable[[], Awaitable[T]], doing: str) -> T:
    """Do something with Discord, again and again while Discord is away; a refusal ends it."""
    wait = FIRST_WAIT
    while True:
        try:
            return await act()
        except discord.LoginFailure:
            raise StartFailed(REFUSED) from None
        except discord.ConnectionClosed:
            raise
        except AWAY as trouble:
            if isinstance(trouble, discord.HTTPException):
                _end_if_refused(trouble, doing)
            log.warning(
                "Discord does not answer (%s): %s is tried again in %.0f s",
                type(trouble).__name__,
                doing,
                wait,
            )
        await asyncio.sleep(wait)
        wait = min(LONGEST_WAIT, wait * 2)


def _end_if_refused(trouble: discord.HTTPException, doing: str) -> None:
    if trouble.status == UNAUTHORIZED:
        raise StartFailed(REFUSED) from None
    if trouble.status < 500 and trouble.status != TOO_MANY:
        raise StartFailed(f"Discord refuses {doing}: {trouble.text} ({trouble.status}).") from None


class _Calm(logging.Filter):
    """Makes one line of the library's tracebacks about a connection that was lost."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, calmed where Discord is merely away."""
        fault = record.exc_info[1] if record.exc_info else None
        if isinstance(fault, AWAY):
            record.msg = f"{record.getMessage()} ({type(fault).__name__})"
            record.args = ()
            record.exc_info = None
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


@contextmanager
def calm() -> Iterator[None]:
    """Keep the library from writing tracebacks while Discord comes and goes."""
    filter_, loggers = _Calm(), [logging.getLogger(name) for name in LIBRARY_LOGS]
    for logger in loggers:
        logger.addFilter(filter_)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(filter_)
