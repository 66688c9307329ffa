"""From when on a plan would give more than a member has anyway."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.allowance.rules import Grant, Stacking, adds_from, today

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
BASE = 80_000
HOURS = st.integers(-48, 96)


def grant(
    starts: int = 0,
    hours: int = 24,
    tokens: int | None = 160_000,
    access: str | None = None,
    *,
    unlimited: bool = False,
) -> Grant:
    starts_at = NOW + timedelta(hours=starts)
    ends_at = starts_at + timedelta(hours=hours)
    return Grant(1, "staff", None, tokens, access, unlimited, starts_at, ends_at, revoked=False)


GRANTS = st.builds(
    grant,
    HOURS,
    st.integers(1, 96),
    st.sampled_from([None, 50_000, 85_000, 160_000]),
    st.sampled_from([None, "claude"]),
    unlimited=st.booleans(),
)


def hours_until(at: datetime | None) -> float | None:
    return None if at is None else (at - NOW) / timedelta(hours=1)


@pytest.mark.parametrize(
    ("offered", "there", "hours"),
    [
        (grant(), [], 0),
        (grant(tokens=85_000), [grant(hours=10)], 10),
        (grant(tokens=85_000), [grant(hours=24)], None),
        (grant(tokens=85_000, access="claude"), [grant()], 0),
        (grant(tokens=85_000, access="claude"), [grant(access="claude", hours=5)], 5),
        (grant(tokens=BASE), [], None),
        (grant(), [grant(unlimited=True, tokens=None, hours=7)], 7),
        (grant(unlimited=True, tokens=None), [grant()], 0),
        (grant(starts=5), [grant(starts=0, hours=5)], 5),
        (grant(), [grant(starts=3, hours=6)], 0),
    ],
)
def test_a_plan_adds_something_once_nothing_as_good_is_there(
    offered: Grant, there: list[Grant], hours: float | None
) -> None:
    assert hours_until(adds_from(offered, there, BASE, Stacking.HIGHEST)) == hours


def test_where_grants_add_up_tokens_always_add_something() -> None:
    assert adds_from(grant(tokens=1), [grant()], BASE, Stacking.SUM) == NOW


@given(GRANTS, st.lists(GRANTS, max_size=4), st.sampled_from(Stacking))
def test_before_that_moment_nothing_is_gained_and_from_it_on_something_is(
    offered: Grant, there: list[Grant], stacking: Stacking
) -> None:
    adds = adds_from(offered, there, BASE, stacking)

    def gains(at: datetime) -> bool:
        one = today(BASE, [*there, offered], at, stacking)
        other = today(BASE, there, at, stacking)
        return (one.allowance, one.access) != (other.allowance, other.access)

    hours = range(int((offered.ends_at - offered.starts_at) / timedelta(hours=1)))
    useful = [at for h in hours if gains(at := offered.starts_at + timedelta(hours=h))]
    assert adds == (useful[0] if useful else None)
