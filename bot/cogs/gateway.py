"""Points discord.py at a Discord-compatible address, REST and Gateway alike.

The library takes its REST base and its Gateway from class attributes and asks for the Gateway's
address only in one of its start-up paths; both are set here before it connects.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
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


def use_base(api_url: str) -> None:
    """Send every REST call of the library to this base."""
    Route.BASE = api_url


async def find_gateway(client: discord.Client) -> int:
    """Ask the REST base for the Gateway, use it, and return how many shards are advised."""
    shards, url, _ = await client.http.get_bot_gateway()
    DiscordWebSocket.DEFAULT_GATEWAY = URL(url.partition("?")[0])
    return shards


async def patiently(act: Callable[[], Awaitable[T]], doing: str) -> T:
    """Do something with Discord, again and again while Discord is away; a wrong token ends it."""
    wait = FIRST_WAIT
    while True:
        try:
            return await act()
        except discord.LoginFailure:
            raise StartFailed(REFUSED) from None
        except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as trouble:
            if isinstance(trouble, discord.HTTPException) and trouble.status == 401:
                raise StartFailed(REFUSED) from None
            log.warning(
                "Discord does not answer (%s): %s is tried again in %.0f s",
                type(trouble).__name__,
                doing,
                wait,
            )
        await asyncio.sleep(wait)
        wait = min(LONGEST_WAIT, wait * 2)
