"""What is shown of a song: the card while it is made, and how it ended."""

from collections.abc import Sequence

import discord

from bot.cogs.chat.layout import quoted
from bot.cogs.panels import CUT, Tone
from bot.words.say import say

LONGEST_QUOTE = 1_500  # characters of a prompt above its card


def quote(prompt: str, style: str | None) -> str:
    """Return a prompt and its style as they stand above the card."""
    said = prompt if len(prompt) <= LONGEST_QUOTE else prompt[:LONGEST_QUOTE] + CUT
    return quoted(f"{said}\n({style})" if style else said)


def making() -> discord.Embed:
    """Draw a song that is being made."""
    return _card(say("song.making"), Tone.CALM)


def posted() -> discord.Embed:
    """Draw a song that was posted."""
    return _card(say("song.posted"), Tone.GOOD)


def never() -> discord.Embed:
    """Draw a song that was never finished."""
    return _card(say("song.never"), Tone.CARE)


def unpostable(clips: Sequence[str]) -> discord.Embed:
    """Draw a finished song that has nowhere to go."""
    return _card(say("song.unpostable", paths=paths(clips)), Tone.CARE)


def ready(who: str, left_out: Sequence[str]) -> str:
    """Say that a song is there, and which of its clips are not."""
    lines = [say("song.ready", who=who)]
    if left_out:
        lines.append(say("song.left_out", paths=paths(left_out)))
    return "\n".join(lines)


def paths(clips: Sequence[str]) -> str:
    """Return where the API tells of clips."""
    return ", ".join(f"`GET /v1/suno/{clip}`" for clip in clips)


def _card(text: str, tone: Tone) -> discord.Embed:
    return discord.Embed(description=text, colour=int(tone))
