"""One thing the API can do: where it lives, who answers, and how it is described."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bot.api.drain import STAYS_OPEN
from bot.api.schema import TEXT, Schema
from bot.core.errors import Kind

Endpoint = (
    Callable[[Request], Awaitable[Response]] | Callable[[Scope, Receive, Send], Awaitable[None]]
)
JSON = "application/json"
MODEL = "MODEL"  # in examples
EVENTS = "text/event-stream"
ANYWHERE = frozenset({Kind.NOT_FOUND, Kind.METHOD_NOT_ALLOWED})  # where no operation is
KEYED = frozenset({Kind.UNAUTHENTICATED, Kind.SUSPENDED})
BODIED = frozenset({Kind.INVALID, Kind.TOO_LARGE})
METERED = frozenset(
    {
        Kind.INVALID,
        Kind.UNKNOWN_MODEL,
        Kind.NO_ACCESS,
        Kind.ALLOWANCE_SPENT,
        Kind.ALLOWANCE_HELD,
        Kind.MINUTE_SPENT,
        Kind.IN_FLIGHT,
        Kind.UPSTREAM_FAILED,
        Kind.NO_ROUTE,
        Kind.UPSTREAM_TIMEOUT,
    }
)
STREAMED = frozenset({Kind.STREAM_INCOMPLETE, Kind.STREAM_STOPPED})


class Place(StrEnum):
    """Where a parameter stands."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"


class Key(StrEnum):
    """A way to show who calls."""

    BEARER = "bearer"
    X_API_KEY = "x_api_key"
    QUERY = "query"
    METRICS = "metrics"  # the token of whoever scrapes, no member's key


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value in the path, the query or a header, and what it has to look like."""

    name: str
    place: Place
    words: str
    required: bool = False
    schema: Schema = field(default_factory=lambda: TEXT)


@dataclass(frozen=True, slots=True)
class Body:
    """What a request carries: names of schemas, as JSON and as multipart form."""

    json: str | None = None
    form: str | None = None
    required: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What a success looks like: a schema's name where it is JSON, else its media types."""

    words: str
    schema: str | None = None
    media: tuple[str, ...] = (JSON,)
    events: str | None = None  # also as server-sent events: the schema of an event's data
    last: str | None = None  # the data of the last event, where that is a word
    statuses: tuple[int, ...] = (200,)

    @property
    def streams(self) -> bool:
        """Say whether it can come as events."""
        return self.events is not None or EVENTS in self.media


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
    keyed: bool = False  # a member's key opens it, shown in one of the ways of `keys`
    keys: tuple[Key, ...] = (Key.BEARER,)
    metered: bool = False
    takes: Body | None = None
    parameters: tuple[Parameter, ...] = ()
    fails: frozenset[Kind] = frozenset()  # besides what it shares with others of its sort
    example: Any = None  # a body that works, for the page; in it "MODEL" is a model's id
    kind: str = "chat"  # of the models that it is for
    topic: str = ""  # the heading that it stands under

    @property
    def failures(self) -> frozenset[Kind]:
        """Return every kind of failure it can answer with."""
        found = self.fails | {Kind.INTERNAL}
        found |= KEYED if self.keyed else frozenset()
        found |= METERED if self.metered else frozenset()
        found |= BODIED if self.takes else frozenset()
        found |= STREAMED if self.answer.streams else frozenset()
        return found if self.path in STAYS_OPEN else found | {Kind.UNAVAILABLE}

    @property
    def paths(self) -> tuple[str, ...]:
        """Return every path it answers at."""
        return (self.path, *self.aliases)

    def mounted(self) -> dict[str, Route]:
        """Return its routes by path."""
        return {path: self._route(path) for path in self.paths}

    def _route(self, path: str) -> Route:
        endpoint: Any = self.endpoint
        route = Route(path, endpoint, methods=[self.method], name=self.name)
        if self.metered and route.methods is not None:
            route.methods.discard("HEAD")  # a look at what a call would answer is not free
        return route


def shown(path: str) -> str:
    """Return a path as people and OpenAPI write it."""
    return path.replace(":path}", "}")


def filled(example: dict[str, Any], model: str) -> dict[str, Any]:
    """Return an example with the id of a model that fits it."""
    return {name: model if value == MODEL else value for name, value in example.items()}


def answerable(operations: Iterable[Operation]) -> frozenset[Kind]:
    """Return every kind of failure that can be met at all."""
    return ANYWHERE.union(*(operation.failures for operation in operations))
