"""What is asked, and of whom: every answer comes as pieces of text, and is settled at its end."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, Self

import discord

from bot.cogs.chat.pictures import picture_part
from bot.ledger.calls import Settled
from bot.relay.ask import ChatAsk
from bot.relay.caller import Caller
from bot.relay.running import Stop
from bot.relay.service import Relay
from bot.relay.streamed import Streamed

ENDPOINT = "discord.chat"


class Answer(Protocol):
    """An answer as it comes; one that is cut raises StreamIncomplete."""

    @property
    def settled(self) -> Settled | None:
        """Return what it cost, once it is over."""
        ...

    @property
    def stopped(self) -> Stop | None:
        """Return why Latchkey itself ended it, if it did."""
        ...

    def stop(self, reason: Stop) -> None:
        """End it from outside."""
        ...

    def __aiter__(self) -> AsyncIterator[str]:
        """Give its pieces."""
        ...


class Question(Protocol):
    """A question that can be asked again and again."""

    @property
    def model(self) -> str:
        """Name who answers."""
        ...

    def asked(
        self, caller: Caller, number: int, arrived: datetime
    ) -> AbstractAsyncContextManager[Answer]:
        """Ask it for the interaction of a number; entered once something is there."""
        ...


@dataclass(frozen=True, slots=True)
class ChatQuestion:
    """A prompt for a model that talks, with pictures."""

    relay: Relay
    model: str
    prompt: str
    images: tuple[discord.Attachment, ...] = ()  # fetched every time: bytes would pile up here

    @asynccontextmanager
    async def asked(
        self, caller: Caller, number: int, arrived: datetime
    ) -> AsyncIterator["ChatAnswer"]:
        """Ask the relay."""
        ask = ChatAsk(ENDPOINT, await self._body(), f"discord_{number}", arrived)
        async with self.relay.stream(caller, ask) as stream:
            yield ChatAnswer(stream)

    async def _body(self) -> dict[str, Any]:
        content: str | list[dict[str, Any]] = self.prompt
        if self.images:
            pictures = [await picture_part(image) for image in self.images]
            content = [{"type": "text", "text": self.prompt}, *pictures]
        messages = [{"role": "user", "content": content}]
        return {"model": self.model, "messages": messages, "stream": True}


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """The text of a streamed chat."""

    stream: Streamed

    @property
    def settled(self) -> Settled | None:
        """Return what it cost, once it is over."""
        return self.stream.settled

    @property
    def stopped(self) -> Stop | None:
        """Return why Latchkey itself ended it, if it did."""
        return self.stream.stopped

    def stop(self, reason: Stop) -> None:
        """End it from outside."""
        self.stream.stop(reason)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        async for chunk in self.stream:
            if text := text_of(chunk):
                return text
        raise StopAsyncIteration


def text_of(chunk: dict[str, Any]) -> str:
    """Return the text that a chunk adds to the answer; upstreams send odd ones too."""
    choices = chunk.get("choices")
    for choice in choices if isinstance(choices, list) else ():
        delta = choice.get("delta") if isinstance(choice, dict) else None
        if isinstance(delta, dict):
            text = delta.get("content") or delta.get("refusal")
            if isinstance(text, str):
                return text
    return ""
