"""A loopback upstream that speaks OpenAI's chat completions."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bot.sandbox.upstreams.answers import (
    ABSENT,
    MODELS,
    Call,
    choices_of,
    deltas,
    frame,
    part,
)
from bot.sandbox.upstreams.assistant import text_of
from bot.sandbox.upstreams.troubles import (
    STATUSES,
    Fault,
    Trouble,
    Troubles,
    WiredApp,
    hang_up,
)

WENT_AWAY = {"error": {"message": "The model went away.", "type": "server_error"}}
_HANG_UPS = (Fault.TRUNCATED, Fault.CUT)
_BODIES = {
    Fault.EMPTY: ("application/json", b""),
    Fault.GARBAGE: ("application/json", b"\x00\xff{]]] this is no JSON"),
    Fault.NO_CHOICES: ("application/json", b'{"object":"chat.completion","choices":[]}'),
    Fault.WRONG_TYPE: ("text/html", b"<html><body>Welcome to the upstream!</body></html>"),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as it came."""

    body: dict[str, Any]
    headers: dict[str, str]


@dataclass
class LoopbackOpenAI:
    """Answers like a model, reports usage, and fails when told to; `pace` is seconds a word."""

    pace: float = 0.0
    key: str | None = None  # the only one it accepts; None: any, or none
    models: tuple[str, ...] = MODELS
    faults: Troubles = field(default_factory=Troubles)
    gate: asyncio.Event = field(default_factory=asyncio.Event)  # what SLOW calls wait for
    seen: deque[Seen] = field(default_factory=lambda: deque(maxlen=1000))
    asked: int = 0  # calls that came
    hangups: int = 0  # callers that left before their answer was over
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def app(self) -> Starlette:
        """Return the ASGI app; uvicorn must serve it where connections are to be dropped."""
        return WiredApp(
            routes=[
                Route("/v1/chat/completions", _Chat(self), methods=["POST"]),
                Route("/v1/models", self._models),
            ]
        )

    async def until(self, true: Callable[["LoopbackOpenAI"], bool]) -> None:
        """Wait until something is true of this upstream: `until(lambda u: u.hangups == 1)`."""
        while not true(self):
            self._changed.clear()
            await self._changed.wait()

    def note(self) -> None:
        """Wake whoever waits for a change."""
        self._changed.set()

    def refuses(self, headers: dict[str, str]) -> bool:
        """Say whether a caller's key is not the one."""
        return self.key is not None and headers.get("authorization") != f"Bearer {self.key}"

    async def _models(self, request: Request) -> Response:
        if self.refuses(dict(request.headers)):
            status, kind, message = STATUSES[Fault.UNAUTHORIZED]
            return JSONResponse({"error": {"message": message, "type": kind}}, status)
        entries = [
            {"id": name, "object": "model", "created": int(time.time()), "owned_by": "loopback"}
            for name in self.models
        ]
        return JSONResponse({"object": "list", "data": entries})


@dataclass(frozen=True)
class _Chat:
    """The chat completions endpoint, as a plain ASGI callable."""

    upstream: LoopbackOpenAI

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the request, then answer it while watching whether the caller leaves."""
        call = await self._read(scope, receive, send)
        answering = asyncio.create_task(self._answer(call))
        leaving = asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not answering.done():
                self.upstream.hangups += 1
                self.upstream.note()
                answering.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await answering
        finally:
            answering.cancel()
            leaving.cancel()

    async def _read(self, scope: Scope, receive: Receive, send: Send) -> Call:
        upstream = self.upstream
        request = Request(scope, receive)
        try:
            body = orjson.loads(await request.body())
        except orjson.JSONDecodeError:
            body = None
        usable = isinstance(body, dict) and bool(body.get("messages"))
        body = body if usable else {"messages": [{}]}
        upstream.seen.append(Seen(body, dict(request.headers)))
        upstream.asked += 1
        trouble = upstream.faults.take(text_of(body["messages"][-1]))
        if upstream.refuses(dict(request.headers)):
            trouble = Trouble(Fault.UNAUTHORIZED)
        elif not usable:
            trouble = Trouble(Fault.BAD_REQUEST)
        upstream.note()
        return Call(upstream.asked, int(time.time()), body, trouble, scope, receive, send)

    async def _answer(self, call: Call) -> None:
        fault = call.trouble.fault
        if call.trouble.due(Fault.SLOW, 0):
            await self.upstream.gate.wait()
        if fault is Fault.REFUSE:
            await hang_up(call.scope, call.receive, rudely=True)
        elif fault in STATUSES:
            await _refuse(call, *STATUSES[fault])
        elif fault in _BODIES:
            kind, body = _BODIES[fault]
            await call.begin(200, kind)
            await call.write(body, more=False)
        elif call.body.get("stream"):
            await self._stream(call)
        else:
            await self._whole(call)

    async def _whole(self, call: Call) -> None:
        choices, usage = choices_of(call)
        body: dict[str, Any] = frame(call, "chat.completion") | {"choices": choices}
        if usage is not ABSENT:
            body["usage"] = usage
        if call.trouble.fault is Fault.ERROR_OBJECT:
            body = WENT_AWAY
        raw = orjson.dumps(body)
        await call.begin(200, "application/json", content_length=str(len(raw)))
        if call.trouble.fault in _HANG_UPS:
            await call.write(raw[: len(raw) // 2])
            await hang_up(call.scope, call.receive)
        else:
            await call.write(raw, more=False)

    async def _stream(self, call: Call) -> None:
        await call.begin(200, "text/event-stream", cache_control="no-cache")
        number = 0
        async for event in self._events(call):
            if number and call.trouble.due(Fault.SLOW, number):
                await self.upstream.gate.wait()
            broken = call.trouble.due(Fault.ERROR_OBJECT, number)
            raw = b"data: " + orjson.dumps(WENT_AWAY if broken else event) + b"\n\n"
            if call.trouble.due(Fault.TRUNCATED, number):
                await call.write(raw[: len(raw) // 2])
            if call.trouble.fault in _HANG_UPS and call.trouble.number == number:
                await hang_up(call.scope, call.receive)
                return
            await call.write(raw)
            number += 1
        done = b"" if call.trouble.fault is Fault.NO_DONE else b"data: [DONE]\n\n"
        await call.write(done, more=False)

    async def _events(self, call: Call) -> AsyncIterator[dict[str, Any]]:
        start_of = frame(call, "chat.completion.chunk")
        choices, usage = choices_of(call)
        start = {"role": "assistant", "content": ""}
        yield start_of | {"choices": [part(choice["index"], start) for choice in choices]}
        for choice in choices:
            message = choice["message"]
            for delta in deltas(message):
                if self.upstream.pace:
                    await asyncio.sleep(self.upstream.pace)
                yield start_of | {"choices": [part(choice["index"], delta)]}
            yield start_of | {"choices": [part(choice["index"], {}, choice["finish_reason"])]}
        wanted = (call.body.get("stream_options") or {}).get("include_usage")
        if wanted and usage is not ABSENT and call.trouble.fault is not Fault.NO_DONE:
            yield start_of | {"choices": [], "usage": usage}


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(call: Call, status: int, kind: str, message: str) -> None:
    headers = {"retry_after": str(call.trouble.number)} if status == 429 else {}
    await call.begin(status, "application/json", **headers)
    error = {"message": message, "type": kind, "param": None, "code": None}
    await call.write(orjson.dumps({"error": error}), more=False)
