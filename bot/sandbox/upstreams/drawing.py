"""Small pictures that a loopback upstream draws: the same words and seed, the same picture."""

import hashlib
import re
from io import BytesIO

from PIL import Image, ImageDraw

LONGEST = 256  # pixels of the longer side, whatever was asked for
CELLS = 8  # squares a side; the right half mirrors the left
PNG = "image/png"

_SIZE = re.compile(r"(\d{1,5})[x:](\d{1,5})")


def mark_of(*words: object) -> str:
    """Return what stands for these words in a picture's name, and decides what it shows."""
    return hashlib.sha256("\0".join(map(str, words)).encode()).hexdigest()[:32]


def shape_of(size: object) -> tuple[int, int]:
    """Return width and height for a size such as "1024x1024" or "16:9"; a square without one."""
    found = _SIZE.fullmatch(size) if isinstance(size, str) else None
    wide, high = (int(found[1]), int(found[2])) if found else (1, 1)
    longer = max(wide, high, 1)
    return max(1, wide * LONGEST // longer), max(1, high * LONGEST // longer)


def drawn(mark: str, shape: tuple[int, int]) -> bytes:
    """Draw the PNG of a mark: squares in its two colours."""
    bits = int(mark, 16)
    ground, ink = (bits & 0xFFFFFF) | 0xC0C0C0, (bits >> 24) & 0x7F7F7F
    picture = Image.new("RGB", shape, _rgb(ground))
    pen = ImageDraw.Draw(picture)
    wide, high = shape
    for cell in range(CELLS * CELLS // 2):
        if not bits >> (48 + cell) & 1:
            continue
        row, column = divmod(cell, CELLS // 2)
        for x in (column, CELLS - 1 - column):
            left, top = x * wide // CELLS, row * high // CELLS
            right, bottom = (x + 1) * wide // CELLS, (row + 1) * high // CELLS
            if right > left and bottom > top:
                pen.rectangle((left, top, right - 1, bottom - 1), fill=_rgb(ink))
    written = BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()


def _rgb(colour: int) -> tuple[int, int, int]:
    return colour >> 16 & 255, colour >> 8 & 255, colour & 255
