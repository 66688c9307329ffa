"""The picture of the last days."""

import io
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.cogs.chart import BAR, HEIGHT, TODAY, WIDTH, Bar, day_below, draw, short
from bot.words.language import Language, speaking


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


def test_a_day_is_written_in_digits_where_the_picture_has_no_letters() -> None:
    day = date(2026, 11, 5)

    english = day_below(day)
    with speaking(Language.RU):
        russian = day_below(day)

    assert (english, russian) == ("5 Nov", "5.11")


@pytest.mark.parametrize("amount", [1, 3, 62, 10**6, 10**12])
def test_numbers_of_any_length_have_room_in_russian(amount: int) -> None:
    bars = [Bar("5.11", amount)]

    english = draw(bars)
    with speaking(Language.RU):
        russian = draw(bars)

    assert {rgb(TODAY)} <= colours(russian)
    assert (russian == english) is (amount < 1_000)
