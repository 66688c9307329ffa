"""A batch's bookkeeping: from what was found under the locks to what is to be written.

Pure but for the answers it collects: no database, no clock. Both databases use it alike.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import NamedTuple, assert_never

from bot.core.clock import day_ends, minute_of
from bot.core.units import Mode
from bot.ledger.calls import Held, LedgerRules, Outcome, Settled, Standing
from bot.ledger.errors import LimitReached, refusal
from bot.ledger.lines import (
    AttemptLine,
    CallLine,
    HoldLine,
    abandoned_line,
    attempt_lines,
    call_line,
    hold_line,
)
from bot.ledger.operations import Abandon, GiveBack, Operation, Reserve, Settle
from bot.ledger.rules import (
    Day,
    Flag,
    Granted,
    Limits,
    Pace,
    begun,
    charge,
    decide,
    minute_for,
)


class Reserved(NamedTuple):
    """A hold as the database has it when a batch finds it."""

    amount: int
    beat: int


class Charged(NamedTuple):
    """What a settled call's record says of the money."""

    flags: int
    cost: int
    overrun: int


@dataclass(slots=True)
class Found:
    """What the database holds of all that a batch touches."""

    paces: dict[int, Pace] = field(default_factory=dict)
    days: dict[tuple[int, date], Day] = field(default_factory=dict)
    holds: dict[int, Reserved] = field(default_factory=dict)
    calls: dict[int, Charged] = field(default_factory=dict)


@dataclass(slots=True)
class Written:
    """What a batch leaves to write; of a pace and a day only the last state."""

    paces: dict[int, Pace] = field(default_factory=dict)
    days: dict[tuple[int, date], Day] = field(default_factory=dict)
    holds: list[HoldLine] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    calls: list[CallLine] = field(default_factory=list)
    rewritten: list[CallLine] = field(default_factory=list)
    attempts: list[AttemptLine] = field(default_factory=list)


Answer = Held | Settled | LimitReached | bool | None


