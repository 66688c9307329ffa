"""The overview that /all_limits, /user_info, /check and /v1/usage share."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from bot.allowance.rules import Grant
from bot.core.units import Mode, metered
from bot.keys.service import KeyCard, Keys
from bot.ledger.calls import Standing
from bot.ledger.reports import DayUse, ModelUse, Reports
from bot.ledger.service import Ledger
from bot.relay.caller import Caller, Callers
from bot.storage.database import Database
from bot.storage.tables.members import MemberRow

DAYS = 30


@dataclass(frozen=True, slots=True)
class Overview:
    """Where a member stands: today's numbers, where the limit comes from, today's models, days."""

    standing: Standing
    sources: tuple[Grant, ...]  # the grants that run now
    models: tuple[ModelUse, ...]  # of today
    days: tuple[DayUse, ...]  # those asked for, oldest first, those without a call too


@dataclass(frozen=True, slots=True)
class Profile:
    """Who a member is to us: since when, and with which key, masked."""

    member_since: datetime
    key: KeyCard | None
    key_last_used_at: datetime | None


@dataclass(frozen=True)
class Account:
    """Reads what members may know of themselves."""

    db: Database
    ledger: Ledger
    reports: Reports
    callers: Callers
    keys: Keys

    async def standing(self, caller: Caller) -> Standing:
        """Return today's numbers."""
        limits = self.callers.limits(caller)
        return await self.ledger.standing(caller.member_id, caller.mode, limits)

    async def overview(self, caller: Caller, days: int = DAYS) -> Overview:
        """Return the whole account, as it is in one moment, with the last `days` days."""
        member_id, limits = caller.member_id, self.callers.limits(caller)
        async with self.db.read() as tx:
            standing = await self.ledger.standing_in(tx, member_id, caller.mode, limits)
            models = await self.reports.by_model_in(tx, member_id, standing.day)
            used = await self.reports.by_day_in(tx, member_id, days) if days else ()
        return Overview(standing, caller.today.sources, tuple(models), tuple(used))

    async def used(self, caller: Caller, days: int) -> tuple[list[DayUse], list[ModelUse]]:
        """Return the last `days` days, oldest first, and the models of these days."""
        used = await self.reports.by_day(caller.member_id, days)
        first, last = used[0].day, used[-1].day
        return used, await self.reports.by_model(caller.member_id, last, first)

    async def has_activated(self, discord_id: int) -> bool:
        """Say whether this person used the one friend's code that everybody may."""
        async with self.db.read() as tx:
            return await self.callers.members.marks.seen_activated(tx, discord_id)

    async def profile(self, caller: Caller) -> Profile:
        """Return since when the member is known, and the key's card."""
        key = await self.keys.active(caller.member_id)
        used = await self.reports.last_used(key.id) if key else None
        since = select(MemberRow.created_at).where(MemberRow.id == caller.member_id)
        async with self.db.read() as tx:
            return Profile((await tx.execute(since)).scalar_one(), key, used)


def calls_left(standing: Standing, use: ModelUse, coefficient: int) -> int | None:
    """Return how many more calls of a model the day has room for, at its price so far.

    None without a limit, or where calls of that model cost nothing.
    """
    if standing.remaining is None:
        return None
    if standing.mode is Mode.REQUESTS:
        price = metered(standing.request_unit, coefficient)
    else:
        price = -(-use.cost // max(1, use.calls))
    return standing.remaining // price if price else None
