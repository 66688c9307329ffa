"""OpenAI's chats: sent as they are but for model and cap, shown as they come."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any

from bot.catalogue.model import Model, Route
from bot.core.units import Mode
from bot.relay import meter, needs
from bot.relay.ask import read
from bot.relay.call import Call
from bot.relay.meter import Count, Meter
from bot.relay.router import Connected, Router
from bot.relay.streamed import Opened, Streamed
from bot.settings.serving import Capability
from bot.upstreams.dialect import PING, Chunk, Completion


class AskedChat:
    """A chat that somebody asks for."""

    def __init__(self, body: dict[str, Any]) -> None:
        """Read the body, or say which of its fields is not what it has to be."""
        self.wish = read(body)
        self.body = body
        self._sent: dict[str, Any] = {}

    def needs(self, model: Model, base: frozenset[Capability]) -> frozenset[Capability]:
        """Return what a route must offer."""
        return needs.of_chat(self.body, self.wish.messages, model.id, base)

    def bind(self, model: Model, call: Call) -> None:
        """Copy the body, with the cap that the hold rests on in the field the model wants."""
        self._sent = sent = dict(self.body)
        if self.wish.cap is not None or call.ask.mode is Mode.TOKENS:
            sent.pop("max_tokens", None)
            sent.pop("max_completion_tokens", None)
            sent[model.cap_field] = call.held.cap

    async def complete(self, at: Connected, name: str) -> Completion:
        """Ask for an answer in one piece."""
        self._sent["model"] = name
        return await at.dialect.complete(at.link, self._sent)

    def stream(self, at: Connected, name: str) -> AbstractAsyncContextManager[AsyncIterator[Chunk]]:
        """Ask for a stream."""
        self._sent["model"] = name
        return at.dialect.stream(at.link, self._sent)

    async def count(self, completion: Completion, prompt: int) -> Count:
        """Return what an answer came to."""
        return await meter.answered(completion, prompt)

    def usage(self, count: Count) -> dict[str, int]:
        """Return our own count in OpenAI's shape."""
        return count.as_usage()

    def streamed(self, call: Call, router: Router, stream: Opened, at: Route) -> Streamed:
        """Return what hands the chunks to the client."""
        return StreamedChat(self, call, router, stream, at)


class StreamedChat(Streamed):
    """Hands out chunks; the usage comes last, to whoever asked for it."""

    def __init__(
        self, asked: AskedChat, call: Call, router: Router, stream: Opened, at: Route
    ) -> None:
        wish, prompt = asked.wish, call.ask.terms.prompt
        super().__init__(call, wish.model, Meter(prompt), router, stream, at)
        self._usage_due = wish.usage
        self._latest: dict[str, Any] = {}  # chunk: the answer's id is in it

    def _shown(self, chunk: Chunk) -> dict[str, Any] | None:
        """Shape a chunk for the client; the usage chunk waits for the end."""
        body, meter = chunk.body, self._meter
        if chunk is PING:
            return body
        if chunk.usage is not None:
            meter.saw(chunk)
        if "usage" in body:
            del body["usage"]
            if not body.get("choices"):  # it was about usage alone, though it may say null
                return None
        if chunk.content:
            meter.handed(chunk)
        body["model"] = self._model
        self._latest = body
        return body

    def _last(self) -> Iterator[dict[str, Any]]:
        """Yield the usage chunk, if the caller asked for it."""
        if self._usage_due:
            told = {name: self._latest.get(name) for name in ("id", "object", "created")}
            count = self._meter.whole()
            said = count.as_usage() if count.estimated else self._meter.usage_body
            yield told | {"model": self._model, "choices": [], "usage": said}
