"""Answers of the ordinary pages."""

from typing import Any

import orjson
from starlette.responses import Response

from bot.api.headers import Header


class Json(Response):
    """A JSON answer made of dataclasses and plain values."""

    media_type = "application/json"

    def __init__(
        self, content: Any, *, status: int = 200, extra: list[Header] | None = None
    ) -> None:
        super().__init__(content, status)
        self.raw_headers.extend(extra or [])

    def render(self, content: Any) -> bytes:
        """Return the JSON."""
        return orjson.dumps(content)


def personal(content: Any, extra: list[Header]) -> Json:
    """Return an answer about one member, which nobody may keep."""
    return Json(content, extra=[*extra, (b"cache-control", b"no-store")])
