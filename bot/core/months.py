"""Calendar months of the community, written as staff write them: "2026-11"."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")
YEAR = 12  # months


def is_month(text: str) -> bool:
    """Say whether a text names a month of this century."""
    return _MONTH.fullmatch(text) is not None


def month_of(moment: datetime, zone: ZoneInfo) -> str:
    """Return the community's calendar month of a moment."""
    return f"{moment.astimezone(zone):%Y-%m}"


def month_after(month: str, steps: int = 1) -> str:
    """Return the month so many months later; negative steps go back."""
    count = int(month[:4]) * YEAR + int(month[5:]) - 1 + steps
    return f"{count // YEAR:04}-{count % YEAR + 1:02}"


def month_begins(month: str, zone: ZoneInfo) -> datetime:
    """Return the moment in UTC at which the month begins in `zone`."""
    return datetime(int(month[:4]), int(month[5:]), 1, tzinfo=zone).astimezone(UTC)


def month_ends(month: str, zone: ZoneInfo) -> datetime:
    """Return the moment in UTC at which the month is over in `zone`: the next one's first."""
    return month_begins(month_after(month), zone)
