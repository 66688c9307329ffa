"""Where an answer's messages are: written through the interaction's token, later through the bot's.

The token's own bucket serves it for 15 minutes; a public answer goes on with the bot's token after
14, an ephemeral one cannot be written then and has to be over.
"""

import io
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import discord

TOKEN_SECONDS = 14 * 60.0
WHOLE = "answer.md"


class Gone(Exception):
    """The answer's message was deleted: there is nobody to write for."""


@dataclass
class Surface:
    """The messages of one answer; a part that does not change is not written again."""

    interaction: discord.Interaction
    hidden: bool
    began: float = field(default_factory=time.monotonic)
    _messages: list[discord.PartialMessage] = field(default_factory=list)
    _written: list[str] = field(default_factory=list)

    @property
    def begun(self) -> bool:
        """Say whether anything was shown yet."""
        return bool(self._messages)

    @property
    def seconds_left(self) -> float:
        """Return how long the interaction's token may still be used."""
        return TOKEN_SECONDS - (time.monotonic() - self.began)

    async def show(
        self, parts: list[str], view: discord.ui.View | None, whole: str | None = None
    ) -> None:
        """Bring the messages to these parts, the buttons under the first; raises Gone.

        `whole` is attached as a file where the parts are not all of the text.
        """
        for at, part in enumerate(parts):
            changed = at >= len(self._written) or self._written[at] != part
            if at == 0 and (changed or view is not None):
                await self._first(part, view, whole)
            elif changed and at < len(self._messages):
                await self._edit(at, part)
            elif changed:
                await self._append(part)
        self._written = parts

    async def clear(self) -> None:
        """Delete every message but the first."""
        for message in self._messages[1:]:
            # One that is gone, or that nobody may delete any more, is no loss.
            with suppress(discord.HTTPException):
                if self.seconds_left > 0:
                    await self.interaction.followup.delete_message(message.id)
                else:
                    await message.delete()
        del self._messages[1:], self._written[1:]

    async def _first(self, part: str, view: discord.ui.View | None, whole: str | None) -> None:
        new: dict[str, Any] = {"content": part}
        if view is not None:
            new["view"] = view
        if whole is not None:
            new["attachments"] = [discord.File(io.BytesIO(whole.encode()), WHOLE)]
        try:
            if self.seconds_left > 0 or not self._messages:
                message = await self.interaction.edit_original_response(**new)
                if not self._messages:
                    self._messages.append(self._by_bot(message))
            else:
                await self._messages[0].edit(**new)
        except discord.NotFound:
            raise Gone from None

    async def _edit(self, at: int, part: str) -> None:
        try:
            if self.seconds_left > 0:
                await self.interaction.followup.edit_message(self._messages[at].id, content=part)
            else:
                await self._messages[at].edit(content=part)
        except discord.NotFound:
            raise Gone from None

    async def _append(self, part: str) -> None:
        if self.seconds_left > 0:
            sent: discord.Message = await self.interaction.followup.send(
                part, ephemeral=self.hidden, wait=True, silent=True, suppress_embeds=True
            )
        else:
            before = self._messages[-1]
            link = before.to_reference(fail_if_not_exists=False)
            sent = await before.channel.send(part, reference=link, silent=True)
        self._messages.append(self._by_bot(sent))

    def _by_bot(self, message: discord.Message) -> discord.PartialMessage:
        """Return the message as the bot's token reaches it, without the interaction."""
        channel = self.interaction.client.get_partial_messageable(
            message.channel.id, guild_id=self.interaction.guild_id
        )
        return channel.get_partial_message(message.id)
