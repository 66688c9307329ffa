"""How values are written in TOML: for the example file and the README's tables."""

from collections.abc import Mapping
from typing import Any

from pydantic import BeforeValidator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from bot.settings.scalars import thousandths

NONE = "-"


def default(field: FieldInfo) -> str:
    """Return a field's default as TOML, "required" or, where it is none, a dash."""
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return "required"
    if BeforeValidator(thousandths) in field.metadata:
        return price(value)
    return literal(value)


def price(coefficient: int) -> str:
    """Return integer thousandths as the decimal they stand for."""
    whole, rest = divmod(coefficient, 1_000)
    return f"{whole}.{f'{rest:03}'.rstrip('0') or '0'}"


def literal(value: Any) -> str:
    """Return a value as TOML."""
    match value:
        case None:
            return NONE
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case float():
            return f"{value:g}"
        case str():
            return f'"{value}"'
        case Mapping():
            pairs = ", ".join(f"{name} = {literal(held)}" for name, held in value.items())
            return f"{{ {pairs} }}" if pairs else "{}"
        case _:
            return f"[{', '.join(literal(held) for held in value)}]"
