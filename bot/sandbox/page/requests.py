"""Reads what the page asks for: every field checked, files unpacked."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from bot.sandbox.discord.files import Upload

Asked = Mapping[str, Any]
MOST_FILES = 10


class Misunderstood(Exception):
    """The page asked for something that makes no sense; the text says what."""


def identifier(asked: Asked, name: str) -> int:
    """Read an id, which travels as decimal text."""
    value = asked.get(name)
    if not isinstance(value, str) or not value.isascii() or not value.isdigit():
        raise Misunderstood(f"{name} must be an id.")
    return int(value)


def optional_identifier(asked: Asked, name: str) -> int | None:
    """Read an id that may be left out."""
    return None if asked.get(name) is None else identifier(asked, name)


def text(asked: Asked, name: str) -> str:
    """Read a text."""
    value = asked.get(name)
    if not isinstance(value, str):
        raise Misunderstood(f"{name} must be a text.")
    return value


def name(asked: Asked) -> str:
    """Read the name of a command, which is never blank."""
    named = text(asked, "name")
    if not named.strip():
        raise Misunderstood("name must not be blank.")
    return named


def values(asked: Asked, name: str) -> list[str] | None:
    """Read what was picked in a select; None for a button."""
    value = asked.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise Misunderstood(f"{name} must be a list of texts.")
    return value


def fields(asked: Asked, name: str) -> dict[str, Any]:
    """Read options or a modal's fields, with every file unpacked."""
    value = asked.get(name)
    if not isinstance(value, dict):
        raise Misunderstood(f"{name} must be an object.")
    return {key: _unpacked(each) for key, each in value.items()}


def uploads(asked: Asked, name: str) -> list[Upload]:
    """Read the files of a message."""
    value = asked.get(name) or []
    if not isinstance(value, list) or len(value) > MOST_FILES:
        raise Misunderstood(f"{name} must be a list of at most {MOST_FILES} files.")
    return [_upload(each) for each in value]


def _unpacked(value: Any) -> Any:
    if isinstance(value, list):
        return [_unpacked(each) for each in value]
    return _upload(value) if isinstance(value, dict) else value


def _upload(value: Any) -> Upload:
    match value:
        case {"filename": str(filename), "content_type": str(kind), "data": str(data)}:
            try:
                return Upload(filename, base64.b64decode(data, validate=True), kind)
            except binascii.Error:
                raise Misunderstood(f"{filename} did not arrive whole.") from None
        case _:
            raise Misunderstood("A file needs filename, content_type and data.")
