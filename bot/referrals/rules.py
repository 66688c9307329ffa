"""Codes, who may activate one, what a balance is, who wins a month: pure decisions."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without 0 O 1 I L, which look alike
CODE_LENGTH = 8
LAPSES_AFTER = timedelta(days=7)  # of a waiting exchange
IGNORED = {"Pd", "Zs", "Cc", "Cf"}  # dashes, spaces and what cannot be seen, as phones insert them


class Bar(StrEnum):
    """What keeps a code from being activated."""

    ELSEWHERE = "elsewhere"
    USED = "used"
    YOUNG = "young"
    UNKNOWN = "unknown"
    OWN = "own"
    LOOP = "loop"
    RESTING = "resting"


class State(StrEnum):
    """How far an exchange is; all but the first are final."""

    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is known when somebody types a code; `owner_id` None: nobody has it."""

    newcomer_id: int
    owner_id: int | None
    at_home: bool
    registered_at: datetime
    used_before: bool  # this person activated a code at any time
    owner_used_mine: bool  # the owner activated this person's code
    owner_suspended: bool


@dataclass(frozen=True, slots=True)
class Purse:
    """A member's referrals: `credited` and not voided, less what is reserved or was spent."""

    credited: int
    waiting: int  # activations whose credit waits until the newcomer has been active
    reserved: int
    spent: int

    @property
    def balance(self) -> int:
        """Return what may be exchanged; below zero it is a debt, left by a void."""
        return self.credited - self.reserved - self.spent


@dataclass(frozen=True, slots=True)
class Placed:
    """A member's place in a month's contest; those level share it."""

    place: int
    member_id: int
    activations: int


def code_in(typed: str) -> str | None:
    """Return the code somebody typed, whatever its case, spaces and hyphens; None for no code."""
    kept = "".join(each for each in typed if unicodedata.category(each) not in IGNORED)
    code = kept.strip("`").upper() if kept.isascii() else ""
    if len(code) != CODE_LENGTH or not set(code) <= set(ALPHABET):
        return None
    return code


def barred(attempt: Attempt, now: datetime, min_age: timedelta) -> Bar | None:
    """Name what keeps the code from being activated, if anything does."""
    bars = (
        (Bar.ELSEWHERE, not attempt.at_home),
        (Bar.USED, attempt.used_before),
        (Bar.YOUNG, now < attempt.registered_at + min_age),
        (Bar.UNKNOWN, attempt.owner_id is None),
        (Bar.OWN, attempt.owner_id == attempt.newcomer_id),
        (Bar.LOOP, attempt.owner_used_mine),
        (Bar.RESTING, attempt.owner_suspended),
    )
    return next((bar for bar, holds in bars if holds), None)


def lapsed(asked_at: datetime, now: datetime) -> bool:
    """Say whether an exchange that nobody decided has waited for too long."""
    return now - asked_at >= LAPSES_AFTER


def ranked(activations: Iterable[tuple[int, int]]) -> list[Placed]:
    """Give (member, activations) their places, the most first; those level share a place."""
    listed = sorted(activations, key=lambda each: (-each[1], each[0]))
    placed: list[Placed] = []
    for at, (member_id, count) in enumerate(listed):
        level = bool(placed) and placed[-1].activations == count
        placed.append(Placed(placed[-1].place if level else at + 1, member_id, count))
    return placed


def winners(activations: Iterable[tuple[int, int]], most: int) -> list[Placed]:
    """Return who wins with `most` places: everyone level with the last of them wins too."""
    return [each for each in ranked(activations) if each.place <= most and each.activations > 0]
