"""What a plan would come to for a member, worked out before they are asked to confirm it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.allowance.plans import Terms
from bot.allowance.rules import Grant, Stacking, adds_from, follows
from bot.allowance.service import Allowances
from bot.community.service import Community
from bot.core.clock import Clock
from bot.storage.database import Tx

UNGIVEN = 0  # the id of a grant that is only imagined


@dataclass(frozen=True, slots=True)
class Offer:
    """What a plan would give, and when; `adds_from` None: never more than what is there anyway."""

    terms: Terms
    asked_at: datetime
    starts_at: datetime
    ends_at: datetime
    adds_from: datetime | None

    @property
    def queued(self) -> bool:
        """Say whether it waits for the running plan of its kind to end."""
        return self.starts_at > self.asked_at


@dataclass(frozen=True)
class Offers:
    """Lays a plan over what a member has already."""

    allowances: Allowances
    community: Community
    clock: Clock

    async def of(
        self,
        tx: Tx,
        member_id: int,
        terms: Terms,
        *,
        starts_at: datetime | None = None,
        ends_at: datetime | None = None,
    ) -> Offer:
        """Return what `Allowances.give_plan` would give now, giving nothing."""
        now, limits = self.clock.now(), self.community.limits
        listed = await self.allowances.listed(tx, member_id)
        begins = starts_at or follows(listed, terms.source, terms.plan, now)
        imagined = Grant(
            id=UNGIVEN,
            source=terms.source,
            plan=terms.plan,
            daily_tokens=terms.daily_tokens,
            access=terms.access,
            unlimited=terms.unlimited,
            starts_at=begins,
            ends_at=ends_at or begins + timedelta(days=terms.days),
            revoked=False,
        )
        adds = adds_from(imagined, listed, limits.daily_tokens, Stacking(limits.stacking))
        return Offer(terms, now, begins, imagined.ends_at, adds)
