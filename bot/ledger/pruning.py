"""Deletes what is older than the retention: records, and the days they add up to."""

from datetime import date

from sqlalchemy import Select, delete, select

from bot.storage.database import Database
from bot.storage.tables.ledger import CallRow, DayRow

BATCH = 1_000  # in one transaction, so that calls get their turn in between


async def prune_calls(db: Database, before: date) -> int:
    """Delete call records and days before a day of the community; return how many records."""
    old_calls = select(CallRow.id).where(CallRow.day < before).order_by(CallRow.id).limit(BATCH)
    over = (DayRow.day < before, DayRow.held == 0)
    old_days = select(DayRow.member_id).where(*over).distinct().limit(BATCH)
    gone = 0
    # Found by reading connections first: the search may be long, the deletion is short.
    while calls := await _found(db, old_calls):
        async with db.begin() as tx:
            await tx.execute(delete(CallRow).where(CallRow.id.in_(calls)))
        gone += len(calls)
    while members := await _found(db, old_days):
        async with db.begin() as tx:
            await tx.execute(delete(DayRow).where(*over, DayRow.member_id.in_(members)))
    return gone


async def _found(db: Database, search: Select[int]) -> list[int]:
    async with db.read() as tx:
        return list(await tx.scalars(search))
