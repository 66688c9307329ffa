"""Watches what the bot reads for keys that work: they are revoked before anything else is done."""

import asyncio
import logging
from dataclasses import dataclass

import aiohttp
import discord

from bot.core.errors import DatabaseAway
from bot.core.spotting import keys_in
from bot.keys.leaks import Leak, Leaks

log = logging.getLogger(__name__)
WAITS = (1.0, 5.0, 30.0, 120.0)  # seconds, while the database is away


@dataclass(frozen=True)
class LeakGuard:
    """Revokes posted keys, and deletes their messages where it may."""

    leaks: Leaks

    async def caught(self, message: discord.Message) -> bool:
        """Say whether a message held keys that worked until now."""
        texts = [message.content, *(each.content for each in message.message_snapshots)]
        keys = keys_in("\n".join(texts))
        if not keys:
            return False
        direct = isinstance(message.channel, discord.DMChannel)
        leak = Leak(keys, message.channel.id, message.author.id, direct)
        if not await self._revoked(leak):
            return False
        log.warning("a key was posted in channel %d: it is revoked", leak.channel_id)
        if not direct:
            await self._delete(message)
        return True

    async def _revoked(self, leak: Leak) -> int:
        for wait in WAITS:
            try:
                return await self.leaks.revoke(leak)
            except DatabaseAway:
                await asyncio.sleep(wait)
        log.error("a posted key could not be revoked: the database is away")
        return 0

    async def _delete(self, message: discord.Message) -> None:
        try:
            await message.delete()
        except discord.NotFound:
            return
        except (discord.HTTPException, aiohttp.ClientError, OSError) as trouble:
            log.warning("the message with a key was not deleted: %s", type(trouble).__name__)
            try:
                await self.leaks.undeleted(message.channel.id)
            except DatabaseAway:
                log.warning("staff were not told of it: the database is away")
