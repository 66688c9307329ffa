"""POST /v1/chat/completions: one metered call, streamed or whole."""

from dataclasses import dataclass

import orjson
from starlette.types import Receive, Scope, Send

from bot.api import bodies
from bot.api.auth import Auth
from bot.api.connection import connection_of
from bot.api.counter import Counter
from bot.api.errors import Errors
from bot.api.headers import limits, of_answer
from bot.api.operation import Answer, Body, Operation
from bot.api.parts import ApiParts
from bot.api.presence import Presence
from bot.api.schema import TEXT, Schema, choice, flag, many, maybe, record, text, whole
from bot.api.streaming import EventStream, Plain
from bot.api.visit import visit_of
from bot.community.service import Community
from bot.core.clock import Clock
from bot.core.errors import Kind
from bot.relay.ask import MOST_CAP, MOST_CHOICES, ROLES, ChatAsk
from bot.relay.caller import Caller
from bot.relay.service import Relay

ENDPOINT = "chat.completions"
_CAP = maybe(whole(1, MOST_CAP))
_USAGE = record(
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    has={"prompt_tokens": whole(0), "completion_tokens": whole(0), "total_tokens": whole(0)},
)
SCHEMAS: dict[str, Schema] = {
    "ChatRequest": record(
        "model",
        "messages",
        words="OpenAI's chat body; every field that is not named here passes through.",
        has={
            "model": text("an id of GET /v1/models", least=1),
            "messages": many(
                record(
                    "role",
                    has={
                        "role": choice(*ROLES),
                        "content": {"type": ["string", "array", "null"]},
                    },
                ),
                least=1,
            ),
            "stream": maybe(flag("as server-sent events, that end with [DONE]")),
            "stream_options": maybe(record(has={"include_usage": maybe(flag())})),
            "max_tokens": _CAP,
            "max_completion_tokens": _CAP,
            "n": maybe(whole(1, MOST_CHOICES)),
        },
    ),
    "ChatCompletion": record(
        "model",
        "choices",
        has={
            "id": TEXT,
            "object": choice("chat.completion"),
            "created": whole(),
            "model": text("the id that was asked for"),
            "choices": many({"type": "object"}),
            "usage": maybe(_USAGE),
        },
    ),
    "ChatCompletionChunk": record(
        "model",
        words="A piece of the answer; the usage comes last, where stream_options ask for it.",
        has={
            "id": TEXT,
            "object": choice("chat.completion.chunk"),
            "created": whole(),
            "model": text("the id that was asked for"),
            "choices": many({"type": "object"}),
            "usage": maybe(_USAGE),
        },
    ),
}


@dataclass(frozen=True)
class Chat:
    """Takes OpenAI's chat bodies; a plain ASGI callable, because most calls come here."""

    auth: Auth
    relay: Relay
    community: Community
    clock: Clock
    errors: Errors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        visit = visit_of(scope)
        caller = await self.auth.caller(scope)
        raw = await bodies.read(
            scope,
            receive,
            limit=self.community.limits.body_bytes,
            idle=self.community.upstream_defaults.idle_seconds,
        )
        body = await bodies.parsed(raw, scope["headers"])
        ask = ChatAsk(ENDPOINT, body, visit.id, visit.arrived)
        connection = connection_of(scope)
        with Presence(connection):
            if ask.body.get("stream"):
                events = EventStream(send, connection, visit, self.clock, Plain(self.errors))
                await events.answer(self.relay.stream(caller, ask))
            else:
                await self._whole(caller, ask, send)

    async def _whole(self, caller: Caller, ask: ChatAsk, send: Send) -> None:
        answered = await self.relay.chat(caller, ask)
        body = orjson.dumps(answered.body)
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            *of_answer(answered),
            *limits(answered.settled.standing, self.clock.now()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def operations(parts: ApiParts, counter: Counter) -> tuple[Operation, ...]:
    """Describe the chat, and serve it."""
    chat = Chat(counter.auth, parts.relay, parts.community, parts.clock, counter.errors)
    return (
        Operation(
            name="chat",
            method="POST",
            path="/v1/chat/completions",
            aliases=("/chat/completions", "/api/v1/chat/completions"),
            endpoint=chat,
            summary="Chat with a model",
            words=(
                "OpenAI's chat completions, streamed or whole: tools, image parts and audio too. "
                "Fields that are not named here pass through untouched."
            ),
            answer=Answer(
                "The model's answer.",
                "ChatCompletion",
                events="ChatCompletionChunk",
                last="[DONE]",
            ),
            keyed=True,
            metered=True,
            takes=Body("ChatRequest"),
            fails=frozenset({Kind.TOO_LONG}),
            example={"model": "MODEL", "messages": [{"role": "user", "content": "Hello!"}]},
        ),
    )
