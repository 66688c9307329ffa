"""One client's connection: notices at once that the client left, cuts one that stops reading."""

import asyncio
import re
from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

MOST_HEAD = 64 * 1024  # bytes of a request line and its headers
HEAD_SECONDS = 30.0  # to send them in
H2C = re.compile(rb"(?i)\r\nupgrade: h2c(?=\r\n|$)")  # what Java's own client sends on every call
MOST_WAITING = 16  # pipelined requests that wait for the running one
Refuse = Callable[[], bytes]


class Connection(HttpToolsProtocol):
    """Uvicorn's HTTP/1.1, with an ear for the client that is no longer there."""

    def __init__(
        self, *, idle_seconds: Callable[[], float], unreadable: Refuse, **rest: Any
    ) -> None:
        super().__init__(**rest)
        self.left: Callable[[], None] | None = None  # called when the client is gone
        self.stuck: Callable[[], None] | None = None  # called before we cut one that takes nothing
        self.lost = False
        self._idle_seconds = idle_seconds
        self._unreadable = unreadable
        self._in_head = True
        self._unparsed = 0  # bytes since the parser last got something whole
        self._patience: asyncio.TimerHandle | None = None  # for a head to arrive
        self._reading: asyncio.TimerHandle | None = None  # for the client to take something

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._patience = self.loop.call_later(HEAD_SECONDS, self.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the running call, whichever of the pipelined ones that is."""
        self.lost = True
        self._forget(self._patience)
        self._forget(self._reading)
        super().connection_lost(exc)
        if self.left is not None:
            self.left()

    @property
    def body_is_here(self) -> bool:
        """Say whether the request's body has arrived to its end."""
        return not self.cycle.more_body

    def abort(self) -> None:
        """Drop the connection and what it has not taken yet."""
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Parse, and refuse a head without end."""
        self._unparsed += len(data)
        if self._in_head and b": h2c" in data:
            data = _without_h2c(data)
        super().data_received(data)
        if self._in_head and self._unparsed and self._patience is None and not self.lost:
            self._patience = self.loop.call_later(HEAD_SECONDS, self.abort)
        if self._unparsed > MOST_HEAD and not self.transport.is_closing():
            self.send_400_response("")

    def on_message_begin(self) -> None:
        """Let the application reach this connection."""
        super().on_message_begin()
        self.scope["state"]["connection"] = self

    def on_headers_complete(self) -> None:
        """Start the call; go on reading while it runs, or its hang-up would go unnoticed."""
        self._in_head, self._unparsed = False, 0
        self._forget(self._patience)
        self._patience = None
        super().on_headers_complete()
        self.scope["state"]["cycle"] = self.cycle
        if self.pipeline and len(self.pipeline) <= MOST_WAITING:
            self.flow.resume_reading()

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        self._unparsed = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Take the end of the body; a head comes next."""
        self._in_head, self._unparsed = True, 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, in the errors' own shape; never inside a running answer."""
        running = cast(RequestResponseCycle | None, self.cycle)
        if running is not None and not running.response_complete:
            self.abort()
            return
        self.transport.write(self._unreadable())
        self.transport.close()

    def pause_writing(self) -> None:
        """Give the client time to take what is there."""
        super().pause_writing()
        self._wait_for_reader()

    def resume_writing(self) -> None:
        """Go on: the client has taken it."""
        super().resume_writing()
        self._forget(self._reading)
        self._reading = None

    def _wait_for_reader(self) -> None:
        waiting = self.transport.get_write_buffer_size()
        self._reading = self.loop.call_later(self._idle_seconds(), self._judge, waiting)

    def _judge(self, waiting: int) -> None:
        if self.transport.get_write_buffer_size() < waiting:
            self._wait_for_reader()
            return
        if self.stuck is not None:
            self.stuck()
        self.abort()

    @staticmethod
    def _forget(timer: asyncio.TimerHandle | None) -> None:
        if timer is not None:
            timer.cancel()


def _without_h2c(data: bytes) -> bytes:
    """Take the offer of HTTP/2 out of a head: the parser would drop the body of who makes it."""
    head, end, rest = data.partition(b"\r\n\r\n")
    return H2C.sub(b"", head) + end + rest


def connection_of(scope: Any) -> Connection:
    """Return the connection that a request came over."""
    return cast(Connection, scope["state"]["connection"])
