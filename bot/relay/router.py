"""Finds a route that answers: by ability, priority, weight, health and room."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import groupby
from random import Random
from typing import Generic, Protocol, TypeVar, runtime_checkable

from bot.catalogue.model import Model, Route
from bot.catalogue.service import Catalogue
from bot.community.service import Community
from bot.core.clock import Clock
from bot.ledger.calls import Attempt
from bot.relay.attempts import ANSWERED, GIVEN_UP, Attempts
from bot.relay.errors import (
    NoRoute,
    RefusedUpstream,
    RouteFailed,
    Unable,
    Unanswered,
    UpstreamFailed,
    UpstreamTimeout,
)
from bot.relay.gate import Gate, Ticket
from bot.relay.health import Conditions, Health
from bot.relay.tidings import word
from bot.settings.serving import Capability
from bot.upstreams.dialect import Dialect, Link
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
from bot.words.phrase import Phrase

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Connected:
    """An upstream, the way it speaks, and its own limits."""

    dialect: Dialect
    link: Link
    adjusted: frozenset[Capability] | None = None  # where latchkey.toml knows better
    gate: Gate | None = None

    @property
    def offers(self) -> frozenset[Capability]:
        """Return what it can do."""
        return self.dialect.offers if self.adjusted is None else self.adjusted


@runtime_checkable
class Coming(Protocol):
    """An answer that goes on: its call is over once the line is closed."""

    @property
    def line(self) -> AsyncExitStack:
        """Return what hangs up."""
        ...


@dataclass(slots=True)
class Search(Generic[T]):
    """One call's way from route to route."""

    model: Model
    attempt: Callable[[Connected, Route], Awaitable[T]]
    once: bool
    trail: list[Attempt]  # what came to nothing, and the answer after it
    able: Sequence[Route]  # that offer what is needed, resting or not
    alone: bool  # no other of them may be asked
    last: UpstreamFailure | None = None
    found: T = field(init=False)


