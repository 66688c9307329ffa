"""Builds what referrals offer, over the services they ask."""

from dataclasses import dataclass

from bot.allowance.offers import Offers
from bot.allowance.plans import PlanBook
from bot.allowance.service import Allowances
from bot.community.service import Community
from bot.core.clock import Clock
from bot.members.marks import Marks
from bot.members.service import Members
from bot.outbox import Outbox
from bot.referrals.activations import Activations
from bot.referrals.board import Leaderboard
from bot.referrals.contest import Contest
from bot.referrals.exchange import Exchanges
from bot.referrals.packs import Packs
from bot.referrals.service import Referrals
from bot.storage.database import Database


@dataclass(frozen=True)
class Referring:
    """Everything about referrals, wired; `offers` previews any other plan as well."""

    offers: Offers
    referrals: Referrals
    exchanges: Exchanges
    activations: Activations
    contest: Contest


def referring(
    db: Database,
    clock: Clock,
    members: Members,
    marks: Marks,
    allowances: Allowances,
    community: Community,
    outbox: Outbox,
) -> Referring:
    """Wire referrals."""
    plans, offers = PlanBook(community), Offers(allowances, community, clock)
    packs = Packs(db, clock, members, offers, plans, community)
    board = Leaderboard(db, clock, community)
    return Referring(
        offers=offers,
        referrals=Referrals(db, clock, members, marks, allowances, offers, plans, community),
        exchanges=Exchanges(db, clock, members, allowances, packs, outbox),
        activations=Activations(db, clock),
        contest=Contest(db, clock, members, allowances, plans, community, outbox, board),
    )
