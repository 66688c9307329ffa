"""Servers on loopback for tests: an ASGI app, a script of raw bytes, a port without a listener."""

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

UNGIVEN = range(10_000, 32_000)  # ports no system gives to whoever asks for any
Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """Serve an ASGI app on a free port and yield its address; at the end, cut what still runs."""
    config = uvicorn.Config(
        app, lifespan="off", log_level="critical", access_log=False, timeout_graceful_shutdown=0
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    listening = bound_socket()
    await server.startup(sockets=[listening])
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        await _stopped(server, listening)


async def _stopped(server: uvicorn.Server, listening: socket.socket) -> None:
    """Stop at once: the server's own shutdown sleeps for a tenth of a second, every time."""
    for one in server.servers:
        one.close()
    listening.close()
    for connection in list(server.server_state.connections):
        connection.shutdown()
    for task in list(server.server_state.tasks):
        task.cancel()
    await asyncio.gather(*server.server_state.tasks, return_exceptions=True)
    await asyncio.sleep(0)  # closed transports say so on the loop's next turn


@asynccontextmanager
async def scripted(script: Script) -> AsyncIterator[str]:
    """Serve raw bytes: `script` gets each connection, which is closed when it returns."""
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(task := asyncio.current_task())
        try:
            await script(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the caller left, or the test is over
        finally:
            tasks.discard(task)
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def bound_socket() -> socket.socket:
    """Bind a free loopback port."""
    # Named, because asyncio turns Nagle's algorithm off only where the protocol is said to be TCP.
    found = socket.socket(proto=socket.IPPROTO_TCP)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.bind(("127.0.0.1", 0))
    return found


def nobody() -> str:
    """Return an address at which nobody listens, nor will before the caller does."""
    while True:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port := secrets.choice(UNGIVEN)))
            except OSError:
                continue
            return f"http://127.0.0.1:{port}"


async def request_read(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Read one HTTP request and return its head and its body."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    return head, await reader.readexactly(length)
