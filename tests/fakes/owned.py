"""What the community owns, wired as the application wires it, around one database."""

from dataclasses import dataclass, field
from typing import Any

from bot.allowance.service import Allowances
from bot.community.service import Community
from bot.core.clock import HandClock
from bot.core.ids import Ids
from bot.core.secrets import Sealer
from bot.core.signals import Signals, Topic
from bot.keys.service import Keys
from bot.members.marks import Marks
from bot.members.people import Person
from bot.members.service import Members
from bot.settings.community import CommunityFile
from bot.storage.changes import Changes
from bot.storage.database import Database

SECRET = "a secret of the tests, long enough to be one"
ADA = Person(discord_id=300_000_000_000_000_001, at_home=True)  # an account of 2017
MO = Person(discord_id=300_000_000_000_000_002, at_home=True)


@dataclass
class Owned:
    """One process's services; `told` lists (topic, member) of every signal that fired."""

    db: Database
    clock: HandClock
    sealer: Sealer
    community: Community
    signals: Signals
    members: Members
    keys: Keys
    allowances: Allowances
    told: list[tuple[Topic, int]] = field(default_factory=list)


def owned(db: Database, clock: HandClock, *secrets: str, **sections: dict[str, Any]) -> Owned:
    """Wire the services; sections are those of latchkey.toml: `limits={"daily_tokens": 1}`."""
    sealer, signals, ids = Sealer.from_secrets(secrets or (SECRET,)), Signals(), Ids()
    community = Community(CommunityFile.model_validate(sections))
    changes = Changes(db, signals)
    marks = Marks(db, sealer)
    members = Members(db, clock, sealer, changes, community, marks)
    keys = Keys(db, clock, ids, sealer, members, changes, community)
    allowances = Allowances(db, clock, ids, members, changes)
    made = Owned(db, clock, sealer, community, signals, members, keys, allowances)
    for topic in Topic:
        signals.on(topic, lambda subject, topic=topic: made.told.append((topic, subject)))
    return made


async def member_of(house: Owned, person: Person = ADA) -> int:
    """Return the person's number, joining them if need be."""
    async with house.db.begin() as tx:
        return (await house.members.join(tx, person)).id
