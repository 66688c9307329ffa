"""POST /v1/responses: OpenAI's newer API, answered by the same chats."""

from dataclasses import dataclass
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from bot.api.connection import connection_of
from bot.api.counter import Counter
from bot.api.errors import Errors
from bot.api.operation import Answer, Body, Operation
from bot.api.parts import ApiParts
from bot.api.responses import shapes
from bot.api.responses.answer import Frame, Telling, whole
from bot.api.responses.errors import NoWeb
from bot.api.responses.request import WEB, translated
from bot.api.streaming import COMMENT, EventStream
from bot.api.visit import Visit
from bot.catalogue.likeness import LONGEST_NAME, Likeness
from bot.catalogue.service import CLOSEST, UnknownModel
from bot.core.clock import Clock
from bot.core.errors import Failure, Kind
from bot.relay.ask import ChatAsk
from bot.relay.caller import Caller
from bot.relay.errors import StreamIncomplete
from bot.relay.service import Relay
from bot.upstreams.dialect import PING

ENDPOINT = "responses"
SCHEMAS = shapes.SCHEMAS


@dataclass(frozen=True)
class Responses:
    """Asks a chat for what a Responses body asks for."""

    counter: Counter
    relay: Relay

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        counter, visit = self.counter, self.counter.visit(scope)
        caller = await counter.caller(scope)
        asked = translated(await counter.json(scope, receive))
        ask = ChatAsk(ENDPOINT, asked.chat, visit.id, visit.arrived)
        frame = Frame(visit.id.partition("_")[2], int(visit.arrived.timestamp()), asked.echo)
        try:
            with counter.present(scope):
                if asked.streams:
                    events = self._events(scope, send, visit, frame)
                    await events.answer(self.relay.stream(caller, ask))
                else:
                    await self._whole(caller, ask, frame, send)
        except UnknownModel as unknown:
            raise self._unknown(unknown, asked.echo["model"]) from None
        except Failure as failure:
            raise blamed(failure) from failure.__cause__

    def _unknown(self, unknown: UnknownModel, typed: str) -> Failure:
        """Say what is missing of the model that the caller typed: itself, or its +web kind."""
        if unknown.params["model"] == typed[:LONGEST_NAME]:
            return unknown
        catalogue = self.relay.catalogue
        try:
            catalogue.get(typed)
        except UnknownModel as failure:
            return failure
        able = [model.id for model in catalogue.visible() if model.id.endswith(WEB)]
        likest = sorted(able, key=Likeness(typed), reverse=True)
        return NoWeb(typed, [name.removesuffix(WEB) for name in likest[:CLOSEST]])

    async def _whole(self, caller: Caller, ask: ChatAsk, frame: Frame, send: Send) -> None:
        answered = await self.relay.chat(caller, ask)
        response = whole(frame, answered.body, _now(self.counter.clock))
        await self.counter.answer(send, response, answered.settled, answered.upstream)

    def _events(self, scope: Scope, send: Send, visit: Visit, frame: Frame) -> EventStream:
        clock = self.counter.clock
        voice = Spoken(Telling(frame), clock, self.counter.errors)
        return EventStream(send, connection_of(scope), visit, clock, voice)


@dataclass(frozen=True)
class Spoken:
    """Says a chat's chunks as a response's events."""

    telling: Telling
    clock: Clock
    errors: Errors

    def opened(self) -> bytes:
        """Return the events before the first chunk."""
        return _said(self.telling.begin())

    def chunk(self, body: dict[str, Any]) -> bytes:
        """Return a chunk's events."""
        if body is PING.body:
            return COMMENT
        return _said(self.telling.take(body))

    def closed(self) -> bytes:
        """Return the events that end a whole answer."""
        return _said(self.telling.end(_now(self.clock)))

    def cut(self, failure: StreamIncomplete) -> bytes:
        """Return the events that end an answer which was cut."""
        return _said(self.telling.fail(self.errors.openai(failure)["error"]))


def blamed(failure: Failure) -> Failure:
    """Name the caller's own field where the chat's is to blame."""
    if str(failure.params.get("param")).startswith("messages"):
        failure.params["param"] = "input"
    return failure


def _now(clock: Clock) -> int:
    return int(clock.now().timestamp())


def _said(events: list[dict[str, Any]]) -> bytes:
    return b"".join(
        b"event: %b\ndata: %b\n\n" % (event["type"].encode(), orjson.dumps(event))
        for event in events
    )


def operations(parts: ApiParts, counter: Counter) -> tuple[Operation, ...]:
    """Describe the responses, and serve them."""
    return (
        Operation(
            name="responses",
            method="POST",
            path="/v1/responses",
            endpoint=Responses(counter, parts.relay),
            summary="Ask a model for a response",
            words=(
                "OpenAI's Responses: text, pictures, functions and structured output, streamed "
                "or whole. Nothing is stored: send the whole conversation each time. The tool "
                "web_search asks the model's +web kind; other built-in tools are refused."
            ),
            answer=Answer("The response.", "Response", events="ResponseEvent"),
            keyed=True,
            metered=True,
            takes=Body("ResponsesRequest"),
            fails=frozenset({Kind.TOO_LONG}),
            example={"model": "MODEL", "input": "Hello!"},
        ),
    )
