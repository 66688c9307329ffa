"""The file that names the HTTP client: httpx's types outside, aiohttp's connections inside."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from types import TracebackType
from typing import Any, ClassVar, Self, cast

import aiohttp
import httpx

from bot.core.guard import outside_transaction
from bot.upstreams.failures import Broken, Empty, TimedOut, UpstreamFailure

Response = httpx.Response
File = tuple[str, bytes, str]  # a form's file: its name, its bytes, their type

CONNECTIONS = 2048  # open at once, to all upstreams together; a call beyond them waits
KEEP_ALIVE_SECONDS = 30.0
READ_BYTES = 64 * 1024  # read ahead of a consumer that is slower than the upstream
LARGEST_ANSWER = 32 * 1024 * 1024  # bytes of an answer that is read whole
MOMENT = 0.05  # seconds in which an answer that is over may still close its chunks
_SMALL = 64 * 1024  # bytes of a request that socket buffers take without the upstream reading
_SLOWEST = 100_000  # bytes per second of a larger one's way up
_FAILED = (aiohttp.ClientError, OSError, TimeoutError, RuntimeError)


def _failure(error: Exception) -> UpstreamFailure:
    """Turn a client library's error into a fact that names no host."""
    late = isinstance(error, TimeoutError | httpx.TimeoutException)
    return TimedOut() if late else Broken(None)


class _Body(httpx.AsyncByteStream):
    """The bytes of an answer as they come, decoded; `idle` is the longest silence in seconds."""

    __slots__ = ("_answer", "_failure", "_idle")

    def __init__(self, answer: aiohttp.ClientResponse, idle: float) -> None:
        self._answer = answer
        self._idle = idle
        self._failure: UpstreamFailure | None = None
        # Our own clock replaces aiohttp's, which forgets its reader when a chunk is malformed.
        if (connection := answer.connection) is not None and connection.protocol is not None:
            connection.protocol.read_timeout = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self._failure is not None:
            raise self._failure
        content = self._answer.content
        try:
            if content.is_eof():
                piece = content.read_nowait()  # all of it is here: nothing to wait for
            else:
                async with asyncio.timeout(self._idle):
                    piece = await content.readany()
        except _FAILED as error:
            self._failure = _failure(error)
            if not (piece := self._arrived()):
                raise self._failure from None
        if not piece:
            raise StopAsyncIteration
        return piece

    def _arrived(self) -> bytes:
        """Return what had come before the connection broke: aiohttp would drop it."""
        content = self._answer.content
        content.set_exception(cast(Any, None))
        return content.read_nowait()

    async def aclose(self) -> None:
        """Close the connection at once, unless the answer was read to its end."""
        self._answer.close()


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Speaks HTTP/1.1 through aiohttp's connection pool; no cookies, redirects or proxies."""

    decodes: ClassVar[bool] = True  # answers that come packed

    def __init__(self, connections: int = CONNECTIONS) -> None:
        """Bound the pool to `connections` open at once."""
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None
        self._timeouts: dict[tuple[float, float], aiohttp.ClientTimeout] = {}

    async def __aenter__(self) -> Self:
        """Open the pool."""
        self._session = aiohttp.ClientSession(
            connector=self._connector(),
            cookie_jar=aiohttp.DummyCookieJar(),
            read_bufsize=READ_BYTES,
            auto_decompress=self.decodes,
        )
        # Asking twice is the relay's to decide, for GET too: a song or a mailbox costs.
        self._session._retry_connection = False  # noqa: SLF001
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Close every connection."""
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request whose body is bytes; the answer's body is still to come."""
        assert self._session is not None, "the transport is not open"
        body = b"".join(cast(httpx.ByteStream, request.stream))
        patience = request.extensions["timeout"]
        connect, read = patience["connect"], patience["read"]
        asked = self._session.request(
            request.method,
            str(request.url),
            headers=[(k.decode("latin-1"), v.decode("latin-1")) for k, v in request.headers.raw],
            data=(body if len(body) <= _SMALL else BytesIO(body))
            or None,  # a BytesIO goes in pieces
            allow_redirects=False,
            timeout=self._timeout(connect, read),
        )
        try:
            if len(body) <= _SMALL:
                answer = await asked
            else:
                # aiohttp's silence starts to count once the whole request is written.
                async with asyncio.timeout(connect + read + len(body) / _SLOWEST):
                    answer = await asked
        except _FAILED as error:
            raise _failure(error) from None
        headers = answer.raw_headers
        if self.decodes and "content-encoding" in answer.headers:  # aiohttp has decoded it
            headers = tuple(pair for pair in headers if pair[0].lower() != b"content-encoding")
        return httpx.Response(answer.status, headers=headers, stream=_Body(answer, read))

    def _connector(self) -> aiohttp.TCPConnector:
        return aiohttp.TCPConnector(
            limit=self._connections,
            keepalive_timeout=KEEP_ALIVE_SECONDS,
            # Later Pythons close a TLS connection whose peer never answers by themselves.
            enable_cleanup_closed=sys.version_info < (3, 12, 7),
        )

    def _timeout(self, connect: float, read: float) -> aiohttp.ClientTimeout:
        if (known := self._timeouts.get((connect, read))) is None:
            known = aiohttp.ClientTimeout(connect=connect, sock_read=read)
            self._timeouts[connect, read] = known
        return known


