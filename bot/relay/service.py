"""One metered call: hold, route, answer or stream, settle; the doors ask here and nowhere else."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, NamedTuple

from bot.catalogue.model import Model, Route
from bot.catalogue.service import Catalogue
from bot.community.service import Community
from bot.core.units import Mode
from bot.ledger.calls import HoldAsk, Settled
from bot.ledger.rules import Status, Terms
from bot.relay import estimate, meter, needs, painted
from bot.relay.ask import ChatAsk, Wish, read
from bot.relay.call import Call, Desk
from bot.relay.caller import Caller, Callers
from bot.relay.errors import CannotChat, NoAccess
from bot.relay.meter import Count
from bot.relay.router import Connected, Router
from bot.relay.streamed import Opened, Streamed, opened
from bot.relay.studio import Studio
from bot.upstreams.dialect import Capability, Completion

DRAIN_SECONDS = 15.0


class Answered(NamedTuple):
    """A complete answer in OpenAI's shape, who gave it, and what it cost."""

    body: dict[str, Any]
    upstream: str
    settled: Settled
    usage: Count


@dataclass(frozen=True, slots=True)
class Begun:
    """A call that holds what it may cost, and the body that goes to whichever upstream."""

    call: Call
    wish: Wish
    model: Model
    body: dict[str, Any]
    needs: frozenset[Capability]
    painter: Callable[[Connected], Connected] | None = None  # where a picture is the answer

    def through(self, connected: Connected) -> Connected:
        """Return the upstream in the way in which it answers this chat."""
        return connected if self.painter is None else self.painter(connected)

    def at(self, route: Route) -> dict[str, Any]:
        """Return the body for a route, and note that it is sent there."""
        self.call.sent(route)
        self.body["model"] = route.model
        return self.body


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
        begun = await self.begin(caller, ask, paints=True)
        call = begun.call

        async def attempt(connected: Connected, route: Route) -> Completion:
            dialect = begun.through(connected).dialect
            return await dialect.complete(connected.link, begun.at(route))

        async def answer() -> tuple[Completion, Route, Count]:
            completion, route = await self.router.ask(
                begun.model, begun.needs, attempt, trail=call.trail
            )
            return completion, route, await meter.answered(completion, call.ask.terms.prompt)

        try:
            completion, route, count = await call.wait(answer)
        except BaseException as fault:
            raise await call.unanswered(fault) from fault.__cause__
        self.router.answered(route)
        settled = await call.settled(Status.ANSWERED, count)
        body = completion.body
        body["model"] = begun.wish.model
        if completion.usage is None:
            body["usage"] = count.as_usage()
        return Answered(body, route.upstream, settled, count)

    def stream(self, caller: Caller, ask: ChatAsk) -> AbstractAsyncContextManager[Streamed]:
        """Stream a chat; entered once the first content is there, settled on every way out."""
        return _Stream(self, caller, ask)

    async def drain(self, patience: float = DRAIN_SECONDS) -> None:
        """Refuse new calls, give running ones `patience` seconds, cut them, settle everything."""
        await self.desk.running.drain(patience)
        await self.desk.chores.drain()

    async def begin(
        self,
        caller: Caller,
        ask: ChatAsk,
        base: frozenset[Capability] = needs.CHAT,
        *,
        paints: bool = False,
    ) -> Begun:
        """Check a call and hold what it may cost; `base` is what it needs whatever is in it.

        `paints`: a picture may be the answer, if the upstream is asked by way of `through`.
        """
        wish = read(ask.body)
        model = self.catalogue.get(wish.model)
        if not model.talks and not (paints and painted.paints(model)):
            raise CannotChat(model.id, model.kinds)
        if model.access not in caller.today.access:
            raise NoAccess(model.id, model.access)
        if model.talks:
            wanted = needs.of_chat(ask.body, wish.messages, model.id, base)
            if wanted is not base:  # the usual call needs no looking ahead
                self.router.able(model, wanted)
            terms, painter = await self._terms(ask, wish, model, caller.mode), None
        else:
            wanted, painter = painted.NEEDS, painted.Painter(self.studio, ask)
            terms = painted.terms(wish, model, self.community.limits.request_unit)
        call = Call(
            self.desk,
            HoldAsk(
                member_id=caller.member_id,
                key_id=caller.key_id,
                endpoint=ask.endpoint,
                model=model.id,
                mode=caller.mode,
                arrived=ask.arrived,
                terms=terms,
                limits=self.callers.limits(caller),
            ),
        )
        await call.begin(self.community.router.total_seconds)
        return Begun(call, wish, model, outgoing(ask.body, wish, model, call), wanted, painter)

    async def _terms(self, ask: ChatAsk, wish: Wish, model: Model, mode: Mode) -> Terms:
        """Count the prompt and say what the call may cost."""
        settings = self.community
        rates = estimate.Rates(
            settings.counting.image_tokens, settings.counting.audio_tokens_per_second
        )
        return estimate.terms(
            wish,
            model,
            await estimate.prompt_tokens(ask.body, wish, rates),
            mode,
            request_unit=settings.limits.request_unit,
            floor=settings.ledger.floor_tokens,
        )


class _Stream:
    """The context in which a streamed answer lives."""

    def __init__(self, relay: Relay, caller: Caller, ask: ChatAsk) -> None:
        self._relay, self._caller, self._ask = relay, caller, ask
        self._streamed: Streamed | None = None

    async def __aenter__(self) -> Streamed:
        begun = await self._relay.begin(self._caller, self._ask, needs.STREAM, paints=True)
        router = self._relay.router

        async def attempt(connected: Connected, route: Route) -> Opened:
            return await opened(begun.through(connected), begun.at(route))

        async def answer() -> tuple[Opened, Route]:
            return await router.ask(begun.model, begun.needs, attempt, trail=begun.call.trail)

        try:
            stream, route = await begun.call.wait(answer)
        except BaseException as fault:
            raise await begun.call.unanswered(fault) from fault.__cause__
        self._streamed = Streamed(begun.call, begun.wish, router, stream, route)
        return self._streamed

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._streamed is not None:
            await self._streamed.close(fault)


def outgoing(body: dict[str, Any], wish: Wish, model: Model, call: Call) -> dict[str, Any]:
    """Copy the body, with the cap that the hold rests on in the field the model wants."""
    sent = dict(body)
    if wish.cap is not None or call.ask.mode is Mode.TOKENS:
        sent.pop("max_tokens", None)
        sent.pop("max_completion_tokens", None)
        sent[model.cap_field] = call.held.cap
    return sent
