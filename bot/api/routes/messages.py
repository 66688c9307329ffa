"""POST /v1/messages and what counts its tokens: Anthropic's API, over every upstream that chats."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from bot.account.service import Account
from bot.api.connection import connection_of
from bot.api.counter import Counter
from bot.api.errors import Errors
from bot.api.headers import Header, anthropic_limits, of_answer
from bot.api.operation import Answer, Body, Key, Operation, Parameter, Place
from bot.api.parts import ApiParts
from bot.api.schema import (
    ANY_OBJECT,
    TEXT,
    Schema,
    choice,
    either,
    flag,
    many,
    maybe,
    number,
    record,
    text,
    whole,
)
from bot.api.streaming import EventStream
from bot.api.visit import Visit
from bot.core.errors import Kind
from bot.ledger.calls import Standing
from bot.relay.ask import MOST_CAP, TURNS, ChatAsk
from bot.relay.caller import Caller
from bot.relay.errors import StreamIncomplete
from bot.relay.service import Relay
from bot.upstreams.messages.native import BETA, USUAL_VERSION, VERSION

ENDPOINT = "messages"
KEYS = (Key.X_API_KEY, Key.BEARER)
_PASSED = frozenset({VERSION.encode(), BETA.encode()})
_CONTENT = either(TEXT, many(record("type", has={"type": TEXT}, words="a content block")))
_BLOCKS = many(record("type", has={"type": TEXT}))
_STOPS = text("end_turn, max_tokens, stop_sequence, tool_use, refusal and their like")
_USAGE = record(
    "input_tokens", "output_tokens", has={"input_tokens": whole(0), "output_tokens": whole(0)}
)
_ASKED: dict[str, Schema] = {
    "model": text("an id of GET /v1/models", least=1),
    "messages": many(
        record("role", has={"role": choice(*TURNS), "content": maybe(_CONTENT)}), least=1
    ),
    "system": maybe(_CONTENT),
    "tools": maybe(many(ANY_OBJECT)),
    "tool_choice": maybe(record("type", has={"type": choice("auto", "any", "tool", "none")})),
    "thinking": maybe(ANY_OBJECT),
}
SCHEMAS: dict[str, Schema] = {
    "MessagesRequest": record(
        "model",
        "messages",
        "max_tokens",
        words="Anthropic's body; where the upstream speaks it too, every field passes through.",
        has={
            **_ASKED,
            "max_tokens": whole(1, MOST_CAP),
            "stream": maybe(flag("as server-sent events")),
            "stop_sequences": maybe(many(TEXT)),
            "temperature": maybe(number()),
            "top_p": maybe(number()),
            "metadata": maybe(record(has={"user_id": maybe(TEXT)})),
        },
    ),
    "MessagesCountRequest": record("model", "messages", has=_ASKED),
    "Message": record(
        "id",
        "type",
        "role",
        "model",
        "content",
        "usage",
        has={
            "id": TEXT,
            "type": choice("message"),
            "role": choice("assistant"),
            "model": text("the id that was asked for"),
            "content": _BLOCKS,
            "stop_reason": maybe(_STOPS),
            "stop_sequence": maybe(TEXT),
            "usage": _USAGE,
        },
    ),
    "MessageEvent": record("type", has={"type": TEXT}, words="named by its type"),
    "MessageTokens": record("input_tokens", more=False, has={"input_tokens": whole(0)}),
}


@dataclass(frozen=True)
class Messages:
    """Takes Anthropic's Messages."""

    counter: Counter
    relay: Relay

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        counter, visit = self.counter, self.counter.visit(scope)
        caller = await counter.auth.caller_by_api_key(scope)
        body = await counter.json(scope, receive)
        ask = ChatAsk(ENDPOINT, body, visit.id, visit.arrived, _told(scope["headers"]))
        with counter.present(scope):
            if ask.body.get("stream"):
                events = self._events(scope, send, visit)
                await events.answer(self.relay.message_stream(caller, ask))
            else:
                await self._whole(caller, ask, send)

    async def _whole(self, caller: Caller, ask: ChatAsk, send: Send) -> None:
        answered = await self.relay.message(caller, ask)
        priced = tuple(of_answer(answered))
        await _give(self.counter, send, answered.body, answered.settled.standing, priced)

    def _events(self, scope: Scope, send: Send, visit: Visit) -> EventStream:
        counter = self.counter
        voice = Named(counter.errors, visit.id)
        return EventStream(
            send, connection_of(scope), visit, counter.clock, voice, anthropic_limits
        )


