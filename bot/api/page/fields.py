"""A JSON schema as rows that a person reads: a field's path, what it may be, what it is for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bot.api.schema import Schema

LARGEST = 1_000_000_000  # bounds beyond it bound nothing that anybody would send
DEEPEST = 3  # levels of objects within objects that are shown
_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "array": "list",
    "object": "object",
    "null": "null",
}
Known = Mapping[str, Schema]


@dataclass
class Row:
    """One field, as it is named from the top."""

    path: str
    required: bool
    words: str
    kinds: list[str] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """Return everything it may be."""
        return " or ".join(self.kinds)


def rows(schema: Schema, known: Known) -> list[Row]:
    """Return a schema's fields from the outside in; variants of one object share their rows."""
    found: dict[str, Row] = {}
    for row in _rows(schema, known, "", 1):
        first = found.setdefault(row.path, row)
        if first is not row:
            first.kinds += [kind for kind in row.kinds if kind not in first.kinds]
            first.required = first.required and row.required
            first.words = first.words or row.words
    return list(found.values())


def kind(schema: Schema, known: Known) -> str:
    """Return what a value may be, in words."""
    return " or ".join(dict.fromkeys(_kinds(resolved(schema, known), known)))


def resolved(schema: Schema, known: Known) -> Schema:
    """Follow a reference."""
    reference = schema.get("$ref")
    return known[reference.rpartition("/")[2]] if isinstance(reference, str) else schema


def _rows(schema: Schema, known: Known, prefix: str, level: int) -> Iterator[Row]:
    shapes = list(_objects(schema, known, prefix))
    # Of several variants only what every one of them needs has to be there.
    needed = set.intersection(
        *(set(shape.get("required", ())) for shape, _ in shapes or [({}, "")])
    )
    for shape, path in shapes:
        for name, value in shape.get("properties", {}).items():
            seen = resolved(value, known)
            kinds = list(dict.fromkeys(_kinds(seen, known)))
            yield Row(f"{path}{name}", name in needed, _told(value) or _told(seen), kinds)
            if level < DEEPEST:
                yield from _rows(seen, known, f"{path}{name}.", level + 1)


def _objects(schema: Schema, known: Known, prefix: str) -> Iterator[tuple[Schema, str]]:
    """Yield the objects a value may be, or may be a list of."""
    schema = resolved(schema, known)
    if "properties" in schema:
        yield schema, prefix
    elif "items" in schema:
        yield from _objects(schema["items"], known, f"{prefix.removesuffix('.')}[].")
    for one in schema.get("anyOf", ()):
        yield from _objects(one, known, prefix)


def _told(schema: Schema) -> str:
    """Return what a schema says of itself, or what the first of its variants does."""
    said: str = schema.get("description", "")
    said = said or next((told for one in schema.get("anyOf", ()) if (told := _told(one))), "")
    usual = schema.get("default")
    return f"{said}; {_plain(usual)} unless named" if usual is not None and said else said


def _kinds(schema: Schema, known: Known) -> Iterator[str]:
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        yield " or ".join(f'"{one}"' if isinstance(one, str) else _plain(one) for one in values)
    elif "anyOf" in schema:
        for one in schema["anyOf"]:
            yield from _kinds(resolved(one, known), known)
    elif "items" in schema:
        most = schema.get("maxItems", 0)
        yield f"list of {kind(schema['items'], known)}" + (f", up to {most}" if most > 1 else "")
    elif schema.get("format") == "binary":
        yield "file"
    else:
        yield from _simple(schema)


def _simple(schema: Schema) -> Iterator[str]:
    types = schema.get("type", [])
    for name in [types] if isinstance(types, str) else types:
        match name:
            case "string":
                yield _WORDS[name] + _bounds(schema, "Length", " characters")
            case "integer" | "number":
                yield _WORDS[name] + _bounds(schema, "imum", "")
            case _:
                yield _WORDS[name]
    if not types:
        yield "anything"


def _bounds(schema: Schema, name: str, unit: str) -> str:
    """Return " from 1 to 8" where a schema says so; that a text is not empty is not said."""
    least, most = schema.get(f"min{name}"), schema.get(f"max{name}")
    if most is not None and most < LARGEST:
        return f" from {least:,} to {most:,}{unit}" if least else f" up to {most:,}{unit}"
    return f" from {least:,}{unit}" if least and unit != " characters" else ""


def _plain(value: object) -> str:
    return "null" if value is None else str(value).lower()
