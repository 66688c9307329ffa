"""Builds what levels offer, over the services they ask."""

from dataclasses import dataclass

from bot.allowance.plans import PlanBook
from bot.allowance.service import Allowances
from bot.community.service import Community
from bot.core.clock import Clock
from bot.levels.board import LevelBoard
from bot.levels.points import Points
from bot.levels.roles import LevelRoles
from bot.levels.service import Levels
from bot.members.service import Members
from bot.mishaps import Mishaps
from bot.outbox import Outbox
from bot.storage.database import Database


@dataclass(frozen=True)
class Levelling:
    """Everything about levels, wired."""

    points: Points
    levels: Levels
    roles: LevelRoles
    board: LevelBoard


def levelling(
    db: Database,
    clock: Clock,
    members: Members,
    allowances: Allowances,
    community: Community,
    outbox: Outbox,
) -> Levelling:
    """Wire levels."""
    roles = LevelRoles(db, clock, community, outbox, Mishaps(outbox))
    plans = PlanBook(community)
    return Levelling(
        points=Points(db, clock, members, community),
        levels=Levels(db, clock, members, allowances, plans, community, outbox, roles),
        roles=roles,
        board=LevelBoard(db, clock, community, roles),
    )
