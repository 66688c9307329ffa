"""One process's staff services over a database, wired by the composition root, without doors."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.allowance.rules import Grant
from bot.app import services as composition
from bot.app.staff import proposals_of
from bot.audit import Action, Entry
from bot.core.clock import HandClock
from bot.core.ids import Ids
from bot.core.redaction import Redactor
from bot.core.secrets import Sealer
from bot.members.people import Person
from bot.settings.community import CommunityFile
from bot.settings.environment import Environment, LogForm
from bot.settings.load import Settings
from bot.staff.act import Actor
from bot.staff.proposals import Done, Preview, Proposals, Waits
from bot.storage.database import Database
from bot.storage.tables.staff import AuditRow
from bot.storage.tables.system import OutboxRow
from bot.upstreams.http import Http

SECRET = "a secret of the tests, long enough to be one"
ADA, MO, BEA, OLGA = (Person(300_000_000_000_000_000 + n, at_home=True) for n in range(1, 5))
COMMUNITY = {"home_guilds": [1001], "staff_channel": 3002, "log_channel": 3003}
GIVE = {"days": 30, "tokens": 320_000, "claude": False, "unlimited": False}


@dataclass
class Room:
    """The staff's services and shortcuts; Mo is a moderator, Olga another."""

    built: composition.House
    proposals: Proposals
    clock: HandClock
    ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(9_000))

    @property
    def db(self) -> Database:
        """The database."""
        return self.built.db

    async def member(self, person: Person = ADA) -> int:
        """Return a person's number, joining them if need be."""
        async with self.db.begin() as tx:
            return (await self.built.members.join(tx, person)).id

    async def actor(self, person: Person = MO) -> Actor:
        """Return a moderator."""
        return await self.proposals.actor(person, Action.GRANT_GIVE, staff=True)

    async def propose(
        self,
        action: Action,
        details: dict[str, Any] | None = None,
        *,
        by: Person = MO,
        target: Person | None = ADA,
        reason: str = "helped everybody",
    ) -> Preview:
        """Propose an act under an interaction's id of its own."""
        actor, number = await self.actor(by), next(self.ids)
        return await self.proposals.propose(
            actor, action, details or {}, target=target, reason=reason, proposal_id=number
        )

    async def give(self, *, by: Person = MO, target: Person = ADA, **more: Any) -> Preview:
        """Propose a grant."""
        return await self.propose(Action.GRANT_GIVE, GIVE | more, by=by, target=target)

    async def confirm(self, preview: Preview, by: Person = MO) -> Done | Waits:
        """Confirm what was proposed."""
        return await self.proposals.confirm(preview.proposal_id, await self.actor(by))

    async def done(self, preview: Preview, by: Person = MO) -> Done:
        """Confirm what needs no second moderator."""
        outcome = await self.confirm(preview, by)
        assert isinstance(outcome, Done), outcome
        return outcome

    async def allowance(self, person: Person = ADA) -> int | None:
        """Return what a person may spend today."""
        known = await self.built.members.known(person.discord_id)
        assert known is not None
        return (await self.built.callers.of(known)).today.allowance

    async def grants(self, person: Person = ADA) -> tuple[Grant, ...]:
        """Return a person's grants that run or will run."""
        return await self.built.allowances.of(await self.member(person))

    async def audited(self) -> list[Entry]:
        """Return every audited act, oldest first."""
        return list(reversed(await self.built.audit.browse(limit=1_000)))

    async def posts(self) -> list[dict[str, Any]]:
        """Return every letter in the outbox, oldest first."""
        async with self.db.read() as tx:
            rows = await tx.scalars(select(OutboxRow.payload).order_by(OutboxRow.id))
            return [payload["letter"] for payload in rows]

    async def reasons(self) -> list[bytes | None]:
        """Return the reasons of audit rows as they are stored, oldest first."""
        async with self.db.read() as tx:
            return list(await tx.scalars(select(AuditRow.reason).order_by(AuditRow.id)))


def room(db: Database, clock: HandClock, http: Http, **sections: dict[str, Any]) -> Room:
    """Wire the services; sections are those of latchkey.toml."""
    file = {"community": COMMUNITY | sections.pop("community", {})} | sections
    environment = Environment(
        discord_token=None,
        discord_api_url="",
        database_url="",
        secrets=(SECRET,),
        host="127.0.0.1",
        port=0,
        config=None,
        data=Path(),
        public_url="",
        log=LogForm.TEXT,
        shards=None,
        metrics_token=None,
    )
    settings = Settings(environment, CommunityFile.model_validate(file))
    sealer = Sealer.from_secrets([SECRET])
    built = composition.wire(settings, Redactor(), clock, db, sealer, http, Ids())
    return Room(built, proposals_of(built), clock)


@asynccontextmanager
async def opened(db: Database, clock: HandClock, **sections: Any) -> AsyncIterator[Room]:
    """Wire the services for as long as the block runs."""
    async with Http() as http:
        made = room(db, clock, http, **sections)
        yield made
        await made.built.chores.drain()
