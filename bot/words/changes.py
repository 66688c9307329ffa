"""Says what an act changes: a line a field, from the values that audit rows keep."""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.words.names import plan_of
from bot.words.say import known, number, say

HIDDEN = ("_id", "_sealed")  # ends of names that only the machine reads
GRANT = "grant"  # holds a grant's source and plan
CHANNELS, ROLES = ("_channel", "_channels"), ("_roles",)  # ends of names of what Discord links


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Return a line for each field: what it was, what it is; numbers, moments and lists in words.

    A field is named by `field.{name}`, its emptiness by `field.{name}.none`, its nought by
    `field.{name}.zero`, a word of it by `choice.{name}.{word}`. Names that end in `_at` hold
    seconds since 1970, in `_channel(s)` or `_roles` what Discord links; those that end in `_id` or
    `_sealed` are not shown.
    """
    return "\n".join(_lines(before, after))


def _lines(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name in dict.fromkeys([*before, *after]):
        if name.endswith(HIDDEN):
            continue
        label = label_of(name)
        was, now = (value_of(name, side.get(name)) for side in (before, after))
        if name not in before:
            yield say("change.new", label=label, now=now)
        elif was == now:
            yield say("change.same", label=label, now=now)
        else:
            yield say("change.other", label=label, was=was, now=now)


def label_of(name: str) -> str:
    """Return what a field is called."""
    return _either(f"field.{name}", name.replace("_", " ").capitalize())


def value_of(name: str, value: Any) -> str:
    """Return a field's value as people read it."""
    if value is None or value in ([], {}):
        return _either(f"field.{name}.none", say("change.none"))
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_single(name, one)}" for key, one in value.items())
    if isinstance(value, list):
        return ", ".join(_single(name, one) for one in value)
    return _single(name, value)


def _single(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return say("change.yes" if value else "change.no")
    if name.endswith("_at"):
        return f"<t:{value}:f>"
    if name.endswith(CHANNELS):
        return f"<#{value}>"
    if name.endswith(ROLES):
        return f"<@&{value}>"
    if name == GRANT:
        return plan_of(str(value))
    if isinstance(value, int):
        return _either(f"field.{name}.zero", "0") if value == 0 else number(value)
    return _either(f"choice.{name}.{value}", str(value))


def _either(message_id: str, otherwise: str) -> str:
    return say(message_id) if known(message_id) else otherwise