@dataclass(frozen=True)
class Tokens:
    """Counts what a Messages body would take; costs nothing and holds nothing."""

    counter: Counter
    relay: Relay
    account: Account

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the count that a call would be held by."""
        counter, visit = self.counter, self.counter.visit(scope)
        caller = await counter.auth.caller_by_api_key(scope)
        body = await counter.json(scope, receive)
        ask = ChatAsk(ENDPOINT, body, visit.id, visit.arrived)
        with counter.present(scope):
            told = {"input_tokens": await self.relay.count(caller, ask)}
            await _give(counter, send, told, await self.account.standing(caller))


def _told(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return what a client says of the version and the betas that it speaks, as it came."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in headers:
        if name in _PASSED:
            found[name.decode()].append(value.decode("latin-1"))
    return {name: ",".join(values) for name, values in found.items()}


async def _give(
    counter: Counter,
    send: Send,
    content: dict[str, Any],
    standing: Standing,
    extra: tuple[Header, ...] = (),
) -> None:
    body = orjson.dumps(content)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        *extra,
        *anthropic_limits(standing, counter.clock.now()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@dataclass(frozen=True)
class Named:
    """Says events under their names; message_stop is the last of an answer that is whole."""

    errors: Errors
    request_id: str

    def opened(self) -> bytes:
        """Return nothing: message_start opens it."""
        return b""

    def chunk(self, body: dict[str, Any]) -> bytes:
        """Return one event."""
        return b"event: %b\ndata: %b\n\n" % (body["type"].encode(), orjson.dumps(body))

    def closed(self) -> bytes:
        """Return nothing: message_stop was among the events."""
        return b""

    def cut(self, failure: StreamIncomplete) -> bytes:
        """Return the error in its event."""
        return self.chunk(self.errors.anthropic(failure, self.request_id))


def operations(parts: ApiParts, counter: Counter) -> tuple[Operation, ...]:
    """Describe Messages, and serve them."""
    example = {"model": "MODEL", "messages": [{"role": "user", "content": "Hello!"}]}
    return (
        Operation(
            name="messages",
            method="POST",
            path="/v1/messages",
            endpoint=Messages(counter, parts.relay),
            summary="Ask a model for a Message",
            words=(
                "Anthropic's Messages, streamed or whole: system, tools, pictures and thinking, "
                "also onto upstreams that speak OpenAI's chat alone."
            ),
            answer=Answer("The Message.", "Message", events="MessageEvent"),
            keyed=True,
            keys=KEYS,
            metered=True,
            takes=Body("MessagesRequest"),
            parameters=(
                Parameter(
                    VERSION,
                    Place.HEADER,
                    f"passed on to upstreams that speak Messages; left out: {USUAL_VERSION}",
                ),
                Parameter(BETA, Place.HEADER, "passed on too, names parted by commas"),
            ),
            fails=frozenset({Kind.TOO_LONG}),
            example={**example, "max_tokens": 256},
        ),
        Operation(
            name="count_tokens",
            method="POST",
            path="/v1/messages/count_tokens",
            endpoint=Tokens(counter, parts.relay, parts.account),
            summary="Count the tokens of a Messages body",
            words="Free. The count is our own, the one that a call is held by.",
            answer=Answer("How many tokens it takes.", "MessageTokens"),
            keyed=True,
            keys=KEYS,
            takes=Body("MessagesCountRequest"),
            fails=frozenset({Kind.UNKNOWN_MODEL, Kind.NO_ACCESS}),
            example=example,
        ),
    )
