"""The plans in force: what an activation, an exchange, a level, a donation or a contest gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.community.service import Community
from bot.core.errors import Failure, Kind
from bot.settings.plans import PlanEntry
from bot.words.phrase import Phrase

CLAUDE = "claude"  # the access that plans with `claude = true` open


class Source(StrEnum):
    """What a grant is given for."""

    ACTIVATION = "activation"
    EXCHANGE = "exchange"
    LEVEL = "level"
    DONATION = "donation"
    CONTEST = "contest"
    STAFF = "staff"


class NoSuchPlan(Failure):
    """No plan of this source has that number; `plans` lists those there are."""

    kind = Kind.NOT_FOUND
    message_id = "plan.unknown"


class NoDonationPlan(NoSuchPlan):
    """No donation plan has that amount; `amounts` lists those there are."""

    message_id = "plan.no_donation"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a plan gives, and for how many days of 24 hours; `plan` is its number, if any."""

    source: Source
    plan: str | None
    daily_tokens: int | None
    claude: bool
    unlimited: bool
    days: int

    @property
    def access(self) -> str | None:
        """Return the access it opens."""
        return CLAUDE if self.claude else None


@dataclass(frozen=True)
class PlanBook:
    """Finds the terms of a plan as the settings have them right now."""

    community: Community

    def activation(self) -> Terms:
        """Return what activating a referral code gives."""
        return _terms(Source.ACTIVATION, None, self.community.plans.activation)

    def exchange(self, referrals: int) -> Terms:
        """Return what so many referrals buy; raises NoSuchPlan."""
        return _numbered(Source.EXCHANGE, referrals, self.community.plans.exchange)

    def level(self, level: int) -> Terms:
        """Return what a level gives, its month apart; raises NoSuchPlan."""
        return _numbered(Source.LEVEL, level, self.community.plans.level)

    def contest(self) -> Terms:
        """Return what winning a month's contest gives."""
        return _terms(Source.CONTEST, None, self.community.plans.contest)

    def donation(self, amount: int) -> Terms:
        """Return what a donation of so many dollars gives; raises NoDonationPlan."""
        plans = self.community.plans.donation
        if (entry := plans.get(amount)) is None:
            amounts = ", ".join(f"${each}" for each in sorted(plans))
            raise NoDonationPlan(amount=amount, amounts=amounts)
        return _terms(Source.DONATION, str(amount), entry)


def _numbered(source: Source, number: int, plans: Mapping[int, PlanEntry]) -> Terms:
    if (entry := plans.get(number)) is None:
        known = ", ".join(map(str, sorted(plans)))
        raise NoSuchPlan(source=Phrase(f"plan.kind.{source}"), number=number, plans=known)
    return _terms(source, str(number), entry)


def _terms(source: Source, plan: str | None, entry: PlanEntry) -> Terms:
    return Terms(source, plan, entry.daily_tokens, entry.claude, entry.unlimited, entry.days)
