"""Reads the gettext catalogues of a language: a package of .po files."""

import gettext
from collections.abc import Iterator
from importlib.resources import files
from types import ModuleType

from babel.messages.pofile import read_po

from bot.words.plural import Forms, Template


def read(package: ModuleType) -> dict[str, Template]:
    """Return every translated message by its id; raise ValueError for an id that stands twice."""
    merged: dict[str, Template] = {}
    for message_id, template in _messages(package):
        if message_id in merged:
            raise ValueError(f"message id translated twice: {message_id}")
        merged[message_id] = template
    return merged


def _messages(package: ModuleType) -> Iterator[tuple[str, Template]]:
    for file in sorted(files(package).iterdir(), key=lambda each: each.name):
        if not file.name.endswith(".po"):
            continue
        with file.open("rb") as opened:
            catalog = read_po(opened, abort_invalid=True)
        rule = gettext.c2py(catalog.plural_expr)
        for message in catalog:
            if not message.id or message.fuzzy or not message.string:
                continue
            if isinstance(message.string, str):
                yield str(message.id), message.string
            else:
                yield message.id[0], Forms(tuple(message.string), rule)
