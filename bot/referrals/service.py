"""Activating a code, crediting its owner, and what a member sees of their referrals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from bot.allowance.offers import Offer, Offers
from bot.allowance.plans import PlanBook
from bot.allowance.rules import Grant
from bot.allowance.service import Allowances
from bot.community.service import Community
from bot.core.clock import Clock
from bot.core.errors import Failure
from bot.members.marks import Marks
from bot.members.people import Person
from bot.members.service import Member, Members
from bot.referrals import errors
from bot.referrals.codes import Owner, code_of, owner_of
from bot.referrals.purse import purse_of
from bot.referrals.rules import Attempt, Bar, Purse, barred, code_in
from bot.storage.database import Database, Tx
from bot.storage.sql import insert_new
from bot.storage.tables.ledger import CallRow
from bot.storage.tables.referrals import ActivationRow, ReferralCodeRow

BATCH = 200  # credits in one transaction


@dataclass(frozen=True, slots=True)
class Preview:
    """What activating a code would give, and whose code it is."""

    code: str
    owner_discord_id: int
    offer: Offer


@dataclass(frozen=True, slots=True)
class Overview:
    """A member's code and what it brought."""

    code: str
    purse: Purse


@dataclass(frozen=True)
class Referrals:
    """Who brought whom."""

    db: Database
    clock: Clock
    members: Members
    marks: Marks
    allowances: Allowances
    offers: Offers
    plans: PlanBook
    community: Community

    async def overview(self, member_id: int) -> Overview:
        """Return the member's code, made on first sight, and their referrals."""
        async with self.db.read() as tx:
            wanted = select(ReferralCodeRow.code).where(ReferralCodeRow.member_id == member_id)
            code = await tx.scalar(wanted)
            purse = await purse_of(tx, member_id, self.clock.now())
        if code is None:
            async with self.db.begin() as tx:
                code = await code_of(tx, member_id)
        return Overview(code, purse)

    async def preview(self, person: Person, typed: str) -> Preview:
        """Say what a code would give this person, or raise why it may not be activated."""
        async with self.db.begin() as tx:
            newcomer, owner = await self._let_in(tx, person, typed)
            offer = await self.offers.of(tx, newcomer.id, self.plans.activation())
        return Preview(code_in(typed) or "", owner.discord_id, offer)

    async def activate(self, person: Person, typed: str) -> Grant:
        """Activate a code, once ever: the newcomer gets the plan, the owner the credit."""
        async with self.db.begin() as tx:
            newcomer, owner = await self._let_in(tx, person, typed, locked=True)
            rules, now = self.community.referrals, self.clock.now()
            waits = rules.credit_after_days or rules.credit_after_calls
            row = {
                "newcomer_id": newcomer.id,
                "owner_id": owner.member_id,
                "activated_at": now,
                "credited_at": None if waits else now,
            }
            if not await insert_new(tx, ActivationRow, [row]):
                raise errors.CodeUsedBefore(unix=int(now.timestamp()))
            await self.marks.mark_activated(tx, person.discord_id, now)
            return await self.allowances.give_plan(tx, newcomer.id, self.plans.activation())

    async def credit(self) -> int:
        """Credit the owners of every activation whose newcomer has been active; return how many."""
        done = 0
        while due := await self._due():
            async with self.db.begin() as tx:
                still = (
                    ActivationRow.newcomer_id.in_(due),
                    ActivationRow.credited_at.is_(None),
                    ActivationRow.voided_at.is_(None),
                )
                credited = update(ActivationRow).where(*still)
                now = self.clock.now()
                done += (await tx.execute(credited.values(credited_at=now))).rowcount
        return done

    async def _due(self) -> Sequence[int]:
        """Return a batch of newcomers who have been here, and active, for as long as it takes."""
        rules = self.community.referrals
        before = self.clock.now() - timedelta(days=rules.credit_after_days)
        waiting = (
            select(ActivationRow.newcomer_id)
            .where(
                ActivationRow.credited_at.is_(None),
                ActivationRow.voided_at.is_(None),
                ActivationRow.activated_at <= before,
            )
            .order_by(ActivationRow.activated_at)
            .limit(BATCH)
        )
        if rules.credit_after_calls:
            made = (
                select(func.count())
                .where(
                    CallRow.member_id == ActivationRow.newcomer_id,
                    CallRow.arrived_at >= ActivationRow.activated_at,
                    CallRow.cost > 0,
                )
                .scalar_subquery()
            )
            waiting = waiting.where(made >= rules.credit_after_calls)
        async with self.db.read() as tx:
            return (await tx.scalars(waiting)).all()

    async def _let_in(
        self, tx: Tx, person: Person, typed: str, *, locked: bool = False
    ) -> tuple[Member, Owner]:
        """Return newcomer and owner, or raise what keeps the code from being activated."""
        if not person.at_home:
            raise errors.OnlyAtHome
        newcomer, code = await self.members.admit(tx, person), code_in(typed)
        owner = await owner_of(tx, code) if code else None
        if locked:
            # Both, in one order everywhere: two who activate each other's codes see each other.
            for member_id in sorted({newcomer.id, owner.member_id if owner else newcomer.id}):
                await self.members.lock(tx, member_id)
        used_at = await self._used_at(tx, newcomer.id, person)
        attempt = Attempt(
            newcomer_id=newcomer.id,
            owner_id=owner.member_id if owner else None,
            at_home=person.at_home,
            registered_at=person.registered_at,
            used_before=used_at is not None,
            owner_used_mine=owner is not None and await _used(tx, owner.member_id, newcomer.id),
            owner_suspended=owner is not None and owner.suspended,
        )
        min_age = timedelta(days=self.community.referrals.min_account_age_days)
        if bar := barred(attempt, self.clock.now(), min_age):
            raise _refusal(bar, used_at, person.registered_at + min_age)
        assert owner is not None, "a code without an owner is barred"
        return newcomer, owner

    async def _used_at(self, tx: Tx, member_id: int, person: Person) -> datetime | None:
        """Return when this person activated a code, in this account or a deleted one."""
        mine = select(ActivationRow.activated_at).where(ActivationRow.newcomer_id == member_id)
        if (at := await tx.scalar(mine)) is not None:
            return at
        return (await self.marks.of(tx, person.discord_id)).activated_at


async def _used(tx: Tx, newcomer_id: int, owner_id: int) -> bool:
    wanted = select(ActivationRow.newcomer_id).where(
        ActivationRow.newcomer_id == newcomer_id, ActivationRow.owner_id == owner_id
    )
    return await tx.scalar(wanted) is not None


def _refusal(bar: Bar, used_at: datetime | None, old_enough_at: datetime) -> Failure:
    match bar:
        case Bar.ELSEWHERE:
            return errors.OnlyAtHome()
        case Bar.USED:
            return errors.CodeUsedBefore(unix=int(used_at.timestamp()) if used_at else 0)
        case Bar.YOUNG:
            return errors.TooYoungForCodes(unix=int(old_enough_at.timestamp()))
        case Bar.UNKNOWN:
            return errors.NoSuchCode()
        case Bar.OWN:
            return errors.OwnCode()
        case Bar.LOOP:
            return errors.CodeLoop()
        case Bar.RESTING:
            return errors.CodeResting()
