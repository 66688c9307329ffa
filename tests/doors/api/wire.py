"""Raw HTTP over a socket: what clients send that no library would."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson


@dataclass
class Reply:
    """An answer as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    def error(self) -> dict[str, Any]:
        """Return the error object."""
        return orjson.loads(self.body)["error"]


@dataclass
class Wire:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, raw: bytes) -> None:
        """Send bytes as they are."""
        self.writer.write(raw)
        await self.writer.drain()

    async def head(self) -> tuple[int, dict[str, str]]:
        """Read an answer's status and headers."""
        raw = await self.reader.readuntil(b"\r\n\r\n")
        first, *lines = raw.decode().rstrip().split("\r\n")
        pairs = (line.split(": ", 1) for line in lines)
        return int(first.split()[1]), {name.lower(): value for name, value in pairs}

    async def piece(self) -> bytes:
        """Read one piece of a chunked body; b"" is its end."""
        size = int(await self.reader.readuntil(b"\r\n"), 16)
        piece = await self.reader.readexactly(size)
        await self.reader.readexactly(2)
        return piece

    async def reply(self) -> Reply:
        """Read a whole answer."""
        status, headers = await self.head()
        body = b""
        if headers.get("transfer-encoding") == "chunked":
            while piece := await self.piece():
                body += piece
        else:
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return Reply(status, headers, body)

    async def closed(self) -> bool:
        """Wait until the server has closed the connection."""
        try:
            return await self.reader.read() == b""
        except ConnectionError:
            return True

    def hang_up(self) -> None:
        """Close at once."""
        self.writer.transport.abort()


@asynccontextmanager
async def wire(url: str, *, receive_buffer: int = 0, **how: Any) -> AsyncIterator[Wire]:
    """Connect to a server; `receive_buffer` is what the system may take ahead, in bytes."""
    at = urlsplit(url)
    raw = socket.socket(socket.AF_INET6 if ":" in str(at.hostname) else socket.AF_INET)
    raw.setblocking(False)
    if receive_buffer:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    try:
        await asyncio.get_running_loop().sock_connect(raw, (at.hostname, at.port))
    except OSError:
        raw.close()
        raise
    reader, writer = await asyncio.open_connection(sock=raw, **how)
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def eventually(true: Callable[[], Awaitable[Any]]) -> Any:
    """Ask again and again until the answer is true, and return it."""
    while not (found := await true()):  # noqa: ASYNC110  # what is asked over HTTP tells nobody
        await asyncio.sleep(0.01)
    return found


def post(key: str | None, body: Any, *extra: str, path: str = "/v1/chat/completions") -> bytes:
    """Return a POST with a JSON body, or with bytes as they are."""
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    lines = [f"POST {path} HTTP/1.1", "Host: loopback", f"Content-Length: {len(raw)}", *extra]
    if key is not None:
        lines.append(f"Authorization: Bearer {key}")
    return "\r\n".join([*lines, "", ""]).encode() + raw


def get(path: str, *extra: str, method: str = "GET") -> bytes:
    """Return a request without a body."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: loopback", *extra, "", ""]).encode()


def chat(text: str = "Hello there", **fields: Any) -> dict[str, Any]:
    """Return a chat body with one message."""
    return {"model": "gpt-4o", "messages": [{"role": "user", "content": text}]} | fields
