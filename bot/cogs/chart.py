"""Draws days as bars, on ground of its own so that it reads in dark and light alike.

The library's font has no letters but Latin ones, so in Russian a picture holds nothing but digits.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from PIL import Image, ImageDraw, ImageFont

from bot.words.language import Language, reader

WIDTH, HEIGHT = 800, 400
SCALE = 2  # drawn larger, then made smaller: smooth edges
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 24, 44
GAP = 8  # between the numbers at the left and the grid
GROUND, GRID, TEXT, BAR, TODAY = "#23262e", "#3a3f4b", "#c8ccd6", "#4c8bf5", "#2ecc71"
LINES = 4
MOST_LABELS = 10
Font: TypeAlias = ImageFont.FreeTypeFont | ImageFont.ImageFont
STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what stands below it (ASCII), and how high it is."""

    label: str
    amount: int


def draw(bars: Sequence[Bar]) -> bytes:
    """Return the bars as PNG; the last one is today's. Blocks for some 30 ms: call in a thread."""
    picture = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), GROUND)
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=12 * SCALE)
    top = _ceiling(max((bar.amount for bar in bars), default=0))
    marks = [top * line / LINES for line in range(LINES + 1)]
    widest = max(pen.textlength(_written(mark), font) for mark in marks)
    left = max(LEFT * SCALE, int(widest) + 2 * GAP * SCALE)
    _grid(pen, font, marks, left)
    _bars(pen, font, bars, top, left)
    small = picture.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    small.save(written, "PNG", optimize=True)
    return written.getvalue()


def day_below(day: date) -> str:
    """Return what stands below the bar of a day."""
    return f"{day.day} {day:%b}" if reader() is Language.EN else f"{day.day}.{day:%m}"


def short(amount: float) -> str:
    """Write a number briefly: 1250 as "1.25k"."""
    for size, unit in ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")):
        if amount >= size:
            return _exact(amount / size) + unit
    return _exact(amount)


def _written(amount: float) -> str:
    if reader() is Language.EN:
        return short(amount)
    parted = f"{amount:,.2f}".rstrip("0").rstrip(".")
    return parted.replace(".", "|").replace(",", " ").replace("|", ",")


def _exact(amount: float) -> str:
    """Write a number with the two decimals that a quarter of a round number may have."""
    return f"{amount:.2f}".rstrip("0").rstrip(".")


def _ceiling(most: int) -> int:
    """Return a round number that nothing exceeds, and that its grid divides."""
    if most <= LINES:
        return LINES
    size = 10 ** (len(str(most)) - 1)
    return next(int(step * size) for step in STEPS if step * size >= most)


def _grid(pen: ImageDraw.ImageDraw, font: Font, marks: Sequence[float], left: int) -> None:
    for mark in marks:
        at = _height(mark, int(marks[-1]))
        pen.line([(left, at), ((WIDTH - RIGHT) * SCALE, at)], GRID, SCALE)
        pen.text((left - GAP * SCALE, at), _written(mark), TEXT, font, anchor="rm")


def _bars(pen: ImageDraw.ImageDraw, font: Font, bars: Sequence[Bar], top: int, edge: int) -> None:
    room = ((WIDTH - RIGHT) * SCALE - edge) / max(1, len(bars))
    every = -(-len(bars) // MOST_LABELS)
    for at, bar in enumerate(bars):
        left = edge + at * room
        last = at == len(bars) - 1
        if bar.amount:
            box = (
                left + room * 0.15,
                _height(bar.amount, top),
                left + room * 0.85,
                _height(0, top),
            )
            pen.rectangle(box, TODAY if last else BAR)
        if (len(bars) - 1 - at) % every == 0:
            place = (left + room / 2, (HEIGHT - BOTTOM / 2) * SCALE)
            pen.text(place, bar.label, TEXT, font, anchor="mm")


def _height(amount: float, top: int) -> float:
    """Return where an amount stands, in pixels from above."""
    return (HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * amount / top) * SCALE
