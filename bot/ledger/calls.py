"""The words of one metered call: what it asks for, what it holds, how it ended, what is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.core.units import Mode
from bot.ledger.rules import Flag, Limits, Status, Terms

NO_FLAG = Flag(0)


@dataclass(frozen=True, slots=True)
class LedgerRules:
    """The community's settings the ledger goes by."""

    zone: ZoneInfo
    request_unit: int  # tokens
    queue: int  # holds that may wait for the writer
    renew_seconds: float
    lease_seconds: float


class Standing(NamedTuple):
    """Where a member stands on one day; amounts in metered tokens, moments in UTC."""

    mode: Mode
    allowance: int | None  # None: unlimited
    spent: int
    held: int
    calls: int
    in_flight: int
    per_minute: int | None
    minute_calls: int
    day: date
    resets_at: datetime
    minute_ends_at: datetime
    request_unit: int

    @property
    def remaining(self) -> int | None:
        """Return what is neither spent nor held, never below zero; None without a limit."""
        if self.allowance is None:
            return None
        return max(0, self.allowance - self.spent - self.held)

    @property
    def requests_remaining(self) -> int | None:
        """Return the request units left in request mode, else None."""
        remaining = self.remaining
        if self.mode is not Mode.REQUESTS or remaining is None:
            return None
        return remaining // self.request_unit


class HoldAsk(NamedTuple):
    """A call that asks to begin."""

    member_id: int
    key_id: int | None
    endpoint: str
    model: str
    mode: Mode
    arrived: datetime
    terms: Terms
    limits: Limits


class Held(NamedTuple):
    """A call that may begin: `amount` is reserved, `cap` binds its completion."""

    id: int
    ask: HoldAsk
    amount: int
    cap: int
    standing: Standing
    minute: int | None = None  # where the minute's limit counts it; None: it does not


class Attempt(NamedTuple):
    """One try at one route; `status` is what the upstream said, where it said anything."""

    number: int  # within its call, from 1
    upstream: str
    model: str  # the upstream's name for it
    outcome: str
    status: int | None
    latency_ms: int


class Outcome(NamedTuple):
    """How a dispatched call ended; `cost` is its actual price before any limit."""

    status: Status
    cost: int
    prompt_tokens: int = 0
    completion_tokens: int = 0
    upstream: str | None = None
    latency_ms: int = 0
    flags: Flag = NO_FLAG
    attempts: Sequence[Attempt] = ()  # where one, at once answered, does not tell it all


class Settled(NamedTuple):
    """What a call was charged; `overrun` was let go; not `first`: it had been settled before."""

    cost: int
    overrun: int
    standing: Standing
    first: bool
