"""The buttons below direct messages: to be told no more of plans that end, or again."""

from collections.abc import Sequence

import discord

from bot.cogs.buttons import ANYONE, Buttons, button, rows
from bot.cogs.checks import Door
from bot.members.telling import LOUD, QUIET, Telling
from bot.words.letter import Knob
from bot.words.say import say


class TellingClicks:
    """Lets people choose whether they are told."""

    def __init__(self, telling: Telling, door: Door, buttons: Buttons) -> None:
        self._telling = telling
        self._door = door
        buttons.on(QUIET.name, self._stop)
        buttons.on(LOUD.name, self._resume)

    async def _stop(self, interaction: discord.Interaction, _: Sequence[str]) -> None:
        await self._choose(interaction, LOUD, told=False)
        await interaction.followup.send(say("dm.quieted"), ephemeral=True)

    async def _resume(self, interaction: discord.Interaction, _: Sequence[str]) -> None:
        await self._choose(interaction, QUIET, told=True)
        await interaction.followup.send(say("dm.louded"), ephemeral=True)

    async def _choose(self, interaction: discord.Interaction, other: Knob, *, told: bool) -> None:
        await interaction.response.defer()
        await self._telling.choose(self._door.person(interaction), told=told)
        view = rows(button(say(other.label), other.name, ANYONE))
        await interaction.edit_original_response(view=view)
