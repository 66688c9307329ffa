"""Who did what to whom: rows that the database itself lets nobody change or delete."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Select, or_, select
from sqlalchemy.orm import aliased

from bot.core.clock import Clock
from bot.core.errors import Failure, Kind
from bot.core.ids import Ids
from bot.storage.database import Database, Tx
from bot.storage.sql import insert_new
from bot.storage.tables.staff import AuditRow


class Action(StrEnum):
    """Everything that is audited; `undone`, `declined` and `refused` speak of another action."""

    GRANT_GIVE = "grant.give"
    GRANT_REVOKE = "grant.revoke"
    DONATION_RECORD = "donation.record"
    DONATION_REFUND = "donation.refund"
    MEMBER_INFO = "member.info"  # only ever refused
    MEMBER_SUSPEND = "member.suspend"
    MEMBER_RESTORE = "member.restore"
    MEMBER_RESET_KEY = "member.reset_key"
    LEVEL_GRANT = "level.grant"
    LEVEL_REVOKE = "level.revoke"
    LEVEL_BOARD = "level.board"
    REFERRALS_LIST = "referrals.list"
    REFERRALS_VOID = "referrals.void"
    EXCHANGE_APPROVE = "exchange.approve"
    EXCHANGE_DECLINE = "exchange.decline"
    SETTINGS_CHANGE = "settings.change"
    ANNOUNCE = "announce"
    AUDIT = "audit"  # only ever refused
    DATA_DELETE = "data.delete"
    KEY_LEAKED = "key.leaked"
    DECLINED = "declined"
    REFUSED = "refused"
    UNDONE = "undone"


class AlreadyDone(Failure):
    """The same proposal was applied, declined or undone before."""

    kind = Kind.CONFLICT
    message_id = "staff.already_done"


@dataclass(frozen=True, slots=True)
class Entry:
    """One audited act; `before` and `after` hold no free text, `reason` is sealed."""

    id: int
    at: datetime
    action: Action
    actor_id: int | None  # None: Latchkey itself
    target_id: int | None
    proposal: int | None
    undoes: int | None
    undone: bool
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    reason: bytes | None = field(repr=False)


def reason_place(proposal: int) -> str:
    """Return what the sealed reason of a proposal, and of its audit row, is bound to."""
    return f"proposal:{proposal}"


@dataclass(frozen=True)
class Audit:
    """Writes down what was done, and reads it again."""

    db: Database
    clock: Clock
    ids: Ids

    async def record(
        self,
        tx: Tx,
        action: Action,
        *,
        actor_id: int | None,
        target_id: int | None,
        proposal: int | None = None,
        undoes: int | None = None,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        reason: bytes | None = None,
    ) -> int:
        """Write an act down with its cause; raises AlreadyDone the second time."""
        audit_id = self.ids.next()
        row = {
            "id": audit_id,
            "at": self.clock.now(),
            "action": action,
            "actor_id": actor_id,
            "target_id": target_id,
            "proposal": proposal,
            "undoes": undoes,
            "before": dict(before) if before else None,
            "after": dict(after) if after else None,
            "reason": reason,
        }
        if not await insert_new(tx, AuditRow, [row]):
            raise AlreadyDone
        return audit_id

    async def refused(
        self, action: Action, *, actor_id: int, target_id: int | None, why: str
    ) -> None:
        """Write down that an act was refused, apart from the use case that the refusal ends."""
        async with self.db.begin() as tx:
            await self.record(
                tx,
                Action.REFUSED,
                actor_id=actor_id,
                target_id=target_id,
                after={"action": action, "why": why},
            )

    async def entry(self, tx: Tx, audit_id: int) -> Entry | None:
        """Return one audited act."""
        row = (await tx.execute(_entries().where(AuditRow.id == audit_id))).one_or_none()
        return _entry(row) if row else None

    async def browse(
        self, *, member_id: int | None = None, before_id: int | None = None, limit: int = 10
    ) -> Sequence[Entry]:
        """Return the latest acts, newest first: by or about a member, older than one of them."""
        wanted = _entries()
        if member_id is not None:
            theirs = or_(AuditRow.target_id == member_id, AuditRow.actor_id == member_id)
            wanted = wanted.where(theirs)
        if before_id is not None:
            wanted = wanted.where(AuditRow.id < before_id)
        async with self.db.read() as tx:
            rows = await tx.execute(wanted.order_by(AuditRow.id.desc()).limit(limit))
            return [_entry(row) for row in rows]


def _entries() -> Select[*tuple[Any, ...]]:
    undoing = aliased(AuditRow)
    undone = select(undoing.id).where(undoing.undoes == AuditRow.id).exists()
    return select(
        AuditRow.id,
        AuditRow.at,
        AuditRow.action,
        AuditRow.actor_id,
        AuditRow.target_id,
        AuditRow.proposal,
        AuditRow.undoes,
        undone.label("undone"),
        AuditRow.before,
        AuditRow.after,
        AuditRow.reason,
    )


def _entry(row: Row[*tuple[Any, ...]]) -> Entry:
    return Entry(
        id=row.id,
        at=row.at,
        action=Action(row.action),
        actor_id=row.actor_id,
        target_id=row.target_id,
        proposal=row.proposal,
        undoes=row.undoes,
        undone=row.undone,
        before=row.before or {},
        after=row.after or {},
        reason=row.reason,
    )
