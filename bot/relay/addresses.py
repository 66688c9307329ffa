"""Addresses inside a chat's messages: whoever answers looks there, so none may be private; pure."""

from collections.abc import Iterator
from typing import Any

from bot.upstreams.fetch import NotFetched, Why, looks_public

PARAM = "messages"
_NAMES = ("image_url", "source", "url", "image", "file", "video_url")
_LONGEST_SCHEME = 16  # characters within which an address says what it is


def check(messages: list[dict[str, Any]]) -> None:
    """Refuse messages that name a private address, as far as it shows without a look-up."""
    for address in _addresses(messages):
        if _is_web(address) and not looks_public(address.strip()):
            raise NotFetched(Why.NOT_PUBLIC, PARAM)


def _addresses(messages: list[dict[str, Any]]) -> Iterator[str]:
    for message in messages:
        content = message.get("content")
        for part in content if isinstance(content, list) else ():
            for name in _NAMES if isinstance(part, dict) else ():
                value = part.get(name)
                value = value.get("url") if isinstance(value, dict) else value
                if isinstance(value, str):
                    yield value


def _is_web(address: str) -> bool:
    """Say whether an address is of the web: a data: URL, which may be long, is only begun."""
    return address[:_LONGEST_SCHEME].lstrip().lower().startswith(("http:", "https:"))
