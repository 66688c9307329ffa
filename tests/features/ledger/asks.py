"""Calls to ask for in tests, short to write."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.core.units import Mode
from bot.ledger.calls import HoldAsk, LedgerRules, Outcome
from bot.ledger.rules import Limits, Status, Terms
from tests.conftest import NOON

ADA, BEA, MO = 1, 2, 3
ANSWERED = Outcome(Status.ANSWERED, 150, 100, 50, "loopback", 12)
RULES = LedgerRules(
    ZoneInfo("UTC"), request_unit=800, queue=512, renew_seconds=20, lease_seconds=60
)


def tokens(
    allowance: int | None = 80_000,
    *,
    member: int = ADA,
    prompt: int = 100,
    cap: int = 100,
    in_flight: int = 1_000,
    arrived: datetime = NOON,
    **terms: Any,
) -> HoldAsk:
    """A call in token mode."""
    return HoldAsk(
        member_id=member,
        key_id=7,
        endpoint="chat.completions",
        model="gpt-4o",
        mode=Mode.TOKENS,
        arrived=arrived,
        terms=Terms(**{"coefficient": 1_000, "prompt": prompt, "cap": cap} | terms),
        limits=Limits(allowance, in_flight, None),
    )


def request(
    allowance: int | None = 8_000,
    *,
    member: int = ADA,
    per_minute: int = 1_000,
    in_flight: int = 1_000,
    arrived: datetime = NOON,
) -> HoldAsk:
    """A call in request mode, at a coefficient of one."""
    asked = tokens(allowance, member=member, in_flight=in_flight, arrived=arrived, flat=800)
    limits = Limits(allowance, in_flight, per_minute)
    return asked._replace(mode=Mode.REQUESTS, limits=limits)


def costing(cost: int, status: Status = Status.ANSWERED) -> Outcome:
    """A call that ended with this price."""
    return ANSWERED._replace(cost=cost, status=status)
