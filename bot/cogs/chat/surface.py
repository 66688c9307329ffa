"""Where an answer's messages are: written through the interaction's token, later through the bot's.

The token's own bucket serves it for 15 minutes; a public answer goes on with the bot's token after
14, an ephemeral one cannot be written then and has to be over.
"""

import asyncio
import io
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import discord

from bot.cogs.chat.layout import Layout
from bot.cogs.chat.pace import Pace
from bot.cogs.replies import TOKEN_DEAD
from bot.core.clock import Clock

log = logging.getLogger(__name__)
TOO_MANY = 429
WHOLE = "answer.md"
TROUBLE = (discord.HTTPException, aiohttp.ClientError, OSError)  # what a write may raise


class Gone(Exception):
    """The answer's message was deleted, or cannot be reached: there is nobody to write for."""


@dataclass
class Surface:
    """The messages of one answer; a part that does not change is not written again."""

    interaction: discord.Interaction
    clock: Clock
    hidden: bool
    token_seconds: float
    _before: "Surface | None" = None
    _ends: float = field(init=False)  # when the token is given up
    _messages: list[discord.PartialMessage] = field(default_factory=list)
    _shown: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Count the token's time from now."""
        self._ends = self.clock.monotonic() + self.token_seconds

    @property
    def begun(self) -> bool:
        """Say whether anything was shown yet."""
        return bool(self._messages)

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
        return self._ends - self.clock.monotonic()

    def take_over(self, before: "Surface | None") -> None:
        """Let the first write clear away what another surface wrote below the first message."""
        self._before = before

    async def show(self, layout: Layout, view: discord.ui.View | None) -> None:
        """Bring the messages to this layout, the buttons under the first; raises Gone."""
        if self._before is not None:
            before, self._before = self._before, None
            await before.keep(1)
        first, *others = layout.parts
        if not self.begun:
            await self._first(first, view, layout)
            view = None
        for at, part in enumerate(others, start=1):
            await self._other(at, part)
        if view is not None or self._shown[0] != first:  # last: its buttons say that all is there
            await self._first(first, view, layout)
        await self.keep(len(layout.parts))

    async def show_surely(self, layout: Layout, view: discord.ui.View, pace: Pace) -> None:
        """Show something that has to arrive: try again while Discord is away; raises Gone."""
        for wait in (*pace.retries, None):
            try:
                async with asyncio.timeout(pace.patience):
                    await self.show(layout, view)
                    return
            except TROUBLE as trouble:
                if not _passes(trouble):
                    raise
                what = type(trouble).__name__
            if wait is None:
                log.error("the end of an answer was lost: %s", what)
                return
            log.warning("the end of an answer waits %g s: %s", wait, what)
            await asyncio.sleep(wait)

    async def keep(self, count: int) -> None:
        """Delete every message after the first `count`."""
        surplus = self._messages[count:]
        del self._messages[count:], self._shown[count:]
        for message in surplus:
            # One that is gone, or that nobody may delete any more, is no loss.
            with suppress(Gone, *TROUBLE):
                await self._delete(message)

    async def _first(self, part: str, view: discord.ui.View | None, layout: Layout) -> None:
        def new() -> dict[str, Any]:
            if view is None:
                return {"content": part}
            # Buttons come with the first write and the last: what was attached before goes too.
            return {"content": part, "view": view, "attachments": _files(layout)}

        if self._messages:
            original = self._messages[0]
            await self._reach(
                lambda: self.interaction.edit_original_response(**new()),
                lambda: original.edit(**new()),
            )
        else:
            made = await self._reach(lambda: self.interaction.edit_original_response(**new()))
            self._messages.append(self._by_bot(made))
        self._shown[:1] = [part]

    async def _other(self, at: int, part: str) -> None:
        """Bring one of the messages below the first to its part."""
        if at >= len(self._messages):
            await self._append(part)
        elif self._shown[at] != part:
            await self._edit(self._messages[at], part)
        self._shown[at : at + 1] = [part]

    async def _edit(self, message: discord.PartialMessage, part: str) -> None:
        await self._reach(
            lambda: self.interaction.followup.edit_message(message.id, content=part),
            lambda: message.edit(content=part),
        )

    async def _delete(self, message: discord.PartialMessage) -> None:
        await self._reach(
            lambda: self.interaction.followup.delete_message(message.id), message.delete
        )

    async def _append(self, part: str) -> None:
        made = await self._reach(lambda: self._follow_up(part), lambda: self._reply(part))
        self._messages.append(self._by_bot(made))

    async def _follow_up(self, part: str) -> discord.Message:
        return await self.interaction.followup.send(
            part, ephemeral=self.hidden, wait=True, silent=True, suppress_embeds=True
        )

    async def _reply(self, part: str) -> discord.Message:
        before = self._messages[-1]
        return await before.channel.send(
            part,
            reference=before.to_reference(fail_if_not_exists=False),
            silent=True,
            suppress_embeds=True,
        )

    async def _reach(
        self,
        by_token: Callable[[], Awaitable[Any]],
        by_bot: Callable[[], Awaitable[Any]] | None = None,
    ) -> Any:
        """Write through the token while it is used, then as the bot; raise Gone if neither can."""
        if self.bound:
            by_bot = None
        try:
            if by_bot is None or self.seconds_left > 0:
                with self._until_dead():
                    return await by_token()
            if by_bot is not None:
                return await by_bot()
        except (discord.NotFound, discord.Forbidden) as refusal:
            raise Gone from refusal
        raise Gone

    @contextmanager
    def _until_dead(self) -> Iterator[None]:
        """Note that Discord takes the token no more."""
        try:
            yield
        except discord.HTTPException as refusal:
            if refusal.code not in TOKEN_DEAD:
                raise
            self._ends = self.clock.monotonic()

    def _by_bot(self, message: discord.Message) -> discord.PartialMessage:
        """Return the message as the bot's token reaches it, without the interaction."""
        channel = self.interaction.client.get_partial_messageable(
            message.channel.id, guild_id=self.interaction.guild_id
        )
        return channel.get_partial_message(message.id)


def _files(layout: Layout) -> list[discord.File]:
    """Return the files to send; each try needs its own."""
    files = [
        discord.File(io.BytesIO(file.data), file.name, description=file.alt or None)
        for file in layout.files
    ]
    if layout.whole is not None:
        files.append(discord.File(io.BytesIO(layout.whole.encode()), WHOLE))
    return files


def _passes(trouble: BaseException) -> bool:
    """Say whether trying again makes sense."""
    if not isinstance(trouble, discord.HTTPException):
        return True
    return trouble.status >= 500 or trouble.status == TOO_MANY
