"""Which periods of a job are due; pure."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.core.months import month_after, month_of

MOST_MISSED = 400  # days caught up at the most
MOST_MONTHS_MISSED = 24


def due_days(last: date | None, now: datetime, zone: ZoneInfo, at: time) -> list[date]:
    """List the days whose nightly run is due, oldest first.

    The run of a day is due at `at` (the community's wall clock) of the following day; a job that
    never ran starts with the newest such day.
    """
    local = now.astimezone(zone)
    newest = local.date() - timedelta(days=1 if local.time() >= at else 2)
    if last is None:
        return [newest]
    oldest = max(last + timedelta(days=1), newest - timedelta(days=MOST_MISSED - 1))
    return [oldest + timedelta(days=step) for step in range((newest - oldest).days + 1)]


def due_months(last: str | None, now: datetime, zone: ZoneInfo, at: time) -> list[str]:
    """List the months ("2026-11") whose run is due, oldest first.

    The run of a month is due at `at` (the community's wall clock) of the next one's first day; a
    job that never ran starts with the newest such month.
    """
    local = now.astimezone(zone)
    over = local.day > 1 or local.time() >= at
    newest = month_after(month_of(now, zone), -1 if over else -2)
    if last is None:
        return [newest]
    month = max(month_after(last), month_after(newest, 1 - MOST_MONTHS_MISSED))
    due = []
    while month <= newest:
        due.append(month)
        month = month_after(month)
    return due
