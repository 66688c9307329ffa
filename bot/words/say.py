"""Finds the sentence of a message id."""

import importlib
import pkgutil
from functools import cache
from typing import Any

from bot.core.errors import Failure
from bot.words import english
from bot.words.plural import Plural


def say(message_id: str, locale: str = "en", **params: Any) -> str:
    """Return the sentence in the reader's language, English where there is no other."""
    template = catalogue(locale)[message_id]
    if isinstance(template, Plural):
        template = template.form(params["n"])
    return template.format(**params)


def explain(failure: Failure, locale: str = "en") -> str:
    """Return a failure's sentence; `{wait}` in it is how long to wait before trying again."""
    params = failure.params
    if failure.retry_after is not None:
        params = params | {"wait": duration(failure.retry_after, locale)}
    return say(failure.message_id, locale, **params)


def duration(seconds: float, locale: str = "en") -> str:
    """Return a span in its two largest units, rounded up to whole seconds: "1 hour 5 minutes"."""
    left, parts = max(1, -int(-seconds // 1)), []
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1)):
        count, left = divmod(left, length)
        if count:
            parts.append(say(f"duration.{unit}", locale, n=count))
    return " ".join(parts[:2])


@cache
def catalogue(_locale: str) -> dict[str, str | Plural]:
    """Return all templates of a language by message id."""
    merged: dict[str, str | Plural] = {}
    for found in pkgutil.iter_modules(english.__path__):
        texts = importlib.import_module(f"{english.__name__}.{found.name}").TEXTS
        if twice := merged.keys() & texts.keys():
            raise ValueError(f"message ids defined twice: {sorted(twice)}")
        merged |= texts
    return merged
