"""Where an interaction's answer is: written through its token, later as the bot.

The token's own bucket serves it for 15 minutes; a public answer goes on with the bot's token after
14, an ephemeral one cannot be written then and has to be over.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import discord

from bot.cogs.chat.lanes import Lanes
from bot.cogs.chat.sheet import Gone, Sheet, reaching, reply_below
from bot.cogs.replies import TOKEN_DEAD, reply_id
from bot.core.clock import Clock

THREADED = (discord.ChannelType.text, discord.ChannelType.news)


class Surface(Sheet):
    """The messages that answer an acknowledged interaction."""

    def __init__(
        self,
        interaction: discord.Interaction,
        clock: Clock,
        hidden: bool,
        token_seconds: float,
        lanes: Lanes | None = None,
    ) -> None:
        """Count the token's time from now; `lanes` order what is written as the bot."""
        super().__init__()
        self.interaction = interaction
        self.hidden = hidden
        self._clock = clock
        self._lanes = lanes or Lanes()
        self._ends = clock.monotonic() + token_seconds  # when the token is given up

    @property
    def message_id(self) -> int | None:
        """Return the number of the first message, where the acknowledgement told it."""
        return self._messages[0].id if self._messages else reply_id(self.interaction)

    @property
    def bound(self) -> bool:
        """Say whether only the token reaches the messages, so that they must be over with it."""
        interaction, may = self.interaction, self.interaction.app_permissions
        if interaction.guild_id is None:
            return self.hidden
        threaded = isinstance(interaction.channel, discord.Thread)
        writes = may.send_messages_in_threads if threaded else may.send_messages
        return self.hidden or not (may.view_channel and writes)

    @property
    def seconds_left(self) -> float:
        """Return how long the interaction's token is still to be used."""
        return self._ends - self._clock.monotonic()

    @property
    def crowd(self) -> int:
        """Return how many write there as the bot; the token's time is nobody else's."""
        return 1 if self._by_token else self._lanes.crowd(self._channel_id)

    @property
    def attaches(self) -> bool:
        """Say whether files may be attached."""
        return self.interaction.guild_id is None or self.interaction.app_permissions.attach_files

    @property
    def threads(self) -> bool:
        """Say whether a thread can hang on the answer."""
        channel = self.interaction.channel
        return not self.hidden and channel is not None and channel.type in THREADED

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn in the channel where the bot's own token writes."""
        if self._by_token:
            yield
            return
        async with self._lanes.turn(self._channel_id, id(self)):
            yield

    def leave(self) -> None:
        """Share the channel's turns no longer."""
        self._lanes.leave(self._channel_id, id(self))

    def as_bot(self, message: discord.Message) -> discord.PartialMessage:
        """Return the message as the bot's token reaches it, without the interaction."""
        channel = self.interaction.client.get_partial_messageable(
            message.channel.id, guild_id=self.interaction.guild_id
        )
        return channel.get_partial_message(message.id)

    @property
    def _by_token(self) -> bool:
        return self.bound or self.seconds_left > 0

    @property
    def _channel_id(self) -> int:
        return self.interaction.channel_id or 0

    async def _write(self, new: Callable[[], dict[str, Any]]) -> discord.Message:
        made: discord.Message = await self._reach(
            lambda: self.interaction.edit_original_response(**_kept(new()))
        )
        return made

    async def _rewrite(
        self, message: discord.PartialMessage, new: Callable[[], dict[str, Any]]
    ) -> None:
        await self._reach(
            lambda: self.interaction.edit_original_response(**_kept(new())),
            lambda: message.edit(**_kept(new())),
        )

    async def _append(self, before: discord.PartialMessage, part: str) -> discord.Message:
        made: discord.Message = await self._reach(
            lambda: self.interaction.followup.send(
                part, ephemeral=self.hidden, wait=True, silent=True, suppress_embeds=True
            ),
            lambda: reply_below(before, part, **self._reference(before)),
        )
        return made

    async def _edit(self, message: discord.PartialMessage, part: str) -> None:
        await self._reach(
            lambda: self.interaction.followup.edit_message(message.id, content=part),
            lambda: message.edit(content=part),
        )

    async def _delete(self, message: discord.PartialMessage) -> None:
        await self._reach(
            lambda: self.interaction.followup.delete_message(message.id), message.delete
        )

    def _reference(self, before: discord.PartialMessage) -> dict[str, Any]:
        """Return what makes a message a reply, where the bot may write one."""
        may = self.interaction.app_permissions
        if self.interaction.guild_id is not None and not may.read_message_history:
            return {}
        return {"reference": before.to_reference(fail_if_not_exists=False)}

    async def _reach(
        self,
        by_token: Callable[[], Awaitable[Any]],
        by_bot: Callable[[], Awaitable[Any]] | None = None,
    ) -> Any:
        """Write through the token while it is used, then as the bot; raise Gone if neither can."""
        if self.bound:
            by_bot = None
        with reaching():
            if by_bot is None or self.seconds_left > 0:
                with self._until_dead():
                    return await by_token()
            if by_bot is not None:
                return await by_bot()
        raise Gone

    @contextmanager
    def _until_dead(self) -> Iterator[None]:
        """Note that Discord takes the token no more."""
        try:
            yield
        except discord.HTTPException as refusal:
            if refusal.code not in TOKEN_DEAD:
                raise
            self._ends = self._clock.monotonic()


def _kept(new: dict[str, Any]) -> dict[str, Any]:
    """Name the files as an edit takes them: in place of those that were there."""
    if "files" in new:
        new["attachments"] = new.pop("files")
    return new
