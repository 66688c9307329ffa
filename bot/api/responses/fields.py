"""Reads fields of a caller's JSON, or says by their name what they have to be; pure."""

from typing import Any

from bot.relay.errors import InvalidField

Fields = dict[str, Any]


def text(fields: Fields, name: str, at: str = "") -> str:
    """Return a text that must be there."""
    value = fields.get(name)
    if not isinstance(value, str):
        raise InvalidField(f"{at}{name}", "a text")
    return value


def word(fields: Fields, name: str, at: str = "") -> str:
    """Return a text that must be there and not be empty."""
    if not (value := text(fields, name, at)):
        raise InvalidField(f"{at}{name}", "a text that is not empty")
    return value


def maybe_text(fields: Fields, name: str, at: str = "") -> str | None:
    """Return a text, None where there is none."""
    return None if fields.get(name) is None else text(fields, name, at)


def flag(fields: Fields, name: str, at: str = "") -> bool | None:
    """Return true or false, None where there is neither."""
    value = fields.get(name)
    if value is None or isinstance(value, bool):
        return value
    raise InvalidField(f"{at}{name}", "true or false")


def number(fields: Fields, name: str) -> float | None:
    """Return a number as it came, None where there is none."""
    value = fields.get(name)
    # Exact types: true is no number.
    if value is None or type(value) in (int, float):
        return value
    raise InvalidField(name, "a number")


def whole(fields: Fields, name: str, most: int, least: int = 1) -> int | None:
    """Return a whole number within its bounds, None where there is none."""
    value = fields.get(name)
    if value is None or (type(value) is int and least <= value <= most):
        return value
    raise InvalidField(name, f"a whole number from {least} to {most:,}")


def table(fields: Fields, name: str, at: str = "") -> Fields | None:
    """Return an object, None where there is none."""
    value = fields.get(name)
    if value is None or isinstance(value, dict):
        return value
    raise InvalidField(f"{at}{name}", "an object")


def rows(fields: Fields, name: str, at: str = "") -> list[Fields]:
    """Return a list of objects, empty where there is none."""
    value = fields.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise InvalidField(f"{at}{name}", "a list")
    for number, row in enumerate(value):
        if not isinstance(row, dict):
            raise InvalidField(f"{at}{name}[{number}]", "an object")
    return value
