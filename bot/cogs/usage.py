"""/usage: the last days as a picture, the same numbers as text and as CSV."""

import asyncio
import csv
import io
from collections.abc import Iterator, Sequence
from typing import Literal

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.account.service import Account
from bot.cogs.buttons import Buttons, OldButton, button, drawn
from bot.cogs.chart import Bar, day_below, draw
from bot.cogs.checks import Door
from bot.cogs.panels import Tone
from bot.cogs.replies import think
from bot.ledger.reports import DayUse, ModelUse
from bot.words.say import say

SPANS = (1, 7, 30)
SPAN, CSV = "usage.span", "usage.csv"
PICTURE, TABLE = "usage.png", "usage.csv"
MOST_MODELS, MOST_DAYS = 5, 7
LONGEST_DESCRIPTION = 1_024  # characters, Discord's limit


class UsageCommands(commands.Cog):
    """What you used."""

    def __init__(self, account: Account, door: Door, clicks: Buttons) -> None:
        self._account = account
        self._door = door
        clicks.on(SPAN, self._span)
        clicks.on(CSV, self._csv)

    @app_commands.command()
    @app_commands.describe(days="How many days: 1, 7 or 30")
    async def usage(self, interaction: discord.Interaction, days: Literal[1, 7, 30] = 30) -> None:
        """See what you used on the last days, as a picture, as text and as CSV."""
        await think(interaction)
        view, picture = await self._panel(interaction, days)
        await interaction.followup.send(view=view, file=picture, ephemeral=True)

    async def _span(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        days = _days(arguments)
        await interaction.response.defer()
        view, picture = await self._panel(interaction, days)
        await interaction.edit_original_response(view=view, attachments=[picture])

    async def _csv(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        days = _days(arguments)
        await think(interaction)
        used, _ = await self._used(interaction, days)
        file = discord.File(io.BytesIO(table(used).encode()), TABLE)
        await interaction.followup.send(say("usage.csv"), file=file, ephemeral=True)

    async def _panel(
        self, interaction: discord.Interaction, days: int
    ) -> tuple[ui.LayoutView, discord.File]:
        used, models = await self._used(interaction, days)
        bars = [Bar(day_below(use.day), use.spent) for use in used]
        picture = await asyncio.to_thread(draw, bars)
        lines = list(lines_of(used, models))
        owner = interaction.user.id
        buttons = [
            button(say("usage.span", n=span), SPAN, owner, span, disabled=span == days)
            for span in SPANS
        ]
        gallery = ui.MediaGallery[ui.LayoutView]()
        described = _plain("\n".join(lines))[:LONGEST_DESCRIPTION]
        gallery.add_item(media=f"attachment://{PICTURE}", description=described)
        card = ui.Container[ui.LayoutView](accent_colour=int(Tone.CALM))
        card.add_item(ui.TextDisplay("## " + say("usage.title", n=days)))
        card.add_item(gallery)
        card.add_item(ui.TextDisplay("\n".join(lines)))
        card.add_item(ui.ActionRow(*buttons, button(say("button.csv"), CSV, owner, days)))
        view = ui.LayoutView(timeout=None)
        view.add_item(card)
        return drawn(view), discord.File(io.BytesIO(picture), PICTURE)

    async def _used(
        self, interaction: discord.Interaction, days: int
    ) -> tuple[list[DayUse], list[ModelUse]]:
        caller = await self._account.callers.by_person(self._door.person(interaction))
        return await self._account.used(caller, days)


def table(used: Sequence[DayUse]) -> str:
    """Return the days as CSV, oldest first."""
    written = io.StringIO()
    lines = csv.writer(written)
    lines.writerow(["day", "tokens", "calls"])
    lines.writerows([use.day.isoformat(), use.spent, use.calls] for use in used)
    return written.getvalue()


def lines_of(used: Sequence[DayUse], models: Sequence[ModelUse]) -> Iterator[str]:
    """Say what the picture shows, the newest days and the dearest models first."""
    calls = sum(use.calls for use in used)
    if not calls:
        yield say("usage.none")
        return
    together = say("usage.tokens.sum", n=sum(use.spent for use in used))
    yield say("usage.sum", spent=together, n=calls)
    for use in [use for use in reversed(used) if use.calls][:MOST_DAYS]:
        spent = say("usage.tokens", n=use.spent)
        yield say("usage.day", day=use.day.isoformat(), spent=spent, n=use.calls)
    for model in models[:MOST_MODELS]:
        cost = say("usage.tokens", n=model.cost)
        yield say("usage.model", model=model.model, cost=cost, n=model.calls)
    if others := models[MOST_MODELS:]:
        cost = say("usage.tokens", n=sum(model.cost for model in others))
        yield say("usage.others", n=len(others), cost=cost)


def _plain(markdown: str) -> str:
    """Leave out the marks that a screen reader would read aloud."""
    return markdown.replace("**", "").replace("`", "")


def _days(arguments: Sequence[str]) -> int:
    """Read how many days a click asks for; it is the clicker's input."""
    if len(arguments) != 1 or arguments[0] not in map(str, SPANS):
        raise OldButton
    return int(arguments[0])
