"""The commands about what may be spent: /all_limits, and /set_limit_mode."""

from collections.abc import Sequence
from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.account.service import Account
from bot.allowance.plans import PlanBook
from bot.catalogue.service import Catalogue
from bot.cogs import limits_card
from bot.cogs.buttons import Buttons, OldButton
from bot.cogs.checks import Door
from bot.cogs.plans_card import plans
from bot.cogs.replies import redraw, show, think
from bot.core.units import Mode


class AllowanceCommands(commands.Cog):
    """What you may spend."""

    def __init__(
        self,
        account: Account,
        catalogue: Catalogue,
        plans: PlanBook,
        door: Door,
        buttons: Buttons,
    ) -> None:
        self._account = account
        self._catalogue = catalogue
        self._plans = plans
        self._door = door
        buttons.on(limits_card.OPEN, self._open)
        buttons.on(limits_card.AGAIN, self._again)
        buttons.on(limits_card.SWITCH, self._switch)

    @app_commands.command()
    async def all_limits(self, interaction: discord.Interaction) -> None:
        """See what you have spent today, what is left, and where your limit comes from."""
        await think(interaction)
        await show(interaction, await self._limits(interaction))

    @app_commands.command()
    @app_commands.describe(mode="tokens: pay what each call uses; requests: a flat price a call")
    async def set_limit_mode(
        self, interaction: discord.Interaction, mode: Literal["tokens", "requests"]
    ) -> None:
        """Choose how your calls are priced: by tokens, or by requests."""
        await think(interaction)
        await show(interaction, await self._switched(interaction, Mode(mode)))

    async def _open(self, interaction: discord.Interaction, _: Sequence[str]) -> None:
        await think(interaction)
        await show(interaction, await self._limits(interaction))

    async def _again(self, interaction: discord.Interaction, _: Sequence[str]) -> None:
        await interaction.response.defer()
        await redraw(interaction, await self._limits(interaction))

    async def _switch(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        if len(arguments) != 1 or arguments[0] not in tuple(Mode):
            raise OldButton
        await think(interaction)
        await show(interaction, await self._switched(interaction, Mode(arguments[0])))

    async def _limits(self, interaction: discord.Interaction) -> discord.ui.LayoutView:
        caller = await self._account.callers.by_person(self._door.person(interaction))
        overview = await self._account.overview(caller, days=0)
        limits, owner = self._door.community.limits, interaction.user.id
        listed = plans(self._plans, code_used=await self._account.has_activated(owner))
        return limits_card.limits_panel(
            overview, caller.today, limits, self._catalogue, listed, owner
        )

    async def _switched(
        self, interaction: discord.Interaction, mode: Mode
    ) -> discord.ui.LayoutView:
        person, callers = self._door.person(interaction), self._account.callers
        await callers.by_person(person)  # turns away whoever may not come in
        switched = await callers.members.switch_mode(person, mode)
        # Asked again: the mode has changed, and a grant may have ended meanwhile.
        caller = await callers.by_person(person)
        standing = await self._account.standing(caller)
        per_minute = self._door.community.limits.requests_per_minute
        return limits_card.modes_panel(switched, standing, per_minute, interaction.user.id)
