"""Calls with a flat price: pictures, sound, sight, search, songs, mailboxes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Generic, NamedTuple, Self, TypeVar

from bot.catalogue.model import Model, Route
from bot.community.service import Community
from bot.core.units import metered
from bot.ledger.calls import Held, Settled
from bot.ledger.rules import Flag, Status, Terms
from bot.relay.call import NOTHING, PLAIN, Call, Desk
from bot.relay.caller import Caller, Callers, check_access
from bot.relay.errors import StreamIncomplete
from bot.relay.router import Connected, Router
from bot.relay.running import Stop, Stopped
from bot.settings.serving import Capability
from bot.upstreams.failures import Empty, UpstreamFailure
from bot.upstreams.goods import Sound

T = TypeVar("T")


class FlatAsk(NamedTuple):
    """A call whose price is known: 800 x coefficient for each of `times` pieces."""

    endpoint: str  # what its record will say
    model: Model
    needs: frozenset[Capability]
    arrived: datetime
    times: int = 1
    once: bool = False  # never asked for again once it was sent


class Served(NamedTuple, Generic[T]):
    """What a flat call brought, who gave it, and what it cost."""

    value: T
    upstream: str
    settled: Settled


@dataclass(frozen=True, slots=True)
class Opened(Generic[T]):
    """A stream of pieces whose first is there; closing `line` hangs up."""

    first: T
    rest: AsyncIterator[T]
    line: AsyncExitStack
    media: str = ""  # what the pieces are, where they are bytes


async def opened(
    context: AbstractAsyncContextManager[AsyncIterator[T]], content: Callable[[T], bool] = bool
) -> Opened[T]:
    """Enter an upstream's stream and wait for its first piece with content in it."""
    async with AsyncExitStack() as line:
        pieces = await line.enter_async_context(context)
        return Opened(await _first(pieces, content), pieces, line.pop_all())
    raise AssertionError("an exit stack passes every fault on")


async def heard(context: AbstractAsyncContextManager[Sound]) -> Opened[bytes]:
    """Enter an upstream's sound and wait for its first bytes."""
    async with AsyncExitStack() as line:
        sound = await line.enter_async_context(context)
        first = await _first(sound.pieces, bool)
        return Opened(first, sound.pieces, line.pop_all(), sound.media)
    raise AssertionError("an exit stack passes every fault on")


async def _first(pieces: AsyncIterator[T], content: Callable[[T], bool]) -> T:
    """Return the first piece with content; a stream that has none raises Empty."""
    async for piece in pieces:
        if content(piece):
            return piece
    raise Empty


@dataclass(frozen=True)
class Flats:
    """Takes a caller's flat-priced ask to an upstream, and what it gives back, metered."""

    router: Router
    callers: Callers
    community: Community
    desk: Desk

    async def serve(
        self,
        caller: Caller,
        ask: FlatAsk,
        attempt: Callable[[Connected, Route], Awaitable[T]],
        delivered: Callable[[T], int] = lambda _value: 1,
        costs: Callable[[T], int] | None = None,
    ) -> Served[T]:
        """Answer in one piece, settled; `delivered(value)` says how many of `times` came.

        `costs(value)` is what it costs, where what came has a price of its own.
        """
        return await self.work(caller, ask, lambda asking: asking(attempt), delivered, costs)

    async def work(
        self,
        caller: Caller,
        ask: FlatAsk,
        work: Callable[["Asking"], Awaitable[tuple[T, Route]]],
        delivered: Callable[[T], int] = lambda _value: 1,
        costs: Callable[[T], int] | None = None,
    ) -> Served[T]:
        """Answer as `serve` does, with what `work` makes of all that it asks for.

        What it does before it asks happens under the hold, and costs nothing if it fails.
        """
        call = await self._begin(caller, ask)
        asking = Asking(self.router, call, ask)
        try:
            value, route = await call.wait(lambda: work(asking))
        except BaseException as fault:
            raise await call.unanswered(fault) from fault.__cause__
        self.router.answered(route)
        if costs is None:
            cost = self._price(ask.model, min(delivered(value), ask.times))
        else:
            cost = costs(value)
        settled = await asyncio.shield(call.end(Status.ANSWERED, NOTHING, cost=cost))
        return Served(value, route.upstream, settled)

    @asynccontextmanager
    async def stream(
        self,
        caller: Caller,
        ask: FlatAsk,
        attempt: Callable[[Connected, Route], Awaitable[Opened[T]]],
    ) -> AsyncIterator["FlatStream[T]"]:
        """Answer in pieces; entered once the first is there, settled on every way out."""
        call = await self._begin(caller, ask)
        asking = Asking(self.router, call, ask)
        try:
            stream, route = await call.wait(lambda: asking(attempt))
        except BaseException as fault:
            raise await call.unanswered(fault) from fault.__cause__
        streamed = FlatStream(call, self.router, stream, route)
        try:
            yield streamed
        except BaseException as fault:
            await streamed.close(fault)
            raise
        await streamed.close(None)

    def price(self, ask: FlatAsk) -> int:
        """Return what the whole of it costs, metered tokens."""
        return self._price(ask.model, ask.times)

    def _price(self, model: Model, times: int) -> int:
        return metered(self.community.limits.request_unit, model.coefficient) * times

    async def _begin(self, caller: Caller, ask: FlatAsk) -> Call:
        """Check a call and hold its price."""
        model = ask.model
        check_access(caller, model)
        terms = Terms(model.coefficient, prompt=0, cap=0, flat=self.price(ask), floor=0)
        call = Call(
            self.desk, self.callers.hold_ask(caller, model, ask.endpoint, ask.arrived, terms)
        )
        await call.begin(self.community.router.total_seconds)
        return call


