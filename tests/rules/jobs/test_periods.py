"""What is due since when: days and months of any zone, through shifts, leap days and downtime."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot.core.clock import day_of
from bot.core.months import month_after, month_begins, month_of
from bot.jobs.calendar import MOST_MISSED, MOST_MONTHS_MISSED, due_days, due_months

UTC_ZONE = ZoneInfo("UTC")
ZONES = st.sampled_from(
    [
        UTC_ZONE,
        *map(
            ZoneInfo,
            [
                "Europe/Berlin",
                "America/New_York",
                "America/Santiago",  # its clocks change at midnight
                "Africa/Cairo",
                "Asia/Beirut",
                "Australia/Lord_Howe",  # by half an hour
                "Pacific/Apia",  # skipped a whole day in 2011
                "Pacific/Kiritimati",
                "Asia/Kathmandu",
            ],
        ),
    ]
)
MOMENTS = st.datetimes(datetime(2011, 1, 1), datetime(2037, 12, 31)).map(  # noqa: DTZ001 - UTC next
    lambda moment: moment.replace(tzinfo=UTC)
)
TIMES = st.times(max_value=time(5))
STEPS = st.lists(st.timedeltas(timedelta(seconds=10), timedelta(days=20)), max_size=30)


@given(MOMENTS, ZONES, TIMES, STEPS)
def test_every_day_is_due_once_in_order_whatever_the_downtime(
    start: datetime, zone: ZoneInfo, at: time, steps: list[timedelta]
) -> None:
    done: list[date] = []
    now = start
    for step in [timedelta(), *steps]:
        now += step
        due = due_days(done[-1] if done else None, now, zone, at)
        done += due

        assert all(day < day_of(now, zone) for day in due), "a day that is not over"
        assert done[-1] >= day_of(now, zone) - timedelta(days=2)

    assert done == [done[0] + timedelta(days=each) for each in range(len(done))]


@given(MOMENTS, ZONES, TIMES, STEPS)
def test_every_month_is_due_once_in_order_whatever_the_downtime(
    start: datetime, zone: ZoneInfo, at: time, steps: list[timedelta]
) -> None:
    done: list[str] = []
    now = start
    for step in [timedelta(), *steps]:
        now += step
        due = due_months(done[-1] if done else None, now, zone, at)
        done += due

        assert all(month_begins(month_after(month), zone) <= now for month in due)
        assert done[-1] >= month_after(month_of(now, zone), -2)

    assert done == [month_after(done[0], each) for each in range(len(done))]


@given(MOMENTS, ZONES)
def test_a_month_becomes_due_on_the_first_day_of_the_next(start: datetime, zone: ZoneInfo) -> None:
    month, at = month_of(start, zone), time(0, 5)
    over = month_begins(month_after(month), zone)

    before = due_months(month_after(month, -1), over - timedelta(seconds=1), zone, at)
    soon_after = due_months(month_after(month, -1), over + timedelta(hours=3), zone, at)

    assert before == []
    assert soon_after == [month]


def test_three_days_of_downtime_over_a_month_end_leave_nothing_out() -> None:
    zone, at = ZoneInfo("Europe/Berlin"), time(0, 5)
    back = datetime(2026, 11, 2, 9, tzinfo=UTC)

    assert due_days(date(2026, 10, 29), back, zone, at) == [
        date(2026, 10, 30),
        date(2026, 10, 31),
        date(2026, 11, 1),
    ]
    assert due_months("2026-09", back, zone, at) == ["2026-10"]


def test_a_leap_day_is_a_day_like_any_other() -> None:
    now = datetime(2028, 3, 1, 4, tzinfo=UTC)

    assert due_days(date(2028, 2, 27), now, UTC_ZONE, time(3)) == [
        date(2028, 2, 28),
        date(2028, 2, 29),
    ]
    assert due_months("2028-01", now, UTC_ZONE, time(3)) == ["2028-02"]


def test_before_its_hour_a_run_is_not_due() -> None:
    first = datetime(2027, 1, 1, 0, 4, 59, tzinfo=UTC)

    assert due_months("2026-11", first, UTC_ZONE, time(0, 5)) == []
    assert due_months("2026-11", first + timedelta(seconds=1), UTC_ZONE, time(0, 5)) == ["2026-12"]
    assert due_days(date(2026, 12, 30), first, UTC_ZONE, time(0, 5)) == []


def test_a_job_that_never_ran_begins_with_the_newest_period() -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)

    assert due_days(None, now, UTC_ZONE, time(3)) == [date(2026, 11, 19)]
    assert due_months(None, now, UTC_ZONE, time(3)) == ["2026-10"]


def test_a_clock_set_back_makes_nothing_due_again() -> None:
    back = datetime(2026, 11, 20, 12, tzinfo=UTC)

    assert due_days(date(2026, 12, 24), back, UTC_ZONE, time(3)) == []
    assert due_months("2026-12", back, UTC_ZONE, time(3)) == []


def test_years_of_downtime_are_caught_up_within_reason() -> None:
    now = datetime(2036, 11, 20, 12, tzinfo=UTC)

    days = due_days(date(2026, 11, 1), now, UTC_ZONE, time(3))
    months = due_months("2026-10", now, UTC_ZONE, time(3))

    assert (len(days), days[-1]) == (MOST_MISSED, date(2036, 11, 19))
    assert (len(months), months[-1]) == (MOST_MONTHS_MISSED, "2036-10")
