"""From grants to today's allowance and access, by rule alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

FREE = "free"  # the access everybody has


class Stacking(StrEnum):
    """How active grants make one limit."""

    HIGHEST = "highest"  # the best of base and grants
    SUM = "sum"  # base and all grants together


@dataclass(frozen=True, slots=True)
class Grant:
    """A time-boxed entitlement, from `starts_at` up to but not including `ends_at`."""

    id: int
    source: str
    plan: str | None
    daily_tokens: int | None
    access: str | None
    unlimited: bool
    starts_at: datetime
    ends_at: datetime
    revoked: bool

    def active(self, now: datetime) -> bool:
        """Say whether the grant counts at this moment."""
        return not self.revoked and self.starts_at <= now < self.ends_at


@dataclass(frozen=True, slots=True)
class Today:
    """What a member may spend today and open; allowance None is unlimited.

    `access` always holds "free"; from `valid_until` on it has to be worked out anew.
    """

    allowance: int | None
    access: frozenset[str]
    sources: tuple[Grant, ...]
    valid_until: datetime | None
    waiting: tuple[Grant, ...] = ()  # what starts later


def today(base: int, grants: Iterable[Grant], now: datetime, stacking: Stacking) -> Today:
    """Work out the allowance in tokens a day, the access, and the grants they come from."""
    known = [grant for grant in grants if not grant.revoked]
    active = tuple(grant for grant in known if grant.active(now))
    turns = [at for grant in known for at in (grant.starts_at, grant.ends_at) if at > now]
    return Today(
        allowance=_allowance(base, active, stacking),
        access=frozenset({FREE} | {grant.access for grant in active if grant.access}),
        sources=active,
        valid_until=min(turns, default=None),
        waiting=tuple(grant for grant in known if grant.starts_at > now),
    )


def _allowance(base: int, active: tuple[Grant, ...], stacking: Stacking) -> int | None:
    if any(grant.unlimited for grant in active):
        return None
    extra = [grant.daily_tokens for grant in active if grant.daily_tokens is not None]
    return base + sum(extra) if stacking is Stacking.SUM else max([base, *extra])


def follows(grants: Iterable[Grant], source: str, plan: str | None, now: datetime) -> datetime:
    """Return when a plan bought now starts: at once, or when the running one of its kind ends."""
    same = [grant for grant in grants if (grant.source, grant.plan) == (source, plan)]
    return max([now, *(grant.ends_at for grant in same if not grant.revoked)])


def adds_from(
    grant: Grant, others: Iterable[Grant], base: int, stacking: Stacking
) -> datetime | None:
    """Return from when on a grant gives more than base and the others do, None for never."""
    there = [other for other in others if not other.revoked]
    ends = [at for other in there for at in (other.starts_at, other.ends_at)]
    turns = sorted({grant.starts_at, *(at for at in ends if grant.active(at))})
    for at in turns:
        if _more(today(base, [*there, grant], at, stacking), today(base, there, at, stacking)):
            return at
    return None


def _more(one: Today, other: Today) -> bool:
    """Say whether one opens or allows anything that the other does not."""
    if other.allowance is None:
        return bool(one.access - other.access)
    higher = one.allowance is None or one.allowance > other.allowance
    return higher or bool(one.access - other.access)
