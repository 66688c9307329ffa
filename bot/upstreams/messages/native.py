"""The client of upstreams that speak Anthropic's Messages themselves; bodies pass untouched."""

import re
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from typing import Any, ClassVar

from bot.upstreams.answers import read_object, refuse
from bot.upstreams.chunks import Chunks
from bot.upstreams.dialect import NO_HEADERS, Chunk, Completion, Link
from bot.upstreams.failures import Empty
from bot.upstreams.http import Response, let_go
from bot.upstreams.messages.reading import ALIVE, EXCUSES, adds, says, usage_of
from bot.upstreams.sse import Event

PATH = "/messages"
VERSION, BETA = "anthropic-version", "anthropic-beta"
USUAL_VERSION = "2023-06-01"
MOST_BETAS = 20
_WORD = re.compile(r"[\w.\-]{1,64}", re.ASCII)


def headers_of(said: Mapping[str, str]) -> dict[str, str]:
    """Return what of a client's headers an upstream is told: the version and the betas."""
    version = said.get(VERSION, "").strip()
    betas = [
        name for beta in said.get(BETA, "").split(",") if _WORD.fullmatch(name := beta.strip())
    ]
    told = {VERSION: version if _WORD.fullmatch(version) else USUAL_VERSION}
    return told | ({BETA: ",".join(betas[:MOST_BETAS])} if betas else {})


async def message(
    link: Link, body: dict[str, Any], headers: Mapping[str, str] = NO_HEADERS
) -> Completion:
    """Answer a Messages body in one piece."""
    sent = {**body, "stream": False}
    answer = await read_object(link, await link.post(PATH, sent, headers_of(headers)))
    if not isinstance(content := answer.get("content"), list):
        raise Empty
    delivered = any(map(says, content))
    if not delivered and answer.get("stop_reason") not in EXCUSES:
        raise Empty
    return Completion(answer, usage_of(answer.get("usage"), delivered=delivered))


@asynccontextmanager
async def message_stream(
    link: Link, body: dict[str, Any], headers: Mapping[str, str] = NO_HEADERS
) -> AsyncIterator[AsyncIterator[Chunk]]:
    """Answer a Messages body in events."""
    response = await link.post(PATH, {**body, "stream": True}, headers_of(headers))
    events = MessageEvents(response, link.unsaid)
    try:
        if response.status_code != 200:
            await refuse(link, response)
        kind = response.headers.get("content-type", "").lower()
        if "json" in kind:
            await read_object(link, response)  # an error, or an answer nobody asked for in one
            raise Empty
        if "html" in kind:
            raise Empty
        yield events
    finally:
        await let_go(response, over=events.over)


class MessageEvents(Chunks):
    """Iterates over the events; a stop reason makes an answer complete, message_stop or not."""

    ping: ClassVar[Chunk] = ALIVE
    __slots__ = ("_begun_well", "_told")

    def __init__(self, response: Response, unsaid: Collection[str]) -> None:
        super().__init__(response, unsaid)
        self._begun_well = False  # message_start has come
        self._told: dict[str, Any] = {}  # usage, the last of every number

    def _take(self, event: Event) -> None:
        if event.name == b"ping":
            if self._content:
                self.ahead.append(self.ping)
            return
        super()._take(event)
        if not self.ahead:
            return
        match (last := self.ahead[-1]).body.get("type"):
            case "ping" if self._content:
                self.ahead[-1] = self.ping
            case "ping" | None:
                self.ahead.pop()
            case "content_block_delta" if not (last.content or self._content):
                self.ahead.pop()  # nothing yet, however often it is said
            case "message_stop" if self._begun_well:
                self.over = True
                self._end(done=True)

    def _chunk(self, body: dict[str, Any]) -> Chunk:
        if not self._begun_well and not self._begins(body):
            self._end(Empty())
            return Chunk(body, None, content=False, finish=False)
        usage, finish = None, False
        content = adds(body)
        if content:
            self._content = True
        elif body.get("type") == "message_delta":
            finish = self._stops(body.get("delta"))
            if isinstance(told := body.get("usage"), dict):
                self._tell(told)
                usage = usage_of(self._told, delivered=self._content)
        return Chunk(body, usage, content, finish)

    def _begins(self, body: dict[str, Any]) -> bool:
        """Note the beginning: what it says of the prompt holds unless the end says otherwise."""
        if body.get("type") == "ping":
            return True
        if body.get("type") != "message_start" or not isinstance(body.get("message"), dict):
            return False
        self._begun_well = True
        if isinstance(told := body["message"].get("usage"), dict):
            self._tell(told)
        return True

    def _tell(self, told: dict[str, Any]) -> None:
        self._told |= {name: value for name, value in told.items() if value is not None}

    def _stops(self, delta: Any) -> bool:
        reason = delta.get("stop_reason") if isinstance(delta, dict) else None
        if not reason:
            return False
        self._finished.add(0)
        self._excused = reason in EXCUSES
        return True
