"""What a call may take of a day, and what it costs in the end: decisions and nothing else."""

from enum import IntFlag, StrEnum
from typing import NamedTuple

from bot.core.units import affordable, metered


class Status(StrEnum):
    """How a dispatched call ended."""

    ANSWERED = "answered"
    PARTIAL = "partial"
    LEFT = "left"  # the client left before content
    FAILED = "failed"
    ABANDONED = "abandoned"  # its process died; the sweep wrote the record


class Flag(IntFlag):
    """What else is worth knowing of a call's record."""

    ESTIMATED = 1  # our own count, the upstream gave none
    PARTIAL = 2
    ABANDONED = 4  # released by the sweep
    LATE = 8  # settled after it was abandoned
    OVERRUN = 16  # cost more than was held
    LEFT = 32


class Limit(StrEnum):
    """The limit that refused a call."""

    IN_FLIGHT = "in_flight"
    MINUTE = "minute"
    ALLOWANCE = "allowance"


class Terms(NamedTuple):
    """What one call may cost, in raw tokens at a coefficient, or flat in metered tokens."""

    coefficient: int  # thousandths
    prompt: int
    cap: int  # completion tokens of one choice
    choices: int = 1
    flat: int | None = None  # the price whatever its length
    floor: int = 16  # a completion shorter than this (or the cap) is not worth a call


class Limits(NamedTuple):
    """What a member may do; None is without limit."""

    allowance: int | None
    in_flight: int
    per_minute: int | None


class Day(NamedTuple):
    """A member's day: metered tokens spent and held, and calls recorded."""

    spent: int = 0
    held: int = 0
    calls: int = 0


class Pace(NamedTuple):
    """A member's calls in flight, and those begun in the minute that is counted."""

    in_flight: int = 0
    minute: int = 0  # minutes since 1970
    minute_calls: int = 0


class Granted(NamedTuple):
    """A hold of `amount` metered tokens; the completion must not pass `cap` raw tokens a choice."""

    amount: int
    cap: int


def decide(day: Day, pace: Pace, minute: int, terms: Terms, limits: Limits) -> Granted | Limit:
    """Grant a call what it may take, or name the limit that refuses it."""
    if pace.in_flight >= limits.in_flight:
        return Limit.IN_FLIGHT
    if limits.per_minute is not None and begun(pace, minute) >= limits.per_minute:
        return Limit.MINUTE
    granted = covered(terms, left(day, limits.allowance))
    return Limit.ALLOWANCE if granted is None else granted


def left(day: Day, allowance: int | None) -> int | None:
    """Return what neither is spent nor held, never below zero; None without a limit."""
    return None if allowance is None else max(0, allowance - day.spent - day.held)


def covered(terms: Terms, room: int | None) -> Granted | None:
    """Fit a call into `room` metered tokens, with a lower cap if it must be; None if it cannot."""
    wanted = price(terms, terms.cap)
    if room is None or wanted <= room:
        return Granted(wanted, terms.cap)
    if least(terms) > room:
        return None
    cap = (affordable(room, terms.coefficient) - terms.prompt) // terms.choices
    return Granted(price(terms, cap), cap)


def price(terms: Terms, cap: int) -> int:
    """Return what the call costs at most when each choice has `cap` completion tokens."""
    if terms.flat is not None:
        return terms.flat
    return metered(terms.prompt + cap * terms.choices, terms.coefficient)


def least(terms: Terms) -> int:
    """Return the smallest hold that lets the call begin."""
    return price(terms, min(terms.floor, terms.cap))


def fits(terms: Terms, allowance: int | None, spent: int) -> bool:
    """Say whether a call could begin if nothing else were held."""
    return allowance is None or spent + least(terms) <= allowance


def minute_for(pace: Pace, minute: int) -> int:
    """Return the minute a call counts in.

    A call that a neighbour of the next minute overtook counts with the neighbour, lest the count
    start anew; one that differs by more follows a clock that was set, and starts anew.
    """
    return pace.minute if pace.minute == minute + 1 else minute


def begun(pace: Pace, minute: int) -> int:
    """Return how many calls began in the minute so far."""
    return pace.minute_calls if pace.minute == minute_for(pace, minute) else 0


def charge(actual: int, amount: int, day: Day, allowance: int | None) -> tuple[int, int]:
    """Return what is charged and what is let go, for a call that held `amount` of `day.held`.

    Beyond its hold a call is charged only what the day still has.
    """
    if actual <= amount or allowance is None:
        return actual, 0
    room = allowance - day.spent - (day.held - amount)
    cost = min(actual, max(amount, room))
    return cost, actual - cost
