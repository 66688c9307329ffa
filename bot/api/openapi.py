"""/openapi.json, made from the operations, their schemas and the table of errors."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from pydantic import TypeAdapter

from bot.api.errors import SHAPES, advice, speaks_anthropic
from bot.api.headers import ANTHROPIC, EXPOSED
from bot.api.operation import (
    EVENTS,
    JSON,
    STREAMED,
    Body,
    Key,
    Operation,
    Parameter,
    answerable,
    filled,
    shown,
)
from bot.api.schema import REF, TEXT, Schema, choice, either, record, ref, text
from bot.core.errors import Kind

FORM = "multipart/form-data"
ERROR, ANTHROPIC_ERROR = "Error", "AnthropicError"
_WAYS: dict[Key, Schema] = {
    Key.BEARER: {"type": "http", "scheme": "bearer", "description": "your key"},
    Key.X_API_KEY: {"type": "apiKey", "in": "header", "name": "x-api-key"},
    Key.QUERY: {"type": "apiKey", "in": "query", "name": "key"},
    Key.METRICS: {"type": "http", "scheme": "bearer", "description": "LATCHKEY_METRICS_TOKEN"},
}
_REFUSED = {  # what answers of some statuses tell besides
    401: ("www-authenticate",),
    429: ("retry-after", "x-should-retry"),
    503: ("retry-after",),
}
CUT = "A stream that is cut ends with an error as its last event"
_COST = ("x-latchkey-cost", "x-latchkey-upstream")
_HEADERS = {
    "x-request-id": "name it when you ask the staff about an answer",
    "request-id": "the same, where Anthropic's SDKs look for it",
    "retry-after": "whole seconds until trying again makes sense",
    "x-should-retry": "false where trying again soon cannot help",
    "www-authenticate": "how to show a key",
    "x-latchkey-cost": "tokens, where the cost is known when the headers go out",
    "x-latchkey-remaining": "tokens left of the day, unless it has no limit",
    "x-latchkey-upstream": "who answered",
}
_LIMITS = "where you stand: tokens speak of the day, requests of the minute in request mode"


def describe(
    operations: Collection[Operation],
    schemas: Mapping[str, Schema | type],
    fitting: Mapping[str, str],
    *,
    version: str,
    url: str,
    name: str,
) -> Any:
    """Return the OpenAPI 3.1 document; `fitting` is a model for the examples of each kind."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        for at, path in enumerate(operation.paths):
            described = _operation(operation, path, at, fitting[operation.kind])
            paths.setdefault(shown(path), {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{name}: Latchkey API", "version": version},
        "servers": [{"url": url}],
        "tags": [{"name": topic} for topic in dict.fromkeys(one.topic for one in operations)],
        "paths": paths,
        "components": {
            "schemas": components(operations, schemas),
            "securitySchemes": {str(key): way for key, way in _WAYS.items()},
            "headers": {
                name: {"description": _HEADERS.get(name, _LIMITS), "schema": TEXT}
                for name in dict.fromkeys((*EXPOSED, *ANTHROPIC, *_HEADERS))
            },
        },
    }


def components(
    operations: Iterable[Operation], schemas: Mapping[str, Schema | type]
) -> dict[str, Schema]:
    """Return every schema by name: the modules' own, those of the views, and the errors'."""
    found: dict[str, Schema] = {}
    for name, schema in schemas.items():
        if isinstance(schema, type):
            seen = TypeAdapter(schema).json_schema(ref_template=REF, mode="serialization")
            found |= seen.pop("$defs", {}) | {name: seen}
        else:
            found[name] = schema
    return found | _errors(answerable(operations))


def _operation(operation: Operation, path: str, at: int, model: str) -> dict[str, Any]:
    example = filled(operation.example or {}, model)
    described: dict[str, Any] = {
        "operationId": operation.name if at == 0 else f"{operation.name}_{at + 1}",
        "tags": [operation.topic],
        "summary": operation.summary,
        "responses": _successes(operation, path) | _failures(operation, path),
    }
    if operation.words:
        described["description"] = operation.words
    if operation.keyed:
        described["security"] = [{str(key): []} for key in operation.keys]
    elif Key.METRICS in operation.keys:
        described["security"] = [{}, {str(Key.METRICS): []}]
    if operation.parameters:
        described["parameters"] = [_parameter(one, example) for one in operation.parameters]
    if operation.takes:
        described["requestBody"] = _body(operation.takes, example)
    return described


def _parameter(parameter: Parameter, example: dict[str, Any]) -> dict[str, Any]:
    shown = {"example": example[parameter.name]} if parameter.name in example else {}
    return {
        "name": parameter.name,
        "in": str(parameter.place),
        "description": parameter.words,
        "required": parameter.required,
        "schema": parameter.schema,
        **shown,
    }


def _body(body: Body, example: dict[str, Any]) -> dict[str, Any]:
    forms = ((JSON, body.json), (FORM, body.form))
    content = {media: {"schema": ref(name)} for media, name in forms if name is not None}
    if example and JSON in content:
        content[JSON]["example"] = example
    return {"required": body.required, "content": content}


def _successes(operation: Operation, path: str) -> dict[str, Any]:
    answer, words = operation.answer, operation.answer.words
    content: dict[str, Any] = {media: {} for media in answer.media}
    for media in content:
        if media == JSON:
            content[media] = {"schema": ref(answer.schema) if answer.schema else {}}
        elif media.startswith("text/"):
            content[media] = {"schema": TEXT}
    if answer.events is not None:
        content[EVENTS] = {"schema": _event(answer.events, answer.last)}
        words += f" {CUT}." if speaks_anthropic(path) else f" {CUT}, `stream_incomplete`."
    cost = _COST if operation.metered else ()
    told = {"description": words, "headers": _headers(operation, path, cost)}
    if content:
        told["content"] = content
    return {str(status): told for status in answer.statuses}


def _event(name: str, last: str | None) -> Schema:
    """Describe one event: what a stream holds until OpenAPI 3.2 has a word for its items."""
    data: Schema = {"type": "string", "contentMediaType": JSON, "contentSchema": ref(name)}
    data = data if last is None else either(choice(last), data)
    return record("data", words="each server-sent event", has={"event": TEXT, "data": data})


def _failures(operation: Operation, path: str) -> dict[str, Any]:
    """Describe its errors by status: each code, and what to do about it."""
    anthropic = speaks_anthropic(path)
    told: defaultdict[int, list[str]] = defaultdict(list)
    answered = operation.failures - STREAMED  # those end an answer that has begun
    for kind in sorted(answered, key=lambda kind: (SHAPES[kind].status, kind)):
        looks = SHAPES[kind]
        told[looks.status].append(
            f"`{looks.anthropic if anthropic else looks.code}`: {advice(kind)}"
        )
    content = {JSON: {"schema": ref(ANTHROPIC_ERROR if anthropic else ERROR)}}
    return {
        str(status): {
            "description": " ".join(lines),
            "content": content,
            "headers": _headers(operation, path, _REFUSED.get(status, ())),
        }
        for status, lines in told.items()
        if status not in operation.answer.statuses
    }


def _headers(operation: Operation, path: str, more: tuple[str, ...]) -> dict[str, Schema]:
    """Describe an answer's headers: its id, more, and to whom a key belongs, what is left."""
    anthropic = speaks_anthropic(path)
    names = ["x-request-id", "request-id"] if anthropic else ["x-request-id"]
    if operation.keyed:
        known = ANTHROPIC if anthropic else EXPOSED
        names += [name for name in known if "-ratelimit-" in name] + ["x-latchkey-remaining"]
    return {name: {"$ref": f"#/components/headers/{name}"} for name in (*names, *more)}


def _errors(kinds: Collection[Kind]) -> dict[str, Schema]:
    """Describe both error objects with the types and codes that these kinds have."""
    shapes = [SHAPES[kind] for kind in kinds]
    message = text("what went wrong and what to do next")
    openai = {
        "message": message,
        "type": choice(*sorted({shape.type for shape in shapes})),
        "param": {"type": ["string", "null"]},
        "code": choice(*sorted({shape.code for shape in shapes})),
    }
    anthropic = {
        "type": choice(*sorted({shape.anthropic for shape in shapes})),
        "message": message,
    }
    outer = {
        "type": choice("error"),
        "error": record(*anthropic, more=False, has=anthropic),
        "request_id": TEXT,
    }
    return {
        ERROR: record("error", more=False, has={"error": record(*openai, more=False, has=openai)}),
        ANTHROPIC_ERROR: record(*outer, more=False, has=outer),
    }
