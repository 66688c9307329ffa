"""How a sealed text about a person reads, also where nobody can open it any more."""

import discord

from bot.members.private import LOST
from bot.words.say import say


def unsealed(text: str) -> str:
    """Return a text that was sealed, its Markdown made harmless, or say that it is lost."""
    return say("text.lost") if text == LOST else discord.utils.escape_markdown(text)
