"""The ASGI application: gives every request an id, routes it, and answers whatever it raises."""

import logging
from collections.abc import Callable
from random import getrandbits

from starlette.exceptions import HTTPException
from starlette.routing import Router
from starlette.types import Receive, Scope, Send

from bot.api import bodies, cors
from bot.api.drain import Drain
from bot.api.errors import (
    SHAPES,
    BodyIncomplete,
    Errors,
    Fault,
    MethodNotAllowed,
    NotFound,
    TooLarge,
    speaks_anthropic,
)
from bot.api.headers import CLOSE, Header, anthropic_limits, limits, retries
from bot.api.measures import Measures
from bot.api.offer import offer
from bot.api.parts import ApiParts
from bot.api.presence import ClientLeft
from bot.api.proxies import client
from bot.api.reply import Reply
from bot.api.visit import Visit, visit_of
from bot.core.errors import Failure, Kind
from bot.ledger.calls import Standing
from bot.words.language import Language, speak

log = logging.getLogger(__name__)
LEFT = 499  # nobody was there to read a status; what nginx counts such calls as
Watcher = Callable[[Scope, Visit], None]  # told of every request once it is answered
UNROUTED = "unrouted"  # the label of paths that nobody serves: no caller may invent labels


def new_id() -> str:
    """Return an id for a request."""
    return f"req_{getrandbits(96):024x}"  # a name, not a secret


class App:
    """What the server calls for each request."""

    def __init__(self, parts: ApiParts) -> None:
        self.drain = Drain()
        self.measures = Measures()
        self.errors = Errors(parts.redactor)
        self.watcher: Watcher | None = None
        self._parts = parts
        self.operations = offer(parts, self.drain, self.errors, self.measures)
        routes = [route for one in self.operations for route in one.mounted().values()]
        self._router = Router(routes, redirect_slashes=False, default=_unknown)
        # Calls need no pattern to be found: the paths of the metered routes are what they are.
        self._metered = {
            (operation.method, path): route
            for operation in self.operations
            if operation.metered
            for path, route in operation.mounted().items()
        }

    async def __call__(self, scope: Scope, receive: Receive, _send: Send) -> None:
        """Answer a request, whatever happens; in English, whoever started this task."""
        speak(Language.EN)
        clock = self._parts.clock
        visit = Visit(new_id(), clock.now(), clock.monotonic())
        scope["app"], scope["state"]["visit"] = self, visit
        added: list[Header] = [(b"x-request-id", visit.id.encode())]
        if speaks_anthropic(scope["path"]):
            added.append((b"request-id", visit.id.encode()))
        if origins := self._parts.community.api.cors_origins:
            added += cors.granted(scope, origins)
        # Taken out, because it holds the scope: a circle would wait for the collector.
        reply = Reply(scope["state"].pop("cycle"), visit, self.drain, added)
        self.measures.running += 1
        try:
            await self._answer(scope, receive, reply)
        finally:
            self.measures.running -= 1
            self._note(scope, visit)

    async def _answer(self, scope: Scope, receive: Receive, reply: Reply) -> None:
        send = reply.send
        try:
            if granted := cors.preflight(scope, self._parts.community.api.cors_origins):
                await send({"type": "http.response.start", "status": 204, "headers": granted})
                await send({"type": "http.response.body"})
                return
            self.drain.check(scope["path"])
            if (route := self._metered.get((scope["method"], scope["path"]))) is not None:
                scope["route"] = route
                await route.app(scope, receive, send)
            else:
                await self._router(scope, receive, send)
        except ClientLeft:
            visit_of(scope).status = LEFT
        except Failure as failure:
            await self._fail(failure, scope, receive, reply)
        except HTTPException as refused:
            await self._fail(_refused(refused, scope), scope, receive, reply)
        except Exception:
            reference = visit_of(scope).id
            log.exception("request %s failed", reference)
            await self._fail(Fault(reference=reference), scope, receive, reply)

    async def _fail(self, failure: Failure, scope: Scope, receive: Receive, reply: Reply) -> None:
        visit = visit_of(scope)
        looks = SHAPES[failure.kind]
        self.measures.refused(looks.code)
        if visit.status:  # an answer had begun: the only honest end is no end
            reply.drop()
            return
        body = self.errors.body(failure, path=scope["path"], request_id=visit.id)
        left = anthropic_limits if speaks_anthropic(scope["path"]) else limits
        standing = getattr(failure, "standing", None) or await self._standing(failure, visit)
        headers: list[Header] = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            *retries(failure),
            *(left(standing, self._parts.clock.now()) if standing else ()),
            *((CLOSE,) if isinstance(failure, TooLarge | BodyIncomplete) else ()),
        ]
        send = reply.send
        await send({"type": "http.response.start", "status": looks.status, "headers": headers})
        if isinstance(failure, TooLarge):
            await send({"type": "http.response.body", "body": body, "more_body": True})
            await bodies.linger(receive, failure.params["limit"])
            body = b""
        await send({"type": "http.response.body", "body": body})
        self._say(looks.status, looks.code, scope)

    async def _standing(self, failure: Failure, visit: Visit) -> Standing | None:
        """Return where the caller stands, if there is one and the database answers."""
        if visit.caller is None or failure.kind in (Kind.UNAVAILABLE, Kind.INTERNAL):
            return None
        try:
            return await self._parts.account.standing(visit.caller)
        except Failure:
            return None

    def _note(self, scope: Scope, visit: Visit) -> None:
        route = scope.get("route")
        path = route.path if route else UNROUTED
        self.measures.ended(path, visit.status, self._parts.clock.monotonic() - visit.began)
        if visit.first_content is not None:
            self.measures.first_content(path, visit.first_content - visit.began)
        if self.watcher is not None:
            self.watcher(scope, visit)

    def _say(self, status: int, code: str, scope: Scope) -> None:
        """Log a refusal: the path without its query, and as it came, so that it stays one line."""
        level = logging.WARNING if status >= 500 else logging.INFO
        log.log(
            level,
            "%s %s answered %d %s to %s, %s",
            scope["method"],
            scope["raw_path"].decode("ascii"),
            status,
            code,
            client(scope, self._parts.community.api.trusted_proxies),
            visit_of(scope).id,
        )


async def _unknown(scope: Scope, _receive: Receive, _send: Send) -> None:
    raise NotFound


def _refused(refused: HTTPException, scope: Scope) -> Failure:
    """Return what the router's refusal is in our words."""
    if refused.status_code != 405:
        return NotFound()
    allow = ", ".join(sorted((refused.headers or {}).get("Allow", "").split(", ")))
    return MethodNotAllowed(method=scope["method"], allow=allow)
