"""/donation record and refund."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.audit import Action
from bot.cogs.modals import LONGEST_REASON
from bot.cogs.staff.confirm import StaffDesk

MOST_DOLLARS = 1_000_000
Receipt = app_commands.Range[str, 1, 100]
Reason = app_commands.Range[str, 1, LONGEST_REASON]


@app_commands.default_permissions(moderate_members=True)
@app_commands.guild_only()
class DonationCommands(
    commands.GroupCog, group_name="donation", group_description="Record and refund donations"
):
    """What members donate."""

    def __init__(self, desk: StaffDesk) -> None:
        self._desk = desk

    @app_commands.command()
    @app_commands.describe(
        member="Who donated",
        amount="How many dollars",
        receipt="The payment's reference; each counts once",
        reason="Anything the record should say besides",
    )
    async def record(
        self,
        interaction: discord.Interaction,
        member: discord.User,
        amount: app_commands.Range[int, 1, MOST_DOLLARS],
        receipt: Receipt,
        reason: Reason = "",
    ) -> None:
        """Record a donation and give its plan."""
        details = {"amount": amount, "receipt": receipt}
        action = Action.DONATION_RECORD
        await self._desk.ask(interaction, action, details, target=member, reason=reason)

    @app_commands.command()
    @app_commands.describe(
        receipt="The payment's reference", reason="Why; the member's record and the log keep it"
    )
    async def refund(
        self, interaction: discord.Interaction, receipt: Receipt, reason: Reason
    ) -> None:
        """End the plan of a donation that was paid back."""
        action = Action.DONATION_REFUND
        await self._desk.ask(interaction, action, {"receipt": receipt}, reason=reason)
