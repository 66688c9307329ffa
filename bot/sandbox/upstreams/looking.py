"""What the loopback assistant sees in a picture: its size and the colour most of it has."""

import base64
import binascii
from io import BytesIO
from typing import Any

from PIL import Image, UnidentifiedImageError

_SAMPLE = 32  # pixels a side that are looked at
_MOST = 40_000_000  # pixels; of larger pictures the size alone is told
_START = "I see a picture."
_END = "The sandbox's stand-in looked at it; a real model would say what it shows."
_UNSEEN = f"{_START} The sandbox's stand-in cannot open this one, so it says nothing of it."
_AWAY = f"{_START} I have only its address, and the sandbox's stand-in fetches no pictures."
_COLOURS = {
    "black": (0, 0, 0),
    "grey": (128, 128, 128),
    "white": (255, 255, 255),
    "red": (210, 30, 30),
    "orange": (245, 140, 20),
    "yellow": (245, 225, 50),
    "green": (40, 150, 50),
    "turquoise": (50, 200, 200),
    "blue": (30, 60, 200),
    "light blue": (150, 190, 240),
    "purple": (130, 40, 170),
    "pink": (245, 150, 190),
    "brown": (120, 75, 40),
}


def pictured(messages: list[Any]) -> bool:
    """Say whether the last message shows a picture."""
    return _address(messages[-1]) is not None


def seen(message: Any) -> str:
    """Describe a message's first picture; decodes it, so call it off the event loop."""
    address = _address(message) or ""
    if not address.startswith("data:"):
        return _AWAY if address else _UNSEEN
    try:
        data = base64.b64decode(address.partition(",")[2])
        return f"{_START} {_told(data)} {_END}"
    except (binascii.Error, UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return _UNSEEN


def _address(message: Any) -> str | None:
    content = message.get("content") if isinstance(message, dict) else None
    for part in content if isinstance(content, list) else ():
        link = part.get("image_url") if isinstance(part, dict) else None
        address = link.get("url") if isinstance(link, dict) else link
        if isinstance(address, str):
            return address
    return None


def _told(data: bytes) -> str:
    with Image.open(BytesIO(data)) as picture:
        wide, high = picture.size
        size = f"It is {wide} \N{MULTIPLICATION SIGN} {high} pixels"
        if wide * high > _MOST:
            return f"{size}."
        sample = picture.convert("RGB").resize((_SAMPLE, _SAMPLE))
    names: dict[str, int] = {}
    for many, pixel in sample.getcolors(_SAMPLE * _SAMPLE) or ():
        name = _named(pixel)
        names[name] = names.get(name, 0) + many
    return f"{size}, mostly {max(names, key=names.__getitem__)}."


def _named(pixel: Any) -> str:
    def distance(name: str) -> int:
        return sum((a - b) ** 2 for a, b in zip(pixel, _COLOURS[name], strict=True))

    return min(_COLOURS, key=distance)
