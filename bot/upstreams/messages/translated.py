"""A chat's chunks told as Anthropic's events, each the moment it is there."""

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bot.upstreams.dialect import PING, Chunk, Completion, Dialect, Link, Usage
from bot.upstreams.failures import Empty
from bot.upstreams.messages.events import Event, Translation
from bot.upstreams.messages.reading import ALIVE, EXCUSES, adds
from bot.upstreams.messages.response import as_message


async def message(dialect: Dialect, link: Link, body: dict[str, Any]) -> Completion:
    """Answer a chat body with a Message."""
    completion = await dialect.complete(link, body)
    message = as_message(completion.body, completion.usage)
    if not (message["content"] or message["stop_reason"] in EXCUSES):
        raise Empty  # sound alone, or something else that no Message has a block for
    return Completion(message, completion.usage)


@asynccontextmanager
async def message_stream(
    dialect: Dialect, link: Link, body: dict[str, Any]
) -> AsyncIterator[AsyncIterator[Chunk]]:
    """Answer a chat body in events."""
    async with dialect.stream(link, body) as chunks:
        yield Told(chunks)


class Told:
    """Iterates over the events of a stream of chunks."""

    __slots__ = (
        "_chunks",
        "_come",
        "_content",
        "_over",
        "_raw",
        "_translation",
        "_unsaid",
        "_usage",
        "ahead",
    )

    def __init__(self, chunks: AsyncIterator[Chunk]) -> None:
        self.ahead: deque[Chunk] = deque()  # what has come and was not asked for yet
        self._chunks = chunks
        self._come: deque[Chunk] = getattr(chunks, "ahead", deque())
        self._translation = Translation()
        self._usage: Usage | None = None  # the last one
        self._raw: Any = None  # as the upstream wrote it
        self._unsaid: Usage | None = None  # one that no event has carried yet
        self._content = False
        self._over = False

    def __aiter__(self) -> AsyncIterator[Chunk]:
        return self

    async def __anext__(self) -> Chunk:
        while not self.ahead:
            if self._over:
                raise StopAsyncIteration
            try:
                self._take(await anext(self._chunks))
            except StopAsyncIteration:
                self._end()
            while self._come:
                self._take(self._come.popleft())
        return self.ahead.popleft()

    def _take(self, chunk: Chunk) -> None:
        if chunk is PING:
            if self._content:
                self.ahead.append(ALIVE)
            return
        if chunk.usage is not None:
            self._usage = self._unsaid = chunk.usage
            self._raw = chunk.body.get("usage")
        for event in self._translation.feed(chunk.body):
            usage, self._unsaid = self._unsaid, None
            self._tell(event, usage, finish=False)

    def _end(self) -> None:
        self._over = True
        for event in self._translation.end(self._raw, self._usage):
            finish = event["type"] == "message_delta"
            if finish and not (self._content or event["delta"]["stop_reason"] in EXCUSES):
                raise Empty
            self._tell(event, self._usage if finish else None, finish=finish)

    def _tell(self, event: Event, usage: Usage | None, *, finish: bool) -> None:
        content = adds(event)
        self._content = self._content or content
        self.ahead.append(Chunk(event, usage, content, finish))
