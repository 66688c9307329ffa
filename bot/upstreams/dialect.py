"""What every dialect offers the relay, and the values that pass between them."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple, Protocol, Self
from urllib.parse import urlsplit

import orjson

from bot.upstreams.http import Door, Http, Response

MOST_TOKENS = 100_000_000  # in one call; an upstream that counts more has miscounted


class Capability(StrEnum):
    """What a dialect can do for a caller."""

    CHAT = "chat"
    STREAM = "stream"
    TOOLS = "tools"
    VISION = "vision"
    AUDIO = "audio"
    IMAGE = "image"
    EDIT = "edit"
    SPEECH = "speech"
    EMBEDDINGS = "embeddings"
    MESSAGES = "messages"
    ASK = "ask"
    SIGHT = "sight"
    SONG = "song"
    TEMP_MAIL = "temp_mail"
    WEB = "web"


class Usage(NamedTuple):
    """Tokens as the upstream counted them."""

    prompt: int
    completion: int

    @classmethod
    def read(cls, raw: Any, *, delivered: bool) -> Self | None:
        """Read a usage object; None where there is none or it makes no sense."""
        if not isinstance(raw, dict):
            return None
        prompt, completion = raw.get("prompt_tokens"), raw.get("completion_tokens")
        # Exact types: True is no number of tokens, and 12.5 none either.
        if type(prompt) is not int or type(completion) is not int:
            return None
        if not (0 < prompt <= MOST_TOKENS and 0 <= completion <= MOST_TOKENS):
            return None
        usage = cls(prompt, completion)
        return usage if usage.fits(delivered=delivered) else None

    def fits(self, *, delivered: bool) -> bool:
        """Say whether it can be true of an answer that has, or has not, delivered content."""
        return self.completion > 0 or not delivered


class Completion(NamedTuple):
    """An OpenAI chat.completion with content in it."""

    body: dict[str, Any]
    usage: Usage | None


class Chunk(NamedTuple):
    """One chat.completion.chunk; `content`: text, reasoning, a tool call, refusal or audio."""

    body: dict[str, Any]
    usage: Usage | None
    content: bool
    finish: bool


@dataclass(frozen=True, slots=True)
class ModelSeen:
    """A model that an upstream says it serves."""

    id: str
    owner: str | None


@dataclass(frozen=True)
class Link:
    """A connected upstream."""

    name: str
    base_url: str = field(repr=False)
    api_key: str | None = field(repr=False)
    http: Http = field(repr=False)
    connect_seconds: float
    idle_seconds: float

    @cached_property
    def _door(self) -> Door:
        return Door.prepare(
            self.http,
            self.base_url,
            self.api_key,
            connect=self.connect_seconds,
            idle=self.idle_seconds,
        )

    @cached_property
    def unsaid(self) -> tuple[str, ...]:
        """What must not be repeated from this upstream's answers: its host and its key."""
        parts = urlsplit(self.base_url)
        host = parts.hostname or ""
        whole = (parts.netloc, host, ".".join(host.split(".")[-2:]), self.api_key or "")
        return tuple(value for value in whole if len(value) >= 4)

    async def post(self, path: str, body: dict[str, Any]) -> Response:
        """Post JSON to a path below the base address; the caller closes the answer."""
        return await self._door.post(path, orjson.dumps(body))

    async def get(self, path: str) -> Response:
        """Get a path below the base address; the caller closes the answer."""
        return await self._door.get(path)


class Dialect(Protocol):
    """The way an upstream speaks; it keeps nothing between calls."""

    name: str
    offers: frozenset[Capability]

    async def complete(self, link: Link, body: dict[str, Any]) -> Completion:
        """Answer an OpenAI chat body, whose model is already the upstream's name for it."""
        ...

    def stream(
        self, link: Link, body: dict[str, Any]
    ) -> AbstractAsyncContextManager[AsyncIterator[Chunk]]:
        """Answer in chunks that end with the answer; leaving the context hangs up."""
        ...

    async def models(self, link: Link) -> list[ModelSeen]:
        """List the models the upstream says it serves."""
        ...
