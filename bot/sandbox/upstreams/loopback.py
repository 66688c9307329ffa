"""What every loopback upstream is: it counts its calls, keeps them, and fails when told to."""

import asyncio
import contextlib
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import orjson
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bot.sandbox.upstreams.assistant import text_of
from bot.sandbox.upstreams.call import Call, openai_error
from bot.sandbox.upstreams.troubles import Fault, Trouble, Troubles, WiredApp

PROMPTS = ("prompt", "input", "text", "question", "url")  # where an ask says what it wants
NOTHING = b'{"data": []}'
Answer = Callable[[Call], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as it came: JSON, a form's fields and files, or a query."""

    body: dict[str, Any]
    headers: dict[str, str]
    method: str = "POST"
    path: str = ""
    files: dict[str, bytes] = field(default_factory=dict)


@dataclass
class Loopback(ABC):
    """An upstream on loopback; `pace` is seconds a word."""

    base: ClassVar[str] = "/v1"  # the path of its base address below the host

    pace: float = 0.0
    key: str | None = None  # the only one it accepts; None: any, or none
    models: tuple[str, ...] = ()
    faults: Troubles = field(default_factory=Troubles)  # of calls
    aside: Troubles = field(default_factory=Troubles)  # of models lists, links: all but calls
    gate: asyncio.Event = field(default_factory=asyncio.Event)  # what SLOW calls wait for
    seen: deque[Seen] = field(default_factory=lambda: deque(maxlen=1000))
    asked: int = 0  # calls that came
    hangups: int = 0  # callers that left before their answer was over
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def app(self) -> WiredApp:
        """Return the ASGI app; uvicorn must serve it where connections are to be dropped."""
        return WiredApp(routes=self.routes())

    @abstractmethod
    def routes(self) -> list[Route]:
        """Return what it answers to."""

    def post(self, path: str, answer: Answer, *needs: str, hollow: bytes = NOTHING) -> Route:
        """Return a route of calls that need these fields; `hollow` is an answer without content."""
        return Route(path, Endpoint(self, answer, needs, hollow), methods=["POST"])

    async def until(self, true: Callable[[Self], bool]) -> None:
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

    async def list_models(self, call: Call) -> None:
        """Answer with the models, in OpenAI's shape."""
        entries = [self.model_entry(name) for name in self.models]
        await call.give({"object": "list", "data": entries})

    def model_entry(self, name: str) -> dict[str, Any]:
        """Return one entry of the models list."""
        return {"id": name, "object": "model", "created": int(time.time()), "owned_by": "loopback"}


@dataclass(frozen=True)
class Endpoint:
    """One route of a loopback upstream, as a plain ASGI callable."""

    upstream: Loopback
    answer: Answer
    needs: tuple[str, ...] = ()  # fields without which a call is refused
    hollow: bytes = NOTHING  # an answer with nothing in it
    aside: bool = False  # no call of a member's: neither counted nor seen, with its own troubles
    public: bool = False  # opens without a key
    error: Callable[[int, str, str], dict[str, Any]] = openai_error

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

    async def _answer(self, call: Call) -> None:
        if not await call.fail(self.hollow):
            await self.answer(call)

    async def _read(self, scope: Scope, receive: Receive, send: Send) -> Call:
        upstream = self.upstream
        request = Request(scope, receive)
        headers = dict(request.headers)
        body, files = await _contents(request)
        usable = body is not None and all(map(body.get, self.needs))
        asked = body or {}
        if not self.aside:
            upstream.seen.append(Seen(asked, headers, request.method, request.url.path, files))
            upstream.asked += 1
        trouble = (upstream.aside if self.aside else upstream.faults).take(_prompt(asked))
        if not self.public and upstream.refuses(headers):
            trouble = Trouble(Fault.UNAUTHORIZED)
        elif not usable:
            trouble = Trouble(Fault.BAD_REQUEST)
        upstream.note()
        now, gate = int(time.time()), upstream.gate
        return Call(
            upstream.asked, now, asked, trouble, scope, receive, send, gate, files, self.error
        )


async def _contents(request: Request) -> tuple[dict[str, Any] | None, dict[str, bytes]]:
    """Read what was asked; None where it makes no sense."""
    if request.method == "GET":
        return dict(request.query_params), {}
    if request.headers.get("content-type", "").startswith("multipart/"):
        async with request.form() as form:
            fields = {name: v for name, v in form.multi_items() if isinstance(v, str)}
            uploads = [(name, v) for name, v in form.multi_items() if isinstance(v, UploadFile)]
            return fields, {name: await upload.read() for name, upload in uploads}
    raw = await request.body()
    try:
        body = orjson.loads(raw or b"{}")
    except orjson.JSONDecodeError:
        return None, {}
    return (body if isinstance(body, dict) else None), {}


def _prompt(body: dict[str, Any]) -> str:
    """Return the words in which a trouble may be asked for."""
    if (messages := body.get("messages")) and isinstance(messages, list):
        return text_of(messages[-1])
    return next((text for name in PROMPTS if isinstance(text := body.get(name), str)), "")


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
