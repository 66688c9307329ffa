"""The month's leaderboard of referrals, which is the contest's: anyone may see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, Subquery, func, select

from bot.community.service import Community
from bot.core.clock import Clock
from bot.core.months import is_month, month_begins, month_ends, month_of
from bot.referrals.errors import NoSuchMonth
from bot.storage.database import Database
from bot.storage.tables.members import MemberRow, PersonRow
from bot.storage.tables.referrals import ActivationRow


@dataclass(frozen=True, slots=True)
class Line:
    """A member's line; `discord_id` None: they do not want to be listed."""

    place: int
    member_id: int
    discord_id: int | None
    activations: int


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines of a month, of the `total` there are; `mine` is the reader's own."""

    month: str
    lines: Sequence[Line]
    total: int
    mine: Line | None


@dataclass(frozen=True)
class Leaderboard:
    """Counts the activations of a month: each in the month in which its owner was credited."""

    db: Database
    clock: Clock
    community: Community

    def month(self, wanted: str | None = None) -> str:
        """Return the month that is meant, this one by default; raises NoSuchMonth."""
        this = month_of(self.clock.now(), self.community.zone)
        month = (wanted or this).strip()
        if not is_month(month) or month > this:
            raise NoSuchMonth(month=this)
        return month

    async def page(
        self, month: str, *, reader_id: int | None = None, skip: int = 0, limit: int = 10
    ) -> Page:
        """Return some lines of the month, the most activations first."""
        placed = self.placed(month)
        # Asked for in one go, because adding the month up is what it costs.
        shown = (placed.c.at > skip) & (placed.c.at <= skip + limit)
        wanted = _lines(placed).where(shown | (placed.c.owner_id == reader_id) | (placed.c.at == 1))
        async with self.db.read() as tx:
            rows = (await tx.execute(wanted.order_by(placed.c.at))).all()
        lines = [_line(row) for row in rows if skip < row.at <= skip + limit]
        mine = next((_line(row) for row in rows if row.owner_id == reader_id), None)
        return Page(month, lines, rows[0].total if rows else 0, mine)

    def placed(self, month: str) -> Subquery:
        """Rank whoever is here and had an activation that counts: owner_id, activations, place.

        `at` numbers them through, `total` says how many there are.
        """
        zone = self.community.zone
        counted = (
            select(ActivationRow.owner_id, func.count().label("activations"))
            .where(
                ActivationRow.credited_at >= month_begins(month, zone),
                ActivationRow.credited_at < month_ends(month, zone),
                ActivationRow.voided_at.is_(None),
            )
            .group_by(ActivationRow.owner_id)
            .subquery()
        )
        most = counted.c.activations.desc()
        return (
            select(
                counted.c.owner_id,
                counted.c.activations,
                func.rank().over(order_by=most).label("place"),
                func.row_number().over(order_by=(most, counted.c.owner_id)).label("at"),
                func.count().over().label("total"),
            )
            .join(MemberRow, MemberRow.id == counted.c.owner_id)
            .join(PersonRow, PersonRow.member_id == counted.c.owner_id)
            .where(MemberRow.suspended_at.is_(None))
            .subquery()
        )


def _lines(placed: Subquery) -> Select[*tuple[Any, ...]]:
    return (
        select(
            placed.c.place,
            placed.c.owner_id,
            placed.c.activations,
            placed.c.at,
            placed.c.total,
            PersonRow.discord_id,
            MemberRow.listed,
        )
        .join(MemberRow, MemberRow.id == placed.c.owner_id)
        .join(PersonRow, PersonRow.member_id == placed.c.owner_id)
    )


def _line(row: Row[*tuple[Any, ...]]) -> Line:
    shown = row.discord_id if row.listed else None
    return Line(row.place, row.owner_id, shown, row.activations)
