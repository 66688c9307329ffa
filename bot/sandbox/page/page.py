"""The routes of the sandbox page: the page, its files, its WebSocket, and what people uploaded."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from bot.sandbox.discord.server import LoopbackDiscord
from bot.sandbox.page.backstage import Backstage
from bot.sandbox.page.live import Live

STATIC = Path(__file__).parent / "static"
SHOWN_IN_PLACE = ("image/", "audio/", "video/", "text/plain")
FOREIGN_ORIGIN = 1008
CALL = """curl {api}/v1/chat/completions \\
  -H "Authorization: Bearer YOUR_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{{"model": "{model}", "stream": true, "messages": [{{"role": "user", "content": "Hello!"}}]}}'
""".rstrip()
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE_HEADERS = {
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
UPLOAD_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "X-Content-Type-Options": "nosniff",
}


class Page:
    """The page of one loopback Discord; `api_url` is the API that its bot hands out keys for.

    With a `backstage` it also shows the calls, the tour and the clock of the product behind.
    """

    def __init__(
        self,
        discord: LoopbackDiscord,
        api_url: str,
        *,
        models: Sequence[str] = ("gpt-4o",),
        backstage: Backstage | None = None,
    ) -> None:
        self._discord, self._backstage = discord, backstage
        self._api = api_url.rstrip("/")
        self._about: dict[str, Any] = {
            "api_url": self._api,
            "models": list(models),
            "call": first_call(api_url, models[0]),
        }

    def routes(self) -> list[BaseRoute]:
        """List the routes to serve, at the root of a host."""
        upload = "/{folder}/{channel:int}/{file:int}/{name}"
        return [
            Route("/", self._index),
            WebSocketRoute("/live", self._live),
            Mount("/static", _Static(directory=STATIC)),
            Route(upload.replace("{folder}", "attachments"), self._upload),
            Route(upload.replace("{folder}", "ephemeral-attachments"), self._upload),
        ]

    async def _index(self, request: Request) -> Response:
        policy = f"{POLICY}; connect-src 'self' {self._api}"
        headers = PAGE_HEADERS | {"Content-Security-Policy": policy}
        return FileResponse(STATIC / "index.html", headers=headers)

    async def _upload(self, request: Request) -> Response:
        file = self._discord.world.files.get(request.path_params["file"])
        if file is None:
            return PlainTextResponse("There is no such file.", 404)
        place = "inline" if file.kind.startswith(SHOWN_IN_PLACE) else "attachment"
        named = f"{place}; filename*=utf-8''{quote(file.filename, safe='')}"
        headers = UPLOAD_HEADERS | {"Content-Disposition": named}
        return Response(file.content, media_type=file.kind, headers=headers)

    async def _live(self, socket: WebSocket) -> None:
        if not _own_origin(socket.headers):
            await socket.close(FOREIGN_ORIGIN)
            return
        await socket.accept()
        you, channel = (_id(socket.query_params.get(name)) for name in ("you", "channel"))
        live = Live(socket, self._discord, self._about, self._backstage)
        await live.run(you=you, channel=channel)


def first_call(api_url: str, model: str) -> str:
    """Return a line for the shell that makes a first call, once YOUR_KEY is a key."""
    return CALL.format(api=api_url.rstrip("/"), model=model)


def _own_origin(headers: Headers) -> bool:
    """Tell whether the page itself is asking: another site in the same browser must not."""
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


def _id(given: str | None) -> int | None:
    return int(given) if given and given.isascii() and given.isdigit() else None


class _Static(StaticFiles):
    """Static files that a browser asks for again after an upgrade."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                extra = [(b"cache-control", b"no-cache"), (b"x-content-type-options", b"nosniff")]
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        await super().__call__(scope, receive, with_headers)
