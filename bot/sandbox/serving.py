"""An ASGI application on a port, for as long as a block lasts."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

BACKLOG = 1024


class Quiet(uvicorn.Server):
    """A server that leaves the process's signals alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def listener(host: str, port: int) -> socket.socket:
    """Take a port (0: any free one); connections queue up before anything serves it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named, because asyncio turns Nagle's algorithm off only where the protocol is said to be TCP.
    taken = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    taken.bind((host, port))
    taken.listen(BACKLOG)
    taken.setblocking(False)
    return taken


@asynccontextmanager
async def serving(app: ASGIApp, taken: socket.socket) -> AsyncIterator[str]:
    """Serve an application on a socket from `listener`; gives http://host:port."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        timeout_graceful_shutdown=1,
    )
    server = Quiet(config)
    host, port = taken.getsockname()[:2]
    running = asyncio.create_task(server.serve(sockets=[taken]))
    try:
        yield f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    finally:
        server.should_exit = True
        await running
        taken.close()
