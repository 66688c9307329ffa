"""How often a job runs, and what it is handed each time."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TypeAlias
from zoneinfo import ZoneInfo

from bot.jobs.calendar import due_days, due_months


@dataclass(frozen=True, slots=True)
class Nightly:
    """A job that runs once for every day of the community."""

    name: str
    at: time  # of the following day, the community's wall clock
    work: Callable[[date], Awaitable[None]]

    def due(self, last: str | None, now: datetime, zone: ZoneInfo) -> list[str]:
        """Name the days that are due after the last one that is done, oldest first."""
        days = due_days(date.fromisoformat(last) if last else None, now, zone, self.at)
        return [day.isoformat() for day in days]

    async def run(self, period: str) -> None:
        """Do the work of a day."""
        await self.work(date.fromisoformat(period))


@dataclass(frozen=True, slots=True)
class Monthly:
    """A job that runs once for every month of the community, once the month is over."""

    name: str
    at: time  # of the next month's first day, the community's wall clock
    work: Callable[[str], Awaitable[object]]

    def due(self, last: str | None, now: datetime, zone: ZoneInfo) -> list[str]:
        """Name the months that are due after the last one that is done, oldest first."""
        return due_months(last, now, zone, self.at)

    async def run(self, period: str) -> None:
        """Do the work of a month."""
        await self.work(period)


@dataclass(frozen=True, slots=True)
class Minutely:
    """A job that looks about once a minute for what is due, and leaves the rest alone."""

    name: str
    work: Callable[[], Awaitable[object]]


Periodic: TypeAlias = Nightly | Monthly
