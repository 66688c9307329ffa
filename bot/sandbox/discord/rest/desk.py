"""Every REST call's way: recorded, faulted, authenticated, limited, answered."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bot.sandbox.discord.refusals import Code, Refusal
from bot.sandbox.discord.rest import bodies
from bot.sandbox.discord.rest.call import Door, Reply, Request
from bot.sandbox.discord.rest.faults import Faults
from bot.sandbox.discord.rest.rates import Rates

REMEMBERED = 2_000
LIMITED = "You are being rate limited."


@dataclass
class Desk:
    """Takes every call; remembers the last of them."""

    token: str
    rates: Rates = field(default_factory=Rates)
    faults: Faults = field(default_factory=Faults)
    requests: deque[Request] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    on_request: Callable[[Request], None] | None = None

    def routes(self, doors: Iterable[Door]) -> list[Route]:
        """Turn doors into routes; where two paths fit, the one that was named first answers."""
        by_path: dict[str, dict[str, Door]] = {}
        for door in doors:
            by_path.setdefault(door.template, {})[door.method] = door
        return [Route(path, Window(self, found)) for path, found in by_path.items()]

    async def answer(self, door: Door, http: HttpRequest) -> Response | None:
        """Answer one call; None where the connection is to be cut."""
        call = Request(
            method=door.method,
            path=http.url.path,
            template=door.template,
            headers=dict(http.headers),
            query=dict(http.query_params),
            params=dict(http.path_params),
        )
        raw = await http.body()
        self.requests.append(call)
        response = await self._answered(door, call, raw)
        if response is not None:
            call.status = response.status_code
        if self.on_request is not None:
            self.on_request(call)
        return response

    async def _answered(self, door: Door, call: Request, raw: bytes) -> Response | None:
        content_type = call.headers.get("content-type", "")
        try:
            call.body, call.files = bodies.read(content_type, raw)
        except Refusal as refusal:
            return _json(call, refusal.status, refusal.body, {})
        call.multipart = content_type.startswith("multipart/")
        if (fault := self.faults.take(call)) is not None:
            if fault.cut:
                return None
            if fault.status:
                return _faulty(call, fault.status, fault.body, fault.headers, fault.content_type)
            if fault.gate is not None:
                await fault.gate.wait()
        if not door.open and call.headers.get("authorization") != f"Bot {self.token}":
            return _json(call, *_refused(Refusal(Code.UNAUTHORIZED)), {})
        headers, wait, everywhere = self.rates.take(call)
        if wait is not None:
            return _limited(call, headers, wait, everywhere=everywhere)
        return _json(call, *_handled(door, call), headers)


@dataclass(frozen=True)
class Window:
    """One path as an ASGI application: it picks the door by the method."""

    desk: Desk
    doors: dict[str, Door]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or cut the connection."""
        door = self.doors.get(scope["method"])
        if door is None:
            response: Response | None = refusal_response(Refusal(Code.METHOD))
        else:
            response = await self.desk.answer(door, HttpRequest(scope, receive))
        if response is None:
            await _cut(receive)
        else:
            await response(scope, receive, send)


async def _cut(receive: Receive) -> None:
    """Drop the TCP connection under a call, which ASGI itself has no word for."""
    cycle: Any = getattr(receive, "__self__", None)
    cycle.transport.abort()
    while (await receive())["type"] != "http.disconnect":
        continue


def _handled(door: Door, call: Request) -> tuple[int, Any]:
    try:
        made = door.handle(call)
    except Refusal as refusal:
        return _refused(refusal)
    if isinstance(made, Reply):
        return made.status, made.body
    return (204, None) if made is None else (200, made)


def _refused(refusal: Refusal) -> tuple[int, Any]:
    return refusal.status, refusal.body


def _limited(call: Request, headers: dict[str, str], wait: float, *, everywhere: bool) -> Response:
    scope = "global" if everywhere else "user"
    told = {"Retry-After": str(wait), "X-RateLimit-Scope": scope, "Via": "1.1 loopback"}
    body = {"message": LIMITED, "retry_after": wait, "global": everywhere, "code": 0}
    return _json(call, 429, body, headers | told)


def _faulty(
    call: Request, status: int, body: Any, headers: dict[str, str], content_type: str
) -> Response:
    if content_type == "application/json":
        return _json(call, status, body, headers)
    return Response(body, status, headers, content_type)


def _json(call: Request, status: int, body: Any, headers: dict[str, str]) -> Response:
    raw = b"" if body is None else orjson.dumps(body)
    # Kept as it was sent: the world's own objects go on changing.
    call.answer = None if body is None else orjson.loads(raw)
    return Response(raw, status, headers, None if body is None else "application/json")


def refusal_response(refusal: Refusal) -> Response:
    """Write a refusal that no door has to do with."""
    return Response(orjson.dumps(refusal.body), refusal.status, None, "application/json")
