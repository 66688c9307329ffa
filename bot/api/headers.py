"""The headers of an answer: limits, cost, when to retry; pure."""

import math
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from bot.core.errors import Failure, Kind
from bot.ledger.calls import Standing
from bot.relay.flat import FlatStream
from bot.relay.service import Answered
from bot.relay.streamed import Streamed

Header = tuple[bytes, bytes]
Limits = Callable[[Standing, datetime], Iterator[Header]]
CLOSE: Header = (b"connection", b"close")
EXPOSED = (  # what a script in a browser may read
    "x-request-id",
    "retry-after",
    "x-should-retry",
    "x-ratelimit-limit-requests",
    "x-ratelimit-limit-tokens",
    "x-ratelimit-remaining-requests",
    "x-ratelimit-remaining-tokens",
    "x-ratelimit-reset-requests",
    "x-ratelimit-reset-tokens",
    "x-latchkey-cost",
    "x-latchkey-remaining",
    "x-latchkey-upstream",
)
ANTHROPIC = (  # and of Anthropic's, in place of x-ratelimit-*
    "request-id",
    "anthropic-ratelimit-requests-limit",
    "anthropic-ratelimit-requests-remaining",
    "anthropic-ratelimit-requests-reset",
    "anthropic-ratelimit-tokens-limit",
    "anthropic-ratelimit-tokens-remaining",
    "anthropic-ratelimit-tokens-reset",
)


def whole_seconds(seconds: float) -> int:
    """Return seconds rounded up, at least 1: nobody retries too early."""
    return max(1, math.ceil(seconds))


def span(seconds: float) -> str:
    """Return a duration as OpenAI writes it: "1h2m3s", "6m0s", "1s"."""
    minutes, second = divmod(whole_seconds(seconds), 60)
    hour, minute = divmod(minutes, 60)
    if hour:
        return f"{hour}h{minute}m{second}s"
    return f"{minute}m{second}s" if minute else f"{second}s"


def limits(standing: Standing, now: datetime) -> Iterator[Header]:
    """Yield what a member may still do: tokens speak of the day, requests of the minute."""
    if standing.remaining is not None:
        reset = span((standing.resets_at - now).total_seconds())
        remaining = b"%d" % standing.remaining
        yield b"x-ratelimit-limit-tokens", b"%d" % (standing.allowance or 0)
        yield b"x-ratelimit-remaining-tokens", remaining
        yield b"x-ratelimit-reset-tokens", reset.encode()
        yield b"x-latchkey-remaining", remaining
    if standing.per_minute is not None:
        left = max(0, standing.per_minute - standing.minute_calls)
        reset = span((standing.minute_ends_at - now).total_seconds())
        yield b"x-ratelimit-limit-requests", b"%d" % standing.per_minute
        yield b"x-ratelimit-remaining-requests", b"%d" % left
        yield b"x-ratelimit-reset-requests", reset.encode()


def anthropic_limits(standing: Standing, _now: datetime) -> Iterator[Header]:
    """Yield the same under Anthropic's names, whose resets are moments."""
    if standing.remaining is not None:
        remaining = b"%d" % standing.remaining
        yield b"anthropic-ratelimit-tokens-limit", b"%d" % (standing.allowance or 0)
        yield b"anthropic-ratelimit-tokens-remaining", remaining
        yield b"anthropic-ratelimit-tokens-reset", moment(standing.resets_at)
        yield b"x-latchkey-remaining", remaining
    if standing.per_minute is not None:
        left = max(0, standing.per_minute - standing.minute_calls)
        yield b"anthropic-ratelimit-requests-limit", b"%d" % standing.per_minute
        yield b"anthropic-ratelimit-requests-remaining", b"%d" % left
        yield b"anthropic-ratelimit-requests-reset", moment(standing.minute_ends_at)


def moment(at: datetime) -> bytes:
    """Return a moment of UTC as RFC 3339 writes it."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}".encode()


def of_answer(answered: Answered) -> Iterator[Header]:
    """Yield what a whole answer cost and who gave it."""
    yield b"x-latchkey-cost", b"%d" % answered.settled.cost
    yield b"x-latchkey-upstream", answered.upstream.encode()


def of_stream(streamed: Streamed | FlatStream[Any]) -> Iterator[Header]:
    """Yield who answers, and the cost where it is known before the answer is."""
    if streamed.held.ask.terms.flat is not None:
        yield b"x-latchkey-cost", b"%d" % streamed.held.amount
    yield b"x-latchkey-upstream", streamed.upstream.encode()


def retries(failure: Failure) -> Iterator[Header]:
    """Yield when, and whether, trying again makes sense."""
    if failure.retry_after is not None:
        yield b"retry-after", b"%d" % whole_seconds(failure.retry_after)
    if failure.kind is Kind.ALLOWANCE_SPENT:  # else SDKs hit us three times over
        yield b"x-should-retry", b"false"
    if failure.kind is Kind.UNAUTHENTICATED:
        yield b"www-authenticate", b"Bearer"
    if failure.kind is Kind.METHOD_NOT_ALLOWED:
        yield b"allow", failure.params["allow"].encode()
