"""/settings: what staff may change at run time, and what latchkey.toml keeps."""

from collections.abc import Sequence

import discord
from discord import app_commands
from discord.ext import commands

from bot.audit import Action
from bot.cogs.buttons import Buttons, OldButton
from bot.cogs.checks import OnlyInServer
from bot.cogs.modals import filled
from bot.cogs.replies import show, think
from bot.cogs.staff import settings_card
from bot.cogs.staff.confirm import StaffDesk
from bot.cogs.staff.settings_form import SENT, Form, is_group
from bot.cogs.staff.settings_reach import Reach
from bot.community.errors import AlreadySo
from bot.community.service import Community


class SettingsCommands(commands.Cog):
    """The community's settings, seen and changed."""

    def __init__(
        self, community: Community, reach: Reach, desk: StaffDesk, buttons: Buttons
    ) -> None:
        self._community = community
        self._reach = reach
        self._desk = desk
        buttons.on(settings_card.OPEN, self._open)
        buttons.on(SENT, self._sent)

    @app_commands.command()
    @app_commands.default_permissions(moderate_members=True)
    @app_commands.guild_only()
    async def settings(self, interaction: discord.Interaction) -> None:
        """See and change channels, roles and limits. Changes hold at once."""
        await think(interaction)
        await self._desk.actor(interaction, Action.SETTINGS_CHANGE)
        troubles = await self._reach.troubles()
        card = settings_card.card(self._community, troubles, interaction.user.id)
        await show(interaction, card)

    async def _open(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        form = self._form(interaction, arguments)
        if not self._desk.door.is_staff(interaction):
            await think(interaction)
            await self._desk.actor(interaction, Action.SETTINGS_CHANGE)
        if not form.names:  # drawn before the file came to name them
            raise OldButton
        await interaction.response.send_modal(form.drawn(interaction.user.id))

    async def _sent(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        form = self._form(interaction, arguments)
        wanted = form.read(interaction)
        if not wanted:
            raise AlreadySo
        why = str(filled(interaction).get("reason") or "")
        await think(interaction)
        await self._reach.check(wanted)
        await self._desk.preview(interaction, Action.SETTINGS_CHANGE, wanted, reason=why)

    def _form(self, interaction: discord.Interaction, arguments: Sequence[str]) -> Form:
        """Return the form that a click speaks of; what it carries is the clicker's input."""
        if interaction.guild is None:
            raise OnlyInServer
        if len(arguments) != 2 or not arguments[1].isdecimal():
            raise OldButton
        group, first = arguments[0], int(arguments[1])
        if not is_group(self._community, group, first):
            raise OldButton
        return Form(self._community, interaction.guild, group, first)
