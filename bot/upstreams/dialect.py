"""What every dialect offers the relay, and the values that pass between them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, Self
from urllib.parse import urlsplit

import orjson

from bot.settings.serving import Capability
from bot.upstreams.goods import (
    EditAsk,
    Embedded,
    Finding,
    Mailbox,
    Picture,
    PictureAsk,
    SightAsk,
    Song,
    SongAsk,
    Sound,
    SpeechAsk,
)
from bot.upstreams.http import Door, File, Http, Response

NO_QUERY: Mapping[str, str] = MappingProxyType({})
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
MOST_TOKENS = 100_000_000  # in one call; an upstream that counts more has miscounted


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
    """A chat.completion, or one of Anthropic's Messages, with content in it."""

    body: dict[str, Any]
    usage: Usage | None


class Chunk(NamedTuple):
    """One chat.completion.chunk, or one event of Anthropic's streams.

    `content`: text, reasoning, a tool call, refusal or audio; `finish`: it says why it stopped.
    """

    body: dict[str, Any]
    usage: Usage | None
    content: bool
    finish: bool


# A sign of life amid an answer, passed on so that nobody between gives up; told by identity.
PING = Chunk({"choices": []}, None, content=False, finish=False)


@dataclass(frozen=True, slots=True)
class ModelSeen:
    """A model that an upstream says it serves."""

    id: str
    owner: str | None
    coefficient: int | None = None  # thousandths, where the upstream has a price of its own
    tier: str | None = None  # who may call it there, in the upstream's word


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

    async def post(
        self, path: str, body: dict[str, Any], headers: Mapping[str, str] = NO_HEADERS
    ) -> Response:
        """Post JSON to a path below the base address; the caller closes the answer."""
        return await self._door.post(path, orjson.dumps(body), headers)

    async def form(
        self, path: str, fields: Mapping[str, str], files: Mapping[str, File]
    ) -> Response:
        """Post a form with files to a path below the base address; the caller closes the answer."""
        return await self._door.form(path, fields, files)

    async def get(self, path: str, query: Mapping[str, str] = NO_QUERY) -> Response:
        """Get a path below the base address; the caller closes the answer."""
        return await self._door.get(path, query)


class Unoffered(AssertionError):
    """A dialect was asked for what it does not offer: the router must not let that happen."""


class Dialect(Protocol):
    """The way an upstream speaks; it keeps nothing between calls.

    The router asks for what `offers` names alone. Every method raises UpstreamFailure; bodies and
    asks already carry the upstream's name for the model; contexts hang up when they are left.
    """

    name: str
    offers: frozenset[Capability]

    async def complete(self, link: Link, body: dict[str, Any]) -> Completion:
        """Answer an OpenAI chat body."""
        raise Unoffered(Capability.CHAT)

    def stream(
        self, link: Link, body: dict[str, Any]
    ) -> AbstractAsyncContextManager[AsyncIterator[Chunk]]:
        """Answer an OpenAI chat body in chunks that end with the answer."""
        raise Unoffered(Capability.STREAM)

    async def message(
        self, link: Link, body: dict[str, Any], headers: Mapping[str, str] = NO_HEADERS
    ) -> Completion:
        """Answer one of Anthropic's Messages bodies with a Message; `headers` are Anthropic's."""
        raise Unoffered(Capability.MESSAGES)

    def message_stream(
        self, link: Link, body: dict[str, Any], headers: Mapping[str, str] = NO_HEADERS
    ) -> AbstractAsyncContextManager[AsyncIterator[Chunk]]:
        """Answer one of Anthropic's Messages bodies in events that end with the answer."""
        raise Unoffered(Capability.MESSAGES)

    async def models(self, link: Link) -> list[ModelSeen]:
        """List the models the upstream says it serves."""
        ...

    async def paint(self, link: Link, ask: PictureAsk) -> list[Picture]:
        """Make pictures, `ask.n` of them or as many as one request gives; at least one."""
        raise Unoffered(Capability.IMAGE)

    async def edit(self, link: Link, ask: EditAsk) -> list[Picture]:
        """Change a picture; as `paint` in everything else."""
        raise Unoffered(Capability.EDIT)

    def speak(self, link: Link, ask: SpeechAsk) -> AbstractAsyncContextManager[Sound]:
        """Say a text; entered once the first bytes of sound are there."""
        raise Unoffered(Capability.SPEECH)

    async def embed(self, link: Link, body: dict[str, Any]) -> Embedded:
        """Answer an OpenAI embeddings body."""
        raise Unoffered(Capability.EMBEDDINGS)

    def ask(
        self, link: Link, model: str, question: str
    ) -> AbstractAsyncContextManager[AsyncIterator[Finding]]:
        """Answer a question with web search, piece by piece."""
        raise Unoffered(Capability.ASK)

    async def see(self, link: Link, ask: SightAsk) -> str:
        """Say what a picture shows."""
        raise Unoffered(Capability.SIGHT)

    async def sing(self, link: Link, ask: SongAsk) -> tuple[str, ...]:
        """Begin a song; return the upstream's ids of its clips, at least one."""
        raise Unoffered(Capability.SONG)

    async def song(self, link: Link, clip: str) -> Song:
        """Look a clip up."""
        raise Unoffered(Capability.SONG)

    async def mailbox(self, link: Link, domain: str) -> Mailbox:
        """Make a mailbox at a domain, or where the upstream makes them."""
        raise Unoffered(Capability.TEMP_MAIL)

    async def letters(self, link: Link, identifier: str) -> list[dict[str, Any]]:
        """Read a mailbox: its messages as the upstream gives them."""
        raise Unoffered(Capability.TEMP_MAIL)
