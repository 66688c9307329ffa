"""Counts what an answer came to: the upstream's usage where it makes sense, else our own count."""

from typing import Any, NamedTuple

from bot.core import tokens
from bot.relay.ask import MOST_CHOICES
from bot.relay.estimate import message_texts
from bot.upstreams.dialect import Chunk, Completion, Usage

KEPT = 4_096  # characters kept before they are counted, so that no stream grows


class Count(NamedTuple):
    """Prompt and completion tokens; `estimated` where they are our own count."""

    prompt: int
    completion: int
    estimated: bool

    def as_usage(self) -> dict[str, int]:
        """Return it in OpenAI's shape."""
        return {
            "prompt_tokens": self.prompt,
            "completion_tokens": self.completion,
            "total_tokens": self.prompt + self.completion,
        }


class Delivered:
    """Counts a text that arrives in pieces, keeping little of it."""

    __slots__ = ("_counted", "_parts", "_size")

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._size = 0
        self._counted = 0

    def add(self, text: str) -> None:
        """Take the next piece."""
        self._parts.append(text)
        self._size += len(text)
        if self._size > KEPT:
            self._flush()

    @property
    def tokens(self) -> int:
        """Return the tokens of all pieces so far."""
        self._flush()
        return self._counted

    def _flush(self) -> None:
        if self._parts:
            self._counted += tokens.count("".join(self._parts))
            self._parts.clear()
            self._size = 0


class Meter:
    """Watches a stream: what its usage says, and what was handed to the client.

    Where no prompt was counted the call has a price of its own, and nothing else is counted.
    """

    __slots__ = ("_choices", "_first", "delivering", "prompt", "usage", "usage_body")

    def __init__(self, prompt: int) -> None:
        """Start with the prompt as we counted it."""
        self.prompt = prompt
        self.usage: Usage | None = None
        self.usage_body: dict[str, Any] | None = None  # the usage as the upstream wrote it
        self.delivering = False  # content has been handed out
        self._first = Delivered()  # nearly every answer has one choice
        self._choices: dict[int, Delivered] = {}

    def saw(self, chunk: Chunk) -> None:
        """Note the usage in a chunk that arrived: the last one counts."""
        if chunk.usage is not None:
            self.usage = chunk.usage
            self.usage_body = chunk.body["usage"]

    def handed(self, chunk: Chunk) -> None:
        """Note the content of a chunk that goes to the client."""
        self.delivering = True
        if not self.prompt:
            return
        for choice in chunk.body["choices"]:
            if not isinstance(choice, dict) or not isinstance(delta := choice.get("delta"), dict):
                continue
            index = choice.get("index")
            said = self._first if not index else self._of(index)
            if len(delta) == 1 and type(text := delta.get("content")) is str:
                said.add(text)
            else:
                for text in message_texts(delta):
                    said.add(text)

    def whole(self) -> Count:
        """Return what the complete answer came to."""
        if (usage := self._sensible()) is not None:
            return Count(usage.prompt, usage.completion, estimated=False)
        return Count(self.prompt, self._delivered(), estimated=self.prompt > 0)

    def part(self) -> Count:
        """Return what an answer that broke off came to: the prompt and what was delivered."""
        delivered = self._delivered()
        if (usage := self._sensible()) is not None:
            return Count(usage.prompt, max(usage.completion, delivered), estimated=False)
        return Count(self.prompt, delivered, estimated=self.prompt > 0)

    def _sensible(self) -> Usage | None:
        """Return the last usage unless it says nothing was delivered where something was."""
        usage = self.usage
        return usage if usage is not None and usage.fits(delivered=self.delivering) else None

    def _delivered(self) -> int:
        return self._first.tokens + sum(said.tokens for said in self._choices.values())

    def _of(self, index: Any) -> Delivered:
        # Choices arrive interleaved: joined across them, words would break apart.
        known = index if type(index) is int and index <= MOST_CHOICES else 0
        return self._choices.setdefault(known, Delivered())


async def answered(completion: Completion, prompt: int) -> Count:
    """Return what an answer in one piece came to."""
    if (usage := completion.usage) is not None:
        return Count(usage.prompt, usage.completion, estimated=False)
    if not prompt:
        return Count(0, 0, estimated=False)
    texts: list[str] = []
    for choice in completion.body["choices"]:
        if isinstance(choice, dict) and isinstance(message := choice.get("message"), dict):
            texts += message_texts(message)
    return Count(prompt, await tokens.count_many(texts), estimated=True)
