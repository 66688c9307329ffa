"""Anthropic's Messages: untouched to upstreams that speak them, as chats to all others."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from bot.catalogue.model import Model, Route
from bot.core import tokens
from bot.relay import needs
from bot.relay.ask import Wish, read_message
from bot.relay.call import Call
from bot.relay.meter import Count, Meter
from bot.relay.router import Connected, Router
from bot.relay.streamed import Opened, Streamed
from bot.settings.serving import Capability, CapField
from bot.upstreams.dialect import NO_HEADERS, Chunk, Completion
from bot.upstreams.messages import translated
from bot.upstreams.messages.reading import texts_of, texts_of_event, usage_of
from bot.upstreams.messages.request import as_chat, as_sent

NATIVE = frozenset({Capability.MESSAGES})
Event = dict[str, Any]


class AskedMessage:
    """A Message that somebody asks for."""

    def __init__(
        self,
        body: dict[str, Any],
        headers: Mapping[str, str] = NO_HEADERS,
        *,
        capped: bool = True,
    ) -> None:
        """Read the body; `capped`: it must say max_tokens."""
        name, cap = read_message(body, capped=capped)
        chat = as_chat(body)
        self.body = chat.body
        self.wish = Wish(name, chat.body["messages"], choices=1, cap=cap, usage=False)
        self._alien = chat.alien
        self._native = body
        self._headers = headers

    def needs(self, model: Model, base: frozenset[Capability]) -> frozenset[Capability]:
        """Return what a route must offer: Messages themselves where no chat holds everything."""
        found = needs.of_chat(self.body, self.wish.messages, model.id, base)
        return found | NATIVE if self._alien else found

    def bind(self, model: Model, call: Call) -> None:
        """Put the cap that the hold rests on into both bodies."""
        cap = call.held.cap
        self.body.pop("max_tokens", None)
        self.body[model.cap_field] = cap
        if model.cap_field != CapField.COMPLETION_TOKENS:  # the field of models that reason
            self.body.pop("reasoning_effort", None)  # which all others refuse
        self._native = as_sent(self._native, cap)

    async def complete(self, at: Connected, name: str) -> Completion:
        """Ask for a Message in one piece, in the upstream's own way."""
        if _native(at):
            return await at.dialect.message(at.link, self._native | {"model": name}, self._headers)
        return await translated.message(at.dialect, at.link, self.body | {"model": name})

    def stream(self, at: Connected, name: str) -> AbstractAsyncContextManager[AsyncIterator[Chunk]]:
        """Ask for events, in the upstream's own way."""
        if _native(at):
            body = self._native | {"model": name}
            return at.dialect.message_stream(at.link, body, self._headers)
        return translated.message_stream(at.dialect, at.link, self.body | {"model": name})

    async def count(self, completion: Completion, prompt: int) -> Count:
        """Return what a Message came to."""
        if (usage := completion.usage) is not None:
            return Count(usage.prompt, usage.completion, estimated=False)
        if not prompt:  # a price of its own: nothing is counted
            return Count(0, 0, estimated=False)
        texts = (text for block in completion.body["content"] for text in texts_of(block))
        return Count(prompt, await tokens.count_many(texts), estimated=True)

    def usage(self, count: Count) -> dict[str, int]:
        """Return our own count in Anthropic's shape."""
        return told(count)

    def streamed(self, call: Call, router: Router, stream: Opened, at: Route) -> Streamed:
        """Return what hands the events to the client."""
        return StreamedMessage(self.wish.model, call, router, stream, at)


class MessageMeter(Meter):
    """Watches a stream of events."""

    __slots__ = ()

    def saw(self, chunk: Chunk) -> None:
        """Note the usage that came with an event: the last one counts."""
        self.usage = chunk.usage

    def handed(self, chunk: Chunk) -> None:
        """Note the content of an event that goes to the client."""
        self.delivering = True
        if not self.prompt:
            return
        for text in texts_of_event(chunk.body):
            self._first.add(text)


class StreamedMessage(Streamed):
    """Hands out events; from the one that says why the answer stopped, they wait for its end."""

    def __init__(self, model: str, call: Call, router: Router, stream: Opened, at: Route) -> None:
        meter = MessageMeter(call.ask.terms.prompt)
        super().__init__(call, model, meter, router, stream, at)
        self._kept: list[Event] = []

    def _shown(self, chunk: Chunk) -> Event | None:
        """Shape an event for the client; what ends the answer waits until it is settled."""
        event, meter = chunk.body, self._meter
        if chunk.usage is not None:
            meter.saw(chunk)
        if chunk.content:
            meter.handed(chunk)
        elif event["type"] == "message_start" and isinstance(event["message"], dict):
            self._introduce(event["message"])
        if self._kept or chunk.finish or event["type"] == "message_stop":
            self._kept.append(event)
            return None
        return event

    def _introduce(self, message: Event) -> None:
        """Name the model that was asked for, and the prompt's tokens, which no chat says first."""
        message["model"] = self._model
        if usage_of(message.get("usage"), delivered=False) is None:
            message["usage"] = told(Count(self._meter.prompt, 0, estimated=True))

    def _last(self) -> Iterator[Event]:
        """Yield why the answer stopped, with the usage that is charged, and its end."""
        count = self._meter.whole()
        delta = {"stop_reason": "end_turn", "stop_sequence": None}
        if not any(event["type"] == "message_delta" for event in self._kept):
            yield {"type": "message_delta", "delta": delta, "usage": told(count)}
        for event in self._kept:
            if event["type"] == "message_delta" and count.estimated:
                event["usage"] = told(count)
            if event["type"] != "message_stop":
                yield event
        yield {"type": "message_stop"}


def _native(at: Connected) -> bool:
    """Say whether an upstream speaks Messages, and may be asked to."""
    return at.offers & at.dialect.offers >= NATIVE


def told(count: Count) -> dict[str, int]:
    """Return a count in Anthropic's shape."""
    return {"input_tokens": count.prompt, "output_tokens": count.completion}
