"""An upstream that says what a test tells it, piece by piece, and notices who leaves."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bot.sandbox.upstreams.troubles import WiredApp, hang_up

PROMPT_TOKENS = 10
HEADERS = [(b"content-type", b"text/event-stream")]
CUT, DONE = object(), object()


@dataclass
class Telling:
    """One call: what is said goes out at once; every piece counts as a token."""

    body: dict[str, Any]
    left: asyncio.Event = field(default_factory=asyncio.Event)  # the caller hung up
    _queue: asyncio.Queue[Any] = field(default_factory=asyncio.Queue)
    _pieces: int = 0

    @property
    def content(self) -> Any:
        """What the call asks."""
        return self.body["messages"][0]["content"]

    @property
    def turns(self) -> list[tuple[str, Any]]:
        """Who said what in all that was sent."""
        return [(each["role"], each["content"]) for each in self.body["messages"]]

    def say(self, *texts: str, field: str = "content") -> None:
        """Send pieces of the answer, or of its `reasoning_content` or `refusal`."""
        for text in texts:
            self._pieces += 1
            self._put({"choices": [{"index": 0, "delta": {field: text}, "finish_reason": None}]})

    def send(self, choices: Any) -> None:
        """Send a chunk with these choices, whatever they are."""
        self._put({"choices": choices})

    def end(self, *texts: str, reason: str = "stop") -> None:
        """Say the last pieces and finish, with usage."""
        self.say(*texts)
        usage = {"prompt_tokens": PROMPT_TOKENS, "completion_tokens": self._pieces}
        self._put({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
        self._put({"choices": [], "usage": usage | {"total_tokens": sum(usage.values())}})
        self._queue.put_nowait(DONE)

    def cut(self) -> None:
        """Close the connection in the middle."""
        self._queue.put_nowait(CUT)

    def fail(self, status: int = 400) -> None:
        """Answer with an error instead."""
        self._queue.put_nowait(status)

    async def told(self) -> Any:
        """Wait for what is to be done next."""
        return await self._queue.get()

    def _put(self, event: dict[str, Any]) -> None:
        frame = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "theirs"}
        self._queue.put_nowait(b"data: " + orjson.dumps(frame | event) + b"\n\n")


class Teller:
    """Takes calls and hands each to the test, which tells it what to say."""

    def __init__(self) -> None:
        self.calls: list[Telling] = []
        self._asked: asyncio.Queue[Telling] = asyncio.Queue()

    def app(self) -> WiredApp:
        """Return the ASGI app."""
        return WiredApp(routes=[Route("/v1/chat/completions", _Door(self), methods=["POST"])])

    async def asked(self) -> Telling:
        """Wait for the next call."""
        async with asyncio.timeout(30):
            return await self._asked.get()

    def take(self, body: dict[str, Any]) -> Telling:
        """Note a call."""
        self.calls.append(telling := Telling(body))
        self._asked.put_nowait(telling)
        return telling


@dataclass(frozen=True)
class _Door:
    teller: Teller

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        telling = self.teller.take(orjson.loads(await Request(scope, receive).body()))
        saying = asyncio.create_task(_say(telling, scope, receive, send))
        leaving = asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait([saying, leaving], return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not saying.done():
                telling.left.set()
            for task in (saying, leaving):
                task.cancel()
            await asyncio.gather(saying, leaving, return_exceptions=True)


async def _say(telling: Telling, scope: Scope, receive: Receive, send: Send) -> None:
    begun = False
    while True:
        said = await telling.told()
        if said is CUT:
            await hang_up(scope, receive)
            return
        if not begun:
            status = said if isinstance(said, int) else 200
            await send({"type": "http.response.start", "status": status, "headers": HEADERS})
            begun = True
        if isinstance(said, int):
            await send({"type": "http.response.body", "body": b'{"error": {"message": "No."}}'})
            return
        over = said is DONE
        body = b"data: [DONE]\n\n" if over else said
        await send({"type": "http.response.body", "body": body, "more_body": not over})
        if over:
            return


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
