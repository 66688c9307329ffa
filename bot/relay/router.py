"""Finds a route that answers: by priority, weight and health, retrying where that may help."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from random import Random
from typing import TypeVar

from bot.catalogue.model import Model, Route
from bot.catalogue.service import Catalogue
from bot.community.service import Community
from bot.core.clock import Clock
from bot.relay import breaker as rules
from bot.relay.breaker import Breaker
from bot.relay.errors import NoRoute, RefusedUpstream, Unanswered, UpstreamFailed, UpstreamTimeout
from bot.relay.tidings import Tidings, word
from bot.upstreams.dialect import Capability, Dialect, Link
from bot.upstreams.failures import (
    Broken,
    Cut,
    Empty,
    Misconfigured,
    RateLimited,
    Refused,
    TimedOut,
    UpstreamFailure,
)

T = TypeVar("T")
Key = tuple[str, str]  # upstream, and its name for the model


@dataclass(frozen=True, slots=True)
class Connected:
    """An upstream and the way it speaks."""

    dialect: Dialect
    link: Link


class Health(StrEnum):
    """How an upstream does, as far as its latest calls tell."""

    OK = "ok"
    FAILING = "failing"
    RESTING = "resting"
    MISCONFIGURED = "misconfigured"


class Router:
    """Asks route after route until one answers; remembers which of them fail."""

    def __init__(
        self,
        upstreams: Mapping[str, Connected],
        catalogue: Catalogue,
        community: Community,
        clock: Clock,
        *,
        on_misconfigured: Callable[[str, int], None] = lambda _upstream, _status: None,
        random: Random | None = None,
    ) -> None:
        """Take upstreams by name; `on_misconfigured(upstream, status)` tells staff, once a rest."""
        self.upstreams = upstreams
        self.catalogue = catalogue
        self.community = community
        self.clock = clock
        self.asked: Counter[tuple[str, str]] = Counter()  # (upstream, how it went), for metrics
        self._on_misconfigured = on_misconfigured
        self._random = random or Random()  # noqa: S311  # shares load, guards nothing
        self._tidings = Tidings(clock)
        self._breakers: dict[Key, Breaker] = {}
        self._misfits: set[Key] = set()
        self._seen: set[Key] = set()

    async def ask(
        self,
        model: Model,
        needs: frozenset[Capability],
        attempt: Callable[[Connected, Route], Awaitable[T]],
        *,
        once: bool = False,
    ) -> tuple[T, Route]:
        """Return the first answer and its route; raise what the last route asked came to.

        `once`: what was asked for must not be made twice, so that only a route that refused it
        leads to the next one.
        """
        plan = self._plan(model, needs)
        last: UpstreamFailure | None = None
        for route in plan:
            tries = 0
            while self._admits(route):
                try:
                    return await self._attempt(route, attempt), route
                except UpstreamFailure as failure:
                    last = failure
                if once and not isinstance(last, Refused | Misconfigured | RateLimited):
                    raise self._nothing(model, last) from last
                if tries >= self._retries(last, alone=len(plan) == 1):
                    break
                tries += 1
        raise self._nothing(model, last) from last

    def answered(self, route: Route) -> None:
        """Note a complete answer: earlier failures are forgotten."""
        self.asked[route.upstream, "answered"] += 1
        if self._breakers:
            self._misfits.discard(_key(route))
            self._change(route, lambda known: rules.answered(known, self.clock.monotonic()))
            if _key(route) not in self._breakers:
                self._tidings.well(route)

    def failed(self, route: Route, failure: UpstreamFailure) -> None:
        """Note a failure: a strike, a rest, or neither."""
        self.asked[route.upstream, word(failure)] += 1
        now, settings = self.clock.monotonic(), self._rules()
        known = self._breakers.get(_key(route), Breaker())
        until = known.until
        match failure:
            case Refused():
                self._tidings.failed(route, failure, 0)
                self._change(route, rules.alive)
                return
            case Misconfigured():
                known = rules.misfit(known, now, settings)
                self._tell(route, failure.status or 0)
            case RateLimited():
                known = rules.limited(known, now, failure.retry_after or settings.rest)
            case _:
                known = rules.failed(known, now, settings)
        self._breakers[_key(route)] = known
        self._tidings.failed(route, failure, known.until - now if until <= now < known.until else 0)

    def health(self) -> dict[str, Health]:
        """Return how every upstream does: as well as the best of its routes asked so far."""
        return {
            name: _best(self._health(key) for key in self._seen if key[0] == name)
            for name in self.upstreams
        }

    def health_of(self, model: Model) -> Health:
        """Return how a model does: as well as the best of its routes."""
        return _best(self._health(_key(route)) for route in model.routes)

    async def _attempt(
        self, route: Route, attempt: Callable[[Connected, Route], Awaitable[T]]
    ) -> T:
        """Ask one route once, and learn from how it went."""
        self._seen.add(_key(route))
        if self._breakers:
            self._change(route, rules.asked)
        try:
            answer = await attempt(self.upstreams[route.upstream], route)
        except UpstreamFailure as failure:
            self.failed(route, failure)
            raise
        except BaseException:  # given up by whoever asked: the route showed nothing
            self._change(route, rules.let_go)
            raise
        if self._breakers:
            self._change(route, rules.alive)
        return answer

    def _plan(self, model: Model, needs: frozenset[Capability]) -> list[Route]:
        """Return the routes that may be asked, in the order in which they are."""
        able = [
            route
            for route in model.routes
            if needs <= self.upstreams[route.upstream].dialect.offers and self._admits(route)
        ]
        if len(able) < 2:
            return able
        return [
            route
            for _, equals in groupby(able, key=lambda route: route.priority)
            for route in sorted(equals, key=self._drawn)
        ]

    def _drawn(self, route: Route) -> float:
        """Draw a place: the first place falls to each route as often as its weight says."""
        return self._random.expovariate(route.weight)

    def _retries(self, failure: UpstreamFailure, *, alone: bool) -> int:
        """Return how often a fault allows to ask the same route again."""
        if isinstance(failure, TimedOut):
            return 1 if alone else 0
        return self.community.router.retries if isinstance(failure, Broken | Empty | Cut) else 0

    def _nothing(self, model: Model, last: UpstreamFailure | None) -> Unanswered:
        match last:
            case None | RateLimited():
                now = self.clock.monotonic()
                known = (self._breakers.get(_key(route)) for route in model.routes)
                waits = (rules.wait(breaker, now) if breaker else 0.0 for breaker in known)
                return NoRoute(model=model.id, retry_after=max(1.0, min(waits)))
            case Refused():
                return RefusedUpstream(reason=last.reason or "it does not say why.")
            case TimedOut():
                return UpstreamTimeout(model=model.id)
            case _:
                return UpstreamFailed(model=model.id)

    def _health(self, key: Key) -> Health:
        known = self._breakers.get(key)
        if known is None:
            return Health.OK
        if key in self._misfits:
            return Health.MISCONFIGURED
        if known.on_trial or not rules.admits(known, self.clock.monotonic()):
            return Health.RESTING
        return Health.FAILING if known.failures else Health.OK

    def _admits(self, route: Route) -> bool:
        if not self._breakers:
            return True
        known = self._breakers.get(_key(route))
        return known is None or rules.admits(known, self.clock.monotonic())

    def _change(self, route: Route, change: Callable[[Breaker], Breaker | None]) -> None:
        if (known := self._breakers.get(_key(route))) is None:
            return
        if (after := change(known)) is None:
            del self._breakers[_key(route)]
        else:
            self._breakers[_key(route)] = after

    def _tell(self, route: Route, status: int) -> None:
        """Tell staff of a route that refuses our credentials, unless they know."""
        if _key(route) not in self._misfits:
            self._misfits.add(_key(route))
            self._on_misconfigured(route.upstream, status)

    def _rules(self) -> rules.Rules:
        settings = self.community.router
        return rules.Rules(
            settings.breaker_failures,
            settings.breaker_rest_seconds,
            settings.breaker_longest_seconds,
        )


def _key(route: Route) -> Key:
    return route.upstream, route.model


def _best(states: Iterable[Health]) -> Health:
    return min(states, key=tuple(Health).index, default=Health.OK)
