"""How far the sandbox's clock leaps, and what it keeps."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.months import month_after, month_of
from bot.sandbox.travel import Leap, TravelClock, distance

ZONES = st.sampled_from([ZoneInfo("UTC"), ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Auckland")])
START = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.timedeltas(timedelta(0), timedelta(days=1500)).map(lambda ahead: START + ahead)


@given(MOMENTS, ZONES)
def test_past_a_months_end_is_the_next_month_with_its_jobs_due(
    now: datetime, zone: ZoneInfo
) -> None:
    then = now + distance(Leap.MONTH, now, zone)

    assert month_of(then, zone) == month_after(month_of(now, zone))
    assert then.astimezone(zone).day == 1
    assert (then.astimezone(zone).hour, then.astimezone(zone).minute) == (0, 6)


@pytest.mark.parametrize(("leap", "hours"), [(Leap.HOUR, 1), (Leap.DAY, 24)])
def test_an_hour_and_a_day_are_what_they_are(leap: Leap, hours: int) -> None:
    now = datetime(2026, 3, 28, 12, tzinfo=UTC)  # the night before Berlin's clocks change

    assert distance(leap, now, ZoneInfo("Europe/Berlin")) == timedelta(hours=hours)


def test_both_clocks_and_the_seconds_go_on_together() -> None:
    clock = TravelClock()
    before = (clock.now().timestamp(), clock.monotonic(), clock.seconds())

    clock.move(timedelta(days=1))

    after = (clock.now().timestamp(), clock.monotonic(), clock.seconds())
    assert all(86_400 <= b - a < 86_460 for a, b in zip(before, after, strict=True))


def test_nobody_travels_back() -> None:
    with pytest.raises(AssertionError):
        TravelClock().move(timedelta(seconds=-1))


def test_a_kept_sandbox_goes_on_from_where_it_was(tmp_path: Path) -> None:
    kept = tmp_path / "ahead"
    TravelClock(kept).move(timedelta(days=3))

    again = TravelClock(kept)

    assert again.ahead == timedelta(days=3)
