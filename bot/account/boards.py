"""The month's leaderboards of levels and of usage; that of referrals is the contest's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from bot.community.service import Community
from bot.core.clock import Clock
from bot.core.months import month_of
from bot.referrals.board import Leaderboard
from bot.storage.database import Database, Tx
from bot.storage.tables.levels import PointsRow
from bot.storage.tables.members import MemberRow, PersonRow
from bot.storage.tables.usage import UsageMonthRow


class Board(StrEnum):
    """What members are ranked by."""

    REFERRALS = "referrals"
    LEVELS = "levels"
    USAGE = "usage"


DEEPEST = 1_000  # the last place that is counted out; the cost must not grow with the members


@dataclass(frozen=True, slots=True)
class Line:
    """A member's line; `discord_id` None: they do not want to be listed."""

    place: int  # above DEEPEST: somewhere further down
    member_id: int
    discord_id: int | None
    amount: int


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines of a month's board, whether more follow, and the reader's own."""

    board: Board
    month: str
    lines: Sequence[Line]
    more: bool
    mine: Line | None


@dataclass(frozen=True, slots=True)
class _Counted:
    """A table with one amount a member and month, indexed by month and amount."""

    member_id: InstrumentedAttribute[int]
    month: InstrumentedAttribute[str]
    amount: InstrumentedAttribute[int]


POINTS = _Counted(PointsRow.member_id, PointsRow.month, PointsRow.points)
USAGE = _Counted(UsageMonthRow.member_id, UsageMonthRow.month, UsageMonthRow.spent)


@dataclass(frozen=True)
class Boards:
    """Reads who leads; what a page costs depends on how deep it is, not on how many members are."""

    db: Database
    clock: Clock
    community: Community
    referrals: Leaderboard

    def month(self, wanted: str | None) -> str:
        """Return the month that is meant, this one by default; raises NoSuchMonth."""
        return self.referrals.month(wanted)

    async def page(
        self, board: Board, month: str, *, reader_id: int | None, skip: int, limit: int
    ) -> Page:
        """Return some lines of a board, the highest first."""
        match board:
            case Board.REFERRALS:
                return await self._referrals(month, reader_id, skip, limit)
            case Board.LEVELS:
                return await self._counted(POINTS, board, month, reader_id, skip, limit)
            case Board.USAGE:
                return await self._counted(USAGE, board, month, reader_id, skip, limit)

    def is_this(self, month: str) -> bool:
        """Say whether a month is not over yet."""
        return month == month_of(self.clock.now(), self.community.zone)

    async def _referrals(self, month: str, reader_id: int | None, skip: int, limit: int) -> Page:
        found = await self.referrals.page(month, reader_id=reader_id, skip=skip, limit=limit)
        lines = [
            Line(each.place, each.member_id, each.discord_id, each.activations)
            for each in (*found.lines, *([found.mine] if found.mine else []))
        ]
        mine = lines.pop() if found.mine else None
        return Page(Board.REFERRALS, month, lines, skip + limit < found.total, mine)

    async def _counted(
        self,
        by: _Counted,
        board: Board,
        month: str,
        reader_id: int | None,
        skip: int,
        limit: int,
    ) -> Page:
        wanted = _rows(by, month).order_by(by.amount.desc(), by.member_id)
        async with self.db.read() as tx:
            rows = (await tx.execute(wanted.offset(skip).limit(limit + 1))).all()
            first = await _place(tx, by, month, rows[0].amount) if rows else 0
            own = (
                await tx.execute(_rows(by, month).where(by.member_id == reader_id))
            ).one_or_none()
            mine = _line(own, await _place(tx, by, month, own.amount)) if own else None
        lines: list[Line] = []
        for at, row in enumerate(rows[:limit]):
            tied = lines and lines[-1].amount == row.amount
            place = first if not at else lines[-1].place if tied else skip + at + 1
            lines.append(_line(row, place))
        return Page(board, month, lines, len(rows) > limit, mine)


def _rows(by: _Counted, month: str) -> Select[*tuple[Any, ...]]:
    """Select who is here and has an amount in a month."""
    return (
        select(
            by.member_id.label("member_id"),
            by.amount.label("amount"),
            PersonRow.discord_id,
            MemberRow.listed,
        )
        .join(MemberRow, MemberRow.id == by.member_id)
        .join(PersonRow, PersonRow.member_id == by.member_id)
        .where(by.month == month, by.amount > 0, MemberRow.suspended_at.is_(None))
    )


async def _place(tx: Tx, by: _Counted, month: str, amount: int) -> int:
    """Return the place that an amount comes to, ties sharing it; DEEPEST + 1 is "further down"."""
    above = (
        select(by.member_id)
        .join(MemberRow, MemberRow.id == by.member_id)
        .join(PersonRow, PersonRow.member_id == by.member_id)
        .where(by.month == month, by.amount > amount, MemberRow.suspended_at.is_(None))
        .limit(DEEPEST)
    )
    counted = select(func.count()).select_from(above.subquery())
    return (await tx.scalar(counted) or 0) + 1


def _line(row: Row[*tuple[Any, ...]], place: int) -> Line:
    return Line(place, row.member_id, row.discord_id if row.listed else None, row.amount)
