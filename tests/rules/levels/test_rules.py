"""What points come to, when a level holds, which roles come and go, and which are refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.levels.rules import (
    Hand,
    Role,
    Trouble,
    by_hand,
    earns,
    level_of,
    period_of,
    stuck,
    swap,
    trouble,
)

THRESHOLDS = st.lists(st.integers(1, 5_000), unique=True, max_size=6).map(sorted)
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"]).map(
    ZoneInfo
)
MONTHS = st.builds("{}-{:02}".format, st.integers(2020, 2090), st.integers(1, 12))
MOMENTS = st.integers(1_600_000_000, 3_700_000_000).map(lambda at: datetime.fromtimestamp(at, UTC))
ROLES = st.integers(1, 5)
HAND = Hand(manages_roles=True, reach=10)
ROLE = Role(id=7, guild_id=1, position=3, managed=False, powers=())


@given(st.integers(0, 6_000), THRESHOLDS)
def test_a_level_is_how_many_thresholds_the_points_reach(
    points: int, thresholds: list[int]
) -> None:
    assert level_of(points, thresholds) == sum(points >= least for least in thresholds)


def test_the_seeds_thresholds_are_reached_exactly() -> None:
    levels = [level_of(points, (100, 400, 1_000)) for points in (99, 100, 399, 400, 999, 1_000)]

    assert levels == [0, 1, 1, 2, 2, 3]


@given(st.lists(st.floats(0, 500, allow_nan=False), max_size=60).map(sorted), st.integers(0, 90))
def test_points_of_one_member_are_never_closer_than_the_cooldown(
    moments: list[float], cooldown: int
) -> None:
    earned: list[float] = []
    for now in moments:
        if earns(earned[-1] if earned else None, now, cooldown):
            earned.append(now)

    assert all(later - sooner >= cooldown for sooner, later in pairwise(earned))
    assert bool(earned) == bool(moments)
    for now in moments:  # whatever earned nothing came too soon after what did
        assert now in earned or any(0 <= now - at < cooldown for at in earned)


@given(MONTHS, ZONES)
def test_what_a_month_earned_holds_for_the_whole_month_after_it(month: str, zone: ZoneInfo) -> None:
    period = period_of(month, zone)

    starts, ends = period.starts_at.astimezone(zone), period.ends_at.astimezone(zone)
    assert (
        (starts.day, starts.hour, starts.minute) == (ends.day, ends.hour, ends.minute) == (1, 0, 0)
    )
    assert timedelta(days=27) < period.ends_at - period.starts_at < timedelta(days=32)
    following = period_of(f"{starts:%Y-%m}", zone)
    assert following.starts_at == period.ends_at


@given(MOMENTS, ZONES)
def test_what_staff_give_holds_from_now_until_the_end_of_next_month(
    now: datetime, zone: ZoneInfo
) -> None:
    period = by_hand(now, zone)

    assert period.starts_at == now
    assert period.ends_at == period_of(f"{now.astimezone(zone):%Y-%m}", zone).ends_at


@given(
    st.none() | ROLES,
    st.sets(ROLES),
    st.dictionaries(ROLES, st.booleans()),
)
def test_a_swap_leaves_the_wanted_role_and_no_other(
    wanted: int | None, given_roles: set[int], coming: dict[int, bool]
) -> None:
    change = swap(wanted, given_roles, coming)

    on_way = coming | dict.fromkeys(change.take, False)
    on_way |= {} if change.give is None else {change.give: True}
    will_have = {role for role in given_roles | on_way.keys() if on_way.get(role, True)}
    assert will_have == ({wanted} if wanted is not None else set())
    assert swap(wanted, given_roles, on_way) == replace(change, give=None, take=frozenset())


def test_a_plain_role_below_the_bots_own_may_be_a_levels() -> None:
    assert trouble(ROLE, HAND, staff=()) is None


@pytest.mark.parametrize(
    ("role", "hand", "found"),
    [
        (None, HAND, Trouble.MISSING),
        (replace(ROLE, id=1), HAND, Trouble.EVERYONE),
        (replace(ROLE, managed=True), HAND, Trouble.MANAGED),
        (replace(ROLE, powers=("Administrator",)), HAND, Trouble.POWERFUL),
        (replace(ROLE, id=8), HAND, Trouble.STAFF),
        (ROLE, replace(HAND, manages_roles=False), Trouble.NO_RIGHT),
        (replace(ROLE, position=10), HAND, Trouble.ABOVE),
        (replace(ROLE, position=11, powers=("Manage Roles",)), HAND, Trouble.POWERFUL),
    ],
)
def test_each_role_that_cannot_be_a_levels_is_named(
    role: Role | None, hand: Hand, found: Trouble
) -> None:
    assert trouble(role, hand, staff=(8,)) is found


def test_a_role_that_has_become_powerful_can_still_be_taken() -> None:
    assert stuck(replace(ROLE, powers=("Administrator",)), HAND) is None
    assert stuck(replace(ROLE, position=10), HAND) is Trouble.ABOVE
    assert stuck(ROLE, replace(HAND, manages_roles=False)) is Trouble.NO_RIGHT
    assert stuck(replace(ROLE, managed=True), HAND) is Trouble.MANAGED
