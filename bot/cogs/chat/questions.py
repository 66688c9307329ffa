"""What is asked, and of whom: every answer comes as pieces of text, and is settled at its end."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol, Self

from bot.cogs.chat.pictures import is_picture
from bot.cogs.chat.prompts import composed
from bot.cogs.chat.seam import ORDER
from bot.cogs.chat.talk import Talk
from bot.ledger.calls import Settled
from bot.relay.ask import ChatAsk
from bot.relay.caller import Caller
from bot.relay.running import Stop
from bot.relay.service import Relay
from bot.relay.streamed import Streamed

ENDPOINT = "discord.chat"
LENGTH = "length"  # the reason why an answer ended at its cap


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
    """The last question of a conversation, for a model that talks."""

    relay: Relay
    model: str
    talk: Talk

    @property
    def sees(self) -> bool:
        """Say whether its question has pictures, so that not every model will do."""
        asked = self.talk.asked(alone=False)
        return any(is_picture(file) for turn in asked for file in turn.files)

    @property
    def length(self) -> int:
        """Return how many characters it keeps in memory."""
        return self.talk.length

    @asynccontextmanager
    async def asked(
        self, caller: Caller, number: int, arrived: datetime
    ) -> AsyncIterator["ChatAnswer"]:
        """Ask the relay."""
        model = self.relay.catalogue.get(self.model)
        counting = self.relay.community.counting
        prompt = await composed(self.talk, model, counting.image_tokens)
        body = {"model": model.id, "messages": prompt.messages, "stream": True}
        ask = ChatAsk(ENDPOINT, body, f"discord_{number}", arrived)
        async with self.relay.stream(caller, ask) as stream:
            yield ChatAnswer(stream, prompt.notes)

    def by(self, model: str) -> "ChatQuestion":
        """Return the same question for another model."""
        return replace(self, model=model)

    def going_on(self, answer: str) -> "ChatQuestion":
        """Return the question for what comes after an answer that broke off."""
        return replace(self, talk=self.talk.going_on(answer, ORDER))


@dataclass(slots=True)
class ChatAnswer:
    """The text of a streamed chat; `short`: it ended because of its length."""

    stream: Streamed
    notes: Sequence[str] = ()
    short: bool = False

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
            self.short = self.short or _reason(chunk) == LENGTH
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


def _reason(chunk: dict[str, Any]) -> Any:
    """Return why an answer is over, as a chunk says it."""
    choices = chunk.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return first.get("finish_reason") if isinstance(first, dict) else None
