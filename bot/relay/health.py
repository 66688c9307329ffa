"""How every route does: which fail, which rest and for how long, which went from their upstream."""

from collections.abc import Callable, Iterable
from enum import StrEnum

from bot.catalogue.model import Model, Route
from bot.community.service import Community
from bot.core.clock import Clock
from bot.relay import breaker as rules
from bot.relay.breaker import Breaker
from bot.relay.tidings import Tidings
from bot.upstreams.failures import Misconfigured, RateLimited, Refused, UpstreamFailure

Key = tuple[str, str]  # upstream, and its name for the model


class Health(StrEnum):
    """How a route, a model or an upstream does, as far as its latest calls tell."""

    OK = "ok"
    FAILING = "failing"
    RESTING = "resting"
    MISCONFIGURED = "misconfigured"


CALLABLE = frozenset({Health.OK, Health.FAILING})


class Conditions:
    """Remembers which routes fail; a route of which nothing bad is known takes no room."""

    def __init__(
        self,
        community: Community,
        clock: Clock,
        on_misconfigured: Callable[[str, int], None],
    ) -> None:
        """`on_misconfigured(upstream, status)` tells staff, once a rest."""
        self.community = community
        self.clock = clock
        self.gone: frozenset[Key] = frozenset()  # their upstream no longer lists them: they rest
        self.unlisted: dict[str, Health] = {}  # upstreams whose list of models cannot be read
        self.tiers: dict[Key, str] = {}  # who may call a route, in its upstream's own word
        self._on_misconfigured = on_misconfigured
        self._tidings = Tidings(clock)
        self._breakers: dict[Key, Breaker] = {}
        self._misfits: set[Key] = set()
        self._seen: set[Key] = set()

    def admits(self, route: Route) -> bool:
        """Say whether a call may go this way now."""
        if not self._breakers and not self.gone:
            return True
        if (key := _key(route)) in self.gone:
            return False
        known = self._breakers.get(key)
        return known is None or rules.admits(known, self.clock.monotonic())

    def asked(self, route: Route) -> None:
        """Note that a call goes this way."""
        self._seen.add(_key(route))
        if self._breakers:
            self._change(route, rules.asked)

    def alive(self, route: Route) -> None:
        """Note content that may yet break off."""
        if self._breakers:
            self._change(route, rules.alive)

    def let_go(self, route: Route) -> None:
        """Note that whoever asked gave up: the route showed nothing."""
        self._change(route, rules.let_go)

    def answered(self, route: Route) -> None:
        """Note a complete answer: earlier failures are forgotten."""
        if self._breakers:
            self._misfits.discard(_key(route))
            self._change(route, lambda known: rules.answered(known, self.clock.monotonic()))
            if _key(route) not in self._breakers:
                self._tidings.well(route)

    def failed(self, route: Route, failure: UpstreamFailure) -> None:
        """Note a failure: a strike, a rest, or neither."""
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

    def wait(self, routes: Iterable[Route]) -> float:
        """Return the seconds until one of some routes may be asked again, at least 1."""
        return max(1.0, min(map(self._wait, routes), default=1.0))

    def upstream(self, name: str) -> Health:
        """Return how an upstream does: as the best of its routes asked so far, else its list."""
        seen = [self.route(key) for key in self._seen if key[0] == name]
        return best(seen) if seen else self.unlisted.get(name, Health.OK)

    def model(self, model: Model) -> Health:
        """Return how a model does: as well as the best of its routes."""
        return best(self.route(_key(route)) for route in model.routes)

    def route(self, key: Key) -> Health:
        """Return how a route does."""
        if key in self.gone:
            return Health.RESTING
        known = self._breakers.get(key)
        if known is None:
            return Health.OK
        if key in self._misfits:
            return Health.MISCONFIGURED
        if known.on_trial or not rules.admits(known, self.clock.monotonic()):
            return Health.RESTING
        return Health.FAILING if known.failures else Health.OK

    def _wait(self, route: Route) -> float:
        if (key := _key(route)) in self.gone:
            return self.community.router.breaker_longest_seconds
        known = self._breakers.get(key)
        return rules.wait(known, self.clock.monotonic()) if known else 0.0

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


def best(states: Iterable[Health]) -> Health:
    """Return the best of some states, OK where there is none."""
    return min(states, key=tuple(Health).index, default=Health.OK)


def _key(route: Route) -> Key:
    return route.upstream, route.model
