"""Prices are whole tokens, exact to the thousandth."""

from fractions import Fraction
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from bot.core.units import affordable, metered

RAW = st.integers(0, 10**12)
COEFFICIENTS = st.integers(0, 10**7)


@given(RAW, COEFFICIENTS)
def test_a_price_is_the_exact_product_rounded_up(raw: int, coefficient: int) -> None:
    assert metered(raw, coefficient) == ceil(Fraction(raw * coefficient, 1_000))


@given(RAW, COEFFICIENTS.filter(bool))
def test_what_is_affordable_fits_and_one_token_more_does_not(left: int, coefficient: int) -> None:
    tokens = affordable(left, coefficient)

    assert metered(tokens, coefficient) <= left
    assert metered(tokens + 1, coefficient) > left


def test_what_costs_nothing_is_affordable_without_end() -> None:
    assert affordable(0, 0) > 10**15
