"""One thing the API can do: where it lives, who answers, and how it is described."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bot.api.drain import STAYS_OPEN
from bot.core.errors import Kind

Endpoint = (
    Callable[[Request], Awaitable[Response]] | Callable[[Scope, Receive, Send], Awaitable[None]]
)
ANYWHERE = frozenset({Kind.NOT_FOUND, Kind.METHOD_NOT_ALLOWED})  # where no operation is
KEYED = frozenset({Kind.UNAUTHENTICATED, Kind.SUSPENDED})
METERED = frozenset(
    {
        Kind.INVALID,
        Kind.TOO_LONG,
        Kind.UNKNOWN_MODEL,
        Kind.NO_ACCESS,
        Kind.TOO_LARGE,
        Kind.ALLOWANCE_SPENT,
        Kind.MINUTE_SPENT,
        Kind.IN_FLIGHT,
        Kind.UPSTREAM_FAILED,
        Kind.NO_ROUTE,
        Kind.UPSTREAM_TIMEOUT,
    }
)
STREAMED = frozenset({Kind.STREAM_INCOMPLETE, Kind.STREAM_STOPPED})


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
    statuses: tuple[int, ...] = (200,)


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
    fails: frozenset[Kind] = frozenset()  # besides what it shares with others of its sort
    listed: bool = True

    @property
    def failures(self) -> frozenset[Kind]:
        """Return every kind of failure it can answer with."""
        found = self.fails | {Kind.INTERNAL}
        found |= KEYED if self.keyed else frozenset()
        found |= METERED if self.metered else frozenset()
        found |= STREAMED if self.answer.streams else frozenset()
        return found if self.path in STAYS_OPEN else found | {Kind.UNAVAILABLE}

    def mounted(self) -> dict[str, Route]:
        """Return its routes by path."""
        endpoint: Any = self.endpoint
        return {
            path: Route(path, endpoint, methods=[self.method], name=self.name)
            for path in (self.path, *self.aliases)
        }


def answerable(operations: Iterable[Operation]) -> frozenset[Kind]:
    """Return every kind of failure that can be met at all."""
    return ANYWHERE.union(*(operation.failures for operation in operations))
