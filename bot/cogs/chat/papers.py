"""Text files that members attach, as the words of a prompt: named, and fenced in."""

import asyncio
import codecs
import re

import aiohttp
import discord

from bot.cogs.chat.errors import PaperTooBig, PictureGone, Unreadable

LARGEST = 256 * 1024  # bytes
PATIENCE = 30.0  # seconds to fetch one
TYPES = (
    "application/json",
    "application/xml",
    "application/yaml",
    "application/x-yaml",
    "application/toml",
    "application/javascript",
    "application/x-sh",
    "application/sql",
)
NAMES = re.compile(  # Discord does not know the type of every file
    r"\.(txt|md|rst|log|csv|tsv|json|jsonl|ya?ml|toml|ini|cfg|conf|env|xml|html?|css|scss|[jt]sx?|"
    r"py|rb|php|java|kt|kts|c|h|cc|cpp|hpp|cs|go|rs|swift|scala|lua|r|pl|sh|bash|zsh|ps1|bat|sql|"
    r"tex|srt|vtt|diff|patch|gradle|dockerfile|makefile|vue|svelte)$",
    re.IGNORECASE,
)
_TICKS = re.compile(r"`{3,}")
FENCE = "```"


def is_paper(file: discord.Attachment) -> bool:
    """Say whether an attachment is said to be text."""
    kind = (file.content_type or "").partition(";")[0].lower()
    return kind.startswith("text/") or kind in TYPES or NAMES.search(file.filename) is not None


def check(file: discord.Attachment) -> None:
    """Raise PaperTooBig."""
    if file.size > LARGEST:
        raise PaperTooBig(name=name_of(file), kilobytes=LARGEST // 1024)


async def words_of(file: discord.Attachment) -> str:
    """Fetch a text file into a named block; raises PictureGone, PaperTooBig or Unreadable."""
    check(file)
    try:
        async with asyncio.timeout(PATIENCE):
            data = await file.read()
    except (discord.HTTPException, aiohttp.ClientError, OSError):
        raise PictureGone from None
    text = _decoded(data)
    if text is None:
        raise Unreadable(name=name_of(file))
    return fenced(name_of(file), text)


def fenced(name: str, text: str) -> str:
    """Return a text below its name, in a fence that nothing inside closes."""
    longest = max(map(len, _TICKS.findall(text)), default=len(FENCE) - 1)
    fence = "`" * (longest + 1)
    body = text.strip("\n")
    return f"{name}:\n{fence}\n{body}\n{fence}"


def name_of(file: discord.Attachment) -> str:
    """Return a file's name as it may stand in a line."""
    return " ".join(file.filename.replace("`", "'").split())[:100] or "file"


def _decoded(data: bytes) -> str | None:
    """Return the text of some bytes, None where they are something else."""
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text.replace("\r\n", "\n")
