"""Which rows go when a person has everything deleted, and what of the others is blotted out.

What else points to a member's number stays as it is: sums, what was audited, whose code was
activated, who won a month.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from bot.core.units import Mode
from bot.outbox import Effect
from bot.storage.base import Base
from bot.storage.database import Database, Tx
from bot.storage.tables.allowance import GrantRow
from bot.storage.tables.belongings import BelongingRow, SongPostRow
from bot.storage.tables.keys import KeyRow
from bot.storage.tables.ledger import CallRow, PaceRow
from bot.storage.tables.levels import GivenRoleRow, LevelAwardRow, PointsRow
from bot.storage.tables.members import MemberRow, PersonRow
from bot.storage.tables.referrals import ContestPrizeRow, ExchangeRow, ReferralCodeRow
from bot.storage.tables.staff import DonationRow, ProposalRow
from bot.storage.tables.system import OutboxRow

# Gone, in this order: a row before what it points to.
GOES: tuple[tuple[type[Base], InstrumentedAttribute[Any]], ...] = (
    (KeyRow, KeyRow.member_id),
    (PaceRow, PaceRow.member_id),
    (ReferralCodeRow, ReferralCodeRow.member_id),
    (ExchangeRow, ExchangeRow.member_id),
    (PointsRow, PointsRow.member_id),
    (LevelAwardRow, LevelAwardRow.member_id),
    (GivenRoleRow, GivenRoleRow.member_id),
    (SongPostRow, SongPostRow.member_id),
    (BelongingRow, BelongingRow.member_id),
    (ProposalRow, ProposalRow.target_id),
    (PersonRow, PersonRow.member_id),
)
RECORDS = 1_000  # deleted in one transaction, so that calls get their turn in between


async def old_records(db: Database, member_id: int, today: date) -> None:
    """Delete the records of all calls of earlier days: the long part, so it comes first."""
    old = select(CallRow.id).where(CallRow.member_id == member_id, CallRow.day < today)
    while True:
        async with db.read() as tx:
            found = list(await tx.scalars(old.limit(RECORDS)))
        if not found:
            return
        async with db.begin() as tx:
            await tx.execute(delete(CallRow).where(CallRow.id.in_(found)))


async def purge(tx: Tx, member_id: int, now: datetime, today: date) -> None:
    """Delete the person behind a member's number; today's records stay until the day is over."""
    for table, owner in GOES:
        await tx.execute(delete(table).where(owner == member_id))
    effects = delete(OutboxRow).where(OutboxRow.member_id == member_id)
    await tx.execute(effects.where(OutboxRow.kind != Effect.POST))  # posts hold the number alone
    await _blot_grants(tx, member_id, now)
    receipts = update(DonationRow).where(DonationRow.member_id == member_id)
    await tx.execute(receipts.values(receipt=None))
    records = (CallRow.member_id == member_id, CallRow.day < today)
    await tx.execute(delete(CallRow).where(*records))
    left = update(CallRow).where(CallRow.member_id == member_id)
    await tx.execute(left.values(key_id=None))
    await tx.execute(update(MemberRow).where(MemberRow.id == member_id).values(NOBODY))


# The number of nobody; how often the mode was switched today is kept for who returns today.
NOBODY: dict[str, Any] = {
    "mode": Mode.TOKENS,
    "suspended_at": None,
    "suspension_reason": None,
    "listed": False,
    "told": False,
}


async def _blot_grants(tx: Tx, member_id: int, now: datetime) -> None:
    """Delete grants; one that a donation or a prize points to is revoked, without its reason."""
    mine = GrantRow.member_id == member_id
    needed = or_(
        GrantRow.id.in_(select(DonationRow.grant_id).where(DonationRow.member_id == member_id)),
        GrantRow.id.in_(
            select(ContestPrizeRow.grant_id).where(ContestPrizeRow.member_id == member_id)
        ),
    )
    await tx.execute(delete(GrantRow).where(mine, ~needed))
    kept = update(GrantRow).where(mine)
    await tx.execute(kept.values(reason=None, revoked_at=now, ended_at=now))
