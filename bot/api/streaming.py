"""A streamed answer that owns its call: whatever ends the one ends the other."""

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import orjson
from starlette.types import Message, Send

from bot.api.connection import Connection
from bot.api.errors import Errors
from bot.api.headers import Header, Limits, limits, of_stream
from bot.api.visit import Visit
from bot.core.clock import Clock
from bot.relay.errors import StreamIncomplete
from bot.relay.running import Stop
from bot.relay.streamed import Streamed
from bot.upstreams.dialect import PING

AT_ONCE = 16_384  # bytes
DONE = b"data: [DONE]\n\n"
COMMENT = b": ping\n\n"  # what clients skip, and what keeps a silent line open
EVENTS: tuple[Header, ...] = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),  # else nginx gathers the events
)


class Voice(Protocol):
    """How a chat's chunks are said as events, in bytes; it may keep what it has said."""

    def opened(self) -> bytes:
        """Return what comes before the first chunk."""
        ...

    def chunk(self, body: dict[str, Any]) -> bytes:
        """Return a chunk's events."""
        ...

    def closed(self) -> bytes:
        """Return what ends an answer that is whole."""
        ...

    def cut(self, failure: StreamIncomplete) -> bytes:
        """Return what ends an answer that was cut."""
        ...


@dataclass(frozen=True)
class Plain:
    """Says chunks as they are, as chat completions do; an answer that is cut has no [DONE]."""

    errors: Errors

    def opened(self) -> bytes:
        """Return nothing: the first chunk opens it."""
        return b""

    def chunk(self, body: dict[str, Any]) -> bytes:
        """Return a chunk's event."""
        return COMMENT if body is PING.body else event(body)

    def closed(self) -> bytes:
        """Return the word that everything was said."""
        return DONE

    def cut(self, failure: StreamIncomplete) -> bytes:
        """Return the error in its event."""
        return event(self.errors.openai(failure))


@dataclass(frozen=True)
class EventStream:
    """Sends chunks as server-sent events, each the moment it is there."""

    send: Send
    connection: Connection
    visit: Visit
    clock: Clock
    voice: Voice
    limits: Limits = limits

    async def answer(self, call: AbstractAsyncContextManager[Streamed]) -> None:
        """Answer with the call's chunks; an answer that is cut says so."""
        started = False
        try:
            async with call as streamed:
                await self.send(self._head(streamed))
                started = True
                await self._pass_on(streamed)
        except StreamIncomplete as failure:
            if not started:
                raise
            await self.send(last(self.voice.cut(failure)))
            return
        # Only now: whoever reads the end and asks what is left gets the settled number.
        await self.send(last(self.voice.closed()))

    async def _pass_on(self, chunks: Streamed) -> None:
        self.connection.stuck = partial(chunks.stop, Stop.SLOW)
        try:
            if opened := self.voice.opened():
                await self.send(piece(opened))
            async for chunk in chunks:
                # What the upstream sent in one go goes out in one go; nothing waits for more.
                await self.send(piece(gathered(chunk, chunks.come(), self.voice.chunk)))
        finally:
            self.connection.stuck = None

    def _head(self, streamed: Streamed) -> Message:
        now = self.clock.now()
        self.visit.first_content = self.clock.monotonic()
        headers = [*EVENTS, *of_stream(streamed), *self.limits(streamed.held.standing, now)]
        return {"type": "http.response.start", "status": 200, "headers": headers}


def gathered(
    first: dict[str, Any],
    come: Iterator[dict[str, Any]],
    said: Callable[[dict[str, Any]], bytes],
) -> bytes:
    """Return the events of a chunk and of those that came with it, not many more than fit."""
    events = [said(first)]
    size = len(events[0])
    # A chunk that is taken counts as delivered: none is taken beyond what is sent.
    while size < AT_ONCE and (chunk := next(come, None)) is not None:
        events.append(said(chunk))
        size += len(events[-1])
    return b"".join(events)


def event(body: dict[str, Any]) -> bytes:
    """Return one server-sent event."""
    return b"data: %b\n\n" % orjson.dumps(body)


def piece(body: bytes) -> Message:
    """Return the message that carries a piece of the body."""
    return {"type": "http.response.body", "body": body, "more_body": True}


def last(body: bytes) -> Message:
    """Return the message that ends the body."""
    return {"type": "http.response.body", "body": body, "more_body": False}
