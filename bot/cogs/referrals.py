"""The commands of who brings people here: activating a code, exchanging referrals."""

from collections.abc import Sequence

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs import referral_cards as cards
from bot.cogs.buttons import Buttons, OldButton
from bot.cogs.checks import Door
from bot.cogs.panels import panel
from bot.cogs.replies import redraw, show, think
from bot.referrals.exchange import Exchanges
from bot.referrals.service import Referrals
from bot.words.say import say

LATEST = 5  # exchanges shown at the counter
MOST_CHOICES = 25  # Discord's limit of an autocomplete
LONGEST_CHOICE = 100  # characters
LARGEST = 2**63 - 1  # the largest number of a row


class ReferralCommands(commands.Cog):
    """Referral codes, and what they bring."""

    def __init__(
        self, referrals: Referrals, exchanges: Exchanges, door: Door, buttons: Buttons
    ) -> None:
        self._referrals = referrals
        self._exchanges = exchanges
        self._door = door
        buttons.on(cards.USE, self._use)
        buttons.on(cards.KEEP_CODE, self._keep_code)
        buttons.on(cards.PICK, self._pick)
        buttons.on(cards.SPEND, self._spend)
        buttons.on(cards.KEEP, self._keep)
        buttons.on(cards.WITHDRAW, self._withdraw)

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.describe(code="The 8 letters and digits that a member gave you")
    async def activate_referral(self, interaction: discord.Interaction, code: str) -> None:
        """Activate the code of who brought you here. You are asked before anything happens."""
        await think(interaction)
        preview = await self._referrals.preview(self._door.person(interaction), code)
        await show(interaction, cards.code_question(preview, interaction.user.id))

    @app_commands.command()
    @app_commands.describe(referrals="How many to exchange; left out: see what you can get")
    async def exchange_referrals(
        self, interaction: discord.Interaction, referrals: int | None = None
    ) -> None:
        """Exchange the people you brought for a plan. You are asked before anything happens."""
        await think(interaction)
        if referrals is None:
            await show(interaction, await self._counter(interaction))
        else:
            await show(interaction, await self._question(interaction, referrals))

    @exchange_referrals.autocomplete("referrals")
    async def _packs(self, _: discord.Interaction, typed: str) -> list[app_commands.Choice[int]]:
        packs = [p for p in self._exchanges.packs.all() if str(p.referrals).startswith(typed)]
        return [
            app_commands.Choice(
                name=cards.pack_line("exchange.choice", pack)[:LONGEST_CHOICE],
                value=pack.referrals,
            )
            for pack in packs[:MOST_CHOICES]
        ]

    async def _use(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        if len(arguments) != 1:
            raise OldButton
        await interaction.response.defer()
        person = self._door.person(interaction)
        grant = await self._referrals.activate(person, arguments[0])
        await redraw(interaction, cards.code_used(grant))

    async def _keep_code(self, interaction: discord.Interaction, _: Sequence[str]) -> None:
        await interaction.response.defer()
        await redraw(interaction, panel(say("referral.kept")))

    async def _pick(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        (referrals,) = _numbers(arguments, 1)
        await interaction.response.defer()
        await redraw(interaction, await self._question(interaction, referrals))

    async def _spend(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        referrals, exchange_id = _numbers(arguments, 2)
        await interaction.response.defer()
        person = self._door.person(interaction)
        made = await self._exchanges.exchange(person, referrals, exchange_id)
        grant = await self._exchanges.given(made)
        await redraw(interaction, cards.exchanged(made, grant, interaction.user.id))

    async def _keep(self, interaction: discord.Interaction, _: Sequence[str]) -> None:
        await interaction.response.defer()
        await redraw(interaction, panel(say("exchange.kept")))

    async def _withdraw(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        (exchange_id,) = _numbers(arguments, 1)
        await interaction.response.defer()
        done = await self._exchanges.withdraw(self._door.person(interaction), exchange_id)
        await redraw(interaction, panel(say("exchange.withdrawn", n=done.referrals)))

    async def _counter(self, interaction: discord.Interaction) -> discord.ui.LayoutView:
        counter = await self._exchanges.counter(self._door.person(interaction), LATEST)
        packs = self._exchanges.packs
        approval = packs.need_approval()
        return cards.counter_panel(counter, packs.all(), interaction.user.id, approval=approval)

    async def _question(
        self, interaction: discord.Interaction, referrals: int
    ) -> discord.ui.LayoutView:
        """Draw what the exchange takes and gives; Confirm carries this interaction's number.

        So a Confirm that is clicked twice is one exchange.
        """
        quote = await self._exchanges.packs.quote(self._door.person(interaction), referrals)
        return cards.exchange_question(quote, interaction.user.id, interaction.id)


def _numbers(arguments: Sequence[str], count: int) -> list[int]:
    """Read the numbers that a button carries; they are the clicker's input."""
    if len(arguments) != count or not all(each.isdecimal() for each in arguments):
        raise OldButton
    numbers = [int(each) for each in arguments]
    if max(numbers) > LARGEST:
        raise OldButton
    return numbers
