"""/my_data: what is known of oneself as a file, or all of it deleted."""

import asyncio
import io
import json
from collections.abc import Callable, Sequence
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.buttons import Buttons, button
from bot.cogs.checks import Door
from bot.cogs.modals import filled, line, modal
from bot.cogs.panels import Tone, panel
from bot.cogs.replies import redraw, show, think
from bot.privacy.service import Privacy
from bot.words.say import say

DOWNLOAD, ASK, DELETE = "data.file", "data.ask", "data.delete"
WORD = "DELETE"
FILE = "latchkey-data.json"


class DataCommands(commands.Cog):
    """Your data, and your right to have it deleted; suspended or not."""

    def __init__(
        self,
        privacy: Privacy,
        door: Door,
        buttons: Buttons,
        *,
        copies: Callable[[], int],
        forget: Callable[[int], None],
    ) -> None:
        """Take what says for how many days the database's copies stay, and what drops memories.

        `forget` is told the Discord id of whoever leaves.
        """
        self._privacy = privacy
        self._door = door
        self._copies = copies
        self._forget = forget
        buttons.on(DOWNLOAD, self._download)
        buttons.on(ASK, self._ask)
        buttons.on(DELETE, self._delete)

    @app_commands.command()
    async def my_data(self, interaction: discord.Interaction) -> None:
        """Download everything that is known of you, or delete it."""
        await think(interaction)
        if not await self._privacy.knows(self._door.person(interaction)):
            await show(interaction, panel(say("data.nothing")))
            return
        owner = interaction.user.id
        delete = button(
            say("button.delete_everything"), ASK, owner, style=discord.ButtonStyle.danger
        )
        blocks = [say("data.title") + "\n" + say("data.kept"), say("data.rights")]
        row = [button(say("button.download"), DOWNLOAD, owner), delete]
        await show(interaction, panel(*blocks, rows=[row]))

    async def _download(self, interaction: discord.Interaction, _: Sequence[str]) -> None:
        await think(interaction)
        told = await self._privacy.export(self._door.person(interaction))
        file = discord.File(io.BytesIO(await asyncio.to_thread(_written, told)), FILE)
        await interaction.followup.send(say("data.file"), file=file, ephemeral=True)

    async def _ask(self, interaction: discord.Interaction, _: Sequence[str]) -> None:
        """Ask for the word; a modal can only be the first answer, so nothing is looked up."""
        copies = self._copies()
        stays = say("data.stays", n=copies) if copies else say("data.stays.no_copies")
        fields = {say("data.type", word=WORD): line("word", longest=20, hint=WORD)}
        asked = modal(
            say("data.ask_title"),
            DELETE,
            interaction.user.id,
            text=f"{say('data.ask')}\n\n{stays}",
            fields=fields,
        )
        await interaction.response.send_modal(asked)

    async def _delete(self, interaction: discord.Interaction, _: Sequence[str]) -> None:
        await interaction.response.defer()
        if str(filled(interaction).get("word")).strip() != WORD:
            await show(interaction, panel(say("data.not_typed", word=WORD)))
            return
        self._forget(interaction.user.id)
        await self._privacy.forget(self._door.person(interaction))
        await redraw(interaction, panel(say("data.deleted"), tone=Tone.GOOD))


def _written(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False, indent=1).encode()
