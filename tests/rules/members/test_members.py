"""Who may come in, and how often a mode may be switched."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.members.people import Person
from bot.members.private import LOST, read_text, sealed_text
from bot.members.rules import Bar, barred, switches_left, worth_noting
from tests.conftest import NOON

OLD = 300_000_000_000_000_001
DAY = timedelta(days=1)
ANY_AGE = timedelta(0)


def made(at: datetime) -> int:
    return int((at - datetime(2015, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1)) << 22


def test_an_account_s_age_is_read_from_its_id() -> None:
    known = Person(discord_id=175928847299117063, at_home=True)

    assert known.registered_at == datetime(2016, 4, 30, 11, 18, 25, 796_000, tzinfo=UTC)


def test_a_member_of_a_home_guild_may_come_in() -> None:
    assert barred(Person(OLD, True), None, NOON, members_only=True, min_age=ANY_AGE) is None


@pytest.mark.parametrize(
    ("seen", "bar"),
    [
        (None, Bar.NOT_AT_HOME),
        (NOON - 30 * DAY, None),
        (NOON - 30 * DAY - timedelta(seconds=1), Bar.NOT_AT_HOME),
    ],
)
def test_elsewhere_a_home_guild_s_payload_vouches_for_thirty_days(
    seen: datetime | None, bar: Bar | None
) -> None:
    stranger = Person(OLD, at_home=False)

    assert barred(stranger, seen, NOON, members_only=True, min_age=ANY_AGE) is bar


def test_a_community_may_let_everybody_in() -> None:
    stranger = Person(OLD, at_home=False)

    assert barred(stranger, None, NOON, members_only=False, min_age=ANY_AGE) is None


@pytest.mark.parametrize(
    ("age", "bar"), [(7 * DAY, None), (7 * DAY - timedelta(milliseconds=1), Bar.TOO_YOUNG)]
)
def test_an_account_of_exactly_the_least_age_is_old_enough(age: timedelta, bar: Bar | None) -> None:
    young = Person(made(NOON - age), at_home=True)

    assert barred(young, None, NOON, members_only=True, min_age=7 * DAY) is bar


def test_a_home_guild_is_noted_once_an_hour() -> None:
    here, elsewhere = Person(OLD, True), Person(OLD, False)

    assert worth_noting(here, None, NOON)
    assert not worth_noting(here, NOON - timedelta(minutes=59), NOON)
    assert worth_noting(here, NOON - timedelta(minutes=60), NOON)
    assert not worth_noting(elsewhere, None, NOON)


@given(st.integers(0, 10), st.integers(0, 10))
def test_yesterday_s_switches_do_not_count_today(switches: int, most: int) -> None:
    today, yesterday = date(2026, 11, 20), date(2026, 11, 19)

    assert switches_left(yesterday, switches, today, most) == most
    assert switches_left(None, 0, today, most) == most
    assert switches_left(today, switches, today, most) == max(0, most - switches)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
def test_a_text_about_a_person_opens_with_their_own_key_alone(text: str) -> None:
    own, other = b"o" * 32, b"x" * 32
    sealed = sealed_text(own, text, "suspension:1")

    assert sealed is not None
    assert read_text(own, sealed, "suspension:1") == text
    assert read_text(other, sealed, "suspension:1") == LOST
    assert read_text(own, sealed, "suspension:2") == LOST
    assert read_text(None, sealed, "suspension:1") == LOST


def test_without_their_own_key_no_text_is_kept() -> None:
    assert sealed_text(None, "a reason", "suspension:1") is None
    assert read_text(b"o" * 32, None, "suspension:1") == LOST
