"""What a member used: by model, by day, and when a key was last used. Reads only."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from bot.core.clock import Clock, day_of
from bot.ledger.calls import LedgerRules
from bot.storage.database import Database
from bot.storage.tables.keys import KeyRow
from bot.storage.tables.ledger import CallRow, DayRow


@dataclass(frozen=True, slots=True)
class ModelUse:
    """What a member's calls of one model took: raw `tokens`, metered `cost`."""

    model: str
    calls: int
    tokens: int
    cost: int


@dataclass(frozen=True, slots=True)
class DayUse:
    """What a member spent on one day, in metered tokens, by how many calls."""

    day: date
    spent: int
    calls: int


@dataclass(frozen=True)
class Reports:
    """Reads the ledger for those who want to see it."""

    db: Database
    clock: Clock
    rules: Callable[[], LedgerRules]

    async def by_model(
        self, member_id: int, day: date, first: date | None = None
    ) -> list[ModelUse]:
        """Return what each model took on a day, or from `first` to it, the dearest first."""
        tokens = func.sum(CallRow.prompt_tokens + CallRow.completion_tokens)
        cost = func.sum(CallRow.cost)
        used = (
            select(CallRow.model, func.count(), tokens, cost)
            .where(CallRow.member_id == member_id, CallRow.day.between(first or day, day))
            .group_by(CallRow.model)
            .order_by(cost.desc(), CallRow.model)
        )
        async with self.db.read() as tx:
            rows = (await tx.execute(used)).all()
        return [ModelUse(model, calls, int(t), int(c)) for model, calls, t, c in rows]

    async def by_day(self, member_id: int, days: int) -> list[DayUse]:
        """Return the last `days` days up to today, the unused too, the oldest first."""
        today = day_of(self.clock.now(), self.rules().zone)
        first = today - timedelta(days=days - 1)
        used = select(DayRow.day, DayRow.spent, DayRow.calls).where(
            DayRow.member_id == member_id, DayRow.day >= first, DayRow.day <= today
        )
        async with self.db.read() as tx:
            found = {row.day: DayUse(*row) for row in await tx.execute(used)}
        dates = (first + timedelta(days=count) for count in range(days))
        return [found.get(day, DayUse(day, 0, 0)) for day in dates]

    async def last_used(self, key_id: int) -> datetime | None:
        """Return when the key's latest recorded call arrived, in UTC."""
        # Through the owner, because records are indexed by member and day.
        owner = select(KeyRow.member_id).where(KeyRow.id == key_id).scalar_subquery()
        used = (
            select(CallRow.arrived_at)
            .where(CallRow.member_id == owner, CallRow.key_id == key_id)
            .order_by(CallRow.day.desc(), CallRow.id.desc())
            .limit(1)
        )
        async with self.db.read() as tx:
            return await tx.scalar(used)
