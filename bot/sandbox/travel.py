"""The sandbox's clock: the machine's own, ahead of it as far as somebody has travelled."""

import time
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.core.months import month_ends, month_of

AFTER_MIDNIGHT = timedelta(minutes=6)  # the jobs of a month's end are due five minutes past


class Leap(StrEnum):
    """How far one can travel at once."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


class TravelClock:
    """A clock that only ever goes on; `kept` is a file that remembers how far it is ahead.

    What was written while it was ahead must not lie in the future of a later start.
    """

    def __init__(self, kept: Path | None = None) -> None:
        self._kept = kept
        self.ahead = timedelta(seconds=_read(kept))

    def now(self) -> datetime:
        """Return the moment, aware, in UTC."""
        return datetime.now(UTC) + self.ahead

    def monotonic(self) -> float:
        """Return seconds; travelling passes them too, as waiting would."""
        return time.monotonic() + self.ahead.total_seconds()

    def seconds(self) -> float:
        """Return the moment as seconds since 1970."""
        return time.time() + self.ahead.total_seconds()

    def move(self, step: timedelta) -> None:
        """Go on by a step."""
        assert step >= timedelta(0), "nobody travels back"
        self.ahead += step
        if self._kept is not None:
            self._kept.write_text(str(self.ahead.total_seconds()))


def distance(leap: Leap, now: datetime, zone: ZoneInfo) -> timedelta:
    """Return how far a leap goes: a month's end is just past it, in the community's zone."""
    match leap:
        case Leap.HOUR:
            return timedelta(hours=1)
        case Leap.DAY:
            return timedelta(days=1)
        case Leap.MONTH:
            return month_ends(month_of(now, zone), zone) + AFTER_MIDNIGHT - now


def _read(kept: Path | None) -> float:
    if kept is None or not kept.exists():
        return 0.0
    return max(0.0, float(kept.read_text()))
