"""Says what an act changes: a line a field, from the values that audit rows keep."""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.words.say import catalogue, say

HIDDEN = ("_id", "_sealed")  # ends of names that only the machine reads
CHANNELS, ROLES = ("_channel", "_channels"), ("_roles",)  # ends of names of what Discord links


def changes(before: Mapping[str, Any], after: Mapping[str, Any], locale: str = "en") -> str:
    """Return a line for each field: what it was, what it is; numbers, moments and lists in words.

    A field is named by `field.{name}`, its emptiness by `field.{name}.none`, its nought by
    `field.{name}.zero`, a word of it by `choice.{name}.{word}`. Names that end in `_at` hold
    seconds since 1970, in `_channel(s)` or `_roles` what Discord links; those that end in `_id` or
    `_sealed` are not shown.
    """
    return "\n".join(_lines(before, after, locale))


def _lines(before: Mapping[str, Any], after: Mapping[str, Any], locale: str) -> Iterator[str]:
    for name in dict.fromkeys([*before, *after]):
        if name.endswith(HIDDEN):
            continue
        label = label_of(name, locale)
        was, now = (value_of(name, side.get(name), locale) for side in (before, after))
        if name not in before:
            yield say("change.new", locale, label=label, now=now)
        elif was == now:
            yield say("change.same", locale, label=label, now=now)
        else:
            yield say("change.other", locale, label=label, was=was, now=now)


def label_of(name: str, locale: str = "en") -> str:
    """Return what a field is called."""
    return _either(f"field.{name}", locale, name.replace("_", " ").capitalize())


def value_of(name: str, value: Any, locale: str = "en") -> str:
    """Return a field's value as people read it."""
    if value is None or value in ([], {}):
        return _either(f"field.{name}.none", locale, say("change.none", locale))
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_single(name, one, locale)}" for key, one in value.items())
    if isinstance(value, list):
        return ", ".join(_single(name, one, locale) for one in value)
    return _single(name, value, locale)


def _single(name: str, value: Any, locale: str) -> str:
    if isinstance(value, bool):
        return say("change.yes" if value else "change.no", locale)
    if name.endswith("_at"):
        return f"<t:{value}:f>"
    if name.endswith(CHANNELS):
        return f"<#{value}>"
    if name.endswith(ROLES):
        return f"<@&{value}>"
    if isinstance(value, int):
        return _either(f"field.{name}.zero", locale, "0") if value == 0 else f"{value:,}"
    return _either(f"choice.{name}.{value}", locale, str(value))


def _either(message_id: str, locale: str, otherwise: str) -> str:
    return say(message_id, locale) if message_id in catalogue(locale) else otherwise
