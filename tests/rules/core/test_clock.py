"""Days, minutes and the clock that is moved by hand."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.clock import HandClock, SystemClock, day_ends, day_of, minute_of

SECONDS = st.integers(946_684_800, 2_145_830_400)  # 2000 to 2037
MOMENTS = SECONDS.map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
BERLIN = ZoneInfo("Europe/Berlin")


@given(MOMENTS, st.timezones())
def test_a_day_ends_after_its_last_moment_and_not_before(moment: datetime, zone: ZoneInfo) -> None:
    day = day_of(moment, zone)
    end = day_ends(day, zone)

    assert end > moment
    assert day_of(end - timedelta(microseconds=1), zone) == day
    assert day_of(end, zone) > day


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)]
)
def test_a_day_has_the_hours_that_summer_time_gives_it(day: date, hours: int) -> None:
    begins = day_ends(day - timedelta(days=1), BERLIN)

    assert day_ends(day, BERLIN) - begins == timedelta(hours=hours)


def test_the_day_is_the_community_s_own() -> None:
    moment = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)

    assert day_of(moment, ZoneInfo("UTC")) == date(2026, 11, 20)
    assert day_of(moment, BERLIN) == date(2026, 11, 21)


def test_a_minute_is_the_wall_clock_s() -> None:
    minute = minute_of(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))

    assert minute_of(datetime(2026, 11, 20, 12, 0, 59, 999_999, tzinfo=UTC)) == minute
    assert minute_of(datetime(2026, 11, 20, 12, 1, tzinfo=UTC)) == minute + 1


def test_both_hands_of_the_clock_move_together() -> None:
    clock = HandClock(moment=datetime(2026, 11, 20, tzinfo=UTC), steady=5.0)

    clock.move(minutes=1, seconds=0.5)

    assert clock.now() == datetime(2026, 11, 20, 0, 1, 0, 500_000, tzinfo=UTC)
    assert clock.monotonic() == 65.5


def test_the_machine_s_clock_knows_its_zone_and_never_runs_back() -> None:
    clock = SystemClock()
    before = clock.monotonic()

    assert clock.now().utcoffset() == timedelta(0)
    assert clock.monotonic() >= before
