"""/openapi.json, made from the operations, the views and the table of errors."""

from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter

from bot.api import views
from bot.api.errors import SHAPES
from bot.api.headers import EXPOSED
from bot.api.operation import Operation
from bot.api.routes import chat
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
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {**_TEXT, "description": "what went wrong and what to do next"},
                "type": {"enum": sorted({shape.type for shape in SHAPES.values()})},
                "param": {"type": ["string", "null"]},
                "code": {"enum": sorted({shape.code for shape in SHAPES.values()})},
            },
        }
    },
}
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


def describe(operations: Iterable[Operation], *, version: str, url: str, name: str) -> Any:
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
            "schemas": _schemas(),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "headers": {name: {"schema": _TEXT} for name in EXPOSED},
        },
    }


def _operation(operation: Operation, at: int) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name if at == 0 else f"{operation.name}_{at + 1}",
        "summary": operation.summary,
        "responses": {"200": _success(operation), "default": _failure()},
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


def _success(operation: Operation) -> dict[str, Any]:
    answer = operation.answer
    schema = {"$ref": REF.format(model=answer.schema)} if answer.schema else {}
    content: dict[str, Any] = {answer.media: {"schema": schema}}
    if answer.streams:
        content["text/event-stream"] = {"schema": _TEXT}
    names = EXPOSED if operation.metered else ("x-request-id",)
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    return {"description": answer.words, "content": content, "headers": headers}


def _failure() -> dict[str, Any]:
    schema = {"$ref": REF.format(model="Error")}
    return {"description": "An error.", "content": {"application/json": {"schema": schema}}}


def _schemas() -> dict[str, Any]:
    schemas: dict[str, Any] = {
        "ChatRequest": chat.schema(MOST_CHOICES),
        "ChatCompletion": _COMPLETION,
        "Error": _ERROR,
    }
    for view in VIEWS:
        schema = TypeAdapter(view).json_schema(ref_template=REF, mode="serialization")
        schemas |= schema.pop("$defs", {})
        schemas[view.__name__] = schema
    return schemas
