"""Discord's ids: milliseconds since 2015 in the high bits, a count in the low 22."""

from collections.abc import Callable
from datetime import UTC, datetime

EPOCH = 1_420_070_400_000
LOW_BITS = 22


class Snowflakes:
    """A source of ids that only ever grow."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._last = 0

    def next(self) -> int:
        """Make an id that carries this moment."""
        fresh = (int(self._now() * 1000) - EPOCH) << LOW_BITS
        self._last = max(fresh, self._last + 1)
        return self._last


def timestamp(seconds: float) -> str:
    """Write a moment as Discord does: ISO 8601 with microseconds, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")
