"""POST /v1/chat/completions: one metered call, streamed or whole."""

from dataclasses import dataclass
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from bot.api import bodies
from bot.api.auth import Auth
from bot.api.connection import connection_of
from bot.api.errors import Errors
from bot.api.headers import limits, of_answer
from bot.api.presence import Presence
from bot.api.streaming import EventStream
from bot.api.visit import visit_of
from bot.community.service import Community
from bot.core.clock import Clock
from bot.relay.ask import ChatAsk
from bot.relay.caller import Caller
from bot.relay.service import Relay

ENDPOINT = "chat.completions"


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
        ask = ChatAsk(ENDPOINT, bodies.parse(raw), visit.id, visit.arrived)
        connection = connection_of(scope)
        with Presence(connection):
            if ask.body.get("stream"):
                events = EventStream(send, connection, visit, self.clock, self.errors)
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


def schema(most_choices: int) -> dict[str, Any]:
    """Return what a body has to look like, as far as we look at it."""
    return {
        "type": "object",
        "required": ["model", "messages"],
        "properties": {
            "model": {"type": "string", "description": "an id of GET /v1/models"},
            "messages": {"type": "array", "minItems": 1, "items": {"type": "object"}},
            "stream": {"type": "boolean", "default": False},
            "stream_options": {
                "type": "object",
                "properties": {"include_usage": {"type": "boolean"}},
            },
            "max_tokens": {"type": "integer", "minimum": 1},
            "max_completion_tokens": {"type": "integer", "minimum": 1},
            "n": {"type": "integer", "minimum": 1, "maximum": most_choices},
        },
        "additionalProperties": True,
        "description": "OpenAI's chat body; every field that is not named here passes through.",
    }
