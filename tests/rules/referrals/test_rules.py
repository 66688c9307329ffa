"""Codes as they are typed, who may activate one, balances, and the places of a contest."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.referrals.rules import (
    ALPHABET,
    CODE_LENGTH,
    LAPSES_AFTER,
    Attempt,
    Bar,
    Purse,
    barred,
    code_in,
    lapsed,
    ranked,
    winners,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WEEK = timedelta(days=7)
CODES = st.text(ALPHABET, min_size=CODE_LENGTH, max_size=CODE_LENGTH)
NOISE = st.text(" -\u2013\u2014\u00a0\u200b\t", max_size=3)
WELCOME = Attempt(
    newcomer_id=2,
    owner_id=1,
    at_home=True,
    registered_at=NOW - WEEK,
    used_before=False,
    owner_used_mine=False,
    owner_suspended=False,
)
COUNTS = st.dictionaries(st.integers(1, 60), st.integers(0, 6), max_size=30)


@given(CODES, st.lists(NOISE, min_size=CODE_LENGTH + 1, max_size=CODE_LENGTH + 1), st.data())
def test_a_code_is_known_in_any_case_and_with_spaces_and_hyphens(
    code: str, noise: list[str], data: st.DataObject
) -> None:
    cased = [data.draw(st.sampled_from([each, each.lower()])) for each in code]

    typed = noise[0] + "".join(
        each + between for each, between in zip(cased, noise[1:], strict=True)
    )

    assert code_in(typed) == code
    assert code_in(f"`{code}`") == code


@given(st.text())
def test_whatever_is_typed_is_a_code_of_our_form_or_none(typed: str) -> None:
    code = code_in(typed)

    assert code is None or (len(code) == CODE_LENGTH and set(code) <= set(ALPHABET))


@pytest.mark.parametrize("typed", ["", "ABCDEFG", "ABCDEFGHJ", "ABCDEFG0", "ABCDEFGI", "ßBCDEFG"])
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert code_in(typed) is None


def test_no_letter_of_a_code_looks_like_another() -> None:
    assert not set("0O1IL") & set(ALPHABET)
    assert len(set(ALPHABET)) == len(ALPHABET) == 31


def test_whoever_is_new_here_may_activate_a_code() -> None:
    assert barred(WELCOME, NOW, WEEK) is None


@pytest.mark.parametrize(
    ("change", "bar"),
    [
        ({"at_home": False}, Bar.ELSEWHERE),
        ({"used_before": True}, Bar.USED),
        ({"registered_at": NOW - WEEK + timedelta(microseconds=1)}, Bar.YOUNG),
        ({"owner_id": None}, Bar.UNKNOWN),
        ({"owner_id": 2}, Bar.OWN),
        ({"owner_used_mine": True}, Bar.LOOP),
        ({"owner_suspended": True}, Bar.RESTING),
    ],
)
def test_each_bar_is_named(change: dict[str, object], bar: Bar) -> None:
    assert barred(replace(WELCOME, **change), NOW, WEEK) is bar


def test_an_account_exactly_seven_days_old_is_old_enough() -> None:
    assert barred(replace(WELCOME, registered_at=NOW - WEEK), NOW, WEEK) is None


@given(*(st.integers(0, 50) for _ in range(4)))
def test_a_balance_is_what_was_credited_less_what_is_reserved_and_spent(
    credited: int, waiting: int, reserved: int, spent: int
) -> None:
    assert Purse(credited, waiting, reserved, spent).balance == credited - reserved - spent


def test_an_exchange_lapses_after_seven_days_to_the_moment() -> None:
    assert not lapsed(NOW, NOW + LAPSES_AFTER - timedelta(microseconds=1))
    assert lapsed(NOW, NOW + LAPSES_AFTER)


@given(COUNTS)
def test_a_place_is_one_more_than_those_who_have_more(counts: dict[int, int]) -> None:
    placed = ranked(counts.items())

    assert {(each.member_id, each.activations) for each in placed} == set(counts.items())
    for each in placed:
        assert each.place == 1 + sum(other > each.activations for other in counts.values())


@given(COUNTS, st.integers(0, 5))
def test_everyone_level_with_the_last_place_wins_and_nobody_without_an_activation(
    counts: dict[int, int], places: int
) -> None:
    won = {each.member_id for each in winners(counts.items(), places)}

    best = sorted((count for count in counts.values() if count), reverse=True)[:places]
    enough = best[-1] if best else None
    assert won == {who for who, n in counts.items() if enough is not None and n >= enough}
