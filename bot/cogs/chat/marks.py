"""What makes a message an answer: its buttons, which say whose it is and outlive the process."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import discord

from bot.cogs.buttons import ANYONE, OldButton, custom_id

STOP, AGAIN, PAGE, MORE, THREAD, MODEL, DROP = (
    "stop",
    "again",
    "page",
    "more",
    "thread",
    "model",
    "drop",
)
NAMES = frozenset({STOP, AGAIN, PAGE, MORE, THREAD, MODEL, DROP})


class Mark(NamedTuple):
    """Whose answer a message is, the number it is remembered by, and which model gave it."""

    asker: int
    number: int
    running: bool = False
    model: str | None = None


def made(name: str, mark: Mark, *arguments: object) -> str:
    """Return the custom_id of a button below an answer; who may click is checked on the click."""
    return custom_id(name, ANYONE, mark.asker, mark.number, *arguments)


def clicked(arguments: Sequence[str]) -> tuple[Mark, list[int]]:
    """Read what a click brings, which is the caller's input; raises OldButton."""
    if len(arguments) < 2 or not all(each.isdecimal() for each in arguments):
        raise OldButton
    asker, number, *others = map(int, arguments)
    return Mark(asker, number), others


def mark_of(message: discord.Message) -> Mark | None:
    """Return what marks a message as the first of an answer, None where it is none."""
    found: Mark | None = None
    running, model = False, None
    for item in _items(message):
        name, _, rest = (item.custom_id or "").partition(":")
        owner, *arguments = rest.split(":")
        if name not in NAMES or owner != str(ANYONE):
            continue
        try:
            found, _ = clicked(arguments)
        except OldButton:
            continue
        running = running or name == STOP
        if isinstance(item, discord.SelectMenu):
            model = next((each.value for each in item.options if each.default), None)
    return None if found is None else found._replace(running=running, model=model)


def _items(message: discord.Message) -> Iterator[discord.Button | discord.SelectMenu]:
    for row in message.components:
        if isinstance(row, discord.ActionRow):
            for item in row.children:
                if isinstance(item, discord.Button | discord.SelectMenu):
                    yield item
