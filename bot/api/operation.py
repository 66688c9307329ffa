"""One thing the API can do: where it lives, who answers, and how it is described."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

Endpoint = (
    Callable[[Request], Awaitable[Response]] | Callable[[Scope, Receive, Send], Awaitable[None]]
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value in the path or the query."""

    name: str
    place: str  # path | query
    words: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What a success looks like: a schema's name, or a media type without one."""

    words: str
    schema: str | None = None
    media: str = "application/json"
    streams: bool = False  # also as server-sent events


@dataclass(frozen=True, slots=True)
class Operation:
    """A method on a path, with the paths that mean the same."""

    name: str
    method: str
    path: str
    endpoint: Endpoint
    summary: str
    answer: Answer
    words: str = ""
    aliases: tuple[str, ...] = ()
    keyed: bool = False
    metered: bool = False
    takes: str | None = None  # the name of its body's schema
    parameters: tuple[Parameter, ...] = field(default=())
    listed: bool = True

    def mounted(self) -> dict[str, Route]:
        """Return its routes by path."""
        endpoint: Any = self.endpoint
        return {
            path: Route(path, endpoint, methods=[self.method], name=self.name)
            for path in (self.path, *self.aliases)
        }
