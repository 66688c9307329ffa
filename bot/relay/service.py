"""One metered call: hold, route, answer or stream, settle; the doors ask here and nowhere else."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Any, NamedTuple

from bot.catalogue.model import Model, Route
from bot.catalogue.service import Catalogue
from bot.community.service import Community
from bot.core.units import Mode
from bot.ledger.calls import Settled
from bot.ledger.rules import Status, Terms
from bot.relay import addresses, estimate, needs, painted
from bot.relay.ask import ChatAsk
from bot.relay.asked import Asked
from bot.relay.call import Call, Desk
from bot.relay.caller import Caller, Callers, check_access
from bot.relay.chats import AskedChat
from bot.relay.errors import CannotChat
from bot.relay.messages import AskedMessage
from bot.relay.meter import Count
from bot.relay.router import Connected, Router
from bot.relay.streamed import Opened, Streamed, opened
from bot.relay.studio import Studio
from bot.settings.serving import Capability
from bot.upstreams.dialect import Completion

DRAIN_SECONDS = 15.0


class Answered(NamedTuple):
    """A complete answer in the shape that was asked for, who gave it, and what it cost."""

    body: dict[str, Any]
    upstream: str
    settled: Settled
    usage: Count


@dataclass(frozen=True, slots=True)
class Begun:
    """A call that holds what it may cost, and what it asks of whichever upstream."""

    call: Call
    asked: Asked
    model: Model
    needs: frozenset[Capability]
    painter: Callable[[Connected], Connected] | None = None  # where a picture is the answer

    def sent(self, connected: Connected, route: Route) -> Connected:
        """Note that it is sent to a route, and return the upstream as it is asked."""
        self.call.sent(route)
        return connected if self.painter is None else self.painter(connected)


@dataclass(frozen=True)
class Relay:
    """Takes a caller's ask to an upstream, and the answer back, metered."""

    catalogue: Catalogue
    router: Router
    callers: Callers
    community: Community
    desk: Desk
    studio: Studio = field(default_factory=Studio)

    async def chat(self, caller: Caller, ask: ChatAsk) -> Answered:
        """Answer a chat in one piece, settled."""
        return await self._whole(caller, ask, AskedChat(ask.body))

    def stream(self, caller: Caller, ask: ChatAsk) -> AbstractAsyncContextManager[Streamed]:
        """Stream a chat; entered once the first content is there, settled on every way out."""
        return _Stream(self, caller, ask, AskedChat)

    async def message(self, caller: Caller, ask: ChatAsk) -> Answered:
        """Answer one of Anthropic's Messages in one piece, settled."""
        return await self._whole(caller, ask, AskedMessage(ask.body, ask.headers))

    def message_stream(self, caller: Caller, ask: ChatAsk) -> AbstractAsyncContextManager[Streamed]:
        """Stream one of Anthropic's Messages, as `stream` does a chat."""
        return _Stream(self, caller, ask, partial(AskedMessage, headers=ask.headers))

    async def count(self, caller: Caller, ask: ChatAsk) -> int:
        """Count the prompt of a Messages body; costs nothing."""
        asked = AskedMessage(ask.body, capped=False)
        self._model(caller, asked.wish.model, paints=False)
        return await self._prompt(asked)

    async def drain(self, patience: float = DRAIN_SECONDS) -> None:
        """Refuse new calls, give running ones `patience` seconds, cut them, settle everything."""
        await self.desk.running.drain(patience)
        await self.desk.chores.drain()

    async def begin(
        self,
        caller: Caller,
        ask: ChatAsk,
        asked: Asked,
        base: frozenset[Capability] = needs.CHAT,
    ) -> Begun:
        """Check a call and hold what it may cost; `base` is what it needs whatever is in it."""
        model = self._model(caller, asked.wish.model, paints=True)
        if model.talks:
            wanted = asked.needs(model, base)
            if wanted is not base:  # the usual call needs no looking ahead
                self.router.able(model, wanted)
                addresses.check(asked.wish.messages)
            terms, painter = await self._terms(asked, model, caller.mode), None
        else:
            painted.check(model, asked.needs(model, base) - base)
            wanted, painter = painted.NEEDS, painted.Painter(self.studio, ask)
            terms = painted.terms(asked.wish, model, self.community.limits.request_unit)
        call = Call(
            self.desk, self.callers.hold_ask(caller, model, ask.endpoint, ask.arrived, terms)
        )
        await call.begin(self.community.router.total_seconds)
        asked.bind(model, call)
        return Begun(call, asked, model, wanted, painter)

    async def _whole(self, caller: Caller, ask: ChatAsk, asked: Asked) -> Answered:
        begun = await self.begin(caller, ask, asked)
        call = begun.call

        async def attempt(connected: Connected, route: Route) -> Completion:
            return await asked.complete(begun.sent(connected, route), route.model)

        async def answer() -> tuple[Completion, Route, Count]:
            completion, route = await self.router.ask(
                begun.model, begun.needs, attempt, trail=call.trail
            )
            return completion, route, await asked.count(completion, call.ask.terms.prompt)

        try:
            completion, route, count = await call.wait(answer)
        except BaseException as fault:
            raise await call.unanswered(fault) from fault.__cause__
        self.router.answered(route)
        settled = await call.settled(Status.ANSWERED, count)
        body = completion.body
        body["model"] = asked.wish.model
        if completion.usage is None:
            body["usage"] = asked.usage(count)
        return Answered(body, route.upstream, settled, count)

    def _model(self, caller: Caller, name: str, *, paints: bool) -> Model:
        """Return a model that the caller may talk to; `paints`: a picture may be the answer."""
        model = self.catalogue.get(name)
        if not model.talks and not (paints and painted.paints(model)):
            raise CannotChat(model.id, model.kinds)
        check_access(caller, model)
        return model

    async def _terms(self, asked: Asked, model: Model, mode: Mode) -> Terms:
        """Count the prompt and say what the call may cost."""
        settings = self.community
        return estimate.terms(
            asked.wish,
            model,
            await self._prompt(asked),
            mode,
            request_unit=settings.limits.request_unit,
            floor=settings.ledger.floor_tokens,
        )

    async def _prompt(self, asked: Asked) -> int:
        """Return the prompt's tokens as we count them."""
        counting = self.community.counting
        rates = estimate.Rates(counting.image_tokens, counting.audio_tokens_per_second)
        return await estimate.prompt_tokens(asked.body, asked.wish, rates)


class _Stream:
    """The context in which a streamed answer lives."""

    def __init__(
        self,
        relay: Relay,
        caller: Caller,
        ask: ChatAsk,
        reads: Callable[[dict[str, Any]], Asked],
    ) -> None:
        self._relay, self._caller, self._ask, self._reads = relay, caller, ask, reads
        self._streamed: Streamed | None = None

    async def __aenter__(self) -> Streamed:
        asked = self._reads(self._ask.body)
        begun = await self._relay.begin(self._caller, self._ask, asked, needs.STREAM)
        router = self._relay.router

        async def attempt(connected: Connected, route: Route) -> Opened:
            return await opened(asked.stream(begun.sent(connected, route), route.model))

        async def answer() -> tuple[Opened, Route]:
            return await router.ask(begun.model, begun.needs, attempt, trail=begun.call.trail)

        try:
            stream, route = await begun.call.wait(answer)
        except BaseException as fault:
            raise await begun.call.unanswered(fault) from fault.__cause__
        self._streamed = asked.streamed(begun.call, router, stream, route)
        return self._streamed

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._streamed is not None:
            await self._streamed.close(fault)
