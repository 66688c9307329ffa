"""Rows of `holds` and `calls` as the writer inserts them, fields in the order of the columns."""

from datetime import date, datetime
from typing import NamedTuple

from bot.ledger.operations import HoldSeen, Reserve, Settle
from bot.ledger.rules import Flag, Status

LONGEST_NAME, LONGEST_MODEL = 64, 255  # what the columns take
LONGEST_LATENCY = 2**31 - 1  # ms


class HoldLine(NamedTuple):
    """A row of `holds` to insert."""

    id: int
    member_id: int
    key_id: int | None
    day: date
    amount: int
    beat: int
    mode: str
    endpoint: str
    model: str
    arrived_at: datetime


class CallLine(NamedTuple):
    """A row of `calls` to insert, or to rewrite by its id."""

    id: int
    member_id: int
    key_id: int | None
    day: date
    endpoint: str
    model: str
    upstream: str | None
    mode: str
    status: str
    flags: int
    prompt_tokens: int
    completion_tokens: int
    cost: int
    overrun: int
    latency_ms: int
    arrived_at: datetime


class AttemptLine(NamedTuple):
    """A row of `attempts` to insert."""

    call_id: int
    number: int
    upstream: str
    model: str
    outcome: str
    http_status: int | None
    latency_ms: int


def hold_line(op: Reserve, amount: int) -> HoldLine:
    """Return the row of a call that begins."""
    ask = op.ask
    return HoldLine(
        op.id,
        ask.member_id,
        ask.key_id,
        op.day,
        amount,
        0,
        ask.mode.value,
        ask.endpoint[:LONGEST_NAME],
        ask.model[:LONGEST_MODEL],
        ask.arrived,
    )


def call_line(op: Settle, flags: Flag, cost: int, overrun: int) -> CallLine:
    """Return the record of a call that was settled."""
    ask, outcome = op.held.ask, op.outcome
    return CallLine(
        op.id,
        ask.member_id,
        ask.key_id,
        op.day,
        ask.endpoint[:LONGEST_NAME],
        ask.model[:LONGEST_MODEL],
        outcome.upstream and outcome.upstream[:LONGEST_NAME],
        ask.mode.value,
        outcome.status.value,
        int(flags),
        outcome.prompt_tokens,
        outcome.completion_tokens,
        cost,
        overrun,
        min(outcome.latency_ms, LONGEST_LATENCY),
        ask.arrived,
    )


def attempt_lines(op: Settle) -> list[AttemptLine]:
    """Return the rows of a call's attempts."""
    return [
        AttemptLine(
            op.id,
            each.number,
            each.upstream[:LONGEST_NAME],
            each.model[:LONGEST_MODEL],
            each.outcome,
            each.status,
            min(each.latency_ms, LONGEST_LATENCY),
        )
        for each in op.outcome.attempts
    ]


def abandoned_line(hold: HoldSeen) -> CallLine:
    """Return the record of a call whose process is gone."""
    return CallLine(
        hold.id,
        hold.member_id,
        hold.key_id,
        hold.day,
        hold.endpoint,
        hold.model,
        None,
        hold.mode,
        Status.ABANDONED.value,
        int(Flag.ABANDONED),
        0,
        0,
        0,
        0,
        0,
        hold.arrived_at,
    )
