"""Builds every service over one database and opens it for as long as a process lives."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from bot.account.service import Account
from bot.allowance.service import Allowances
from bot.catalogue.service import Catalogue
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
from bot.ledger.reports import Reports
from bot.ledger.service import Ledger, LedgerRules
from bot.members.service import Members
from bot.outbox import Outbox, Place
from bot.relay.call import Desk
from bot.relay.caller import Callers
from bot.relay.router import Connected, Router
from bot.relay.running import Running
from bot.relay.service import Relay
from bot.settings.load import Settings
from bot.storage import values
from bot.storage.changes import Changes
from bot.storage.database import Database
from bot.storage.leases import Leases
from bot.storage.opening import opened
from bot.upstreams.dialect import Link
from bot.upstreams.http import Http
from bot.upstreams.registry import DIALECTS

PROCESSES = "processes"  # how many were ever started on this database


@dataclass(frozen=True)
class House:
    """One process's services, wired; open until its context ends."""

    settings: Settings
    clock: Clock
    redactor: Redactor
    db: Database
    changes: Changes
    chores: Chores
    community: Community
    members: Members
    keys: Keys
    callers: Callers
    catalogue: Catalogue
    router: Router
    ledger: Ledger
    relay: Relay
    reports: Reports
    account: Account
    outbox: Outbox
    leases: Leases


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
        watching = asyncio.create_task(built.changes.watch(), name="changes")
        stack.callback(watching.cancel)
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
    members = Members(db, clock, sealer, changes, community)
    keys = Keys(db, clock, ids, sealer, members, changes, community)
    allowances = Allowances(db, clock, ids, members, changes)
    callers = Callers(keys, members, allowances, community, clock, signals)
    catalogue, outbox = Catalogue(settings.file), Outbox(db, clock, ids)
    router = Router(
        _upstreams(community, http),
        catalogue,
        community,
        clock,
        on_misconfigured=_Notice(db, outbox, chores),
    )

    rules = _ledger_rules(community)
    ledger = Ledger(db, clock, ids, rules)
    reports = Reports(db, clock, rules)
    desk = Desk(ledger, Running(signals), chores, clock)
    return House(
        settings=settings,
        clock=clock,
        redactor=redactor,
        db=db,
        changes=changes,
        chores=chores,
        community=community,
        members=members,
        keys=keys,
        callers=callers,
        catalogue=catalogue,
        router=router,
        ledger=ledger,
        relay=Relay(catalogue, router, callers, community, desk),
        reports=reports,
        account=Account(db, ledger, reports, callers, keys),
        outbox=outbox,
        leases=Leases(db, clock, holder=ids.next()),
    )


def _ledger_rules(community: Community) -> Callable[[], LedgerRules]:
    """Return what reads the ledger's rules at the moment of use."""
    known: LedgerRules | None = None
    read: tuple[object, ...] = ()

    def rules() -> LedgerRules:
        nonlocal known, read
        ledger, limits = community.ledger, community.limits
        # Asked several times a call: built anew only once a section was replaced.
        if known is not None and read == (community.community, ledger, limits):
            return known
        read = community.community, ledger, limits
        known = LedgerRules(
            zone=community.zone,
            request_unit=limits.request_unit,
            queue=ledger.queue,
            renew_seconds=ledger.renew_seconds,
            lease_seconds=ledger.lease_seconds,
        )
        return known

    return rules


def _upstreams(community: Community, http: Http) -> dict[str, Connected]:
    return {
        entry.name: Connected(
            DIALECTS[entry.dialect],
            Link(
                name=entry.name,
                base_url=entry.base_url,
                api_key=entry.api_key,
                http=http,
                connect_seconds=entry.connect_seconds,
                idle_seconds=entry.idle_seconds,
            ),
        )
        for entry in community.upstreams
    }


@dataclass(frozen=True)
class _Notice:
    """Tells staff of an upstream that refuses our credentials."""

    db: Database
    outbox: Outbox
    chores: Chores

    def __call__(self, upstream: str, status: int) -> None:
        """Leave the post; whoever noticed goes on."""
        self.chores.start(self._post(upstream, status))

    async def _post(self, upstream: str, status: int) -> None:
        params = {"upstream": upstream, "status": status}
        async with self.db.begin() as tx:
            await self.outbox.post(tx, Place.STAFF, "staff.route_misconfigured", params)
