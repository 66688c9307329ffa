"""Panels: cards of text blocks with buttons below, the same shape everywhere."""

from collections.abc import Sequence
from datetime import datetime
from enum import IntEnum
from typing import Any, Literal, TypeAlias

import discord
from discord import ui

from bot.cogs.buttons import custom_id, drawn

MOST_TEXT = 4_000  # characters of one panel, Discord's limit
CUT = "…"
BAR_CELLS = 10
TALL_ROW = 5  # buttons beside each other, Discord's limit
Clickable: TypeAlias = ui.Button[Any] | ui.Select[Any]


class Tone(IntEnum):
    """The colour at a panel's edge."""

    CALM = 0x4C8BF5
    GOOD = 0x2ECC71
    CARE = 0xE67E22


def panel(
    *blocks: str, rows: Sequence[Sequence[Clickable]] = (), tone: Tone = Tone.CALM
) -> ui.LayoutView:
    """Draw blocks of Markdown, a line between them, and rows of buttons or one select each."""
    card = ui.Container[ui.LayoutView](accent_colour=int(tone))
    for at, block in enumerate(_fitting(blocks)):
        if at:
            card.add_item(ui.Separator())
        card.add_item(ui.TextDisplay(block))
    for row in rows:
        assert len(row) <= TALL_ROW, "Discord takes five buttons a row"
        card.add_item(ui.ActionRow(*row))
    view = ui.LayoutView(timeout=None)
    view.add_item(card)
    return drawn(view)


def select(
    placeholder: str,
    name: str,
    owner: int,
    options: Sequence[discord.SelectOption],
    *arguments: object,
) -> ui.Select[Any]:
    """Draw a menu to pick one of; its clicks come to the handler of `name`."""
    made = custom_id(name, owner, *arguments)
    return ui.Select(placeholder=placeholder, custom_id=made, options=list(options))


def picked(interaction: discord.Interaction) -> str:
    """Return what was picked in a menu, "" for nothing."""
    data: dict[str, Any] = dict(interaction.data or {})
    values = data.get("values") or [""]
    return str(values[0])


def bar(part: int, whole: int) -> str:
    """Draw how much of a whole is used: full only when all of it is, never of nothing."""
    if not whole:
        return "░" * BAR_CELLS
    cells = BAR_CELLS if part >= whole else min(BAR_CELLS - 1, part * BAR_CELLS // whole)
    return "█" * cells + "░" * (BAR_CELLS - cells)


def stamp(moment: datetime, style: Literal["t", "T", "d", "D", "f", "F", "R"] = "R") -> str:
    """Return a moment that Discord shows in the reader's own zone; R is "in 5 minutes"."""
    return discord.utils.format_dt(moment, style)


def _fitting(blocks: Sequence[str]) -> list[str]:
    """Cut the last lines of what would be too long for one panel."""
    left, fitting = MOST_TEXT, []
    for block in blocks:
        text = block
        if len(text) > left:
            text = text[: max(0, left - 1)].rpartition("\n")[0] + "\n" + CUT
        if not text.strip() or left <= len(CUT) + 1:
            break
        fitting.append(text)
        left -= len(text)
    return fitting
