"""Somebody of whom every table knows something, and the service that lets them go."""

from dataclasses import dataclass

import pytest

from bot.app.levelling import levelling
from bot.audit import Audit
from bot.core.clock import HandClock
from bot.core.ids import Ids
from bot.members.people import Person
from bot.outbox import Outbox
from bot.privacy.service import Privacy
from bot.storage.database import Database
from tests.fakes.owned import ADA, MO, Owned, member_of, owned
from tests.features.privacy.filling import filled


@dataclass
class Known:
    """A house in which everything is known of Ada, and something of Mo."""

    house: Owned
    privacy: Privacy
    ada: int
    mo: int
    key: str


def privacy_of(house: Owned, patience: float = 20.0) -> Privacy:
    """Wire the service."""
    ids = Ids(7)
    outbox = Outbox(house.db, house.clock, ids)
    return Privacy(
        house.db,
        house.clock,
        house.members,
        house.keys,
        house.members.marks,
        levelling(
            house.db,
            house.clock,
            house.members,
            house.allowances,
            house.community,
            outbox,
        ).levels,
        Audit(house.db, house.clock, ids),
        house.members.changes,
        house.community,
        patience,
    )


async def known(house: Owned, person: Person = ADA) -> Known:
    """Let somebody use everything there is."""
    key = (await house.keys.replace(person)).plain or ""
    ada, mo = await member_of(house, person), await member_of(house, MO)
    await filled(house, ada, mo)
    return Known(house, privacy_of(house), ada, mo, key)


@pytest.fixture
async def everybody(db: Database, clock: HandClock) -> Known:
    """Ada, who has used everything."""
    return await known(owned(db, clock))
