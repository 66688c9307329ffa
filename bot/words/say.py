"""Finds the sentence of a message id in its reader's language."""

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from functools import cache
from string import Formatter
from typing import Any

from bot.core.errors import Failure
from bot.words import english, russian
from bot.words.catalogue import read
from bot.words.language import Language, reader
from bot.words.phrase import Phrase
from bot.words.plural import Template

NO_BREAK = "\N{NO-BREAK SPACE}"  # what parts thousands in Russian, and a number from its "%"


def say(message_id: str, /, **params: Any) -> str:
    """Return the sentence in its reader's language; phrases in the parameters are said too."""
    template = catalogue(language := reader())[message_id]
    if not isinstance(template, str):
        template = template.form(params["n"])
    for name, value in params.items():
        if isinstance(value, Phrase | list | tuple):
            params[name] = spoken(value)
    if language is Language.EN:
        return template.format(**params)
    return _Russian().vformat(template, (), params)


def spoken(what: Any) -> str:
    """Return what was kept as a phrase, or as a list of them, in its reader's language."""
    if isinstance(what, Phrase):
        return say(what.message_id, **what.params)
    if isinstance(what, list | tuple):
        return ", ".join(map(spoken, what))
    return str(what)


def listed(words: Sequence[str]) -> str:
    """Return words as a list that ends in "and"."""
    *most, last = words
    return say("list.and", most=", ".join(most), last=last) if most else last


def known(message_id: str) -> bool:
    """Say whether there is such a message."""
    return message_id in catalogue(Language.EN)


def explain(failure: Failure) -> str:
    """Return a failure's sentence; `{wait}` in it is how long to wait before trying again."""
    params = failure.params
    if failure.retry_after is not None:
        params = params | {"wait": duration(failure.retry_after)}
    return say(failure.message_id, **params)


def duration(seconds: float) -> str:
    """Return a span in its two largest units, rounded up to whole seconds: "1 hour 5 minutes"."""
    left, parts = max(1, -int(-seconds // 1)), []
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1)):
        count, left = divmod(left, length)
        if count:
            parts.append(say(f"duration.{unit}", n=count))
    return " ".join(parts[:2])


def number(value: int) -> str:
    """Return a whole number with its thousands parted."""
    parted = f"{value:,}"
    return parted if reader() is Language.EN else parted.replace(",", NO_BREAK)


@cache
def catalogue(language: Language) -> Mapping[str, Template]:
    """Return all templates of a language by message id; English stands in for what it lacks."""
    if language is Language.RU:
        return {**catalogue(Language.EN), **read(russian)}
    merged: dict[str, Template] = {}
    for found in pkgutil.iter_modules(english.__path__):
        texts = importlib.import_module(f"{english.__name__}.{found.name}").TEXTS
        if twice := merged.keys() & texts.keys():
            raise ValueError(f"message ids defined twice: {sorted(twice)}")
        merged |= texts
    return merged


class _Russian(Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        """Format a value as Russian does: "1 200", "0,5", "95 %"."""
        text: str = super().format_field(value, format_spec)
        if format_spec:
            text = text.replace(",", NO_BREAK).replace(".", ",").replace("%", f"{NO_BREAK}%")
        return text
