"""What a message says in a conversation: without the bot's name, quotes, cursors and footers."""

import re
from collections.abc import Sequence

import discord

from bot.cogs.chat.layout import CURSOR, HARMLESS, MARK
from bot.cogs.chat.split import FENCE
from bot.core.spotting import without_keys_of_ours

SMALL = "-# "  # what stands in small print is ours: costs, notes
QUOTE = MARK.strip()
_MENTION = re.compile(r"<@!?(\d+)>")


def words_of(message: discord.Message, me: int) -> str:
    """Return what a person says, members by their names, keys left out."""
    names = {each.id: f"@{each.display_name}" for each in message.mentions}
    names[me] = ""
    texts = [message.content, *(each.content for each in message.message_snapshots)]
    said = "\n".join(filter(None, texts))
    named = _MENTION.sub(lambda found: names.get(int(found[1]), found[0]), said)
    return without_keys_of_ours(named).strip()


def files_of(message: discord.Message) -> tuple[discord.Attachment, ...]:
    """Return what a person attached, or forwarded."""
    forwarded = [file for each in message.message_snapshots for file in each.attachments]
    return (*message.attachments, *forwarded)


def hidden(message: discord.Message) -> bool:
    """Say whether nothing of a message is there to be read, as without the intent."""
    return not (message.content or message.attachments or message.message_snapshots)


def names_me(message: discord.Message, me: int) -> bool:
    """Say whether a message has the bot's name in its text, not by replying alone."""
    return any(int(key) == me for key in _MENTION.findall(message.content))


def replied_to(message: discord.Message) -> int | None:
    """Return the number of the message that a message replies to; a forward is no reply."""
    if message.reference is None or message.reference.type is discord.MessageReferenceType.forward:
        return None
    return message.reference.message_id


def told(parts: Sequence[str]) -> str:
    """Return what the parts of an answer say together, its quote included."""
    texts = [part.removesuffix(CURSOR).rstrip() for part in parts]
    while texts:
        texts[-1] = _without_footer(texts[-1])
        if texts[-1]:
            break
        texts.pop()
    return "\n".join(texts)


def unquoted(text: str) -> tuple[str, str]:
    """Part a quoted question from its answer."""
    lines = text.split("\n")
    end = next((at for at, line in enumerate(lines) if not line.startswith(QUOTE)), len(lines))
    prompt = "\n".join(line.removeprefix(QUOTE).removeprefix(" ") for line in lines[:end])
    while end and end < len(lines) and lines[end].startswith(SMALL):  # what it was about
        end += 1
    return prompt.replace(HARMLESS, FENCE).strip(), "\n".join(lines[end:]).strip("\n")


def _without_footer(text: str) -> str:
    lines = text.split("\n")
    while lines and (lines[-1].startswith(SMALL) or not lines[-1].strip()):
        lines.pop()
    return "\n".join(lines)
