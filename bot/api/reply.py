"""Writes one answer onto its connection, tagged with the request's id."""

from starlette.types import Message
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from bot.api.drain import Drain
from bot.api.headers import CLOSE, Header
from bot.api.visit import Visit

CONTROL = bytes([*range(9), *range(10, 32), 127])  # what no header may hold


class Reply:
    """Frames an answer as uvicorn does; its head leaves together with its first bytes."""

    __slots__ = ("_added", "_cycle", "_drain", "_head", "_visit")

    def __init__(
        self, cycle: RequestResponseCycle, visit: Visit, drain: Drain, added: list[Header]
    ) -> None:
        self._cycle = cycle
        self._visit = visit
        self._drain = drain
        self._added = added
        self._head = b""

    async def send(self, message: Message) -> None:
        """Take a message of ASGI; waits while the client takes nothing."""
        cycle = self._cycle
        if cycle.flow.write_paused and not cycle.disconnected:
            await cycle.flow.drain()
        if cycle.disconnected:
            return
        if message["type"] == "http.response.start":
            self._begin(message["status"], message["headers"])
        else:
            self._go_on(message.get("body", b""), more=message.get("more_body", False))

    def drop(self) -> None:
        """Drop the connection amid the answer, where no other end would be honest."""
        self._cycle.disconnected = True  # else uvicorn takes it for a mistake, and logs one
        self._cycle.transport.abort()

    def _begin(self, status: int, headers: list[Header]) -> None:
        cycle = self._cycle
        self._visit.status = status
        cycle.response_started, cycle.waiting_for_100_continue = True, False
        told: list[Header] = [*cycle.default_headers, *headers, *self._added]
        cycle.chunked_encoding = status not in (204, 304)
        for name, _ in headers:
            if name == b"content-length":
                cycle.chunked_encoding = False
                break
        if cycle.chunked_encoding:
            told.append((b"transfer-encoding", b"chunked"))
        if self._drain.begun or CLOSE in headers or not cycle.keep_alive:
            cycle.keep_alive = False
            told = [header for header in told if header != CLOSE] + [CLOSE]
        lines = b"".join([b"%b: %b\r\n" % header for header in told])
        if len(lines) - len(lines.translate(None, CONTROL)) != 2 * len(told):
            raise ValueError("a header holds a control character")
        self._head = b"%b%b\r\n" % (STATUS_LINE[status], lines)

    def _go_on(self, body: bytes, *, more: bool) -> None:
        cycle = self._cycle
        if cycle.scope["method"] == "HEAD":
            body = b""
        elif cycle.chunked_encoding:
            body = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            body = body if more else body + b"0\r\n\r\n"
        if self._head or body:
            cycle.transport.write(self._head + body)
            self._head = b""
        if not more:
            cycle.response_complete = True
            cycle.message_event.set()
            if not cycle.keep_alive:
                cycle.transport.close()
            cycle.on_response()
