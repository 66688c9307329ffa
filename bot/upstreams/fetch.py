"""Fetches pictures and sounds from addresses that strangers gave: public ones, and nothing else."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bot.core.errors import Invalid
from bot.upstreams.failures import TimedOut, UpstreamFailure
from bot.upstreams.http import Response, pieces
from bot.upstreams.http_pinned import Target, look
from bot.upstreams.pictures import media_of
from bot.upstreams.public import is_public, is_public_name, is_sane_port, may_be_public

LARGEST_PICTURE = 20 * 1024 * 1024  # bytes
LARGEST_SOUND = 50 * 1024 * 1024  # bytes
REDIRECTS = 5
ADDRESSES = 8  # of a host that are tried
SECONDS = 30.0  # for a whole fetch, redirects and all
CONNECT_SECONDS = 5.0
IDLE_SECONDS = 15.0
_SIGN = 16  # bytes that show what a file is
_MOVED = (301, 302, 303, 307, 308)
_SOUNDS = (
    (0, b"ID3", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
    (0, b"fLaC", "audio/flac"),
    (8, b"WAVE", "audio/wav"),
    (4, b"ftyp", "audio/mp4"),
)
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
Server = tuple[str, int]  # a host and a port


class Why(StrEnum):
    """Why something was not fetched."""

    ADDRESS = "address"  # no address that can be fetched
    NOT_PUBLIC = "not_public"
    UNREACHABLE = "unreachable"
    LATE = "late"
    TOO_LARGE = "too_large"
    WRONG_TYPE = "wrong_type"


class NotFetched(Invalid):
    """What an address names cannot be had, or may not be; `param` names the caller's field."""

    message_id = "fetch.unreachable"

    def __init__(self, why: Why, param: str, most: int = 0) -> None:
        """Say why; `most` in bytes, where that is the reason."""
        super().__init__(param=param, megabytes=most // 1024**2)
        self.why = why
        self.message_id = f"fetch.{why}"


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was fetched, and its type as its bytes show it."""

    data: bytes = field(repr=False)
    media: str


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is looked for, for which field, and from which server besides the public ones."""

    media_of: Callable[[bytes], str | None]
    accept: str
    most: int  # bytes
    own: Server | None
    param: str

    def failed(self, why: Why) -> NotFetched:
        return NotFetched(why, self.param, self.most)


async def looked_up(host: str, port: int) -> Sequence[str]:
    """Return a host's IP addresses, as this machine resolves them."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(where[0]) for *_, where in found]


@dataclass(frozen=True)
class Fetcher:
    """Fetches over connections to addresses that were judged, anew after every redirect."""

    resolve: Resolve = looked_up
    public: Callable[[str], bool] = is_public  # judges an IP address
    seconds: float = SECONDS

    async def picture(self, address: str, *, own: str = "", param: str = "image") -> Fetched:
        """Fetch a picture; `own` is the base address of the upstream that gave the link."""
        return await self._fetch(
            address, _Wanted(media_of, "image/*", LARGEST_PICTURE, _server(own), param)
        )

    async def sound(self, address: str, *, own: str = "", param: str = "url") -> Fetched:
        """Fetch a sound; `own` is the base address of the upstream that gave the link."""
        return await self._fetch(
            address, _Wanted(sound_of, "audio/*", LARGEST_SOUND, _server(own), param)
        )

    async def judged(self, address: str, *, param: str = "image") -> str:
        """Return a public address as we understand it, for an upstream that looks there itself.

        A name that we cannot look up is left to the upstream, which stands in another network.
        """
        wanted = _Wanted(media_of, "image/*", LARGEST_PICTURE, None, param)
        try:
            async with asyncio.timeout(self.seconds):
                target = Target.read(address)
                await self._addresses(target, wanted, every=True)
        except ValueError:
            raise wanted.failed(Why.ADDRESS) from None
        except TimeoutError:
            raise wanted.failed(Why.LATE) from None
        return str(target.url)

    def answers(self, address: str, *, own: str) -> bool:
        """Say whether a link may be answered: it looks public, or leads to whoever gave it."""
        server = _server(address)
        if server is None:
            return False
        return server == _server(own) or may_be_public(server[0], self.public)

    async def _fetch(self, address: str, wanted: _Wanted) -> Fetched:
        try:
            async with asyncio.timeout(self.seconds):
                return await self._follow(Target.read(address), wanted)
        except ValueError:
            raise wanted.failed(Why.ADDRESS) from None
        except (TimeoutError, TimedOut):
            raise wanted.failed(Why.LATE) from None
        except UpstreamFailure:
            raise wanted.failed(Why.UNREACHABLE) from None

    async def _follow(self, target: Target, wanted: _Wanted) -> Fetched:
        for _ in range(1 + REDIRECTS):
            async with look(
                target,
                await self._addresses(target, wanted),
                accept=wanted.accept,
                connect=CONNECT_SECONDS,
                idle=IDLE_SECONDS,
            ) as response:
                location = response.headers.get("location")
                if response.status_code not in _MOVED or location is None:
                    return await _read(response, wanted)
                target = target.leads_to(location)
        raise wanted.failed(Why.UNREACHABLE)

    async def _addresses(
        self, target: Target, wanted: _Wanted, *, every: bool = False
    ) -> Sequence[str]:
        """Return where to connect to: looked up once, so that what is judged is what is used.

        `every`: one that is not public spoils all, because others choose among them.
        """
        own = (target.host, target.port) == wanted.own
        if not own and not (is_public_name(target.host) and is_sane_port(target.port)):
            raise wanted.failed(Why.NOT_PUBLIC)
        try:
            found = await self.resolve(target.host, target.port)
        except (OSError, UnicodeError):
            found = ()
        if every and not found:
            return ()
        allowed = [address for address in found if own or self.public(address)]
        # Also for a name that does not exist: which ones do is not told.
        if not allowed or (every and len(allowed) < len(found)):
            raise wanted.failed(Why.NOT_PUBLIC)
        return allowed[:ADDRESSES]


def looks_public(address: str) -> bool:
    """Say whether an address of the web is public, as far as it shows without a look-up."""
    server = _server(address)
    return server is not None and may_be_public(server[0])


def sound_of(data: bytes) -> str | None:
    """Return the type that a sound's first bytes show; None where they show none."""
    if len(data) > 1 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0:  # an MPEG frame begins so
        return "audio/aac" if data[1] & 0x06 == 0 else "audio/mpeg"
    return next((media for at, sign, media in _SOUNDS if data.startswith(sign, at)), None)


async def _read(response: Response, wanted: _Wanted) -> Fetched:
    """Read an answer as far as it is what is wanted."""
    if response.status_code != 200:
        raise wanted.failed(Why.UNREACHABLE)
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise wanted.failed(Why.WRONG_TYPE)  # packed, though we asked for it as it is
    if _announced(response) > wanted.most:
        raise wanted.failed(Why.TOO_LARGE)
    read = bytearray()
    async for piece in pieces(response):
        known = len(read) >= _SIGN
        read += piece
        if len(read) > wanted.most:
            raise wanted.failed(Why.TOO_LARGE)
        if not known and len(read) >= _SIGN and wanted.media_of(bytes(read[:_SIGN])) is None:
            raise wanted.failed(Why.WRONG_TYPE)
    data = bytes(read)
    if (media := wanted.media_of(data)) is None:
        raise wanted.failed(Why.WRONG_TYPE)
    return Fetched(data, media)


def _announced(response: Response) -> int:
    length = response.headers.get("content-length", "")
    return int(length) if length.isdecimal() and length.isascii() else 0


def _server(address: str) -> Server | None:
    """Return where an address leads; None where it is none."""
    try:
        target = Target.read(address)
    except ValueError:
        return None
    return target.host, target.port
