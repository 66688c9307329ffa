"""Tells the operator's log how routes fail and recover; a dead upstream does not flood it."""

import logging
from collections import Counter

from bot.catalogue.model import Route
from bot.core.clock import Clock
from bot.upstreams.failures import (
    Cut,
    Empty,
    Misconfigured,
    RateLimited,
    Refused,
    TimedOut,
    UpstreamFailure,
)

log = logging.getLogger(__name__)
Topic = tuple[str, str, str]  # upstream, its name for the model, what is said
SAME_AGAIN = 60.0  # seconds between two lines that say the same of a route
WORTH_SAYING = 10.0  # seconds of a rest that is always told


class Tidings:
    """Says each kind of failure once in a while, every long rest, and when a route is well."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._said: dict[Topic, float] = {}  # monotonic seconds
        self._unsaid: Counter[Topic] = Counter()
        self._ill: set[tuple[str, str]] = set()

    def failed(self, route: Route, failure: UpstreamFailure, rests: float) -> None:
        """Tell of a failure; `rests` is how many seconds of rest begin with it, 0 if none do."""
        what = _said(failure)
        topic = (route.upstream, route.model, "rest" if rests else what)
        if rests < WORTH_SAYING and not self._due(topic):
            self._unsaid[topic] += 1
            return
        self._said[topic] = self._clock.monotonic()
        if not isinstance(failure, Refused):
            self._ill.add(topic[:2])
        rest = f"; it rests for {rests:.0f} s" if rests else ""
        more = self._unsaid.pop(topic, 0)
        again = f" ({more} more since this was last said)" if more else ""
        log.warning("upstream %s, model %s: %s%s%s", *topic[:2], what, rest, again)

    def well(self, route: Route) -> None:
        """Tell that a route answers, if the log had it failing."""
        if (key := (route.upstream, route.model)) in self._ill:
            self._ill.discard(key)
            log.info("upstream %s, model %s: answers again", *key)

    def _due(self, topic: Topic) -> bool:
        last = self._said.get(topic)
        return last is None or self._clock.monotonic() - last >= SAME_AGAIN


def word(failure: UpstreamFailure) -> str:
    """Name a failure for metrics."""
    match failure:
        case Refused():
            return "refused"
        case Misconfigured():
            return "misconfigured"
        case RateLimited():
            return "rate_limited"
        case TimedOut():
            return "timed_out"
        case Empty():
            return "empty"
        case Cut():
            return "cut"
        case _:
            return "broken"


def _said(failure: UpstreamFailure) -> str:
    """Say what happened; an upstream's own words may hold a prompt, and stay out of the log."""
    match failure:
        case Refused():
            return f"refused the request with status {failure.status}"
        case Misconfigured():
            return f"misconfigured, status {failure.status}: check its api_key and base_url"
        case RateLimited():
            return "rate limited, status 429"
        case TimedOut():
            return "not reached in time, or silent for too long"
        case Empty():
            return "answered with nothing that is an answer"
        case Cut():
            return "broke off in the middle of a stream"
        case _ if failure.status is None:
            return "refused or lost the connection, or answered with an error of no status"
        case _:
            return f"failed with status {failure.status}"
