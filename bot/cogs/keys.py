"""The commands that make a key, show it and replace it; only its owner sees the replies."""

from collections.abc import Sequence
from datetime import timedelta

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs import key_card
from bot.cogs.buttons import Buttons, OldButton, acknowledge
from bot.cogs.checks import Door
from bot.cogs.key_card import KeyCards
from bot.cogs.replies import redraw, show, think
from bot.keys.errors import NoKey
from bot.keys.service import KeyCard, Keys

CONFIRM_FOR = timedelta(seconds=60)
# Spelt out: what is left open here would be filled in by the client's defaults.
IN_SERVERS = app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
NO_KEY = 0  # stands for the id of a key where there is none


class KeyCommands(commands.Cog):
    """Your API key."""

    def __init__(self, keys: Keys, cards: KeyCards, door: Door, buttons: Buttons) -> None:
        self._keys = keys
        self._cards = cards
        self._door = door
        buttons.on(key_card.SHOW, self._show)
        buttons.on(key_card.COPY, self._copy)
        buttons.on(key_card.ASK, self._ask)
        buttons.on(key_card.RECREATE, self._recreate)
        buttons.on(key_card.KEEP, self._keep)

    @app_commands.command()
    @IN_SERVERS
    async def gen_key(self, interaction: discord.Interaction) -> None:
        """Get your API key. If you have one already, nothing happens to it."""
        await self._first(interaction)

    @app_commands.command()
    @IN_SERVERS
    async def signup(self, interaction: discord.Interaction) -> None:
        """Sign up and get your API key. If you have one already, nothing happens to it."""
        await self._first(interaction)

    @app_commands.command()
    @IN_SERVERS
    async def show_key(self, interaction: discord.Interaction) -> None:
        """See your API key again, behind spoiler bars."""
        await think(interaction)
        card = await self._keys.show(self._door.person_in_server(interaction))
        await show(interaction, await self._cards.shown(card, interaction.user.id))

    @app_commands.command()
    @IN_SERVERS
    async def generate_key(self, interaction: discord.Interaction) -> None:
        """Replace your API key by a new one. You are asked before the old one stops working."""
        await self._confirm(interaction)

    @app_commands.command()
    @IN_SERVERS
    async def resetkey(self, interaction: discord.Interaction) -> None:
        """Replace a lost or leaked API key. You are asked before the old one stops working."""
        await self._confirm(interaction)

    async def _first(self, interaction: discord.Interaction) -> None:
        await think(interaction)
        card = await self._keys.first(self._door.person_in_server(interaction))
        owner = interaction.user.id
        view = self._cards.fresh(card, owner) if card.fresh else self._cards.masked(card, owner)
        await show(interaction, view)

    async def _confirm(self, interaction: discord.Interaction) -> None:
        await think(interaction)
        await show(interaction, await self._question(interaction))

    async def _show(self, interaction: discord.Interaction, _: Sequence[str]) -> None:
        await acknowledge(interaction)
        card = await self._keys.show(self._door.person_in_server(interaction))
        await redraw(interaction, await self._cards.shown(card, interaction.user.id))

    async def _copy(self, interaction: discord.Interaction, _: Sequence[str]) -> None:
        """Send the key alone: on a phone a whole message is what can be copied."""
        await think(interaction)
        card = await self._keys.show(self._door.person_in_server(interaction))
        if card.plain is None:
            await show(interaction, await self._cards.shown(card, interaction.user.id))
        else:
            await interaction.followup.send(card.plain, ephemeral=True)

    async def _ask(self, interaction: discord.Interaction, _: Sequence[str]) -> None:
        await acknowledge(interaction)
        await redraw(interaction, await self._question(interaction))

    async def _recreate(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        seen, until = _numbers(arguments)
        await acknowledge(interaction)
        if interaction.created_at.timestamp() > until:
            await redraw(interaction, key_card.expired())
            return
        who = self._door.person_in_server(interaction)
        card = await self._keys.replace(who, seen=seen)
        await redraw(interaction, self._cards.fresh(card, interaction.user.id))

    async def _keep(self, interaction: discord.Interaction, _: Sequence[str]) -> None:
        await acknowledge(interaction)
        await redraw(interaction, key_card.kept())

    async def _question(self, interaction: discord.Interaction) -> discord.ui.LayoutView:
        """Draw what breaks and the button that breaks it, good for a minute."""
        card: KeyCard | None
        try:
            card = await self._keys.show(self._door.person_in_server(interaction))
        except NoKey:
            card = None
        until = interaction.created_at + CONFIRM_FOR
        return key_card.question(card, interaction.user.id, card.id if card else NO_KEY, until)


def _numbers(arguments: Sequence[str]) -> tuple[int, int]:
    """Read what the confirming button carries; it is the clicker's input."""
    if len(arguments) != 2 or not all(each.isdecimal() for each in arguments):
        raise OldButton
    return int(arguments[0]), int(arguments[1])
