"""The pages that describe the API: /openapi.json, /docs, and / which leads there."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.api.errors import SHAPES, advice
from bot.api.openapi import describe
from bot.api.operation import STREAMED, Answer, Operation, answerable, shown
from bot.api.parts import ApiParts
from bot.api.replies import Json
from bot.api.schema import Schema

PAGE = Path(__file__).parent / "page"
# The page loads nothing, from here or elsewhere, and may stand in no frame.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"


@dataclass(frozen=True)
class Documents:
    """Describes the operations, its own among them."""

    parts: ApiParts
    operations: Callable[[], tuple[Operation, ...]]
    schemas: Mapping[str, Schema | type]

    async def openapi(self, _request: Request) -> Response:
        """Answer with the OpenAPI document."""
        name = self.parts.community.community.name
        url, version = self.parts.public_url(), self.parts.version
        return Json(describe(self.operations(), self.schemas, version=version, url=url, name=name))

    async def docs(self, _request: Request) -> Response:
        """Answer with the page for people."""
        page = Template((PAGE / "docs.html").read_text(encoding="utf-8")).substitute(
            style=(PAGE / "docs.css").read_text(encoding="utf-8"),
            community=escape(self.parts.community.community.name),
            url=escape(self.parts.public_url()),
            model=escape(self._first_model()),
            version=escape(self.parts.version),
            routes="".join(_route(operation) for operation in self.operations()),
            errors="".join(_errors(self.operations())),
        )
        return HTMLResponse(page, headers={"content-security-policy": POLICY})

    async def root(self, _request: Request) -> Response:
        """Lead to the page."""
        return RedirectResponse("/docs", status_code=307)

    def _first_model(self) -> str:
        first = self.parts.catalogue.first_of("chat")
        return first.id if first else "gpt-4o"


def _route(operation: Operation) -> str:
    path = escape(shown(operation.path))
    also = "".join(f" <code>{escape(alias)}</code>" for alias in operation.aliases)
    marks = '<span class="mark">key</span>' if operation.keyed else ""
    marks += '<span class="mark metered">metered</span>' if operation.metered else ""
    words = f"<p>{escape(operation.words)}</p>" if operation.words else ""
    return (
        f'<article id="{operation.name}"><h3><span class="method">{operation.method}</span> '
        f"<code>{path}</code> {marks}</h3><p><strong>{escape(operation.summary)}.</strong> "
        f"{escape(operation.answer.words)}</p>{words}"
        + (f'<p class="also">Also at{also}</p>' if also else "")
        + "</article>"
    )


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
