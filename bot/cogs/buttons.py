"""Buttons that outlive their process: all they need is in their custom_id, one road answers them.

A custom_id is `name:owner:argument:...`. discord.py drops clicks it knows no view for and swallows
what a view's callback raises; so views are only drawn with it, and every click comes through here.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

import discord

from bot.core.errors import Failure, Kind

ANYONE = 0
LONGEST_ID = 100  # characters, Discord's limit of a custom_id
Handler: TypeAlias = Callable[[discord.Interaction, Sequence[str]], Awaitable[None]]
V = TypeVar("V", discord.ui.View, discord.ui.LayoutView)


class OldButton(Failure):
    """The button belongs to an earlier version, or what it spoke of is gone."""

    kind = Kind.EXPIRED
    message_id = "button.old"


class NotYours(Failure):
    """Somebody else's panel was clicked."""

    kind = Kind.NOT_ALLOWED
    message_id = "button.not_yours"


class Buttons:
    """Who answers which click, by the first word of the custom_id."""

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {}

    def on(self, name: str, handler: Handler) -> None:
        """Let `handler(interaction, arguments)` answer the clicks of a name."""
        assert name not in self._handlers, f"two handlers for {name}"
        self._handlers[name] = handler

    async def answer(self, interaction: discord.Interaction) -> None:
        """Find the click's handler and run it; raises OldButton or NotYours."""
        name, _, rest = _custom_id(interaction).partition(":")
        owner, *arguments = rest.split(":")
        handler = self._handlers.get(name)
        if handler is None or not owner.isdecimal():
            raise OldButton
        if int(owner) not in (ANYONE, interaction.user.id):
            raise NotYours
        await handler(interaction, arguments)


async def acknowledge(interaction: discord.Interaction) -> None:
    """Take a click whose panel will change; one that others see never gets what is a person's."""
    if interaction.message is None or not interaction.message.flags.ephemeral:
        raise OldButton
    await interaction.response.defer()


def custom_id(name: str, owner: int, *arguments: object) -> str:
    """Return the custom_id of a button only `owner` may click, or ANYONE."""
    made = ":".join([name, str(owner), *map(str, arguments)])
    assert len(made) <= LONGEST_ID, made
    return made


def button(
    label: str,
    name: str,
    owner: int,
    *arguments: object,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    disabled: bool = False,
) -> discord.ui.Button[Any]:
    """Draw a button."""
    made = custom_id(name, owner, *arguments)
    return discord.ui.Button(label=label, style=style, custom_id=made, disabled=disabled)


def rows(*items: discord.ui.Item[Any]) -> discord.ui.View:
    """Draw items below a message."""
    view = discord.ui.View(timeout=None)
    for item in items:
        view.add_item(item)
    return drawn(view)


def drawn(view: V) -> V:
    """Keep discord.py from remembering the view: its clicks come through Buttons."""
    view.stop()
    return view


def _custom_id(interaction: discord.Interaction) -> str:
    data: Mapping[str, Any] = interaction.data or {}
    return str(data.get("custom_id", ""))