@dataclass(frozen=True)
class Http:
    """The way out to upstreams: one pool for all of them."""

    transport: httpx.AsyncBaseTransport = field(default_factory=AiohttpTransport)

    async def __aenter__(self) -> Self:
        await self.transport.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.transport.__aexit__(exc_type, exc_value, traceback)

    async def send(self, request: httpx.Request, *, connect: float, idle: float) -> Response:
        """Send a request, with patience in seconds, and return the answer; the caller closes it."""
        outside_transaction()
        request.extensions = {"timeout": {"connect": connect, "read": idle}}
        try:
            return await self.transport.handle_async_request(request)
        except httpx.TransportError as error:
            raise _failure(error) from None


@dataclass(frozen=True)
class Door:
    """One upstream's address, key and patience, prepared once so that a request costs little."""

    http: Http
    base: httpx.URL
    headers: httpx.Headers
    connect: float  # seconds
    idle: float  # seconds
    addresses: dict[str, httpx.URL] = field(default_factory=dict)

    @classmethod
    def prepare(
        cls, http: Http, base_url: str, api_key: str | None, *, connect: float, idle: float
    ) -> Self:
        """Read the address and set the headers that every request carries."""
        base = httpx.URL(base_url)
        headers = {
            "accept": "application/json, text/event-stream, */*;q=0.5",
            "accept-encoding": "identity",
            "content-type": "application/json",
            "user-agent": "Latchkey",
        }
        if api_key:
            base = base.copy_with(userinfo=b"")  # two ways to say who we are would be one too many
            headers["authorization"] = f"Bearer {api_key}"
        return cls(http, base, httpx.Headers(headers, encoding="utf-8"), connect, idle)

    async def post(self, path: str, body: bytes, more: Mapping[str, str] | None = None) -> Response:
        """Post JSON to one of few paths below the base address; `more` are this call's headers."""
        if (address := self.addresses.get(path)) is None:
            address = self.addresses[path] = self._below(path)
        if not more:
            return await self._send("POST", address, body)
        headers = self.headers.copy()
        headers.update(more)
        return await self._send("POST", address, body, headers)

    async def form(
        self, path: str, fields: Mapping[str, str], files: Mapping[str, File]
    ) -> Response:
        """Post a form with files to a path below the base address."""
        form = httpx.Request("POST", self._below(path), data=fields, files=files)
        headers = self.headers.copy()
        headers["content-type"] = form.headers["content-type"]
        return await self._send("POST", form.url, form.read(), headers)

    async def get(self, path: str, query: Mapping[str, str]) -> Response:
        """Get a path below the base address."""
        address = self._below(path)
        return await self._send("GET", address.copy_merge_params(query) if query else address, b"")

    def _below(self, path: str) -> httpx.URL:
        return self.base.copy_with(path=self.base.path.rstrip("/") + path)

    async def _send(
        self, method: str, address: httpx.URL, body: bytes, headers: httpx.Headers | None = None
    ) -> Response:
        # With a parsed address, shared headers and a stream given, httpx's part is 1 us of 15.
        request = httpx.Request(
            method, address, headers=headers or self.headers, stream=httpx.ByteStream(body)
        )
        return await self.http.send(request, connect=self.connect, idle=self.idle)


def pieces(response: Response) -> AsyncIterator[bytes]:
    """Iterate over an answer's bytes as they come; may be taken up again where it was left."""
    return cast(httpx.AsyncByteStream, response.stream).__aiter__()


async def close(response: Response) -> None:
    """Close an answer, and its connection unless the answer was read to its end."""
    await cast(httpx.AsyncByteStream, response.stream).aclose()


async def whole(response: Response, most: int = LARGEST_ANSWER) -> bytes:
    """Read an answer to its end, `most` bytes of it, and close it."""
    parts: list[bytes] = []
    size = 0
    try:
        async for piece in pieces(response):
            parts.append(piece)
            size += len(piece)
            if size > most:
                raise Empty
    finally:
        await close(response)
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def let_go(response: Response, *, over: bool) -> None:
    """Close an answer; one that is `over` gets a moment to end, so that its connection is kept."""
    if over:
        with suppress(UpstreamFailure, TimeoutError):
            async with asyncio.timeout(MOMENT):
                async for _ in pieces(response):
                    pass
    await close(response)
