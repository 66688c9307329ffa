"""Finds the sentence of a message id in its reader's language."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from string import Formatter
from typing import Any

from bot.core.errors import Failure
from bot.words import english, russian
from bot.words.catalogue import read
from bot.words.language import Language, reader
from bot.words.plural import Template

THOUSANDS = "\N{NO-BREAK SPACE}"  # what parts them in Russian


def say(message_id: str, /, **params: Any) -> str:
    """Return the sentence in its reader's language."""
    template = catalogue(language := reader())[message_id]
    if not isinstance(template, str):
        template = template.form(params["n"])
    if language is Language.EN:
        return template.format(**params)
    return _Russian().vformat(template, (), params)


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
    return parted if reader() is Language.EN else parted.replace(",", THOUSANDS)


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
        """Format a value, thousands parted as Russian does."""
        text: str = super().format_field(value, format_spec)
        return text.replace(",", THOUSANDS) if "," in format_spec else text
