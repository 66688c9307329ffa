"""The month's points for staff: who has how many, and what awarding the month would do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select

from bot.community.service import Community
from bot.core.clock import Clock
from bot.core.months import month_of
from bot.levels.roles import LevelRoles, Look
from bot.levels.rules import Period, level_of, period_of
from bot.storage.database import Database, Tx
from bot.storage.tables.levels import LevelAwardRow, PointsRow
from bot.storage.tables.members import PersonRow


@dataclass(frozen=True, slots=True)
class Talker:
    """A member's points in a month; `awarded`: the level is given, not only earned."""

    discord_id: int
    points: int
    level: int
    awarded: bool


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a month has awarded, and what awarding it would still do, by level.

    `running`: the month is not over, so that more may come; `late`: the levels' own month is over,
    nothing would be given.
    """

    month: str
    period: Period
    running: bool
    late: bool
    awarded: Mapping[int, int]
    to_come: Mapping[int, int]
    look: Look


@dataclass(frozen=True)
class LevelBoard:
    """Reads a month; changes nothing."""

    db: Database
    clock: Clock
    community: Community
    roles: LevelRoles

    async def page(self, month: str, *, skip: int, limit: int) -> Sequence[Talker]:
        """Return some of the month's talkers, the most points first."""
        wanted = (
            select(PersonRow.discord_id, PointsRow.points, LevelAwardRow.level)
            .join(PersonRow, PersonRow.member_id == PointsRow.member_id)
            .outerjoin(
                LevelAwardRow,
                (LevelAwardRow.member_id == PointsRow.member_id)
                & (LevelAwardRow.month == PointsRow.month),
            )
            .where(PointsRow.month == month, PointsRow.points > 0)
            .order_by(PointsRow.points.desc(), PointsRow.member_id)
        )
        thresholds = self.community.levels.thresholds
        async with self.db.read() as tx:
            rows = (await tx.execute(wanted.offset(skip).limit(limit))).all()
        return [
            Talker(
                row.discord_id,
                row.points,
                level_of(row.points, thresholds) if row.level is None else row.level,
                row.level is not None,
            )
            for row in rows
        ]

    async def dry_run(self, month: str) -> DryRun:
        """Work out what awarding the month now would do."""
        now, zone = self.clock.now(), self.community.zone
        period = period_of(month, zone)
        async with self.db.read() as tx:
            awarded = await self._awarded(tx, month)
            to_come = await self._to_come(tx, month)
        return DryRun(
            month=month,
            period=period,
            running=month == month_of(now, zone),
            late=now >= period.ends_at,
            awarded=awarded,
            to_come=to_come,
            look=await self.roles.look(),
        )

    async def _awarded(self, tx: Tx, month: str) -> dict[int, int]:
        counts = select(LevelAwardRow.level, func.count()).where(LevelAwardRow.month == month)
        by_level = counts.group_by(LevelAwardRow.level)
        return dict((await tx.execute(by_level)).all())

    async def _to_come(self, tx: Tx, month: str) -> dict[int, int]:
        """Count who has earned each level and was not awarded it."""
        thresholds = self.community.levels.thresholds
        found: dict[int, int] = {}
        for level, least in enumerate(thresholds, start=1):
            above = thresholds[level] if level < len(thresholds) else None
            if count := await tx.scalar(_between(month, least, above)):
                found[level] = count
        return found


def _between(month: str, least: int, above: int | None) -> Select[int]:
    """Count who has at least so many points of a month, fewer than `above`, and no award."""
    awarded = select(LevelAwardRow.member_id).where(
        LevelAwardRow.member_id == PointsRow.member_id, LevelAwardRow.month == month
    )
    earned = (
        select(func.count())
        .select_from(PointsRow)
        .join(PersonRow, PersonRow.member_id == PointsRow.member_id)
        .where(PointsRow.month == month, PointsRow.points >= least, ~awarded.exists())
    )
    return earned if above is None else earned.where(PointsRow.points < above)
