"""Says what an act changes: a line a field, from the values that audit rows keep."""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.words.say import catalogue, say

HIDDEN = ("_id", "_sealed")  # ends of names that only the machine reads


def changes(before: Mapping[str, Any], after: Mapping[str, Any], locale: str = "en") -> str:
    """Return a line for each field: what it was, what it is; numbers, moments and lists in words.

    A field is named by `field.{name}`, its emptiness by `field.{name}.none`; names that end in
    `_at` hold seconds since 1970, those that end in `_id` or `_sealed` are not shown.
    """
    return "\n".join(_lines(before, after, locale))


def _lines(before: Mapping[str, Any], after: Mapping[str, Any], locale: str) -> Iterator[str]:
    for name in dict.fromkeys([*before, *after]):
        if name.endswith(HIDDEN):
            continue
        label = _either(f"field.{name}", locale, name.replace("_", " ").capitalize())
        was, now = (_value(name, side.get(name), locale) for side in (before, after))
        if name not in before:
            yield say("change.new", locale, label=label, now=now)
        elif was == now:
            yield say("change.same", locale, label=label, now=now)
        else:
            yield say("change.other", locale, label=label, was=was, now=now)


def _value(name: str, value: Any, locale: str) -> str:
    if value is None or value == []:
        return _either(f"field.{name}.none", locale, say("change.none", locale))
    if isinstance(value, bool):
        return say("change.yes" if value else "change.no", locale)
    if name.endswith("_at"):
        return f"<t:{value}:f>"
    if isinstance(value, int):
        return f"{value:,}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _either(message_id: str, locale: str, otherwise: str) -> str:
    return say(message_id, locale) if message_id in catalogue(locale) else otherwise
