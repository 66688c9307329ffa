"""Finds what has the form of one of our keys inside any text, whatever its prefix."""

import re
import zlib
from collections.abc import Iterator

from bot.core.secrets import BASE62, CHECK_LENGTH, RANDOM_LENGTH, masked

TAIL = RANDOM_LENGTH + CHECK_LENGTH
LONGEST_PREFIX = 20
LONGEST_RUN = 1_000  # longer runs are base64 or noise
MOST = 20  # keys of one text
_RUN = re.compile(rf"[A-Za-z0-9_\-]{{{TAIL + 1},{LONGEST_RUN}}}")
_VALUES = {digit: value for value, digit in enumerate(BASE62)}


def keys_in(text: str) -> list[str]:
    """Return the keys in a text, each as it was minted; needs no database."""
    found: dict[str, None] = {}
    for run in _RUN.finditer(text):
        for key in _keys_of(run[0]):
            found[key] = None
            if len(found) >= MOST:
                return list(found)
    return list(found)


def without_keys_of_ours(text: str) -> str:
    """Return a text with each key in it as cards show it; nothing else is touched."""
    for key in keys_in(text):
        text = text.replace(key, masked(key[:-TAIL], key[-4:]))
    return text


def _keys_of(run: str) -> Iterator[str]:
    at = 1
    while at + TAIL <= len(run):
        if (key := _key_at(run, at)) is None:
            at += 1
        else:
            yield key
            at += TAIL


def _key_at(run: str, at: int) -> str | None:
    """Return the key whose 36 last characters begin at `at`, if there is one."""
    tail = run[at : at + TAIL]
    wanted = _number(tail[RANDOM_LENGTH:])
    if wanted is None or wanted >> 32 or not tail.isalnum():  # most texts end here
        return None
    body = tail[:RANDOM_LENGTH].encode()
    for start in range(at - 1, max(-1, at - LONGEST_PREFIX - 1), -1):
        prefix = run[start:at]
        if prefix[0].isalpha() and zlib.crc32(body, zlib.crc32(prefix.encode())) == wanted:
            return prefix + tail
    return None


def _number(digits: str) -> int | None:
    """Read a base62 number; None for what is none."""
    number = 0
    for digit in digits:
        if (value := _VALUES.get(digit)) is None:
            return None
        number = number * 62 + value
    return number
