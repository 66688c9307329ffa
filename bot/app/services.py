"""Builds every service over one database and opens it for as long as a process lives."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from bot.allowance.donations import Donations
from bot.allowance.offers import Offers
from bot.allowance.plans import PlanBook
from bot.allowance.service import Allowances
from bot.app.calling import Calling, calling
from bot.app.levelling import Levelling, levelling
from bot.app.referring import Referring, referring
from bot.audit import Audit
from bot.community.adjustments import Adjustments
from bot.community.service import Community
from bot.core.chores import Chores
from bot.core.clock import Clock, SystemClock
from bot.core.ids import Ids
from bot.core.redaction import Redactor
from bot.core.secrets import Sealer
from bot.core.signals import Signals
from bot.keys import fingerprint
from bot.keys.secret_file import secrets_of
from bot.keys.service import Keys
from bot.members.languages import Languages
from bot.members.listing import Listing
from bot.members.marks import Marks
from bot.members.service import Members
from bot.members.telling import Telling
from bot.outbox import Outbox
from bot.relay.lists import Lists
from bot.relay.sync import CatalogueSync
from bot.settings.load import Settings
from bot.storage import values
from bot.storage.changes import Changes
from bot.storage.database import Database
from bot.storage.leases import Leases
from bot.storage.opening import opened
from bot.upstreams.http import Http

PROCESSES = "processes"  # how many were ever started on this database


@dataclass(frozen=True)
class House(Calling):
    """One process's services, wired; open until its context ends."""

    settings: Settings
    clock: Clock
    redactor: Redactor
    db: Database
    changes: Changes
    chores: Chores
    community: Community
    adjustments: Adjustments
    members: Members
    marks: Marks
    keys: Keys
    allowances: Allowances
    plans: PlanBook
    offers: Offers
    donations: Donations
    audit: Audit
    ids: Ids
    referring: Referring
    levelling: Levelling
    listing: Listing
    telling: Telling
    languages: Languages
    outbox: Outbox
    leases: Leases
    lists: Lists
    sync: CatalogueSync


@asynccontextmanager
async def house(
    settings: Settings, redactor: Redactor, clock: Clock | None = None
) -> AsyncIterator[House]:
    """Open the database and start the services; raises StartFailed with a sentence."""
    environment = settings.environment
    async with AsyncExitStack() as stack:
        db = await stack.enter_async_context(opened(environment.database_url))
        secrets = secrets_of(environment)
        redactor.learn(*secrets)
        redactor.expect(settings.file.community.key_prefix)
        sealer = Sealer.from_secrets(secrets)
        await fingerprint.check(db, sealer)
        http = await stack.enter_async_context(Http())
        async with db.begin() as tx:
            ids = Ids(await values.count(tx, PROCESSES))
        built = wire(settings, redactor, clock or SystemClock(), db, sealer, http, ids)
        stack.push_async_callback(built.chores.drain)
        await stack.enter_async_context(built.ledger)
        if db.embedded:  # it has one owner: whatever is held or leased was left by a crash
            await built.ledger.release_all()
            await built.leases.clear()
        await built.changes.start()
        await built.adjustments.load()  # after `start`: whatever changes from here on is noticed
        await built.lists.load()
        for name, watch in (
            ("changes", built.changes.watch),
            ("settings", built.adjustments.keep),
            ("lists", built.lists.keep),
        ):
            stack.callback(asyncio.create_task(watch(), name=name).cancel)
        yield built


def wire(
    settings: Settings,
    redactor: Redactor,
    clock: Clock,
    db: Database,
    sealer: Sealer,
    http: Http,
    ids: Ids,
) -> House:
    """Build every service over an open database; nothing runs yet."""
    signals, chores = Signals(), Chores()
    community, changes = Community(settings.file), Changes(db, signals)
    marks = Marks(db, sealer)
    members = Members(db, clock, sealer, changes, community, marks)
    keys = Keys(db, clock, ids, sealer, members, changes, community)
    allowances, plans = Allowances(db, clock, ids, members, changes), PlanBook(community)
    outbox = Outbox(db, clock, ids)
    called = calling(settings.file, keys, allowances, outbox, http, chores, signals)
    return House(
        **vars(called),  # a house has all of that itself
        settings=settings,
        clock=clock,
        redactor=redactor,
        db=db,
        changes=changes,
        chores=chores,
        community=community,
        adjustments=Adjustments(db, clock, changes, community),
        members=members,
        marks=marks,
        keys=keys,
        allowances=allowances,
        plans=plans,
        offers=Offers(allowances, community, clock),
        donations=Donations(allowances, plans, marks, clock),
        audit=Audit(db, clock, ids),
        ids=ids,
        referring=referring(db, clock, members, marks, allowances, community, outbox),
        levelling=levelling(db, clock, members, allowances, community, outbox),
        listing=Listing(db, members),
        telling=Telling(db, members),
        languages=Languages(db, members, changes, signals),
        outbox=outbox,
        leases=Leases(db, clock, holder=ids.next()),
        lists=Lists(db, community, called.catalogue, called.router.conditions, changes),
        sync=CatalogueSync(
            db, clock, community, called.catalogue, called.router.upstreams, outbox, changes
        ),
    )
