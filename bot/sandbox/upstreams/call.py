"""One call to a loopback upstream: what was asked, and the ways to answer it or to fail."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from bot.sandbox.upstreams.troubles import STATUSES, Fault, Trouble, hang_up

JSON = "application/json"
EVENTS = "text/event-stream"
_MEBIBYTE = 1024 * 1024
_HANG_UPS = (Fault.TRUNCATED, Fault.CUT)
_BODIES = {
    Fault.EMPTY: (JSON, b""),
    Fault.GARBAGE: (JSON, b"\x00\xff{]]] this is no JSON"),
    Fault.WRONG_TYPE: ("text/html", b"<html><body>Welcome to the upstream!</body></html>"),
}


def openai_error(status: int, kind: str, message: str) -> dict[str, Any]:
    """Return an error in OpenAI's shape."""
    return {"error": {"message": message, "type": kind, "param": None, "code": None}}


@dataclass(frozen=True, slots=True)
class Call:
    """One call under way."""

    number: int
    at: int  # the Unix second at which it came
    body: dict[str, Any]  # JSON, a form's fields, or the query
    trouble: Trouble
    scope: Scope
    receive: Receive
    send: Send
    gate: asyncio.Event  # what SLOW calls wait for
    files: Mapping[str, bytes] = field(default_factory=dict)
    error: Callable[[int, str, str], dict[str, Any]] = openai_error

    @property
    def id(self) -> str:
        """Its name in a chat's answer."""
        return f"chatcmpl-{self.number}"

    @property
    def part(self) -> Mapping[str, str]:
        """What the path named."""
        found: Mapping[str, str] = self.scope["path_params"]
        return found

    @property
    def here(self) -> str:
        """The address at which this upstream was called, without a slash at its end."""
        return str(Request(self.scope).base_url).rstrip("/")

    async def begin(self, status: int, kind: str, **headers: str) -> None:
        """Send the status and the headers."""
        raw = [(b"content-type", kind.encode())]
        raw += [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
        await self.send({"type": "http.response.start", "status": status, "headers": raw})

    async def write(self, piece: bytes, *, more: bool = True) -> None:
        """Send a piece of the body."""
        await self.send({"type": "http.response.body", "body": piece, "more_body": more})

    async def fail(self, hollow: bytes) -> bool:
        """Fail as told before any answer; `hollow` is one with nothing in it. Say whether so."""
        fault = self.trouble.fault
        if self.trouble.due(Fault.SLOW, 0):
            await self.gate.wait()
        if fault is Fault.REFUSE:
            await hang_up(self.scope, self.receive, rudely=True)
        elif fault in STATUSES:
            await self.refuse(*STATUSES[fault])
        elif fault in _BODIES:
            kind, body = _BODIES[fault]
            await self.begin(200, kind)
            await self.write(body, more=False)
        elif fault is Fault.NO_CHOICES:
            await self.begin(200, JSON)
            await self.write(hollow, more=False)
        else:
            return False
        return True

    async def refuse(self, status: int, kind: str, message: str) -> None:
        """Answer with an error."""
        headers = {"retry_after": str(self.trouble.number)} if status == 429 else {}
        await self.begin(status, JSON, **headers)
        await self.write(orjson.dumps(self.error(status, kind, message)), more=False)

    async def give(self, value: Any, kind: str = JSON, *, padded: bool = True) -> None:
        """Answer in one piece, JSON or bytes, as far as the fault lets it come."""
        fault = self.trouble.fault
        if fault is Fault.ERROR_OBJECT:
            value, kind = self._went_away(), JSON
        elif fault is Fault.BLOATED or (fault is Fault.HUGE and padded):
            value = _padded(value, self.trouble.number * _MEBIBYTE)
        raw = value if isinstance(value, bytes) else orjson.dumps(value)
        await self.begin(200, kind, content_length=str(len(raw)))
        if fault in _HANG_UPS:
            await self.write(raw[: len(raw) // 2])
            await hang_up(self.scope, self.receive)
        else:
            await self.write(raw, more=False)

    async def give_events(self, events: AsyncIterator[Any], end: bytes = b"") -> None:
        """Answer in server-sent events, JSON objects or bytes ready to go, and `end` after them."""
        await self.begin(200, EVENTS, cache_control="no-cache")
        await self._pour((_event(event) async for event in events), end)

    async def give_pieces(self, pieces: AsyncIterator[bytes], kind: str) -> None:
        """Answer in pieces of bytes as they come."""
        if self.trouble.due(Fault.ERROR_OBJECT, 0):
            await self.give(b"")
            return
        await self.begin(200, kind)
        await self._pour(pieces, b"")

    async def _pour(self, pieces: AsyncIterator[bytes], end: bytes) -> None:
        number, trouble = 0, self.trouble
        async for piece in pieces:
            raw = piece
            if number and trouble.due(Fault.SLOW, number):
                await self.gate.wait()
            if trouble.due(Fault.ERROR_OBJECT, number):
                raw = _event(self._went_away())
            if trouble.fault is Fault.BLOATED and not number:
                raw = b":" + b"x" * (trouble.number * _MEBIBYTE) + b"\n" + raw  # a comment
            if trouble.due(Fault.TRUNCATED, number):
                await self.write(raw[: len(raw) // 2])
            if trouble.fault in _HANG_UPS and trouble.number == number:
                await hang_up(self.scope, self.receive)
                return
            await self.write(raw)
            number += 1
        await self.write(end, more=False)

    def _went_away(self) -> dict[str, Any]:
        return self.error(500, "server_error", "The model went away.")


def _event(event: Any) -> bytes:
    if isinstance(event, bytes):
        return event
    # Anthropic's events have a type, and are named after it.
    name = b"event: " + event["type"].encode() + b"\n" if "type" in event else b""
    return name + b"data: " + orjson.dumps(event) + b"\n\n"


def _padded(value: Any, size: int) -> Any:
    if isinstance(value, bytes):
        return value + bytes(size)
    return {**value, "padding": "x" * size} if isinstance(value, dict) else value