@dataclass(frozen=True)
class Asking:
    """Asks upstreams for one call, as often as it takes."""

    router: Router
    call: Call
    ask: FlatAsk

    async def __call__(
        self, attempt: Callable[[Connected, Route], Awaitable[T]], at: Route | None = None
    ) -> tuple[T, Route]:
        """Return the first answer and its route; `at`: from this route alone."""
        ask, call = self.ask, self.call
        model = ask.model if at is None else replace(ask.model, routes=(at,))

        async def sent(connected: Connected, route: Route) -> T:
            call.sent(route)
            return await attempt(connected, route)

        return await self.router.ask(model, ask.needs, sent, once=ask.once, trail=call.trail)


@dataclass
class FlatStream(Generic[T]):
    """What is handed to the client piece by piece; the first content makes its price due."""

    call: Call
    router: Router
    stream: Opened[T]
    route: Route
    settled: Settled | None = field(default=None, init=False)
    _begun: bool = field(default=False, init=False)
    _over: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self.call.when_stopped = self._cut

    @property
    def upstream(self) -> str:
        """Return who answers."""
        return self.route.upstream

    @property
    def media(self) -> str:
        """Return what the pieces are."""
        return self.stream.media

    @property
    def held(self) -> Held:
        """Return what the call holds: its price."""
        return self.call.held

    @property
    def stopped(self) -> Stop | None:
        """Return why Latchkey itself ended the stream, if it did."""
        return self.call.stopped

    def stop(self, reason: Stop) -> None:
        """End the stream from outside; its reader gets StreamIncomplete."""
        self.call.stop(reason)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        if self._over:
            raise StopAsyncIteration
        if not self._begun and self.call.stopped is None:
            self._begun = True
            return self.stream.first
        try:
            return await self.call.wait(self.stream.rest.__anext__)
        except StopAsyncIteration:
            self.router.answered(self.route)
            await self._ended(Status.ANSWERED)
            raise
        except UpstreamFailure as failure:
            self.router.failed(self.route, failure)
            await self._ended(Status.PARTIAL, Flag.PARTIAL)
            raise StreamIncomplete(flat=True) from failure
        except Stopped as stopped:
            await self._ended(Status.PARTIAL, Flag.PARTIAL)
            raise StreamIncomplete(stopped.reason, flat=True) from stopped
        except Exception:  # a fault of ours: the client has not left
            self._cut()
            raise

    async def close(self, fault: BaseException | None) -> None:
        """Let go of the stream; where it had not ended, its client has left it."""
        flags = Flag.PARTIAL | Flag.LEFT
        ending = self.call.ending or self.call.end(Status.PARTIAL, NOTHING, flags)
        self._over = True
        await self.stream.line.aclose()
        if not isinstance(fault, asyncio.CancelledError):  # else nobody waits for what it cost
            self.settled = await asyncio.shield(ending)

    async def _ended(self, status: Status, flags: Flag = PLAIN) -> None:
        self._over = True
        ending = self.call.ending or self.call.end(status, NOTHING, flags)
        await self.stream.line.aclose()
        self.settled = await asyncio.shield(ending)

    def _cut(self) -> None:
        self.call.end(Status.PARTIAL, NOTHING, Flag.PARTIAL)
