"""Adds the month's usage up each night, for the leaderboard."""

from dataclasses import dataclass
from datetime import date, time, timedelta

from sqlalchemy import func, select

from bot.storage.database import Database, Tx
from bot.storage.sql import put_all
from bot.storage.tables.ledger import DayRow
from bot.storage.tables.usage import UsageMonthRow

TALLY_AT = time(0, 30)  # of the following day
BATCH = 200  # members a transaction


@dataclass(frozen=True)
class Tally:
    """Writes what each member spent in a month so far; twice changes nothing."""

    db: Database

    async def run(self, day: date) -> None:
        """Add up the month of a day that is over, for whoever spent something on it."""
        after = 0
        while True:
            async with self.db.begin() as tx:
                after = await self._batch(tx, day, after)
            if not after:
                return

    async def _batch(self, tx: Tx, day: date, after: int) -> int:
        """Add up the next members; return the last one's number, 0 once there is none."""
        spenders = (
            select(DayRow.member_id)
            .where(DayRow.day == day, DayRow.member_id > after)
            .order_by(DayRow.member_id)
            .limit(BATCH)
        )
        members = list((await tx.scalars(spenders)).all())
        if not members:
            return 0
        first = day.replace(day=1)
        end = (first + timedelta(days=31)).replace(day=1)
        summed = (
            select(DayRow.member_id, func.sum(DayRow.spent).label("spent"))
            .where(DayRow.member_id.in_(members), DayRow.day >= first, DayRow.day < end)
            .group_by(DayRow.member_id)
        )
        month = f"{day:%Y-%m}"
        rows = [
            {"member_id": row.member_id, "month": month, "spent": int(row.spent)}
            for row in await tx.execute(summed)
        ]
        await put_all(tx, UsageMonthRow, rows)
        return members[-1]
