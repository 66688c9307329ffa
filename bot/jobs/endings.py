"""What happens when a grant ends: its member reads it, and a level's role is reconsidered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, or_, select, update

from bot.allowance.plans import Source
from bot.allowance.rules import Grant, Stacking, today
from bot.allowance.service import Allowances
from bot.community.service import Community
from bot.core.clock import Clock
from bot.levels.roles import LevelRoles
from bot.members.telling import QUIET
from bot.outbox import Outbox
from bot.storage.database import Database, Tx
from bot.storage.tables.allowance import GrantRow
from bot.storage.tables.members import MemberRow, PersonRow
from bot.words.letter import Letter

BATCH = 200  # grants in one transaction
LEVELS_WAIT = timedelta(hours=1)  # the month's awards come first: who keeps a level is not told
OLD_NEWS = timedelta(days=7)  # nobody is told of an end so long ago


@dataclass(frozen=True)
class Endings:
    """Handles each end once, whichever process comes to it."""

    db: Database
    clock: Clock
    community: Community
    allowances: Allowances
    outbox: Outbox
    roles: LevelRoles

    async def run(self) -> None:
        """Handle the ends that are due, the oldest first."""
        while await self._some():
            pass

    async def _some(self) -> bool:
        """Handle some of them in one transaction; False once there are none."""
        now = self.clock.now()
        async with self.db.read() as tx:
            found = (await tx.execute(_due(now))).all()
        if not found:
            return False
        async with self.db.begin() as tx:
            # Members before their grants, as everybody locks them.
            members = sorted({row.member_id for row in found})
            locked = select(MemberRow.id).where(MemberRow.id.in_(members)).order_by(MemberRow.id)
            await tx.execute(locked.with_for_update(key_share=True))
            ended = await self._claimed(tx, [row.id for row in found], now)
            listening = await _listening(tx, {row.member_id for row in ended})
            for row in ended:
                fresh = row.revoked_at is None and row.ends_at > now - OLD_NEWS
                if fresh and row.member_id in listening:
                    await self._tell(tx, row, now)
            levels = {row.member_id for row in ended if row.source == Source.LEVEL}
            await self.roles.reconsider(tx, levels)
        return True

    async def _claimed(self, tx: Tx, ids: Sequence[int], now: datetime) -> Sequence[Row[Any]]:
        """Mark the ends as handled; return those that nobody else has handled, oldest first."""
        mine = update(GrantRow).where(GrantRow.id.in_(ids), GrantRow.ended_at.is_(None))
        claimed = set(await tx.scalars(mine.values(ended_at=now).returning(GrantRow.id)))
        wanted = select(GrantRow.__table__).where(GrantRow.id.in_(claimed))
        return (await tx.execute(wanted.order_by(GrantRow.ends_at, GrantRow.id))).all()

    async def _tell(self, tx: Tx, row: Row[Any], now: datetime) -> None:
        """Write what has ended and what is left, unless the same goes on."""
        left = await self.allowances.listed(tx, row.member_id)
        if not _goes_on(row, left, now):
            lines, params = self._words(row, left, now)
            await self.outbox.dm_letter(tx, row.member_id, Letter(lines, params, buttons=[QUIET]))

    def _words(
        self, row: Row[Any], left: Sequence[Grant], now: datetime
    ) -> tuple[list[str], dict[str, Any]]:
        limits = self.community.limits
        standing = today(limits.daily_tokens, left, now, Stacking(limits.stacking))
        known = row.source in tuple(Source)
        lines = [f"ended.{row.source if known else Source.STAFF}"]
        params: dict[str, Any] = {"plan": row.plan or ""}
        if standing.allowance is None:
            lines.append("ended.unlimited")
        else:
            lines.append("ended.limit")
            params["limit"] = standing.allowance
        if row.access is not None and row.access not in standing.access:
            lines.append("ended.access")
            params["access"] = row.access.capitalize()
        return [*lines, "ended.more"], params


def _due(now: datetime) -> Any:
    over = or_(
        GrantRow.ends_at <= now - LEVELS_WAIT,
        (GrantRow.source != Source.LEVEL) & (GrantRow.ends_at <= now),
    )
    wanted = select(GrantRow.id, GrantRow.member_id).where(GrantRow.ended_at.is_(None), over)
    return wanted.order_by(GrantRow.ends_at, GrantRow.id).limit(BATCH)


async def _listening(tx: Tx, members: set[int]) -> set[int]:
    """Return who of the members is still here and wants to be told."""
    wanted = (
        select(MemberRow.id)
        .join(PersonRow, PersonRow.member_id == MemberRow.id)
        .where(MemberRow.id.in_(members), MemberRow.told)
    )
    return set(await tx.scalars(wanted))


def _goes_on(row: Row[Any], left: Sequence[Grant], now: datetime) -> bool:
    """Say whether another grant of the same kind has begun by now: a level, or the same plan."""
    return any(
        grant.active(now)
        and grant.source == row.source
        and (row.source == Source.LEVEL or grant.plan == row.plan)
        and row.source != Source.STAFF
        for grant in left
    )