@dataclass(slots=True)
class Books:
    """One batch: operations go in one after the other, each on what the earlier ones left."""

    found: Found
    rules: LedgerRules
    now: datetime
    written: Written = field(default_factory=Written)

    def enter(self, operation: Operation) -> Answer:
        """Decide an operation, note what it changes, return its caller's answer."""
        match operation:
            case Reserve():
                return self._reserve(operation)
            case Settle():
                return self._settle(operation)
            case GiveBack():
                self._give_back(operation)
                return None
            case Abandon():
                return self._abandon(operation)
        assert_never(operation)

    def _reserve(self, op: Reserve) -> Held | LimitReached:
        ask, limits = op.ask, op.ask.limits
        day, pace = self._state(op)
        arrived = minute_of(ask.arrived)
        decided = decide(day, pace, arrived, ask.terms, limits)
        minute = minute_for(pace, arrived)
        if not isinstance(decided, Granted):
            standing = standing_of(op.day, day, pace, minute, ask.mode, limits, self.rules)
            return refusal(decided, standing, ask, self.now)
        day = Day(day.spent, day.held + decided.amount, day.calls)
        if limits.per_minute is None:
            counted, pace = None, Pace(pace.in_flight + 1, pace.minute, pace.minute_calls)
        else:
            counted, pace = minute, Pace(pace.in_flight + 1, minute, begun(pace, minute) + 1)
        self._leave(op, day, pace)
        self.found.holds[op.id] = Reserved(decided.amount, 0)
        self.written.holds.append(hold_line(op, decided.amount))
        standing = standing_of(op.day, day, pace, minute, ask.mode, limits, self.rules)
        return Held(op.id, ask, decided.amount, decided.cap, standing, counted)

    def _settle(self, op: Settle) -> Settled:
        day, pace = self._state(op)
        outcome, limits = op.outcome, op.held.ask.limits
        reserved = self.found.holds.pop(op.id, None)
        if reserved is None:
            return self._settle_again(op, day, pace)
        cost, overrun = charge(outcome.cost, reserved.amount, day, limits.allowance)
        flags = _flags(outcome, reserved.amount)
        day = Day(day.spent + cost, max(0, day.held - reserved.amount), day.calls + 1)
        pace = Pace(max(0, pace.in_flight - 1), pace.minute, pace.minute_calls)
        self._leave(op, day, pace)
        self.written.gone.append(op.id)
        self.written.calls.append(call_line(op, flags, cost, overrun))
        if outcome.attempts:
            self.written.attempts += attempt_lines(op)
        self.found.calls[op.id] = Charged(flags, cost, overrun)
        return Settled(cost, overrun, self._standing(op, day, pace), first=True)

    def _settle_again(self, op: Settle, day: Day, pace: Pace) -> Settled:
        """Settle a call without a hold: once more if it was abandoned, else nothing changes."""
        record = self.found.calls.get(op.id, Charged(0, 0, 0))
        awaited = record.flags & Flag.ABANDONED and not record.flags & Flag.LATE
        if not awaited:
            return Settled(record.cost, record.overrun, self._standing(op, day, pace), first=False)
        cost = op.outcome.cost
        flags = _flags(op.outcome, op.held.amount) | Flag.ABANDONED | Flag.LATE
        day = Day(day.spent + cost - record.cost, day.held, day.calls)
        self._leave(op, day, pace)
        self.written.rewritten.append(call_line(op, flags, cost, 0))
        self.written.attempts += attempt_lines(op)
        self.found.calls[op.id] = Charged(flags, cost, 0)
        return Settled(cost, 0, self._standing(op, day, pace), first=True)

    def _give_back(self, op: GiveBack) -> None:
        reserved = self.found.holds.pop(op.id, None)
        if reserved is None:
            return
        day, pace = self._state(op)
        counted = pace.minute_calls - (pace.minute == op.minute and pace.minute_calls > 0)
        day = Day(day.spent, max(0, day.held - reserved.amount), day.calls)
        self._leave(op, day, Pace(max(0, pace.in_flight - 1), pace.minute, counted))
        self.written.gone.append(op.id)

    def _abandon(self, op: Abandon) -> bool:
        reserved = self.found.holds.get(op.id)
        if reserved is None or reserved.beat != op.hold.beat:
            return False
        del self.found.holds[op.id]
        day, pace = self._state(op)
        day = Day(day.spent, max(0, day.held - reserved.amount), day.calls + 1)
        self._leave(op, day, Pace(max(0, pace.in_flight - 1), pace.minute, pace.minute_calls))
        self.written.gone.append(op.id)
        self.written.calls.append(abandoned_line(op.hold))
        self.found.calls[op.id] = Charged(Flag.ABANDONED, 0, 0)
        return True

    def _state(self, op: Operation) -> tuple[Day, Pace]:
        found = self.found
        return (
            found.days.get((op.member_id, op.day)) or Day(),
            found.paces.get(op.member_id) or Pace(),
        )

    def _leave(self, op: Operation, day: Day, pace: Pace) -> None:
        key = (op.member_id, op.day)
        self.found.days[key] = self.written.days[key] = day
        self.found.paces[op.member_id] = self.written.paces[op.member_id] = pace

    def _standing(self, op: Settle, day: Day, pace: Pace) -> Standing:
        ask = op.held.ask
        minute = minute_of(self.now)
        return standing_of(op.day, day, pace, minute, ask.mode, ask.limits, self.rules)


def standing_of(
    on: date, day: Day, pace: Pace, minute: int, mode: Mode, limits: Limits, rules: LedgerRules
) -> Standing:
    """Return where a member stands on a day, in a minute."""
    return Standing(
        mode=mode,
        allowance=limits.allowance,
        spent=day.spent,
        held=day.held,
        calls=day.calls,
        in_flight=pace.in_flight,
        per_minute=limits.per_minute,
        minute_calls=begun(pace, minute),
        day=on,
        resets_at=_day_ends(on, rules.zone),
        minute_ends_at=_minute_ends(minute_for(pace, minute)),
        request_unit=rules.request_unit,
    )


_day_ends = lru_cache(maxsize=8)(day_ends)  # asked for every call, and mostly the same


@lru_cache(maxsize=8)
def _minute_ends(minute: int) -> datetime:
    return datetime.fromtimestamp((minute + 1) * 60, UTC)


def _flags(outcome: Outcome, amount: int) -> Flag:
    return outcome.flags | Flag.OVERRUN if outcome.cost > amount else outcome.flags
