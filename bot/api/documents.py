"""The pages that describe the API: /openapi.json, /docs, and / which leads there."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from itertools import groupby
from pathlib import Path
from string import Template

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.api.errors import SHAPES, advice
from bot.api.openapi import components, describe
from bot.api.operation import STREAMED, Answer, Operation, answerable
from bot.api.page.article import article, line
from bot.api.parts import ApiParts
from bot.api.schema import Schema

PAGE = Path(__file__).parent / "page"
# The page loads nothing, from here or elsewhere, and may stand in no frame.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
JSON = "application/json"


@dataclass
class Kept:
    """What was made last, and out of what: both pages take longer to make than to send."""

    of: Hashable = None
    made: bytes = b""

    def get(self, of: Hashable, make: Callable[[], bytes]) -> bytes:
        """Return what was made of the same, or make it."""
        if of != self.of:
            self.made, self.of = make(), of
        return self.made


@dataclass(frozen=True)
class Documents:
    """Describes the operations, its own among them."""

    parts: ApiParts
    operations: Callable[[], tuple[Operation, ...]]
    schemas: Mapping[str, Schema | type]
    description: Kept = field(default_factory=Kept)
    page: Kept = field(default_factory=Kept)

    async def openapi(self, _request: Request) -> Response:
        """Answer with the OpenAPI document."""
        name, url = self.parts.community.community.name, self.parts.public_url()

        fitting = tuple(sorted(self._fitting().items()))

        def made() -> bytes:
            operations, version = self.operations(), self.parts.version
            return orjson.dumps(
                describe(
                    operations, self.schemas, dict(fitting), version=version, url=url, name=name
                )
            )

        return Response(self.description.get((name, url, fitting), made), media_type=JSON)

    async def docs(self, _request: Request) -> Response:
        """Answer with the page for people."""
        name, url = self.parts.community.community.name, self.parts.public_url()
        fitting = tuple(sorted(self._fitting().items()))
        page = self.page.get((name, url, fitting), lambda: self._page(name, url, dict(fitting)))
        return HTMLResponse(page, headers={"content-security-policy": POLICY})

    async def root(self, _request: Request) -> Response:
        """Lead to the page."""
        return RedirectResponse("/docs", status_code=307)

    def _page(self, name: str, url: str, fitting: Mapping[str, str]) -> bytes:
        operations = self.operations()
        page = Template((PAGE / "docs.html").read_text(encoding="utf-8")).substitute(
            style=(PAGE / "docs.css").read_text(encoding="utf-8"),
            community=escape(name),
            url=escape(url),
            model=escape(fitting["chat"]),
            version=escape(self.parts.version),
            contents="".join(_contents(operations)),
            routes="".join(_routes(operations, self.schemas, url, fitting)),
            errors="".join(_errors(operations)),
        )
        return page.encode()

    def _fitting(self) -> dict[str, str]:
        """Return for each kind of call a model that it can be made with."""
        catalogue = self.parts.catalogue
        firsts = {
            kind: catalogue.first_of(kind) for kind in {one.kind for one in self.operations()}
        }
        return {kind: first.id if first else f"{kind}-model" for kind, first in firsts.items()}


def _contents(operations: Iterable[Operation]) -> Iterator[str]:
    for topic, ones in groupby(operations, lambda one: one.topic):
        lines = "".join(f'<li><a href="#{one.name}">{line(one)}</a></li>' for one in ones)
        yield f"<section><h3>{escape(topic)}</h3><ul>{lines}</ul></section>"


def _routes(
    operations: Iterable[Operation],
    schemas: Mapping[str, Schema | type],
    url: str,
    fitting: Mapping[str, str],
) -> Iterator[str]:
    operations = tuple(operations)
    known = components(operations, schemas)
    for topic, ones in groupby(operations, lambda one: one.topic):
        yield f"<h3>{escape(topic)}</h3>"
        yield from (article(one, known, url, fitting[one.kind]) for one in ones)


def _errors(operations: Iterable[Operation]) -> Iterable[str]:
    for kind in sorted(answerable(operations), key=lambda kind: (SHAPES[kind].status, kind)):
        looks = SHAPES[kind]
        status = "mid-stream" if kind in STREAMED else looks.status
        yield (
            f"<tr><td>{status}</td><td><code>{looks.type}</code></td>"
            f"<td><code>{looks.code}</code></td><td>{escape(advice(kind))}</td></tr>"
        )


def operations(
    parts: ApiParts,
    every: Callable[[], tuple[Operation, ...]],
    schemas: Mapping[str, Schema | type],
) -> tuple[Operation, ...]:
    """Describe the documents, and serve them."""
    documents = Documents(parts, every, schemas)
    return (
        Operation(
            name="openapi",
            method="GET",
            path="/openapi.json",
            endpoint=documents.openapi,
            summary="This API as OpenAPI 3.1",
            answer=Answer("The description."),
        ),
        Operation(
            name="docs",
            method="GET",
            path="/docs",
            endpoint=documents.docs,
            summary="This API as a page",
            answer=Answer("The page.", media=("text/html",)),
        ),
        Operation(
            name="root",
            method="GET",
            path="/",
            endpoint=documents.root,
            summary="Leads to the page",
            answer=Answer("The address of the page.", media=(), statuses=(307,)),
        ),
    )
