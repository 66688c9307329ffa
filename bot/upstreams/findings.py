"""What a search finds, out of an answer's bytes: a JSON object on a line of its own."""

from collections import deque
from collections.abc import AsyncIterator, Collection
from typing import Any

import orjson

from bot.upstreams.failures import Cut, Empty, UpstreamFailure
from bot.upstreams.goods import Finding
from bot.upstreams.http import Response, pieces
from bot.upstreams.refusals import of_error

LARGEST_LINE = 1024 * 1024  # bytes
_BOM = b"\xef\xbb\xbf"


class Findings:
    """Iterates over the findings; ends after [DONE], or at the answer's end."""

    __slots__ = (
        "_ahead",
        "_content",
        "_ended",
        "_failure",
        "_parts",
        "_pieces",
        "_size",
        "_unsaid",
        "over",
    )

    def __init__(self, response: Response, unsaid: Collection[str]) -> None:
        self.over = False  # the upstream has nothing more to send: its connection can be kept
        self._pieces = pieces(response)
        self._unsaid = unsaid
        self._parts: list[bytes] = []  # of a line whose end has not come
        self._size = 0
        self._ahead: deque[Finding] = deque()
        self._content = False
        self._ended = False
        self._failure: UpstreamFailure | None = None

    def __aiter__(self) -> AsyncIterator[Finding]:
        return self

    async def __anext__(self) -> Finding:
        while not self._ahead:
            if self._failure is not None:
                raise self._failure
            if self._ended:
                raise StopAsyncIteration
            await self._more()
        return self._ahead.popleft()

    async def _more(self) -> None:
        try:
            piece = await anext(self._pieces, b"")
        except UpstreamFailure as failure:
            self._end(failure)
            return
        for line in self._lines(piece):
            self._take(line)
            if self._ended:
                return
        if not piece:
            self.over = True
            self._end()
        elif self._size > LARGEST_LINE:
            self._end(Empty())

    def _lines(self, piece: bytes) -> list[bytes]:
        """Return the lines that these bytes complete; no bytes are the answer's end."""
        self._parts.append(piece)
        self._size += len(piece)
        if piece and b"\n" not in piece:
            return []  # joining only once a line's end has come keeps a long one linear
        *lines, rest = b"".join(self._parts).split(b"\n")
        self._parts, self._size = [rest], len(rest)
        return lines if piece else [*lines, rest]

    def _end(self, failure: UpstreamFailure | None = None) -> None:
        """Decide what the end is: an answer's, a cut, or no answer at all."""
        self._ended = True
        if self._content:
            self._failure = Cut() if failure else None
        else:
            self._failure = failure or Empty()

    def _take(self, line: bytes) -> None:
        line = line.strip().removeprefix(_BOM).removeprefix(b"data:").strip()
        if line[:1] != b"{":  # else a blank, an event's name, a ping, or noise
            if line == b"[DONE]":
                self.over = True
                self._end()
            return
        try:
            body = orjson.loads(line)
        except orjson.JSONDecodeError:
            self._end(Empty())
            return
        if error := body.get("error"):
            self._end(of_error(error, self._unsaid))
        elif (finding := _finding(body)) is not None:
            self._content = True
            self._ahead.append(finding)


def _finding(body: dict[str, Any]) -> Finding | None:
    message, url = body.get("message"), body.get("url")
    message = message if isinstance(message, str) else ""
    url = url if isinstance(url, str) and url else None
    return Finding(message, url) if message or url else None
