"""What can be had for referrals, and whether a balance covers it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.allowance.offers import UNGIVEN, Offer, Offers
from bot.allowance.plans import NoSuchPlan, PlanBook, Terms
from bot.allowance.rules import FREE, Grant, Stacking, today
from bot.community.service import Community
from bot.core.clock import Clock
from bot.members.people import Person
from bot.members.service import Members
from bot.referrals import errors
from bot.referrals.purse import purse_of
from bot.referrals.rules import Purse
from bot.settings.community import Exchange as Way
from bot.storage.database import Database, Tx


@dataclass(frozen=True, slots=True)
class Pack:
    """So many referrals, and the plan they buy."""

    referrals: int
    terms: Terms


@dataclass(frozen=True, slots=True)
class Quote:
    """What an exchange would take from a purse, and give; `approval`: staff decide."""

    pack: Pack
    purse: Purse
    offer: Offer
    approval: bool


@dataclass(frozen=True)
class Packs:
    """Prices plans in referrals."""

    db: Database
    clock: Clock
    members: Members
    offers: Offers
    plans: PlanBook
    community: Community

    def all(self) -> list[Pack]:
        """Return every pack, the cheapest first."""
        sizes = sorted(self.community.plans.exchange)
        return [Pack(size, self.plans.exchange(size)) for size in sizes]

    def need_approval(self) -> bool:
        """Say whether staff decide on exchanges."""
        return self.community.referrals.exchange is Way.APPROVAL

    def of(self, referrals: int) -> Pack:
        """Return the pack of so many referrals; raises NoSuchPack."""
        try:
            return Pack(referrals, self.plans.exchange(referrals))
        except NoSuchPlan:
            packs = ", ".join(str(pack.referrals) for pack in self.all())
            raise errors.NoSuchPack(n=referrals, packs=packs or "-") from None

    async def quote(self, person: Person, referrals: int) -> Quote:
        """Say what an exchange would take and give, or raise why it cannot be had."""
        async with self.db.begin() as tx:
            member, pack = await self.members.admit(tx, person), self.of(referrals)
            purse = await self.covering(tx, member.id, pack)
            offer = await self.offers.of(tx, member.id, pack.terms)
        return Quote(pack, purse, offer, self.need_approval())

    async def prospect(
        self, tx: Tx, member_id: int, pack: Pack
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return limit and access before a pack and with it, when it would start, as fields."""
        offer = await self.offers.of(tx, member_id, pack.terms)
        listed = await self.offers.allowances.listed(tx, member_id)
        before = self._figures(listed, offer.starts_at)
        after = self._figures([*listed, _imagined(offer)], offer.starts_at)
        gives = {"tokens": pack.terms.daily_tokens, "days": pack.terms.days}
        return before, after | gives

    def _figures(self, grants: Iterable[Grant], at: datetime) -> dict[str, Any]:
        limits = self.community.limits
        then = today(limits.daily_tokens, grants, at, Stacking(limits.stacking))
        access = sorted(name.capitalize() for name in then.access - {FREE})
        return {"limit": then.allowance, "access": access}

    async def covering(self, tx: Tx, member_id: int, pack: Pack) -> Purse:
        """Return the member's purse, or raise that it does not cover the pack."""
        channels = self.community.community
        if self.need_approval() and not (channels.staff_channel or channels.log_channel):
            raise errors.NobodyToAsk
        purse = await purse_of(tx, member_id, self.clock.now())
        if purse.balance < 0:
            raise errors.ReferralsOwed(n=-purse.balance, need=pack.referrals)
        if purse.balance < pack.referrals:
            raise errors.NotEnoughReferrals(n=purse.balance, need=pack.referrals)
        return purse


def _imagined(offer: Offer) -> Grant:
    terms = offer.terms
    return Grant(
        id=UNGIVEN,
        source=terms.source,
        plan=terms.plan,
        daily_tokens=terms.daily_tokens,
        access=terms.access,
        unlimited=terms.unlimited,
        starts_at=offer.starts_at,
        ends_at=offer.ends_at,
        revoked=False,
    )
