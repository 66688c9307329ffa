"""Time comes from here alone, so that a test or the sandbox can set it."""

import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """The wall clock and the steady one."""

    def now(self) -> datetime:
        """Return the moment, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds of a clock that never jumps."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        """Return the moment, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds of a clock that never jumps."""
        return time.monotonic()


@dataclass
class HandClock:
    """A clock moved by hand, for tests."""

    moment: datetime = field(default_factory=lambda: datetime.now(UTC))
    steady: float = 1_000.0

    def now(self) -> datetime:
        """Return the moment it was set to."""
        return self.moment

    def monotonic(self) -> float:
        """Return seconds moved so far."""
        return self.steady

    def move(self, **parts: float) -> None:
        """Move both clocks on by a timedelta's keywords: `move(days=1, seconds=2)`."""
        step = timedelta(**parts)
        self.moment += step
        self.steady += step.total_seconds()


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    """Return the community's calendar day of a moment."""
    return moment.astimezone(zone).date()


def day_ends(day: date, zone: ZoneInfo) -> datetime:
    """Return the moment in UTC at which `day` ends in `zone`; days of 23 and 25 hours included."""
    following = day + timedelta(days=1)
    return datetime(following.year, following.month, following.day, tzinfo=zone).astimezone(UTC)


def minute_of(moment: datetime) -> int:
    """Return the wall clock's minute as minutes since 1970."""
    return int(moment.timestamp() // 60)
