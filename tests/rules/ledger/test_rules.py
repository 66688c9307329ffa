"""The pure decisions of the ledger, for all numbers."""

from hypothesis import assume, given
from hypothesis import strategies as st

from bot.core.units import metered
from bot.ledger.rules import (
    Day,
    Granted,
    Limit,
    Limits,
    Pace,
    Terms,
    begun,
    charge,
    covered,
    decide,
    least,
    left,
    minute_for,
    price,
)

AMOUNT = st.integers(0, 10**12)
DAYS = st.builds(Day, spent=AMOUNT, held=AMOUNT, calls=st.integers(0, 1_000))
PACES = st.builds(
    Pace,
    in_flight=st.integers(0, 10),
    minute=st.integers(0, 5),
    minute_calls=st.integers(0, 30),
)
TERMS = st.builds(
    Terms,
    coefficient=st.integers(0, 50_000),
    prompt=st.integers(0, 10**6),
    cap=st.integers(0, 10**6),
    choices=st.integers(1, 8),
    flat=st.none() | st.integers(0, 10**6),
    floor=st.integers(0, 100),
)
LIMITS = st.builds(
    Limits,
    allowance=st.none() | AMOUNT,
    in_flight=st.integers(1, 10),
    per_minute=st.none() | st.integers(1, 30),
)
TIGHT = st.builds(
    Limits, allowance=st.integers(0, 10**7), in_flight=st.just(99), per_minute=st.none()
)


@given(DAYS, PACES, st.integers(0, 5), TERMS, LIMITS)
def test_no_hold_that_costs_anything_passes_the_allowance(
    day: Day, pace: Pace, minute: int, terms: Terms, limits: Limits
) -> None:
    decided = decide(day, pace, minute, terms, limits)

    if isinstance(decided, Granted) and decided.amount and limits.allowance is not None:
        assert day.spent + day.held + decided.amount <= limits.allowance


@given(DAYS, PACES, st.integers(0, 5), TERMS, LIMITS)
def test_a_grant_needs_a_place_in_flight_and_in_the_minute(
    day: Day, pace: Pace, minute: int, terms: Terms, limits: Limits
) -> None:
    decided = decide(day, pace, minute, terms, limits)

    full = pace.in_flight >= limits.in_flight
    spent = limits.per_minute is not None and begun(pace, minute) >= limits.per_minute
    assert (decided is Limit.IN_FLIGHT) == full
    assert (decided is Limit.MINUTE) == (spent and not full)


@given(TERMS, TIGHT, st.integers(0, 10**7), st.integers(0, 10**7))
def test_a_hold_is_never_shrunk_without_lowering_the_cap(
    terms: Terms, limits: Limits, spent: int, held: int
) -> None:
    decided = decide(Day(spent, held, 0), Pace(), 0, terms, limits)

    if isinstance(decided, Granted):
        assert min(terms.floor, terms.cap) <= decided.cap <= terms.cap
        if terms.flat is None:
            raw = terms.prompt + decided.cap * terms.choices
            assert decided.amount == metered(raw, terms.coefficient)
        else:
            assert decided == Granted(terms.flat, terms.cap)


@given(TERMS, TIGHT, st.integers(0, 10**7))
def test_the_allowance_refuses_only_what_does_not_fit_at_the_floor(
    terms: Terms, limits: Limits, spent: int
) -> None:
    day = Day(spent=spent)

    decided = decide(day, Pace(), 0, terms, limits)

    room = left(day, limits.allowance)
    assert room is not None
    assert (decided is Limit.ALLOWANCE) == (least(terms) > room)


@given(TERMS, st.data())
def test_a_shrunk_hold_takes_all_that_a_longer_answer_could_use(
    terms: Terms, data: st.DataObject
) -> None:
    terms = terms._replace(flat=None, coefficient=terms.coefficient + 1_000, cap=terms.cap + 200)
    room = data.draw(st.integers(least(terms), price(terms, terms.cap) - 1))

    granted = covered(terms, room)

    assert granted is not None
    assert granted.cap < terms.cap
    assert price(terms, granted.cap) <= room < price(terms, granted.cap + 1)


@given(AMOUNT, AMOUNT, DAYS, st.none() | AMOUNT)
def test_a_charge_passes_its_hold_only_inside_the_limit(
    actual: int, amount: int, day: Day, allowance: int | None
) -> None:
    assume(amount <= day.held)

    cost, overrun = charge(actual, amount, day, allowance)

    assert cost + overrun == actual
    assert overrun >= 0
    if cost > amount and allowance is not None:
        assert day.spent + cost + day.held - amount <= allowance
    if actual <= amount:
        assert cost == actual
    else:
        assert cost >= amount


def test_without_a_limit_every_call_pays_its_whole_price() -> None:
    assert charge(900, 100, Day(held=100), None) == (900, 0)


def test_embeddings_hold_exactly_their_input() -> None:
    terms = Terms(coefficient=1_000, prompt=10, cap=0)

    assert decide(Day(), Pace(), 0, terms, Limits(10, 1, None)) == Granted(10, 0)
    assert decide(Day(), Pace(), 0, terms, Limits(9, 1, None)) is Limit.ALLOWANCE


def test_a_minute_overtaken_by_its_successor_counts_there() -> None:
    pace = Pace(minute=8, minute_calls=3)

    assert (minute_for(pace, 7), begun(pace, 7)) == (8, 3)
    assert (minute_for(pace, 8), begun(pace, 8)) == (8, 3)
    assert (minute_for(pace, 9), begun(pace, 9)) == (9, 0)
    assert (minute_for(pace, 2), begun(pace, 2)) == (2, 0)
