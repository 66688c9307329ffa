"""Every day's nightly run is due exactly once, whatever the clocks of its zone do."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from bot.jobs.calendar import MOST_MISSED, due_days

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "Australia/Lord_Howe",  # half an hour of summer time
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "America/Sao_Paulo",
    "Africa/Cairo",  # its clocks change at midnight
)
AT = time(3, 30)
zones = st.sampled_from(ZONES).map(ZoneInfo)
hours = st.times().map(lambda each: each.replace(second=0, microsecond=0))
starts = st.integers(1_577_836_800, 1_827_000_000).map(lambda at: datetime.fromtimestamp(at, UTC))
steps = st.lists(st.integers(1, 60 * 60), min_size=1, max_size=80)  # minutes between two ticks


@given(zones, starts, steps, hours)
@example(ZoneInfo("Europe/Berlin"), datetime(2026, 3, 28, 20, tzinfo=UTC), [10] * 70, time(2, 30))
@example(ZoneInfo("Europe/Berlin"), datetime(2026, 10, 24, 20, tzinfo=UTC), [10] * 70, time(2, 30))
@example(ZoneInfo("Africa/Cairo"), datetime(2026, 4, 23, 12, tzinfo=UTC), [30] * 70, time(0, 0))
def test_ticking_along_runs_every_day_once_in_order_and_after_its_end(
    zone: ZoneInfo, start: datetime, minutes: list[int], at: time
) -> None:
    last, now, done = None, start, []

    for step in minutes:
        for day in due_days(last, now, zone, at):
            assert day < now.astimezone(zone).date()
            done.append(day)
            last = day
        now += timedelta(minutes=step)

    assert done == [done[0] + timedelta(days=count) for count in range(len(done))]


@given(zones, starts, st.integers(0, 3 * MOST_MISSED), hours)
def test_whatever_was_missed_is_caught_up_oldest_first(
    zone: ZoneInfo, now: datetime, missed: int, at: time
) -> None:
    (newest,) = due_days(None, now, zone, at)
    last = newest - timedelta(days=missed)

    due = due_days(last, now, zone, at)

    assert len(due) == min(missed, MOST_MISSED)
    assert due == sorted(due)
    assert not due or due[-1] == newest


@given(zones, starts, hours)
def test_a_run_that_is_done_is_not_due_again(zone: ZoneInfo, now: datetime, at: time) -> None:
    (newest,) = due_days(None, now, zone, at)

    assert due_days(newest, now, zone, at) == []


@given(zones, starts, hours, st.integers(1, 50))
def test_a_clock_that_is_set_back_makes_nothing_due(
    zone: ZoneInfo, now: datetime, at: time, days: int
) -> None:
    (newest,) = due_days(None, now, zone, at)

    assert due_days(newest, now - timedelta(days=days), zone, at) == []


def test_a_day_is_due_at_its_hour_of_the_following_day() -> None:
    berlin, day = ZoneInfo("Europe/Berlin"), date(2026, 11, 19)
    before = datetime(2026, 11, 20, 2, 29, 59, tzinfo=UTC)  # 3:29:59 in Berlin

    assert day not in due_days(date(2026, 11, 18), before, berlin, AT)
    assert due_days(date(2026, 11, 18), before + timedelta(seconds=1), berlin, AT) == [day]


def test_a_first_start_has_one_night_to_run_and_not_the_whole_past() -> None:
    assert due_days(None, datetime(2026, 11, 20, 12, tzinfo=UTC), ZoneInfo("UTC"), AT) == [
        date(2026, 11, 19)
    ]
