"""The buttons below answers: for whoever asked, and for moderators."""

from collections.abc import Sequence
from contextlib import suppress

import discord

from bot.cogs.buttons import Buttons, OldButton
from bot.cogs.chat.answering import Answering
from bot.cogs.chat.errors import NotYourAnswer
from bot.cogs.chat.history import History
from bot.cogs.chat.marks import AGAIN, DROP, MODEL, MORE, PAGE, STOP, THREAD, Mark, clicked
from bot.cogs.chat.sheet import TROUBLE
from bot.cogs.chat.threads import Threads
from bot.cogs.checks import Door
from bot.cogs.panels import picked


class ChatClicks:
    """Does what the buttons below answers say."""

    def __init__(
        self,
        answering: Answering,
        history: History,
        threads: Threads,
        door: Door,
        clicks: Buttons,
    ) -> None:
        self._answering = answering
        self._history = history
        self._threads = threads
        self._door = door
        clicks.on(STOP, self._stop)
        clicks.on(AGAIN, self._again)
        clicks.on(MODEL, self._another)
        clicks.on(MORE, self._more)
        clicks.on(PAGE, self._page)
        clicks.on(THREAD, self._thread)
        clicks.on(DROP, self._drop)

    async def _stop(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        mark, _ = self._mine(interaction, arguments)
        self._answering.stop(mark.number)
        await interaction.response.defer()

    async def _again(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        mark, _ = self._mine(interaction, arguments)
        await self._answer_again(interaction, mark, None)

    async def _another(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        mark, _ = self._mine(interaction, arguments)
        await self._answer_again(interaction, mark, picked(interaction))

    async def _more(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        mark, others = self._mine(interaction, arguments)
        self._answering.recalled(mark.number)
        await interaction.response.defer()
        person = self._door.person(interaction)
        await self._answering.go_on(interaction, person, mark.number, _page(others))

    async def _page(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        mark, others = self._mine(interaction, arguments)
        await self._answering.turn(interaction, mark.number, _page(others))

    async def _thread(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        self._mine(interaction, arguments)
        await self._threads.start(interaction)

    async def _drop(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        """Delete an answer, all its messages, also one that only Discord remembers."""
        mark, _ = self._mine(interaction, arguments)
        await interaction.response.defer()
        message = interaction.message
        known = await self._answering.drop(mark.number)
        if not known and message is not None and not message.flags.ephemeral:
            for part in (await self._history.parts(message))[1:]:
                with suppress(*TROUBLE):  # somebody was quicker
                    await part.delete()
        with suppress(discord.NotFound):
            await interaction.delete_original_response()

    async def _answer_again(
        self, interaction: discord.Interaction, mark: Mark, model: str | None
    ) -> None:
        self._answering.recalled(mark.number)
        await interaction.response.defer()
        person = self._door.person(interaction)
        await self._answering.again(interaction, person, mark.number, model)

    def _mine(
        self, interaction: discord.Interaction, arguments: Sequence[str]
    ) -> tuple[Mark, list[int]]:
        """Read the click of whoever asked or moderates; raises OldButton or NotYourAnswer."""
        mark, others = clicked(arguments)
        moderates = interaction.permissions.manage_messages or self._door.is_staff(interaction)
        if interaction.user.id != mark.asker and not moderates:
            raise NotYourAnswer
        return mark, others


def _page(others: Sequence[int]) -> int:
    if not others:
        raise OldButton
    return others[0]
