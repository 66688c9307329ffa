"""Messages asked of two upstreams that speak them, or that chat alone."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from bot.core.clock import HandClock
from bot.relay.ask import ChatAsk
from bot.relay.caller import Caller
from bot.sandbox.upstreams.freetheai import LoopbackFreeTheAI
from bot.storage.database import Database
from bot.upstreams.registry import DIALECTS
from tests.fakes.serve import serving
from tests.features.relay.house import House, opened_house
from tests.rules.messages.stream import told


@dataclass(frozen=True)
class Way:
    """A way in which upstreams answer Messages; `early` events come before the first word."""

    native: bool
    early: int

    def __str__(self) -> str:
        return "native" if self.native else "translated"


WAYS = (Way(native=True, early=3), Way(native=False, early=1))


@asynccontextmanager
async def opened_spoken(
    db: Database, clock: HandClock, way: Way, *, second: Way | None = None, **how: Any
) -> AsyncIterator[House]:
    """Wire a house whose upstreams answer in these ways; `second` is as the first unless given."""
    native = {"first": way.native, "second": (second or way).native}
    servers = {name: LoopbackFreeTheAI() for name, speaks in native.items() if speaks}
    async with AsyncExitStack() as stack:
        urls = {
            name: await stack.enter_async_context(serving(server.app()))
            for name, server in servers.items()
        }
        house = await stack.enter_async_context(opened_house(db, clock, urls=urls, **how))
        for name, server in servers.items():
            upstreams: Any = house.relay.router.upstreams
            upstreams[name] = replace(upstreams[name], dialect=DIALECTS["freetheai"])
            setattr(house, name, server)
        yield house
        for server in servers.values():
            server.gate.set()


def asked(house: House, text: str = "Hello there", **fields: Any) -> ChatAsk:
    """Return a Messages ask with one turn; fields are those of the body."""
    turns = [{"role": "user", "content": text}]
    body = {"model": "gpt-4o", "max_tokens": 400, "messages": turns} | fields
    return ChatAsk("messages", body, "req-1", house.clock.now())


async def answered(house: House, caller: Caller, ask: ChatAsk, *, streamed: bool) -> dict[str, Any]:
    """Make a call and return the Message it brought, out of a stream that is well-formed."""
    if not streamed:
        return (await house.relay.message(caller, ask)).body
    async with house.relay.message_stream(caller, ask) as events:
        return told([event async for event in events])


def said(message: dict[str, Any]) -> str:
    """Return a Message's words."""
    return "".join(block.get("text", "") for block in message["content"])


def word_in(event: dict[str, Any]) -> str:
    """Return the word that an event brings."""
    return str((event.get("delta") or {}).get("text") or "")
