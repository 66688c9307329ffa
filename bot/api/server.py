"""The server: binds the port, serves beside everything else in this loop, drains and stops."""

import asyncio
import errno
import logging
import socket
from functools import partial
from typing import Any, cast

import uvicorn

from bot.api.app import App, new_id
from bot.api.connection import Connection
from bot.api.embedded import Embedded
from bot.api.errors import Unreadable
from bot.api.parts import ApiParts
from bot.core.errors import StartFailed

log = logging.getLogger(__name__)
BACKLOG = 2048
KEEP_ALIVE_SECONDS = 75  # longer than clients and proxies usually keep one, so they close first
GRACE_SECONDS = 2.0  # for last bytes, once calls were drained


class ApiServer:
    """The HTTP API of one process."""

    def __init__(self, parts: ApiParts, host: str, port: int) -> None:
        """Take the parts and where to listen; port 0 is any free one."""
        self.app = App(parts)
        self._parts = parts
        self._host = host
        self._port = port
        self._socket: socket.socket | None = None
        self._server: Embedded | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Return the address it listens on, without a path; known once it is bound."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.port}"

    @property
    def port(self) -> int:
        """Return the port, the system's choice too once it is bound."""
        return self._port

    def bind(self) -> None:
        """Take the port, or say in one sentence why that cannot be."""
        if self._socket is None:
            self._socket = _listen(self._host, self._port)
            self._port = int(self._socket.getsockname()[1])

    async def start(self) -> None:
        """Take the port and answer on it."""
        self.bind()
        assert self._socket is not None
        config = uvicorn.Config(
            self.app,
            http=cast(Any, partial(Connection, idle_seconds=self._idle, unreadable=self._refusal)),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
        )
        self._server = Embedded(config)
        self._task = asyncio.create_task(self._server.serve([self._socket]))
        await self._server.up.wait()
        log.info("the API answers at %s", self.url)

    def drain(self) -> None:
        """Refuse new calls with 503 from now on; those that run go on."""
        self.app.drain.begin()

    async def stop(self) -> None:
        """Close the port; whoever is still connected after a moment is cut."""
        self.drain()
        if self._server is None or self._task is None:
            if self._socket is not None:
                self._socket.close()
            return
        self._server.quit.set()
        done, _ = await asyncio.wait({self._task}, timeout=GRACE_SECONDS)
        if not done:
            for connection in list(self._server.server_state.connections):
                cast(Connection, connection).abort()
        await self._task

    def _idle(self) -> float:
        return self._parts.community.upstream_defaults.idle_seconds

    def _refusal(self) -> bytes:
        """Return the whole answer to what is no HTTP."""
        request_id = new_id()
        body = self.app.errors.body(Unreadable(), path="", request_id=request_id)
        head = (
            "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\nx-request-id: {request_id}\r\n"
            "connection: close\r\n\r\n"
        )
        return head.encode() + body


def _listen(host: str, port: int) -> socket.socket:
    """Bind a listening socket."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as fault:
        raise StartFailed(_why(fault, host, port)) from None
    # asyncio does so itself only for sockets whose protocol is named; chunks would wait 40 ms.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def _why(fault: OSError, host: str, port: int) -> str:
    match fault.errno:
        case errno.EADDRINUSE:
            return (
                f"Port {port} on {host} is taken by another program. End it, or set "
                "LATCHKEY_PORT to a free port."
            )
        case errno.EACCES:
            return (
                f"Port {port} on {host} may not be opened by this user. Set LATCHKEY_PORT to "
                "a port above 1023."
            )
        case _:
            return (
                f"The API cannot listen on {host}, port {port}: {fault.strerror or fault}. Set "
                "LATCHKEY_HOST to an address of this machine."
            )
