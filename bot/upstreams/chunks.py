"""A stream of chat.completion.chunks out of an answer's bytes, and the ways in which it may end."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Collection
from contextlib import suppress
from typing import Any, ClassVar

import orjson

from bot.upstreams.dialect import PING, Chunk, Usage
from bot.upstreams.failures import Cut, Empty, UpstreamFailure
from bot.upstreams.http import Response, pieces
from bot.upstreams.refusals import of_error
from bot.upstreams.sse import Event, Events, EventTooLarge

CONTENT = (
    "content",
    "tool_calls",
    "reasoning_content",
    "reasoning",
    "refusal",
    "audio",
    "function_call",
)
EXCUSES = ("length", "content_filter")  # finishes that explain an empty answer
AFTER_FINISH = 5.0  # seconds to wait for usage and [DONE] once every choice has finished


def has_content(part: dict[str, Any]) -> bool:
    """Say whether a message or a delta holds anything a person asked for."""
    return bool(part.get("content")) or any(map(part.get, CONTENT))


class Chunks:
    """Iterates over the chunks; ends after [DONE], or at the end of a finished answer."""

    ping: ClassVar[Chunk] = PING
    __slots__ = (
        "_begun",
        "_content",
        "_ended",
        "_events",
        "_excused",
        "_failure",
        "_finished",
        "_pieces",
        "_unsaid",
        "ahead",
        "over",
    )

    def __init__(self, response: Response, unsaid: Collection[str]) -> None:
        self.over = False  # the upstream has nothing more to send: its connection can be kept
        self._pieces = pieces(response)
        self._unsaid = unsaid
        self._events = Events()
        self.ahead: deque[Chunk] = deque()  # what has come and was not asked for yet
        self._ended = False
        self._failure: UpstreamFailure | None = None
        self._begun: set[int] = set()  # choices by index
        self._finished: set[int] = set()
        self._content = False
        self._excused = False

    def __aiter__(self) -> AsyncIterator[Chunk]:
        return self

    async def __anext__(self) -> Chunk:
        while not self.ahead:
            if self._failure is not None:
                raise self._failure
            if self._ended:
                raise StopAsyncIteration
            await self._more()
        return self.ahead.popleft()

    async def _more(self) -> None:
        try:
            piece = await self._next()
            events = self._events.feed(piece) if piece else self._events.end()
        except EventTooLarge:
            self._end(Empty())
            return
        except UpstreamFailure as failure:
            self._end(failure)
            return
        for event in events:
            self._take(event)
            if self._ended:
                return
        if not events and self._content and piece[:1] == b":":  # a comment
            self.ahead.append(self.ping)
        if not piece:
            self.over = True
            self._end()

    async def _next(self) -> bytes:
        """Return the next bytes, b"" at the end."""
        if not self._complete:
            return await anext(self._pieces, b"")
        # Usage and [DONE] may follow; some upstreams send neither and keep the connection open.
        with suppress(TimeoutError):
            async with asyncio.timeout(AFTER_FINISH):
                return await anext(self._pieces, b"")
        return b""

    @property
    def _complete(self) -> bool:
        """Whether every choice that has begun has finished."""
        return bool(self._finished) and self._begun <= self._finished

    def _end(self, failure: UpstreamFailure | None = None, *, done: bool = False) -> None:
        """Decide what the end of the stream is: an answer's, a cut, or no answer at all."""
        self._ended = True
        complete = done or self._complete
        if self._content:
            self._failure = None if complete else Cut()
        elif not (complete and self._excused):
            self._failure = failure or Empty()

    def _take(self, event: Event) -> None:
        data = event.data.strip()
        if data[:1] != b"{":  # else a ping, or noise
            if data == b"[DONE]":
                self.over = True
                self._end(done=True)
            return
        try:
            body = orjson.loads(data)
        except orjson.JSONDecodeError:
            self._end(Empty())
            return
        if event.name == b"error" or body.get("error"):
            self._end(of_error(body.get("error", body), self._unsaid))
            return
        self.ahead.append(self._chunk(body))

    def _chunk(self, body: dict[str, Any]) -> Chunk:
        content = finish = False
        choices = body.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            if not isinstance(choice, dict):
                continue
            index = choice.get("index")
            index = index if isinstance(index, int) else 0
            self._begun.add(index)
            delta = choice.get("delta")
            if isinstance(delta, dict) and has_content(delta):
                content = self._content = True
            if reason := choice.get("finish_reason"):
                finish = True
                self._finished.add(index)
                self._excused = self._excused or reason in EXCUSES
        usage = body.get("usage")
        return Chunk(
            body, Usage.read(usage, delivered=self._content) if usage else None, content, finish
        )
