"""Where a message's answer is: a reply to it, written with the bot's own token alone."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import discord

from bot.cogs.chat.lanes import Lanes
from bot.cogs.chat.sheet import TROUBLE, Sheet, reaching, reply_below
from bot.cogs.chat.surface import THREADED

TYPING_SECONDS = 8.0  # Discord shows it for ten


class ReplySheet(Sheet):
    """The messages that answer a member's message."""

    def __init__(self, message: discord.Message, client: discord.Client, lanes: Lanes) -> None:
        """Reply to the message; `lanes` order what is written in its channel."""
        super().__init__()
        self.message = message
        guild_id = message.guild.id if message.guild else None
        self._place = client.get_partial_messageable(message.channel.id, guild_id=guild_id)
        self._lanes = lanes
        self._may = permissions(message)

    @property
    def bound(self) -> bool:
        """Say that nothing ends: the bot's token lasts."""
        return False

    @property
    def seconds_left(self) -> float:
        """Return endless time."""
        return math.inf

    @property
    def crowd(self) -> int:
        """Return how many write in the channel."""
        return self._lanes.crowd(self._place.id)

    @property
    def attaches(self) -> bool:
        """Say whether files may be attached."""
        return self._may.attach_files

    @property
    def threads(self) -> bool:
        """Say whether a thread can hang on the answer."""
        return self.message.channel.type in THREADED

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn in the channel."""
        async with self._lanes.turn(self._place.id, id(self)):
            yield

    @asynccontextmanager
    async def waiting(self) -> AsyncIterator[None]:
        """Show that the bot is typing."""
        typing = asyncio.create_task(self._type(), name="typing")
        try:
            yield
        finally:
            typing.cancel()
            await asyncio.wait([typing])

    def leave(self) -> None:
        """Share the channel's turns no longer."""
        self._lanes.leave(self._place.id, id(self))

    def as_bot(self, message: discord.Message) -> discord.PartialMessage:
        """Return the message without what it says."""
        return self._place.get_partial_message(message.id)

    async def _type(self) -> None:
        while True:
            with suppress(*TROUBLE):  # an answer without it is an answer too
                await self._place.typing()
            await asyncio.sleep(TYPING_SECONDS)

    async def _write(self, new: Callable[[], dict[str, Any]]) -> discord.Message:
        reply = reply_to(self._may, self.message)
        with reaching():
            return await self._place.send(
                **new(), **reply, nonce=str(self.message.id), suppress_embeds=True
            )

    async def _rewrite(
        self, message: discord.PartialMessage, new: Callable[[], dict[str, Any]]
    ) -> None:
        fields = new()
        if "files" in fields:
            fields["attachments"] = fields.pop("files")
        with reaching():
            await message.edit(**fields)

    async def _append(self, before: discord.PartialMessage, part: str) -> discord.Message:
        nonce = f"{self.message.id}-{len(self._messages)}"
        return await reply_below(before, part, **reply_to(self._may, before), nonce=nonce)

    async def _edit(self, message: discord.PartialMessage, part: str) -> None:
        with reaching():
            await message.edit(content=part)

    async def _delete(self, message: discord.PartialMessage) -> None:
        with reaching():
            await message.delete()


def permissions(message: discord.Message) -> discord.Permissions:
    """Return what the bot may where a message was written; everything where nobody knows."""
    channel, me = message.channel, message.guild.me if message.guild else None
    if me is None or not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        return discord.Permissions.all()
    with suppress(discord.ClientException):  # a thread whose channel is not known
        return channel.permissions_for(me)
    return discord.Permissions.all()


def writes(message: discord.Message) -> bool:
    """Say whether the bot may answer where a message was written."""
    may = permissions(message)
    threaded = isinstance(message.channel, discord.Thread)
    return may.view_channel and (may.send_messages_in_threads if threaded else may.send_messages)


def reply_to(
    may: discord.Permissions, message: discord.Message | discord.PartialMessage
) -> dict[str, Any]:
    """Return what makes a message a reply, where the bot may write one."""
    if not may.read_message_history:
        return {}
    return {"reference": message.to_reference(fail_if_not_exists=False)}
