"""How an answer is laid out over messages: quote, text, and what is said at its end. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.cogs.chat.split import FENCE, split
from bot.words.say import say

MOST_PARTS = 4  # more of an answer become a file
LONGEST = 2_000  # characters, Discord's limit of a message
LONGEST_FILE = 2_000_000  # characters, at most 8 MB: below Discord's limit of a file
CURSOR = "▍"
QUOTED = 400  # characters of a quoted line: a cut falls between two lines, so each has its mark
MARK = "> "
HARMLESS = "`\u200b`\u200b`"  # a fence that opens nothing
_BARE = re.compile(r"(?:(?:^|\n)\s*#{1,3} [^\n]*)+\s*\Z")  # headings with nothing below them


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file below the first message, and what it is in words."""

    name: str
    data: bytes = field(repr=False)
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """The messages of an answer; `whole` is the file where they are not all of it."""

    parts: list[str]
    whole: str | None = None
    files: tuple[Enclosed, ...] = ()


def growing(quote: str, text: str) -> Layout:
    """Lay out an answer that is still being written."""
    if not text:
        return Layout(split(f"{quote}{CURSOR}"))
    parts = split(_below(quote, text), limit=MOST_PARTS + _above(quote))
    return Layout(_ended(parts, f" {CURSOR}"))


def finished(quote: str, text: str, ending: str, *, attaches: bool = True) -> Layout:
    """Lay out an answer that is over; too long a one keeps its first part and becomes a file.

    Where no file may be attached it keeps as many parts as may be.
    """
    above = _above(quote)
    parts = split(_below(quote, text.rstrip()), limit=MOST_PARTS + above + 1)
    if len(parts) <= MOST_PARTS + above:
        return Layout(_ended(parts, ending))
    if not attaches:
        note = f"\n-# {say('chat.no_file')}{ending}"
        return Layout(_ended(parts[: MOST_PARTS + above], note))
    kept = above + 1
    if parts[above].rpartition("\n")[2].startswith(MARK):  # nothing of the answer is in it yet
        kept += 1
    shown = parts[:kept]
    shown[-1] = _BARE.sub("", shown[-1]) or shown[-1]
    note = f"\n-# {say('chat.file')}{ending}"
    return Layout(_ended(shown, note), text[:LONGEST_FILE])


def quoted(prompt: str) -> str:
    """Return a prompt as it stands above its public answer, its code fences made harmless."""
    lines = prompt.strip().replace(FENCE, HARMLESS).splitlines()
    return "".join(f"{MARK}{piece}\n" for line in lines for piece in _pieces(line))


def _below(quote: str, text: str) -> str:
    """Put an answer below a quote; one that begins with a quote of its own stands apart."""
    apart = "\n" if quote and text.lstrip().startswith(MARK.strip()) else ""
    return f"{quote}{apart}{text}"


def _above(quote: str) -> int:
    """Return how many whole parts a quote fills before the answer begins."""
    return max(0, len(split(quote)) - 1)


def _pieces(line: str) -> Iterator[str]:
    while len(line) > QUOTED:
        cut = line.rfind(" ", QUOTED // 2, QUOTED) + 1 or QUOTED
        yield line[:cut].rstrip()
        line = line[cut:]
    yield line


def _ended(parts: list[str], ending: str) -> list[str]:
    """Put a few words at the end of the last part, or below it where they do not fit."""
    *before, last = parts or [""]
    if len(last) + len(ending) > LONGEST:
        return [*before, last, ending.strip()]
    return [*before, f"{last}{ending}"]
