"""What a member may spend and open, before and after a grant comes or goes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.allowance.offers import Offer, Offers
from bot.allowance.plans import Terms
from bot.allowance.rules import FREE, Grant, Stacking, today
from bot.allowance.service import Allowances
from bot.community.service import Community
from bot.core.clock import Clock
from bot.staff.act import Change, Note
from bot.storage.database import Tx


@dataclass(frozen=True)
class Standings:
    """Works out the before and after of grants, in the fields that previews show."""

    allowances: Allowances
    offers: Offers
    community: Community
    clock: Clock

    async def with_plan(
        self, tx: Tx, member_id: int, terms: Terms, *, starts_at: datetime | None = None
    ) -> Change:
        """Return what is there now, and what the terms make of it at the moment they start."""
        offer = await self.offers.of(tx, member_id, terms, starts_at=starts_at)
        listed = await self.allowances.listed(tx, member_id)
        before = self.figures(listed, self.clock.now())
        after = self.figures([*listed, _imagined(offer)], offer.starts_at)
        after |= {"starts_at": _unix(offer.starts_at)} if offer.queued else {}
        after |= {"ends_at": _unix(offer.ends_at)}
        return Change(before, after, tuple(_notes(offer)))

    async def without(self, tx: Tx, member_id: int, grant_id: int) -> Change:
        """Return what the end of a grant changes now."""
        listed = await self.allowances.listed(tx, member_id)
        others = [grant for grant in listed if grant.id != grant_id]
        now = self.clock.now()
        return Change(self.figures(listed, now), self.figures(others, now))

    async def now(self, tx: Tx, member_id: int) -> dict[str, object]:
        """Return what the member has now."""
        return self.figures(await self.allowances.listed(tx, member_id), self.clock.now())

    def figures(self, grants: Iterable[Grant], at: datetime) -> dict[str, object]:
        """Return limit and access at a moment, as fields of a change."""
        limits = self.community.limits
        then = today(limits.daily_tokens, grants, at, Stacking(limits.stacking))
        access = sorted(name.capitalize() for name in then.access - {FREE})
        return {"limit": then.allowance, "access": access}


def named(grant: Grant) -> str:
    """Return what a grant is called in records, which `words.names` reads: its source and plan."""
    return " ".join(filter(None, [grant.source, grant.plan]))


def _imagined(offer: Offer) -> Grant:
    terms = offer.terms
    return Grant(
        id=0,
        source=terms.source,
        plan=terms.plan,
        daily_tokens=terms.daily_tokens,
        access=terms.access,
        unlimited=terms.unlimited,
        starts_at=offer.starts_at,
        ends_at=offer.ends_at,
        revoked=False,
    )


def _notes(offer: Offer) -> Iterable[Note]:
    """Say when the plan starts later, or adds nothing yet or ever."""
    if offer.queued:
        yield "plan.queued", {"starts": _unix(offer.starts_at)}
    if offer.adds_from is None:
        yield "plan.adds_nothing", {}
    elif offer.adds_from > offer.starts_at:
        yield "plan.adds_later", {"until": _unix(offer.adds_from)}


def _unix(moment: datetime) -> int:
    return int(moment.timestamp())
