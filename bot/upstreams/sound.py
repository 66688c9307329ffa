"""Sound as it comes out of an upstream's answer: pieces of bytes, and what they are."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.upstreams.answers import read_object, refuse
from bot.upstreams.dialect import Link
from bot.upstreams.failures import Cut, Empty, UpstreamFailure
from bot.upstreams.goods import Sound
from bot.upstreams.http import Response, let_go, pieces

MEDIA = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
_UNSAID = ("", "application/octet-stream", "binary/octet-stream")  # types that say nothing
_SIGNS = (
    (b"ID3", "audio/mpeg"),
    (b"RIFF", "audio/wav"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
)


class _Pieces:
    """Iterates over the bytes; a connection that breaks among them is a Cut."""

    __slots__ = ("_first", "_pieces", "over")

    def __init__(self, response: Response) -> None:
        self.over = False  # the upstream has nothing more to send: its connection can be kept
        self._pieces = pieces(response)
        self._first = b""

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def begin(self) -> bytes:
        """Wait for the first bytes, and return them without taking them away."""
        self._first = await anext(self._pieces, b"")
        return self._first

    async def __anext__(self) -> bytes:
        if first := self._first:
            self._first = b""
            return first
        try:
            return await anext(self._pieces)
        except StopAsyncIteration:
            self.over = True
            raise
        except UpstreamFailure:
            raise Cut from None


@asynccontextmanager
async def sounding(link: Link, response: Response, form: str) -> AsyncIterator[Sound]:
    """Hold an answer that must be sound in a form such as "mp3"; hangs up when it is left."""
    sound = _Pieces(response)
    try:
        if response.status_code != 200:
            await refuse(link, response)
        said = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if "json" in said:
            await read_object(link, response)  # an error, or something nobody asked for
            raise Empty
        if said not in _UNSAID and not said.startswith("audio/"):
            raise Empty
        first = await sound.begin()
        if not first or _is_text(first, said, form):
            raise Empty
        yield Sound(_media(said, first, form), sound)
    finally:
        await let_go(response, over=sound.over)


def _is_text(first: bytes, said: str, form: str) -> bool:
    """Say whether an error or a page hides behind a sound's type; raw samples may be any byte."""
    raw = form == "pcm" or said in ("audio/pcm", "audio/l16")
    return not raw and first.lstrip()[:1] in (b"{", b"<")


def _media(said: str, first: bytes, form: str) -> str:
    """Return what the sound is: as its type says, else as its first bytes or the wish do."""
    if said not in _UNSAID:
        return said
    wanted = MEDIA.get(form, MEDIA["mp3"])
    return next((media for sign, media in _SIGNS if first.startswith(sign)), wanted)
