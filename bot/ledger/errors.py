"""The limits a call can run into.

LimitReached
├── TooManyInFlight
├── MinuteSpent
└── AllowanceSpent
    └── AllowanceHeld    only until the member's own running calls end
"""

from datetime import datetime
from typing import assert_never

from bot.core.errors import Failure, Kind
from bot.core.units import Mode, metered
from bot.ledger.calls import HoldAsk, Standing
from bot.ledger.rules import Limit, fits, least
from bot.words.phrase import Phrase

IN_FLIGHT_SECONDS = 1.0  # a call of one's own may end at any moment
HELD_SECONDS = 3.0  # and then holds nothing


class LimitReached(Failure):
    """A call refused by one of its member's limits; nothing was charged."""

    message_id = "limit_reached"

    def __init__(self, standing: Standing, ask: HoldAsk, retry_after: float) -> None:
        """Keep where the member stands; `retry_after` in seconds."""
        super().__init__(retry_after=retry_after, **_params(standing, ask, retry_after))
        self.standing = standing


class TooManyInFlight(LimitReached):
    """As many of the member's calls run as may at once."""

    kind = Kind.IN_FLIGHT
    message_id = "in_flight"


class MinuteSpent(LimitReached):
    """The minute's requests are used up."""

    kind = Kind.MINUTE_SPENT
    message_id = "minute_spent"


class AllowanceSpent(LimitReached):
    """What is left of the day does not cover the call."""

    kind = Kind.ALLOWANCE_SPENT
    message_id = "allowance_spent"

    def __init__(self, standing: Standing, ask: HoldAsk, retry_after: float) -> None:
        """Speak of requests to a member who counts in requests; of a way out where one is left."""
        super().__init__(standing, ask, retry_after)
        whole = "" if standing.remaining else "_whole"
        counted = "_requests" if standing.mode is Mode.REQUESTS else ""
        self.message_id = f"allowance_spent{whole}{counted}"


class AllowanceHeld(AllowanceSpent):
    """The day would cover the call, if the member's own running calls did not hold so much."""

    kind = Kind.ALLOWANCE_HELD

    def __init__(self, standing: Standing, ask: HoldAsk) -> None:
        """Say how much is held and how much is left."""
        super().__init__(standing, ask, HELD_SECONDS)
        counted = "_requests" if standing.mode is Mode.REQUESTS else ""
        self.message_id = f"allowance_held{counted}"


def refusal(limit: Limit, standing: Standing, ask: HoldAsk, now: datetime) -> LimitReached:
    """Return the failure that says which limit refused, and when to retry."""
    match limit:
        case Limit.IN_FLIGHT:
            return TooManyInFlight(standing, ask, IN_FLIGHT_SECONDS)
        case Limit.MINUTE:
            return MinuteSpent(standing, ask, _until(standing.minute_ends_at, now))
        case Limit.ALLOWANCE if fits(ask.terms, standing.allowance, standing.spent):
            return AllowanceHeld(standing, ask)
        case Limit.ALLOWANCE:
            return AllowanceSpent(standing, ask, _until(standing.resets_at, now))
    assert_never(limit)


def _until(moment: datetime, now: datetime) -> float:
    return max(1.0, (moment - now).total_seconds())


def _instead(standing: Standing, ask: HoldAsk) -> str:
    """Return what may need less: that of which there are several, a text, or another model."""
    terms = ask.terms
    if terms.flat is None:
        return "prompt"
    several = terms.flat > metered(standing.request_unit, terms.coefficient)
    return "pictures" if several else "model" if terms.prompt else "other"


def _params(standing: Standing, ask: HoldAsk, retry_after: float) -> dict[str, object]:
    limit = standing.allowance or 0
    requests = limit // standing.request_unit
    return {
        "n": requests if standing.mode is Mode.REQUESTS else limit,
        "limit": limit,
        "left": standing.remaining or 0,
        "held": standing.held,
        "needed": least(ask.terms),
        "instead": Phrase(f"instead.{_instead(standing, ask)}"),
        "requests": requests,
        "requests_left": standing.requests_remaining or 0,
        "in_flight": standing.in_flight,
        "per_minute": standing.per_minute or 0,
        "resets": f"{standing.resets_at:%Y-%m-%d %H:%M} UTC",
        "seconds": -int(-retry_after // 1),
    }
