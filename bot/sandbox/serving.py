"""An ASGI application on a port, for as long as a block lasts."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

from bot.api.embedded import Embedded

BACKLOG = 1024


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
    server = Embedded(config)
    host, port = taken.getsockname()[:2]
    running = asyncio.create_task(server.serve(sockets=[taken]))
    try:
        yield f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    finally:
        server.quit.set()
        await running
        taken.close()
