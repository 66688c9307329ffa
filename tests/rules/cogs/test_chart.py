"""The picture of the last days."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.cogs.chart import BAR, HEIGHT, TODAY, WIDTH, Bar, draw, short


def colours(picture: bytes) -> set[tuple[int, ...]]:
    with Image.open(io.BytesIO(picture)) as opened:
        assert (opened.format, opened.size) == ("PNG", (WIDTH, HEIGHT))
        return {colour for _, colour in opened.getcolors(WIDTH * HEIGHT)}


def rgb(code: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(code[1:]))


def test_days_are_bars_and_today_stands_out() -> None:
    drawn = colours(draw([Bar(f"{n}.11.", n * 100) for n in range(1, 31)]))

    assert {rgb(BAR), rgb(TODAY)} <= drawn


def test_a_day_without_calls_has_no_bar() -> None:
    drawn = colours(draw([Bar("1.11.", 0), Bar("2.11.", 0)]))

    assert not {rgb(BAR), rgb(TODAY)} & drawn


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 10**12), max_size=30))
def test_any_numbers_can_be_drawn(amounts: list[int]) -> None:
    assert colours(draw([Bar("x", amount) for amount in amounts]))


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "0"),
        (62.5, "62.5"),
        (999, "999"),
        (1_000, "1k"),
        (1_250, "1.25k"),
        (1_500, "1.5k"),
        (80_000, "80k"),
        (2_500_000, "2.5M"),
    ],
)
def test_large_numbers_are_written_briefly(amount: float, text: str) -> None:
    assert short(amount) == text
