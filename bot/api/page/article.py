"""One operation as a part of the page."""

from collections.abc import Iterable, Iterator
from html import escape

from bot.api.errors import SHAPES, speaks_anthropic
from bot.api.operation import EVENTS, JSON, Body, Key, Operation, shown
from bot.api.page.example import command
from bot.api.page.fields import Known, kind, resolved, rows
from bot.api.schema import ref

_WAYS = {
    Key.BEARER: "<code>Authorization: Bearer</code>",
    Key.X_API_KEY: "<code>x-api-key</code>",
    Key.QUERY: "<code>?key=</code>",
    Key.METRICS: "the metrics token",
}


def article(operation: Operation, known: Known, url: str, model: str) -> str:
    """Return everything there is to know of an operation, folded up but for one line."""
    name = operation.name
    head = f'{line(operation)} <span class="sum">{escape(operation.summary)}</span>'
    example = f"<pre><code>{escape(command(operation, url, model))}</code></pre>"
    parts = "".join((*_said(operation), example, *_parts(operation, known)))
    return (
        f'<details class="op"><summary>{head}{_marks(operation)}</summary>'
        f'<div class="body" id="{name}">{parts}</div></details>'
    )


def line(operation: Operation) -> str:
    """Return an operation's method and path."""
    method = operation.method
    return (
        f'<span class="method {method.lower()}">{method}</span> '
        f"<code>{escape(shown(operation.path))}</code>"
    )


def _marks(operation: Operation) -> str:
    marks = '<span class="mark">key</span>' if operation.keyed else ""
    return marks + ('<span class="mark metered">metered</span>' if operation.metered else "")


def _said(operation: Operation) -> Iterator[str]:
    if operation.words:
        yield f"<p>{escape(operation.words)}</p>"
    if operation.aliases:
        also = " ".join(f"<code>{escape(shown(path))}</code>" for path in operation.aliases)
        yield f'<p class="also">Also at {also}</p>'
    if operation.keyed:
        yield f'<p class="also">Key: {" or ".join(_WAYS[key] for key in operation.keys)}</p>'


def _parts(operation: Operation, known: Known) -> Iterator[str]:
    if operation.parameters:
        yield "<h4>Parameters</h4>"
        for one in operation.parameters:
            yield _field(one.name, kind(one.schema, known), one.words, one.place, one.required)
    if operation.takes is not None:
        yield from _taken(operation.takes, known)
    yield from _answered(operation, known)
    yield _failures(operation)


def _taken(body: Body, known: Known) -> Iterator[str]:
    for name, media in ((body.json, JSON), (body.form, "multipart/form-data")):
        if name is not None:
            yield from _shape(
                f"Body, {media}" + ("" if body.required else ", optional"), name, known
            )


def _answered(operation: Operation, known: Known) -> Iterator[str]:
    answer = operation.answer
    if answer.schema is not None:
        yield from _shape(f"Answer, {JSON}", answer.schema, known, answer.words)
    elif answer.media or answer.events is None:
        yield f"<h4>Answer, {escape(', '.join(answer.media))}</h4><p>{escape(answer.words)}</p>"
    if answer.events is not None:
        yield from _shape(f"Each event, {EVENTS}", answer.events, known)


def _shape(title: str, name: str, known: Known, words: str = "") -> Iterator[str]:
    schema = resolved(ref(name), known)
    yield f"<h4>{escape(title)}</h4>"
    if told := schema.get("description") or words:
        yield f"<p>{escape(told)}</p>"
    for row in rows(schema, known):
        yield _field(row.path, row.kind, row.words, "", row.required)


def _field(name: str, kind: str, words: str, place: str, required: bool) -> str:
    marks = "".join(
        f'<span class="mark">{mark}</span>'
        for mark in (place, "required" if required else "")
        if mark
    )
    told = f"<p>{escape(words)}</p>" if words else ""
    return (
        f'<div class="field"><code>{escape(name)}</code> '
        f'<span class="kind">{escape(kind)}</span>{marks}{told}</div>'
    )


def _failures(operation: Operation) -> str:
    anthropic = speaks_anthropic(operation.path)
    found: dict[int, list[str]] = {}
    for failure in sorted(operation.failures):
        looks = SHAPES[failure]
        codes = found.setdefault(looks.status, [])
        if (code := looks.anthropic if anthropic else looks.code) not in codes:
            codes.append(code)
    told = (f"<li>{status} {_codes(found[status])}</li>" for status in sorted(found))
    return f'<h4>Errors</h4><ul class="codes">{"".join(told)}</ul>'


def _codes(codes: Iterable[str]) -> str:
    return " ".join(f'<a href="#errors"><code>{code}</code></a>' for code in codes)
