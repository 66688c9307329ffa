"""What a member used: by model, by day, and when a key was last used. Reads only."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Date, bindparam, func, select

from bot.core.clock import Clock, day_of
from bot.ledger.calls import LedgerRules
from bot.storage.database import Database, Tx
from bot.storage.tables.keys import KeyRow
from bot.storage.tables.ledger import CallRow, DayRow

_SPAN = bindparam("first", type_=Date), bindparam("last", type_=Date)
_COST = func.sum(CallRow.cost)
_TOKENS = func.sum(CallRow.prompt_tokens + CallRow.completion_tokens)
BY_MODEL = (
    select(CallRow.model, func.count(), _TOKENS, _COST)
    .where(CallRow.member_id == bindparam("member_id"), CallRow.day.between(*_SPAN))
    .group_by(CallRow.model)
    .order_by(_COST.desc(), CallRow.model)
)
BY_DAY = select(DayRow.day, DayRow.spent, DayRow.calls).where(
    DayRow.member_id == bindparam("member_id"), DayRow.day.between(*_SPAN)
)
# Through the owner, because records are indexed by member and day.
_OWNER = select(KeyRow.member_id).where(KeyRow.id == bindparam("key_id")).scalar_subquery()
LAST_USED = (
    select(CallRow.arrived_at)
    .where(CallRow.member_id == _OWNER, CallRow.key_id == bindparam("key_id"))
    .order_by(CallRow.day.desc(), CallRow.id.desc())
    .limit(1)
)


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
        async with self.db.read() as tx:
            return await self.by_model_in(tx, member_id, day, first)

    async def by_model_in(
        self, tx: Tx, member_id: int, day: date, first: date | None = None
    ) -> list[ModelUse]:
        """Return the same as `by_model`, inside a transaction."""
        asked = {"member_id": member_id, "first": first or day, "last": day}
        rows = (await tx.execute(BY_MODEL, asked)).all()
        return [ModelUse(model, calls, int(t), int(c)) for model, calls, t, c in rows]

    async def by_day(self, member_id: int, days: int) -> list[DayUse]:
        """Return the last `days` days up to today, the unused too, the oldest first."""
        async with self.db.read() as tx:
            return await self.by_day_in(tx, member_id, days)

    async def by_day_in(self, tx: Tx, member_id: int, days: int) -> list[DayUse]:
        """Return the same as `by_day`, inside a transaction."""
        today = day_of(self.clock.now(), self.rules().zone)
        first = today - timedelta(days=days - 1)
        asked = {"member_id": member_id, "first": first, "last": today}
        found = {row.day: DayUse(*row) for row in await tx.execute(BY_DAY, asked)}
        dates = (first + timedelta(days=count) for count in range(days))
        return [found.get(day, DayUse(day, 0, 0)) for day in dates]

    async def last_used(self, key_id: int) -> datetime | None:
        """Return when the key's latest recorded call arrived, in UTC."""
        async with self.db.read() as tx:
            return await tx.scalar(LAST_USED, {"key_id": key_id})
