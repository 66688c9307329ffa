"""A caller's body in one of the shapes we serve: all in which a chat and a Message differ."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from bot.catalogue.model import Model, Route
from bot.relay.ask import Wish
from bot.relay.call import Call
from bot.relay.meter import Count
from bot.relay.router import Connected, Router
from bot.relay.streamed import Opened, Streamed
from bot.settings.serving import Capability
from bot.upstreams.dialect import Chunk, Completion


class Asked(Protocol):
    """What is asked, how it is sent to a route, and how its answer is counted and shown."""

    wish: Wish
    body: dict[str, Any]  # as a chat has it: what is counted

    def needs(self, model: Model, base: frozenset[Capability]) -> frozenset[Capability]:
        """Return what a route must offer; `base` itself where that is all."""
        ...

    def bind(self, model: Model, call: Call) -> None:
        """Take over the cap that the call's hold rests on."""
        ...

    async def complete(self, at: Connected, name: str) -> Completion:
        """Ask an upstream that calls the model `name` for an answer in one piece."""
        ...

    def stream(self, at: Connected, name: str) -> AbstractAsyncContextManager[AsyncIterator[Chunk]]:
        """Ask an upstream that calls the model `name` for a stream."""
        ...

    async def count(self, completion: Completion, prompt: int) -> Count:
        """Return what an answer in one piece came to."""
        ...

    def usage(self, count: Count) -> dict[str, int]:
        """Return our own count as the answer has it."""
        ...

    def streamed(self, call: Call, router: Router, stream: Opened, at: Route) -> Streamed:
        """Return what hands the stream to the client."""
        ...
