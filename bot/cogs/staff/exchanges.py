"""The buttons below an exchange that waits: Approve, and Decline with its reason."""

from collections.abc import Sequence

import discord
from discord.ext import commands

from bot.audit import Action
from bot.cogs.buttons import ANYONE, Buttons
from bot.cogs.modals import filled, modal, reason
from bot.cogs.staff.confirm import StaffDesk, close_post, number_in
from bot.referrals.errors import ExchangeDecided
from bot.referrals.exchange import APPROVE, DECLINE
from bot.referrals.rules import State
from bot.staff.exchanges import ExchangeDesk
from bot.words.say import say

DECLINED = "exchange.declined"  # the modal behind Decline


class ExchangeStaff(commands.Cog):
    """Exchanges of referrals, for staff."""

    def __init__(self, exchanges: ExchangeDesk, desk: StaffDesk, buttons: Buttons) -> None:
        self._exchanges = exchanges
        self._desk = desk
        buttons.on(APPROVE, self._approve)
        buttons.on(DECLINE, self._decline)
        buttons.on(DECLINED, self._declined)

    async def _approve(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        exchange_id = number_in(arguments)
        await interaction.response.defer()
        actor = await self._desk.actor(interaction, Action.EXCHANGE_APPROVE)
        try:
            await self._exchanges.approve(actor, exchange_id)
        except ExchangeDecided as decided:
            await _close(interaction, decided)
            raise
        await close_post(interaction, "staff.approved", who=interaction.user.mention)

    async def _decline(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        """Ask why; only then anything is decided."""
        exchange_id = number_in(arguments)
        if not self._desk.door.is_staff(interaction):
            await interaction.response.defer()
            await self._desk.actor(interaction, Action.EXCHANGE_DECLINE)
        fields = {say("staff.reason"): reason(say("exchange.why"))}
        asked = modal(say("exchange.decline_title"), DECLINED, ANYONE, exchange_id, fields=fields)
        await interaction.response.send_modal(asked)

    async def _declined(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        exchange_id, why = number_in(arguments), str(filled(interaction).get("reason") or "")
        await interaction.response.defer()
        actor = await self._desk.actor(interaction, Action.EXCHANGE_DECLINE)
        try:
            await self._exchanges.decline(actor, exchange_id, why)
        except ExchangeDecided as decided:
            await _close(interaction, decided)
            raise
        await close_post(interaction, "staff.declined", who=interaction.user.mention)


async def _close(interaction: discord.Interaction, decided: ExchangeDecided) -> None:
    """Take the buttons of a post away whose exchange ended without staff."""
    if decided.state not in (State.APPROVED, State.DECLINED):  # who decided writes that there
        await close_post(interaction, "exchange.over", **decided.params)
