"""Modals: fields to fill in, whose submission comes through Buttons as a click does."""

from collections.abc import Mapping
from typing import Any

import discord
from discord import ui

from bot.cogs.buttons import custom_id

LONGEST_REASON = 400  # characters


def modal(
    title: str,
    name: str,
    owner: int,
    *arguments: object,
    fields: Mapping[str, ui.Item[Any]],
    text: str = "",
) -> ui.Modal:
    """Draw a modal of fields by their label, below a text.

    `filled` reads what `name`'s handler gets.
    """
    made = ui.Modal(title=title, custom_id=custom_id(name, owner, *arguments))
    if text:
        made.add_item(ui.TextDisplay(text))
    for label, field in fields.items():
        made.add_item(ui.Label(text=label, component=field))
    made.stop()  # so that discord.py forgets it: its submission comes through Buttons
    return made


def line(
    name: str, *, longest: int = 100, required: bool = True, hint: str | None = None
) -> ui.TextInput[Any]:
    """Draw a field for one line of text."""
    return ui.TextInput(custom_id=name, max_length=longest, required=required, placeholder=hint)


def paragraph(name: str, *, longest: int, value: str | None = None) -> ui.TextInput[Any]:
    """Draw a field for a longer text, which has to be filled in; `value` stands in it."""
    return ui.TextInput(
        custom_id=name,
        style=discord.TextStyle.paragraph,
        max_length=longest,
        default=value,
    )


def reason(hint: str | None = None) -> ui.TextInput[Any]:
    """Draw the field "reason", which has to be filled in."""
    return ui.TextInput(
        custom_id="reason",
        style=discord.TextStyle.paragraph,
        max_length=LONGEST_REASON,
        placeholder=hint,
    )


def filled(interaction: discord.Interaction) -> dict[str, Any]:
    """Return what a submitted modal holds, by the fields' names: text, bool, or a list."""
    data: Mapping[str, Any] = interaction.data or {}
    found: dict[str, Any] = {}
    for row in data.get("components", ()):
        for field in row.get("components", [row.get("component")]):
            if field and "custom_id" in field:
                found[field["custom_id"]] = field.get("value", field.get("values"))
    return found
