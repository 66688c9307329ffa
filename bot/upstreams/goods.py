"""What is asked of upstreams besides chat, and what comes back."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class PictureAsk:
    """Pictures to make; `extra` holds the caller's other fields, which pass through."""

    model: str
    prompt: str
    n: int = 1
    size: str | None = None  # "1024x1024" or a ratio, "16:9"; None: as the upstream likes
    seed: int | None = None
    wants_url: bool | None = False  # None: link or bytes, as the upstream likes
    fast: bool = False  # the upstream's quick way, where it has one (airforce's imagine2)
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EditAsk:
    """A picture to change; `media` is its type as its bytes say."""

    model: str
    prompt: str
    image: bytes = field(repr=False)
    media: str
    mask: bytes | None = field(default=None, repr=False)
    n: int = 1
    size: str | None = None
    wants_url: bool | None = False  # None: link or bytes, as the upstream likes
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: its bytes, or where the upstream keeps it; exactly one of the two."""

    data: bytes | None = field(default=None, repr=False)
    url: str | None = field(default=None, repr=False)
    revised_prompt: str | None = None


@dataclass(frozen=True, slots=True)
class SpeechAsk:
    """A text to say."""

    model: str
    text: str
    voice: str
    format: str = "mp3"  # mp3 opus aac flac wav pcm
    speed: float | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sound:
    """Sound that comes in pieces, the first of which is there; `media` as in "audio/mpeg"."""

    media: str
    pieces: AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class Embedded:
    """OpenAI's list of embeddings, and the tokens the upstream counted, where it did.

    Vectors of numbers are fragments: text that is JSON already.
    """

    body: dict[str, Any]
    tokens: int | None


@dataclass(frozen=True, slots=True)
class Finding:
    """A piece of an answer from the web, and a link where the upstream gives one."""

    message: str
    url: str | None


@dataclass(frozen=True, slots=True)
class SightAsk:
    """A picture to describe: a public address, bytes of a type, or both for whoever takes one."""

    model: str
    question: str | None = None
    url: str | None = field(default=None, repr=False)
    data: bytes | None = field(default=None, repr=False)
    media: str | None = None


@dataclass(frozen=True, slots=True)
class SongAsk:
    """A song to make, within the lengths that SPEC 9 gives."""

    model: str
    prompt: str
    style: str | None = None
    instrumental: bool = False
    custom: bool = False


@dataclass(frozen=True, slots=True)
class Song:
    """A clip as the upstream has it; `status` is "generating" or "finished"."""

    status: str
    image_url: str | None
    audio_url: str | None
    video_url: str | None


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mailbox; whoever knows `identifier` may read it upstream."""

    email: str
    identifier: str = field(repr=False)
