"""Counting tokens offline: exact where the tokenizer is installed, else bytes / 4."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from functools import cache

log = logging.getLogger(__name__)
PIECE = 32_768  # characters counted in one go: a cut costs at most a token, a giant text stalls
KEPT = 8_192  # counts that are remembered
ON_LOOP = 16_384  # characters that may be counted on the event loop, well under a millisecond


def count(text: str) -> int:
    """Return how many o200k tokens a text has, special tokens read as plain text."""
    if len(text) <= PIECE:
        return _counter()(text)
    counter = _counter()
    return sum(counter(text[at : at + PIECE]) for at in range(0, len(text), PIECE))


async def count_many(texts: Iterable[str]) -> int:
    """Return the tokens of all texts together; what is large is counted off the event loop."""
    return sum(await count_each(texts))


async def count_each(texts: Iterable[str]) -> list[int]:
    """Return the tokens of each text; what is large is counted off the event loop."""
    together = list(texts)
    if sum(map(len, together)) <= ON_LOOP and ready():
        return list(map(count, together))
    return await asyncio.to_thread(lambda: list(map(count, together)))


def ready() -> bool:
    """Say whether the tokenizer is loaded already."""
    return _counter.cache_info().currsize > 0


def warm() -> None:
    """Load the tokenizer; takes some 30 ms and 32 MiB once."""
    _counter()


def by_bytes(text: str) -> int:
    """Return a quarter of the text's bytes, rounded up: close in every script."""
    return -(-len(text.encode(errors="replace")) // 4)


class _Remembering:
    """Counts a text once: system prompts and the turns of a conversation come again and again.

    Of a text only its hash is kept, 64 bits that nobody outside can aim at.
    """

    def __init__(self, counter: Callable[[str], int]) -> None:
        self._counter = counter
        self._known: dict[int, int] = {}

    def count(self, text: str) -> int:
        """Return the text's tokens."""
        key = hash(text)
        if (known := self._known.get(key)) is None:
            known = self._counter(text)
            if len(self._known) >= KEPT:
                self._known.clear()
            self._known[key] = known
        return known


@cache
def _counter() -> Callable[[str], int]:
    """Load the tokenizer on first use."""
    try:
        from splintr import Tokenizer  # 32 MiB that an idle process never needs
    except ImportError:
        log.warning("splintr is not installed: tokens are counted as bytes / 4")
        return by_bytes
    encode = Tokenizer.from_pretrained("o200k_base").encode_ordinary

    def exact(text: str) -> int:
        try:
            return len(encode(text))
        except UnicodeEncodeError:  # half a surrogate pair, which JSON may carry
            return len(encode(text.encode(errors="replace").decode()))

    return _Remembering(exact).count
