"""latchkey.toml from its file to a checked CommunityFile, or to every problem it has."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot.settings.community import CommunityFile
from bot.settings.names import dotted, fields, meant, section_at, section_in
from bot.settings.words import Unfit, shown

_WHERE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_TUPLE = re.compile(r"\(('[^)]*'),?\)")
_KEY = "[key]"


def parse(path: Path) -> dict[str, Any]:
    """Read a TOML file, numbers with a point exactly, or raise Unfit."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise Unfit("there is no such file") from None
    except UnicodeDecodeError:
        raise Unfit("is not UTF-8 text") from None
    except OSError as refused:
        raise Unfit(f"cannot be read ({(refused.strerror or 'error').lower()})") from None
    try:
        return tomllib.loads(text, parse_float=_exact)
    except (ValueError, RecursionError) as wrong:
        raise Unfit(_syntax(str(wrong), text)) from None


def _exact(number: str) -> Decimal:
    try:
        return Decimal(number)
    except InvalidOperation:  # an exponent beyond everything: refused where it is used
        return Decimal("Infinity")


def _syntax(said: str, text: str) -> str:
    found = _WHERE.search(said)
    if found is None:
        return "is not TOML: a value in it is too large or too deep"
    line = found[1] or str(max(1, len(text.splitlines())))
    column = f", column {found[2]}" if found[2] else ""
    what = _TUPLE.sub(lambda path: path[1].replace("'", "").replace(", ", "."), said)
    what = _WHERE.sub("", what)
    return f"line {line}{column}: is not TOML: {what[:1].lower()}{what[1:]}"


def check(raw: Mapping[str, Any]) -> tuple[CommunityFile | None, list[str]]:
    """Return the checked file, or None and a line for each value that will not do."""
    try:
        return CommunityFile.model_validate(raw, by_alias=True, by_name=False), []
    except ValidationError as refused:
        return None, list(_lines(refused, raw))


def _lines(refused: ValidationError, raw: Mapping[str, Any]) -> Iterator[str]:
    errors = refused.errors(include_url=False)
    misnamed = [error["loc"][:-1] for error in errors if error["loc"][-1:] == (_KEY,)]
    for error in errors:
        place = error["loc"]
        if place[-1:] == (_KEY,):
            place = place[:-1]
        elif any(place[: len(bad)] == bad for bad in misnamed):
            continue  # its name is wrong already
        yield f"{located(place, raw)}: {_complaint(place, dict(error))}"


def located(place: Sequence[str | int], raw: Mapping[str, Any]) -> str:
    """Return a place, with the name of the upstream or model it is in."""
    name = None
    if len(place) > 1 and isinstance(index := place[1], int):
        entry = raw[str(place[0])][index]
        name = (entry.get("id") or entry.get("name")) if isinstance(entry, dict) else None
    return f"{dotted(place)} ({shown(name)})" if isinstance(name, str) else dotted(place)


def _complaint(place: Sequence[str | int], error: Mapping[str, Any]) -> str:
    match error["type"]:
        case "value_error":
            return str(error["ctx"]["error"])
        case "missing":
            return "is missing: it has no default"
        case "extra_forbidden":
            return f"is not a setting{meant(place)}"
        case "model_type" | "dict_type":
            return f"must be a table, not {shown(error['input'])}"
        case "tuple_type":
            return _list_wanted(place, error["input"])
        case other:
            return f"will not do ({other.replace('_', ' ')})"


def _list_wanted(place: Sequence[str | int], value: Any) -> str:
    *above, last = place
    owner = section_at(above)
    field = fields(owner).get(str(last)) if owner else None
    if field and section_in(field.annotation) and isinstance(value, dict) and not above:
        return f"must be a list of tables: write [[{last}]], not [{last}]"
    return f"must be a list in [ ], not {shown(value)}"