class Router:
    """Asks route after route until one answers."""

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
        self.attempts = Attempts()
        self.conditions = Conditions(community, clock, on_misconfigured)
        self._random = random or Random()  # noqa: S311  # shares load, guards nothing

    async def ask(
        self,
        model: Model,
        needs: frozenset[Capability],
        attempt: Callable[[Connected, Route], Awaitable[T]],
        *,
        once: bool = False,
        trail: list[Attempt] | None = None,
    ) -> tuple[T, Route]:
        """Return the first answer and its route; raise what the last route asked came to.

        `once`: what was asked for must not be made twice, so that only a route that refused it
        leads to the next one. `trail` receives the attempts of a call that needed several.
        An answer with a `line` keeps its place at the upstream until that is closed.
        """
        able = self.able(model, needs)
        plan = self._plan(able)
        noted = [] if trail is None else trail
        search = Search(model, attempt, once, noted, able, alone=len(plan) == 1)
        full: list[Route] = []
        for route in plan:
            if not self.conditions.admits(route):
                continue
            if not self._enters(route):
                full.append(route)
            elif await self._tried(search, route):
                return search.found, route
        if full and (found := await self._queued(search, full)) is not None:
            return search.found, found
        raise self._nothing(search, full) from search.last

    def able(self, model: Model, needs: frozenset[Capability]) -> list[Route]:
        """Return the routes that offer what a call needs; raise Unable where none does."""
        able = [route for route in model.routes if needs <= self.upstreams[route.upstream].offers]
        if not able:
            offered = (self.upstreams[route.upstream].offers for route in model.routes)
            raise Unable(model.id, needs - frozenset[Capability]().union(*offered) or needs)
        return able

    def answered(self, route: Route) -> None:
        """Note a complete answer: earlier failures are forgotten."""
        self.attempts.outcomes[route.upstream, ANSWERED] += 1
        self.conditions.answered(route)

    def failed(self, route: Route, failure: UpstreamFailure) -> None:
        """Note a failure: a strike, a rest, or neither."""
        self.attempts.outcomes[route.upstream, word(failure)] += 1
        self.conditions.failed(route, failure)

    def health(self) -> dict[str, Health]:
        """Return how every upstream does."""
        return {name: self.conditions.upstream(name) for name in self.upstreams}

    def health_of(self, model: Model) -> Health:
        """Return how a model does: as well as the best of its routes."""
        return self.conditions.model(model)

    async def _tried(self, search: Search[T], route: Route) -> bool:
        """Ask a route whose place is taken, again where that may help; False: on to the next."""
        tries = 0
        while True:
            try:
                search.found = await self._attempt(search, route)
            except UpstreamFailure as failure:
                search.last = failure
            else:
                return True
            if search.once and not isinstance(search.last, Refused | Misconfigured | RateLimited):
                raise self._nothing(search, ()) from search.last
            if tries >= self._retries(search.last, alone=search.alone):
                return False
            if not (self.conditions.admits(route) and self._enters(route)):
                return False
            tries += 1

    async def _attempt(self, search: Search[T], route: Route) -> T:
        """Ask one route once, and learn from how it went."""
        connected, began = self.upstreams[route.upstream], self.clock.monotonic()
        line: AsyncExitStack | None = None
        self.conditions.asked(route)
        try:
            answer = await search.attempt(connected, route)
            if connected.gate is not None and isinstance(answer, Coming):
                line = answer.line
                line.callback(connected.gate.leave)
        except UpstreamFailure as failure:
            self.failed(route, failure)
            self.attempts.failed(route.upstream)
            self._note(search, route, word(failure), began, failure.status)
            raise
        except BaseException:  # given up by whoever asked: the route showed nothing
            self.conditions.let_go(route)
            self._note(search, route, GIVEN_UP, began)
            raise
        finally:
            if connected.gate is not None and line is None:
                connected.gate.leave()
        self.attempts.answered(route.upstream, self.clock.monotonic() - began)
        self.conditions.alive(route)
        if search.trail:
            self._note(search, route, ANSWERED, began)
        return answer

    def _note(
        self, search: Search[T], route: Route, outcome: str, began: float, status: int | None = None
    ) -> None:
        took = int((self.clock.monotonic() - began) * 1000)
        number = len(search.trail) + 1
        search.trail.append(Attempt(number, route.upstream, route.model, outcome, status, took))

    async def _queued(self, search: Search[T], full: Sequence[Route]) -> Route | None:
        """Wait for a place at upstreams that are full, and ask there; None: nobody answered."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self.community.router.busy_seconds
        while full := [route for route in full if self.conditions.admits(route)]:
            gates = {gate: None for route in full if (gate := self._gate(route)) is not None}
            with Ticket(list(gates)) as ticket:
                if not await ticket.called(until - loop.time()):
                    return None
                able = (route for route in full if self.conditions.admits(route))
                found = next((route for route in able if self._enters(route, ticket)), None)
            if found is None:
                continue  # somebody else who waited took the place, or it rests by now
            if await self._tried(search, found):
                return found
            full = [route for route in full if route is not found]
        return None

    def _enters(self, route: Route, ticket: Ticket | None = None) -> bool:
        """Take a place at a route's upstream; False: it is full."""
        if (gate := self._gate(route)) is None:
            return True
        if entered := gate.admits(ticket):
            gate.enter()
        return entered

    def _gate(self, route: Route) -> Gate | None:
        return self.upstreams[route.upstream].gate

    def _plan(self, able: Sequence[Route]) -> list[Route]:
        """Return the routes that may be asked, in the order in which they are."""
        plan = [route for route in able if self.conditions.admits(route)]
        if len(plan) < 2:
            return plan
        return [
            route
            for _, equals in groupby(plan, key=lambda route: route.priority)
            for route in sorted(equals, key=self._drawn)
        ]

    def _drawn(self, route: Route) -> float:
        """Draw a place: the first place falls to each route as often as its weight says."""
        return self._random.expovariate(route.weight)

    def _retries(self, failure: UpstreamFailure | None, *, alone: bool) -> int:
        """Return how often a fault allows to ask the same route again."""
        if isinstance(failure, TimedOut):
            return 1 if alone else 0
        return self.community.router.retries if isinstance(failure, Broken | Empty | Cut) else 0

    def _nothing(self, search: Search[T], full: Sequence[Route]) -> Unanswered:
        fault = self._fault(search, full)
        if isinstance(fault, RouteFailed) and not search.model.kinds:
            return fault.unchosen()
        return fault

    def _fault(self, search: Search[T], full: Sequence[Route]) -> Unanswered:
        model = search.model
        match search.last:
            case None if full:
                gates = [gate for route in full if (gate := self._gate(route)) is not None]
                return NoRoute(model.id, max(1.0, min(gate.wait() for gate in gates)), busy=True)
            case None | RateLimited():
                return NoRoute(model.id, self.conditions.wait(search.able))
            case Refused():
                return RefusedUpstream(reason=search.last.reason or Phrase("upstream_silent"))
            case TimedOut():
                return UpstreamTimeout(model=model.id)
            case _:
                return UpstreamFailed(model=model.id)
