"""What grants come to: by example, and for any grants at any time."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.allowance.rules import Grant, Stacking, follows, today
from tests.conftest import NOON

BASE = 80_000
HOUR = timedelta(hours=1)


def grant(
    starts: int = -1,
    ends: int = 1,
    tokens: int | None = None,
    access: str | None = None,
    *,
    unlimited: bool = False,
    revoked: bool = False,
    source: str = "donation",
    plan: str | None = "5",
) -> Grant:
    return Grant(
        id=1,
        source=source,
        plan=plan,
        daily_tokens=tokens,
        access=access,
        unlimited=unlimited,
        starts_at=NOON + starts * HOUR,
        ends_at=NOON + ends * HOUR,
        revoked=revoked,
    )


@st.composite
def grants(draw: st.DrawFn) -> Grant:
    starts = draw(st.integers(-50, 50))
    return grant(
        starts,
        starts + draw(st.integers(1, 60)),
        draw(st.none() | st.integers(1, 2_000_000)),
        draw(st.none() | st.sampled_from(["claude", "beta"])),
        unlimited=draw(st.booleans() if draw(st.booleans()) else st.just(False)),
        revoked=draw(st.booleans()),
    )


SOME = st.lists(grants(), max_size=8)
HOURS = st.integers(-60, 120)


def test_without_grants_the_base_holds_for_ever() -> None:
    found = today(BASE, [], NOON, Stacking.HIGHEST)

    assert (found.allowance, found.access, found.sources) == (BASE, {"free"}, ())
    assert found.valid_until is None


@pytest.mark.parametrize(
    ("stacking", "tokens", "limit"),
    [
        (Stacking.HIGHEST, [88_000, 160_000], 160_000),
        (Stacking.HIGHEST, [40_000], 80_000),
        (Stacking.SUM, [88_000, 160_000], 328_000),
        (Stacking.SUM, [], 80_000),
    ],
)
def test_grants_stack_as_the_community_says(
    stacking: Stacking, tokens: list[int], limit: int
) -> None:
    given = [grant(tokens=each) for each in tokens]

    assert today(BASE, given, NOON, stacking).allowance == limit


def test_an_unlimited_grant_removes_the_limit() -> None:
    given = [grant(tokens=320_000), grant(unlimited=True, access="claude")]

    found = today(BASE, given, NOON, Stacking.HIGHEST)

    assert found.allowance is None
    assert found.access == {"free", "claude"}
    assert found.sources == tuple(given)


def test_claude_alone_gives_no_tokens() -> None:
    found = today(BASE, [grant(access="claude")], NOON, Stacking.SUM)

    assert found.allowance == BASE
    assert "claude" in found.access


def test_a_grant_counts_from_its_first_moment_to_just_before_its_end() -> None:
    from_now, until_now = grant(0, 5, 100_000), grant(-5, 0, 200_000)

    found = today(BASE, [from_now, until_now], NOON, Stacking.HIGHEST)

    assert found.allowance == 100_000
    assert found.sources == (from_now,)
    assert found.valid_until == from_now.ends_at


def test_a_revoked_grant_counts_for_nothing_and_wakes_nobody() -> None:
    found = today(BASE, [grant(tokens=100_000, revoked=True)], NOON, Stacking.HIGHEST)

    assert (found.allowance, found.sources, found.valid_until) == (BASE, (), None)


def test_a_grant_to_come_wakes_the_caches() -> None:
    coming = grant(3, 9, 100_000)

    found = today(BASE, [coming, grant(-9, 5, 90_000)], NOON, Stacking.HIGHEST)

    assert (found.allowance, found.valid_until) == (90_000, coming.starts_at)


@given(SOME, HOURS, st.sampled_from(Stacking))
def test_the_allowance_is_never_below_the_base(
    some: list[Grant], hours: int, stacking: Stacking
) -> None:
    allowance = today(BASE, some, NOON + hours * HOUR, stacking).allowance

    assert allowance is None or allowance >= BASE


@given(SOME, grants(), HOURS, st.sampled_from(Stacking))
def test_one_more_grant_never_takes_anything_away(
    some: list[Grant], more: Grant, hours: int, stacking: Stacking
) -> None:
    now = NOON + hours * HOUR
    before, after = today(BASE, some, now, stacking), today(BASE, [*some, more], now, stacking)

    assert before.access <= after.access
    assert after.allowance is None or (
        before.allowance is not None and before.allowance <= after.allowance
    )


@given(SOME, HOURS, st.sampled_from(Stacking), st.randoms())
def test_the_order_of_grants_does_not_matter(
    some: list[Grant], hours: int, stacking: Stacking, chance: object
) -> None:
    now, shuffled = NOON + hours * HOUR, list(some)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis types it as object's kin

    one, other = today(BASE, some, now, stacking), today(BASE, shuffled, now, stacking)

    assert (one.allowance, one.access, one.valid_until) == (
        other.allowance,
        other.access,
        other.valid_until,
    )


@given(SOME, HOURS, st.sampled_from(Stacking))
def test_nothing_changes_before_it_is_said_to(
    some: list[Grant], hours: int, stacking: Stacking
) -> None:
    now = NOON + hours * HOUR
    found = today(BASE, some, now, stacking)
    end = found.valid_until or now + 200 * HOUR

    moments: list[datetime] = [now + (end - now) * share / 7 for share in range(7)]
    later = [today(BASE, some, moment, stacking) for moment in moments]

    assert end > now
    assert all(each == found for each in later)


@given(SOME, HOURS)
def test_every_source_counts_now_and_everything_that_counts_is_a_source(
    some: list[Grant], hours: int
) -> None:
    now = NOON + hours * HOUR

    sources = today(BASE, some, now, Stacking.HIGHEST).sources

    assert list(sources) == [
        each for each in some if not each.revoked and each.starts_at <= now < each.ends_at
    ]


def test_a_plan_bought_again_starts_when_the_running_one_ends() -> None:
    running, waiting = grant(-5, 7), grant(7, 20)

    assert follows([running], "donation", "5", NOON) == running.ends_at
    assert follows([waiting, running], "donation", "5", NOON) == waiting.ends_at


def test_a_plan_of_another_kind_a_past_or_a_revoked_one_is_not_waited_for() -> None:
    others = [
        grant(-9, -5),
        grant(-5, 7, revoked=True),
        grant(-5, 7, plan="10"),
        grant(-5, 7, source="exchange"),
    ]

    assert follows(others, "donation", "5", NOON) == NOON
    assert follows([], "donation", "5", NOON) == NOON
