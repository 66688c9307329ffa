"""Who returns after having everything deleted: a new member, who carries what cannot be escaped."""

from datetime import date

from sqlalchemy import select, update

from bot.members.marks import Mark
from bot.storage.database import Tx
from bot.storage.tables.ledger import CallRow, DayRow
from bot.storage.tables.members import MemberRow


async def carry(tx: Tx, member_id: int, mark: Mark, today: date) -> None:
    """Hand a new member the suspension and, on the day of the deletion, what they spent that day.

    Nothing calls for the old number any more, so no writer of the ledger minds its rows.
    """
    if mark.suspended_at is not None:
        mine = update(MemberRow).where(MemberRow.id == member_id)
        await tx.execute(mine.values(suspended_at=mark.suspended_at))
    if mark.day == today and mark.day_member_id is not None:
        await _tie(tx, mark.day_member_id, member_id, today)


async def _tie(tx: Tx, old: int, new: int, today: date) -> None:
    """Give the day's row, its records and its switches of modes the new number."""
    row = update(DayRow).where(DayRow.member_id == old, DayRow.day == today)
    await tx.execute(row.values(member_id=new, held=0))
    records = update(CallRow).where(CallRow.member_id == old, CallRow.day == today)
    await tx.execute(records.values(member_id=new))
    switched = select(MemberRow.switches).where(MemberRow.id == old, MemberRow.switched_on == today)
    if switches := await tx.scalar(switched):
        mine = update(MemberRow).where(MemberRow.id == new)
        await tx.execute(mine.values(switched_on=today, switches=switches))
