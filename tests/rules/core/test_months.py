"""Calendar months of a community: their names, their first and last moments."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.months import is_month, month_after, month_begins, month_ends, month_of

ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "Asia/Beirut"]
).map(ZoneInfo)
FIRST = datetime(2011, 1, 1, tzinfo=UTC)
MOMENTS = st.timedeltas(timedelta(0), timedelta(days=79 * 365)).map(lambda past: FIRST + past)
MONTHS = st.builds("20{:02}-{:02}".format, st.integers(2, 97), st.integers(1, 12))


@given(MOMENTS, ZONES)
def test_every_moment_lies_inside_its_month_and_in_no_other(
    moment: datetime, zone: ZoneInfo
) -> None:
    month = month_of(moment, zone)

    assert month_begins(month, zone) <= moment < month_ends(month, zone)
    assert moment >= month_ends(month_after(month, -1), zone)


@given(MONTHS, st.integers(-24, 24))
def test_going_on_and_back_comes_to_the_same_month(month: str, steps: int) -> None:
    assert month_after(month_after(month, steps), -steps) == month
    assert is_month(month)


def test_a_month_begins_and_ends_on_the_communitys_own_clock() -> None:
    berlin = ZoneInfo("Europe/Berlin")

    begins, ends = month_begins("2026-10", berlin), month_ends("2026-10", berlin)

    assert begins == datetime(2026, 9, 30, 22, tzinfo=UTC)  # summer time
    assert ends == datetime(2026, 10, 31, 23, tzinfo=UTC)  # winter time: an hour longer
    assert ends - begins == timedelta(days=31, hours=1)


def test_february_of_a_leap_year_has_its_day() -> None:
    utc = ZoneInfo("UTC")

    assert month_ends("2028-02", utc) - month_begins("2028-02", utc) == timedelta(days=29)
    assert month_after("2027-12") == "2028-01"


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "26-01", "2026-1", "2026-011", "", "now"])
def test_other_texts_are_no_months(text: str) -> None:
    assert not is_month(text)
