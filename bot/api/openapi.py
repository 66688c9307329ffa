"""/openapi.json, made from the operations, the views and the table of errors."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from pydantic import TypeAdapter

from bot.api import views
from bot.api.errors import SHAPES, advice
from bot.api.headers import EXPOSED
from bot.api.operation import Operation, answerable
from bot.api.routes import chat
from bot.core.errors import Kind
from bot.relay.ask import MOST_CHOICES

VIEWS = (
    views.ModelList,
    views.FullModelList,
    views.UsageView,
    views.HealthView,
    views.AboutView,
)
REF = "#/components/schemas/{model}"
_TEXT = {"type": "string"}
_KEYED = tuple(
    name
    for name in EXPOSED
    if name.startswith(("x-request-id", "x-ratelimit-")) or name == "x-latchkey-remaining"
)
_COMPLETION = {
    "type": "object",
    "required": ["id", "object", "created", "model", "choices"],
    "properties": {
        "id": _TEXT,
        "object": {"const": "chat.completion"},
        "created": {"type": "integer"},
        "model": _TEXT,
        "choices": {"type": "array", "items": {"type": "object"}},
        "usage": {"type": ["object", "null"]},
    },
    "additionalProperties": True,
}


def describe(operations: Collection[Operation], *, version: str, url: str, name: str) -> Any:
    """Return the OpenAPI 3.1 document."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        for at, path in enumerate((operation.path, *operation.aliases)):
            described = _operation(operation, at)
            paths.setdefault(path.replace(":path}", "}"), {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{name}: Latchkey API", "version": version},
        "servers": [{"url": url}],
        "paths": paths,
        "components": {
            "schemas": _schemas(answerable(operations)),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "headers": {name: {"schema": _TEXT} for name in EXPOSED},
        },
    }


def _operation(operation: Operation, at: int) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name if at == 0 else f"{operation.name}_{at + 1}",
        "summary": operation.summary,
        "responses": _responses(operation),
    }
    if operation.words:
        described["description"] = operation.words
    if operation.keyed:
        described["security"] = [{"key": []}]
    if operation.parameters:
        described["parameters"] = [
            {
                "name": parameter.name,
                "in": parameter.place,
                "description": parameter.words,
                "required": parameter.required,
                "schema": _TEXT,
            }
            for parameter in operation.parameters
        ]
    if operation.takes:
        content = {"application/json": {"schema": {"$ref": REF.format(model=operation.takes)}}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _responses(operation: Operation) -> dict[str, Any]:
    successes = {str(status): _success(operation) for status in operation.answer.statuses}
    return successes | _failures(operation)


def _success(operation: Operation) -> dict[str, Any]:
    answer = operation.answer
    schema = {"$ref": REF.format(model=answer.schema)} if answer.schema else {}
    content: dict[str, Any] = {answer.media: {"schema": schema}}
    if answer.streams:
        content["text/event-stream"] = {"schema": _TEXT}
    names = EXPOSED if operation.metered else _KEYED if operation.keyed else ("x-request-id",)
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    return {"description": answer.words, "content": content, "headers": headers}


def _failures(operation: Operation) -> dict[str, Any]:
    """Describe its errors by status: each code, and what to do about it."""
    told: defaultdict[str, list[str]] = defaultdict(list)
    for kind in sorted(operation.failures, key=lambda kind: (SHAPES[kind].status, kind)):
        told[str(SHAPES[kind].status)].append(f"`{SHAPES[kind].code}`: {advice(kind)}")
    schema = {"$ref": REF.format(model="Error")}
    content = {"application/json": {"schema": schema}}
    return {
        status: {"description": " ".join(lines), "content": content}
        for status, lines in told.items()
    }


def _error(kinds: Collection[Kind]) -> dict[str, Any]:
    """Describe the error object with the types and codes that these kinds have."""
    shapes = [SHAPES[kind] for kind in kinds]
    properties = {
        "message": {**_TEXT, "description": "what went wrong and what to do next"},
        "type": {"enum": sorted({shape.type for shape in shapes})},
        "param": {"type": ["string", "null"]},
        "code": {"enum": sorted({shape.code for shape in shapes})},
    }
    error = {"type": "object", "required": list(properties), "properties": properties}
    return {"type": "object", "required": ["error"], "properties": {"error": error}}


def _schemas(kinds: Collection[Kind]) -> dict[str, Any]:
    schemas: dict[str, Any] = {
        "ChatRequest": chat.schema(MOST_CHOICES),
        "ChatCompletion": _COMPLETION,
        "Error": _error(kinds),
    }
    for view in VIEWS:
        schema = TypeAdapter(view).json_schema(ref_template=REF, mode="serialization")
        schemas |= schema.pop("$defs", {})
        schemas[view.__name__] = schema
    return schemas
