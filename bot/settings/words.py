"""How problems with settings are put: what stood there, and the closest name that is known."""

import difflib
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

LONGEST_QUOTE = 40


class Unfit(ValueError):
    """A value that will not do; says the rest of a sentence that began with its name."""


def shown(value: Any) -> str:
    """Return a TOML value as its author would recognise it, shortened."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float() | Decimal():
            return _short(str(value))
        case str():
            return f'"{_short(value)}"'
        case dict():
            return "a table"
        case list() | tuple():
            return "a list"
        case _:
            return f"the date or time {value}"


def _short(text: str) -> str:
    plain = "".join(letter if letter.isprintable() else "?" for letter in text)
    return plain if len(plain) <= LONGEST_QUOTE else f"{plain[:LONGEST_QUOTE]}..."


def closest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that was most likely meant, if any is near."""
    spellings = {one.lower(): one for one in known}
    near = difflib.get_close_matches(name.lower(), spellings, n=1, cutoff=0.6)
    return spellings[near[0]] if near else None


def listed(names: Iterable[Any]) -> str:
    """Return "a, b or c"."""
    *most, last = [str(name) for name in names]
    return f"{', '.join(most)} or {last}" if most else last
