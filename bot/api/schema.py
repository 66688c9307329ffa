"""Short words for the JSON schemas that /openapi.json is made of; pure."""

from typing import Any

Schema = dict[str, Any]
REF = "#/components/schemas/{model}"
TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
ANY_OBJECT: Schema = {"type": "object"}


def ref(name: str) -> Schema:
    """Return a reference to a schema of some module's SCHEMAS, or to a view's."""
    return {"$ref": REF.format(model=name)}


def text(words: str = "", *, least: int = 0, most: int = 0, default: str | None = None) -> Schema:
    """Return a text, `least` to `most` characters long where they are given."""
    found: Schema = {"type": "string"}
    if least:
        found["minLength"] = least
    if most:
        found["maxLength"] = most
    return _told(found, words, default)


def choice(*values: Any, words: str = "", default: Any = None) -> Schema:
    """Return one of these values."""
    return _told({"enum": list(values)}, words, default)


def whole(
    least: int | None = None,
    most: int | None = None,
    *,
    words: str = "",
    default: int | None = None,
) -> Schema:
    """Return a whole number within its bounds."""
    return _told(_bounded("integer", least, most), words, default)


def number(
    least: float | None = None,
    most: float | None = None,
    *,
    words: str = "",
    default: float | None = None,
) -> Schema:
    """Return a number within its bounds."""
    return _told(_bounded("number", least, most), words, default)


def flag(words: str = "", *, default: bool | None = None) -> Schema:
    """Return true or false."""
    return _told({"type": "boolean"}, words, default)


def many(of: Schema, words: str = "", *, least: int = 0, most: int = 0) -> Schema:
    """Return a list."""
    found: Schema = {"type": "array", "items": of}
    if least:
        found["minItems"] = least
    if most:
        found["maxItems"] = most
    return _told(found, words)


def either(*schemas: Schema, words: str = "") -> Schema:
    """Return whatever fits at least one of these."""
    return _told({"anyOf": list(schemas)}, words)


def maybe(schema: Schema) -> Schema:
    """Return the same, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def record(
    *required: str, words: str = "", more: bool = True, has: dict[str, Schema] | None = None
) -> Schema:
    """Return an object with its fields, the required ones by name; `more`: others may be there."""
    found: Schema = {"type": "object", "properties": has or {}, "additionalProperties": more}
    if required:
        found["required"] = list(required)
    return _told(found, words)


def _bounded(kind: str, least: float | None, most: float | None) -> Schema:
    found: Schema = {"type": kind}
    if least is not None:
        found["minimum"] = least
    if most is not None:
        found["maximum"] = most
    return found


def _told(schema: Schema, words: str, default: Any = None) -> Schema:
    if words:
        schema["description"] = words
    if default is not None:
        schema["default"] = default
    return schema
