"""Pictures as upstreams give them: base64, data URLs, links; and the sizes they are asked for."""

import asyncio
import base64
import binascii
from typing import Any

from bot.upstreams.answers import read_object
from bot.upstreams.dialect import Link
from bot.upstreams.failures import Empty
from bot.upstreams.goods import Picture
from bot.upstreams.http import Response

LARGEST_PICTURES = 96 * 1024 * 1024  # bytes of an answer with ten large ones in base64
_LONGEST_LINK = 8_192  # characters


async def pictures_in(link: Link, response: Response, most: int) -> list[Picture]:
    """Read an answer with pictures, `most` of them; decoded beside the event loop."""
    answer = await read_object(link, response, LARGEST_PICTURES)
    return await asyncio.to_thread(read_pictures, answer, most)


def read_pictures(answer: dict[str, Any], most: int) -> list[Picture]:
    """Read OpenAI's list of pictures, `most` of them; one without any is Empty."""
    data = answer.get("data")
    entries = data if isinstance(data, list) else []
    found = [picture for entry in entries if (picture := _picture(entry)) is not None]
    if not found:
        raise Empty
    return found[:most]


def linked(address: Any, revised_prompt: str | None = None) -> Picture | None:
    """Return the picture at an address, which may be a data URL; None where it is neither."""
    if not isinstance(address, str):
        return None
    if address[:5].lower() == "data:":
        return _decoded(address.partition(",")[2], revised_prompt)
    if address.lower().startswith(("http://", "https://")) and len(address) <= _LONGEST_LINK:
        return Picture(url=address, revised_prompt=revised_prompt)
    return None


def media_of(data: bytes) -> str | None:
    """Return the type that a picture's first bytes show; None where they show none."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp" and data[8:12] in (b"avif", b"avis"):
        return "image/avif"
    return next((media for sign, media in _SIGNS if data.startswith(sign)), None)


def pixels(size: str | None, model: str) -> str | None:
    """Turn a ratio into the nearest size in pixels that OpenAI's models have."""
    if size == "auto" and not model.startswith("gpt-image"):
        return None  # as the others have it
    wide, parted, high = (size or "").partition(":")
    if not (parted and wide.isdecimal() and high.isdecimal()):
        return size
    long = "1536" if model.startswith("gpt-image") else "1792"
    if int(wide) == int(high):
        return "1024x1024"
    return f"{long}x1024" if int(wide) > int(high) else f"1024x{long}"


_SIGNS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


def _picture(entry: Any) -> Picture | None:
    if not isinstance(entry, dict):
        return None
    revised = entry.get("revised_prompt")
    revised = revised if isinstance(revised, str) and revised else None
    inside = entry.get("b64_json")
    if isinstance(inside, str) and inside:
        # Some write a whole data URL where base64 alone is due.
        return linked(inside, revised) if inside.startswith("data:") else _decoded(inside, revised)
    return linked(entry.get("url"), revised)


def _decoded(text: str, revised_prompt: str | None) -> Picture | None:
    """Decode base64; what is no picture is none, so that the next route may be asked."""
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    return Picture(data=data, revised_prompt=revised_prompt) if media_of(data) else None
