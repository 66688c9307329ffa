"""Tells whoever wrote a message why it is not answered: below it, else in a direct message."""

import logging
from dataclasses import dataclass

import discord

from bot.cogs.chat.channel import permissions, reply_to, writes
from bot.cogs.chat.errors import Mute, PlaceShut
from bot.cogs.chat.sheet import TROUBLE
from bot.cogs.replies import sentence_of

log = logging.getLogger(__name__)
ELSEWHERE = (Mute, PlaceShut)  # what cannot be said where it happened
TRIES = 2  # the library tries again by itself, but not over a lost connection


@dataclass(frozen=True)
class Teller:
    """Finds a way to say something to whoever wrote a message."""

    async def tell(self, message: discord.Message, error: BaseException) -> None:
        """Say what went wrong; nothing is ever silent."""
        text = sentence_of(error)
        if isinstance(error, ELSEWHERE) or not await self._below(message, text):
            await self._directly(message, text)

    async def _below(self, message: discord.Message, text: str) -> bool:
        """Reply in the channel; False where that cannot be."""
        if not writes(message):
            return False
        reply = reply_to(permissions(message), message)
        for left in reversed(range(TRIES)):
            try:
                await message.channel.send(
                    text, suppress_embeds=True, nonce=f"{message.id}-told", **reply
                )
            except discord.HTTPException as refusal:
                log.warning("an answer's failure could not be told there: %d", refusal.code)
                return False
            except TROUBLE as trouble:
                if not left:
                    log.warning("a failure could not be told: %s", type(trouble).__name__)
            else:
                return True
        return False

    async def _directly(self, message: discord.Message, text: str) -> None:
        if isinstance(message.channel, discord.DMChannel):
            return
        try:
            await message.author.send(text, suppress_embeds=True)
        except TROUBLE as trouble:  # closed to us: there is no other way
            log.warning("a member could not be told anywhere: %s", type(trouble).__name__)
