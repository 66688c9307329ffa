"""Grants in the database: given, revoked, listed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, insert, select, update

from bot.allowance.rules import Grant
from bot.core.clock import Clock
from bot.core.ids import Ids
from bot.core.signals import Topic
from bot.members.service import Members
from bot.storage.changes import Changes
from bot.storage.database import Database, Tx
from bot.storage.tables.allowance import GrantRow


@dataclass(frozen=True)
class Allowances:
    """Who was granted what, and until when."""

    db: Database
    clock: Clock
    ids: Ids
    members: Members
    changes: Changes

    async def grant(
        self,
        tx: Tx,
        member_id: int,
        *,
        source: str,
        starts_at: datetime,
        ends_at: datetime,
        plan: str | None = None,
        daily_tokens: int | None = None,
        access: str | None = None,
        unlimited: bool = False,
        giver_id: int | None = None,
        reason: str | None = None,
    ) -> Grant:
        """Give the member tokens a day, access or no limit, for a time; the reason is sealed."""
        grant = Grant(
            id=self.ids.next(),
            source=source,
            plan=plan,
            daily_tokens=daily_tokens,
            access=access,
            unlimited=unlimited,
            starts_at=starts_at,
            ends_at=ends_at,
            revoked=False,
        )
        sealed = None
        if reason is not None:
            sealed = await self.members.seal(tx, member_id, reason, _place(grant.id))
        row = {
            "id": grant.id,
            "member_id": member_id,
            "source": source,
            "plan": plan,
            "daily_tokens": daily_tokens,
            "access": access,
            "unlimited": unlimited,
            "starts_at": starts_at,
            "ends_at": ends_at,
            "giver_id": giver_id,
            "reason": sealed,
            "created_at": self.clock.now(),
        }
        await tx.execute(insert(GrantRow).values(row))
        await self.changes.note(tx, Topic.MEMBER, member_id)
        return grant

    async def revoke(self, tx: Tx, grant_id: int) -> Grant | None:
        """End the grant now; None where there is none, or it was revoked before."""
        mine = update(GrantRow).where(GrantRow.id == grant_id, GrantRow.revoked_at.is_(None))
        member_id = await tx.scalar(
            mine.values(revoked_at=self.clock.now()).returning(GrantRow.member_id)
        )
        if member_id is None:
            return None
        await self.changes.note(tx, Topic.MEMBER, member_id)
        row = (await tx.execute(_grants().where(GrantRow.id == grant_id))).one()
        return _grant(row)

    async def of(self, member_id: int) -> tuple[Grant, ...]:
        """Return the member's grants that run or will run, oldest start first."""
        wanted = _grants().where(
            GrantRow.member_id == member_id,
            GrantRow.revoked_at.is_(None),
            GrantRow.ends_at > self.clock.now(),
        )
        async with self.db.read() as tx:
            rows = (await tx.execute(wanted.order_by(GrantRow.starts_at, GrantRow.id))).all()
        return tuple(_grant(row) for row in rows)

    async def reason(self, grant_id: int) -> str | None:
        """Return why the grant was given, "(lost)" if nothing opens it, None if nobody said."""
        wanted = select(GrantRow.member_id, GrantRow.reason).where(GrantRow.id == grant_id)
        async with self.db.read() as tx:
            row = (await tx.execute(wanted)).one_or_none()
            if row is None or row.reason is None:
                return None
            return await self.members.unseal(tx, row.member_id, row.reason, _place(grant_id))


def _place(grant_id: int) -> str:
    """Return what a grant's reason is bound to."""
    return f"grant:{grant_id}"


def _grants() -> Select[*tuple[Any, ...]]:
    return select(
        GrantRow.id,
        GrantRow.source,
        GrantRow.plan,
        GrantRow.daily_tokens,
        GrantRow.access,
        GrantRow.unlimited,
        GrantRow.starts_at,
        GrantRow.ends_at,
        GrantRow.revoked_at,
    )


def _grant(row: Row[*tuple[Any, ...]]) -> Grant:
    return Grant(
        id=row.id,
        source=row.source,
        plan=row.plan,
        daily_tokens=row.daily_tokens,
        access=row.access,
        unlimited=row.unlimited,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        revoked=row.revoked_at is not None,
    )
