"""Points, levels and roles by rule alone."""

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.core.months import month_after, month_begins, month_ends, month_of


class Trouble(StrEnum):
    """Why a role cannot be a level's, or cannot be given right now."""

    MISSING = "missing"  # in no home guild
    EVERYONE = "everyone"
    MANAGED = "managed"
    POWERFUL = "powerful"
    STAFF = "staff"
    NO_RIGHT = "no_right"
    ABOVE = "above"
    REFUSED = "refused"  # Discord says no and nothing that we see says why
    ABSENT = "absent"  # the member is not in the server


@dataclass(frozen=True, slots=True)
class Role:
    """A role as Discord shows it; `powers` are the permissions it carries that are power."""

    id: int
    guild_id: int
    position: int
    managed: bool
    powers: Sequence[str]


@dataclass(frozen=True, slots=True)
class Hand:
    """What the bot may do in a guild; `reach` is the position of its own highest role."""

    manages_roles: bool
    reach: int


@dataclass(frozen=True, slots=True)
class Period:
    """When an award's level holds, from `starts_at` up to but not including `ends_at`."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Swap:
    """Which of a member's roles come and go."""

    give: int | None
    take: frozenset[int]


def level_of(points: int, thresholds: Sequence[int]) -> int:
    """Return the level that so many points come to, 0 for none; thresholds ascend."""
    return bisect_right(thresholds, points)


def earns(last: float | None, now: float, cooldown: float) -> bool:
    """Say whether a message earns a point, so many seconds after the last that did."""
    return last is None or now - last >= cooldown


def period_of(month: str, zone: ZoneInfo) -> Period:
    """Return when a level holds that was earned in a month: the whole month after it."""
    following = month_after(month)
    return Period(month_begins(following, zone), month_ends(following, zone))


def by_hand(now: datetime, zone: ZoneInfo) -> Period:
    """Return when a level holds that staff give now: until the end of the next month."""
    return Period(now, month_ends(month_after(month_of(now, zone)), zone))


def swap(wanted: int | None, given: Collection[int], coming: Mapping[int, bool]) -> Swap:
    """Compare the role that a member shall have with those that they will have.

    `coming` are the effects on their way, True where a role is given. What comes and is no longer
    wanted is taken all the same: it may have arrived meanwhile.
    """
    will_have = {role for role in (*given, *coming) if coming.get(role, True)}
    return Swap(None if wanted in will_have else wanted, frozenset(will_have - {wanted}))


def trouble(role: Role | None, hand: Hand, staff: Collection[int]) -> Trouble | None:
    """Name what keeps a role from being a level's; `staff` are the moderators' roles."""
    if role is None:
        return Trouble.MISSING
    if role.id == role.guild_id:
        return Trouble.EVERYONE
    if role.managed:
        return Trouble.MANAGED
    if role.powers:
        return Trouble.POWERFUL
    if role.id in staff:
        return Trouble.STAFF
    return stuck(role, hand)


def stuck(role: Role, hand: Hand) -> Trouble | None:
    """Name what keeps the bot from giving or taking a role at all."""
    if role.managed:
        return Trouble.MANAGED
    if not hand.manages_roles:
        return Trouble.NO_RIGHT
    return Trouble.ABOVE if role.position >= hand.reach else None
