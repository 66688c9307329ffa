"""Which periods of a job are due; pure."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MOST_MISSED = 400  # days caught up at the most


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
