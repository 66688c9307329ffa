"""Levels given: to a month's talkers once the month is over, and by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time

from sqlalchemy import Select, false, func, select

from bot.allowance.plans import PlanBook, Source, Terms
from bot.allowance.rules import Grant
from bot.allowance.service import Allowances
from bot.community.service import Community
from bot.core.clock import Clock
from bot.core.months import month_ends
from bot.levels.errors import NoLevel, NoSuchLevel
from bot.levels.roles import LevelRoles
from bot.levels.rules import Period, by_hand, level_of, period_of
from bot.members.service import Members
from bot.outbox import Outbox, Place
from bot.storage.database import Database, Tx
from bot.storage.sql import insert_new
from bot.storage.tables.levels import LevelAwardRow, PointsRow
from bot.storage.tables.members import MemberRow, PersonRow
from bot.storage.tables.system import ValueRow
from bot.words.letter import Letter, Line

AWARDS_AT = time(0, 5)  # by then the last points of the month are written
BATCH = 200  # members in one transaction


@dataclass(frozen=True)
class Levels:
    """Awards months, and gives and takes levels by hand."""

    db: Database
    clock: Clock
    members: Members
    allowances: Allowances
    plans: PlanBook
    community: Community
    outbox: Outbox
    roles: LevelRoles
    batch: int = BATCH

    async def award(self, month: str) -> None:
        """Award the levels of a month that is over ("2026-11"), each member once whoever runs it.

        Where the month that the levels would hold for is over too, they are recorded alone.
        """
        zone = self.community.zone
        assert self.clock.now() >= month_ends(month, zone), "the month still runs"
        period = period_of(month, zone)
        while await self._award_some(month, period):
            pass
        await self._announce(month, period)
        await self.roles.reconcile()

    async def reconsider(self, tx: Tx, member_id: int) -> None:
        """Bring the member's role in step with their grants, one of which came or went."""
        await self.roles.reconsider(tx, [member_id])

    async def of(self, tx: Tx, member_id: int) -> tuple[Grant, ...]:
        """Return the member's levels that run or will run, oldest start first."""
        listed = await self.allowances.listed(tx, member_id)
        return tuple(grant for grant in listed if grant.source == Source.LEVEL)

    def terms(self, level: int) -> tuple[Terms, Period]:
        """Return what a level given by hand now comes to; raises NoSuchLevel."""
        known = range(1, len(self.community.levels.thresholds) + 1)
        if level not in known:
            raise NoSuchLevel(number=level, levels=", ".join(map(str, known)) or "-")
        return self.plans.level(level), by_hand(self.clock.now(), self.community.zone)

    async def grant(
        self, tx: Tx, member_id: int, level: int, *, giver_id: int, reason: str | None
    ) -> tuple[Grant, Sequence[Grant]]:
        """Give a level now, in place of the member's others; return it, and those it replaced."""
        terms, period = self.terms(level)
        await self.members.lock(tx, member_id)
        replaced = await self.of(tx, member_id)
        for other in replaced:
            await self.allowances.revoke(tx, other.id)
        given = await self.allowances.give_plan(
            tx,
            member_id,
            terms,
            giver_id=giver_id,
            reason=reason or None,
            starts_at=period.starts_at,
            ends_at=period.ends_at,
        )
        await self.reconsider(tx, member_id)
        return given, replaced

    async def revoke(self, tx: Tx, member_id: int) -> Sequence[Grant]:
        """Take every level from the member; raises NoLevel."""
        await self.members.lock(tx, member_id)
        running = await self.of(tx, member_id)
        if not running:
            raise NoLevel
        for grant in running:
            await self.allowances.revoke(tx, grant.id)
        await self.reconsider(tx, member_id)
        return running

    async def swap_back(self, tx: Tx, member_id: int, *, drop: int | None, give: list[int]) -> bool:
        """Undo: end one grant and give others anew for what is left; False where neither is."""
        await self.members.lock(tx, member_id)
        done = drop is not None and await self.allowances.revoke(tx, drop) is not None
        if drop is not None and not done:
            return False
        for grant_id in give:
            done = await self.allowances.regrant(tx, grant_id) is not None or done
        await self.reconsider(tx, member_id)
        return done

    async def _award_some(self, month: str, period: Period) -> bool:
        """Award a batch; False where nobody is left."""
        async with self.db.begin() as tx:
            earned = {row.member_id: row.points for row in await tx.execute(self._due(month))}
            if not earned:
                return False
            locked = select(MemberRow.id).where(MemberRow.id.in_(earned)).order_by(MemberRow.id)
            await tx.execute(locked.with_for_update(key_share=True))
            # Asked again under the locks: another process may have come first.
            still = {row.member_id for row in await tx.execute(self._due(month))}
            await self._give(tx, month, period, {m: earned[m] for m in earned if m in still})
        return True

    async def _give(self, tx: Tx, month: str, period: Period, earned: Mapping[int, int]) -> None:
        now, thresholds = self.clock.now(), self.community.levels.thresholds
        level = {member_id: level_of(points, thresholds) for member_id, points in earned.items()}
        given: dict[int, int] = {}
        if now < period.ends_at:
            terms = {member_id: self.plans.level(level[member_id]) for member_id in earned}
            given = await self.allowances.give_all(tx, terms, period.starts_at, period.ends_at)
        awards = [
            {
                "member_id": member_id,
                "month": month,
                "level": level[member_id],
                "points": points,
                "awarded_at": now,
                "grant_id": given.get(member_id),
            }
            for member_id, points in earned.items()
        ]
        if awards:
            made = await insert_new(tx, LevelAwardRow, awards)
            assert made == len(awards), "each member was locked"
        await self.roles.reconsider(tx, earned)

    def _due(self, month: str) -> Select[int, int]:
        """Select who has earned a level in a month and was not awarded it, by number."""
        thresholds = self.community.levels.thresholds
        enough = PointsRow.points >= thresholds[0] if thresholds else false()
        awarded = select(LevelAwardRow.member_id).where(
            LevelAwardRow.member_id == PointsRow.member_id, LevelAwardRow.month == month
        )
        return (
            select(PointsRow.member_id, PointsRow.points)
            .join(PersonRow, PersonRow.member_id == PointsRow.member_id)
            .where(
                PointsRow.month == month,
                enough,
                ~awarded.exists(),
            )
            .order_by(PointsRow.member_id)
            .limit(self.batch)
        )

    async def _announce(self, month: str, period: Period) -> None:
        """Announce the month's levels in the transaction that closes it, which one alone does."""
        if self.clock.now() >= period.ends_at:
            return
        counts = (
            select(LevelAwardRow.level, func.count())
            .where(LevelAwardRow.month == month)
            .group_by(LevelAwardRow.level)
            .order_by(LevelAwardRow.level.desc())
        )
        async with self.db.begin() as tx:
            closed = {"name": f"levels:{month}", "value": "closed"}
            if not await insert_new(tx, ValueRow, [closed]):
                return
            told = [
                Line("levels.count", {"level": level, "n": count})
                for level, count in await tx.execute(counts)
            ]
            if told:
                letter = Letter(
                    ["levels.announced", *told, "levels.announced.next"], {"month": month}
                )
                await self.outbox.post_letter(tx, Place.ANNOUNCE, letter)
