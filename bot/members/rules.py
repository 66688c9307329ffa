"""Who may come in, and how often a mode may be switched: decisions without a database."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.members.people import Person

SEEN_HOME_FOR = timedelta(days=30)  # how long a home guild's payload vouches for a person
SEEN_AGAIN_AFTER = timedelta(hours=1)  # how often that is written down anew


class Bar(StrEnum):
    """What keeps a person out."""

    NOT_AT_HOME = "not_at_home"
    TOO_YOUNG = "too_young"


def barred(
    person: Person,
    seen_home_at: datetime | None,
    now: datetime,
    *,
    members_only: bool,
    min_age: timedelta,
) -> Bar | None:
    """Name what keeps a person from keys and AI commands, if anything does."""
    if members_only and not (person.at_home or _vouched(seen_home_at, now)):
        return Bar.NOT_AT_HOME
    return Bar.TOO_YOUNG if now < person.registered_at + min_age else None


def _vouched(seen_home_at: datetime | None, now: datetime) -> bool:
    return seen_home_at is not None and now - seen_home_at <= SEEN_HOME_FOR


def worth_noting(person: Person, seen_home_at: datetime | None, now: datetime) -> bool:
    """Say whether this payload from a home guild is to be written down."""
    if not person.at_home:
        return False
    return seen_home_at is None or now - seen_home_at >= SEEN_AGAIN_AFTER


def switches_left(switched_on: date | None, switches: int, today: date, most: int) -> int:
    """Return how often the mode may still be switched today."""
    return max(0, most - (switches if switched_on == today else 0))
