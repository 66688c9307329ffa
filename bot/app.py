"""The composition root: every service gets its collaborators here and nowhere else."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from discord.ext import commands

from bot import __version__
from bot.account.service import Account
from bot.allowance.service import Allowances
from bot.api.parts import ApiParts
from bot.api.server import ApiServer
from bot.catalogue.service import Catalogue
from bot.cogs.about import AboutCommands
from bot.cogs.allowance import AllowanceCommands
from bot.cogs.buttons import Buttons
from bot.cogs.chat.answering import Answering
from bot.cogs.chat.commands import ChatCommands
from bot.cogs.checks import Door
from bot.cogs.client import Client
from bot.cogs.courier import Courier
from bot.cogs.key_card import KeyCards
from bot.cogs.keys import KeyCommands
from bot.cogs.models import ModelCommands
from bot.cogs.profile import ProfileCommands
from bot.cogs.quick_start import QuickStart
from bot.cogs.service import Bot
from bot.community.service import Community
from bot.core.chores import Chores
from bot.core.clock import Clock, SystemClock
from bot.core.health import Vitals
from bot.core.ids import Ids
from bot.core.redaction import Redactor
from bot.core.secrets import Sealer
from bot.core.signals import Signals
from bot.jobs.nightly import PRUNING_AT, Pruning
from bot.jobs.runner import Nightly, Runner
from bot.jobs.service import Jobs
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
from bot.storage.changes import Changes
from bot.storage.database import Database
from bot.storage.leases import Leases
from bot.storage.opening import opened
from bot.upstreams.dialect import Link
from bot.upstreams.http import Http
from bot.upstreams.registry import DIALECTS

log = logging.getLogger(__name__)


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
        built = wire(settings, redactor, clock or SystemClock(), db, sealer, http)
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
) -> House:
    """Build every service over an open database; nothing runs yet."""
    signals, ids, chores = Signals(), Ids(), Chores()
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
        leases=Leases(db, clock),
    )


def _ledger_rules(community: Community) -> Callable[[], LedgerRules]:
    """Return what reads the ledger's rules at the moment of use."""

    def rules() -> LedgerRules:
        ledger, limits = community.ledger, community.limits
        return LedgerRules(
            zone=community.zone,
            request_unit=limits.request_unit,
            queue=ledger.queue,
            renew_seconds=ledger.renew_seconds,
            lease_seconds=ledger.lease_seconds,
        )

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


def api_of(
    built: House, vitals: Vitals, public_url: Callable[[], str], *, calls: bool
) -> ApiServer:
    """Wire the HTTP API; without `calls` it serves health and metrics alone."""
    environment = built.settings.environment
    parts = ApiParts(
        callers=built.callers,
        relay=built.relay,
        router=built.router,
        catalogue=built.catalogue,
        account=built.account,
        community=built.community,
        vitals=vitals,
        open_holds=built.ledger.open_holds,
        public_url=public_url,
        metrics_token=environment.metrics_token,
        redactor=built.redactor,
        clock=built.clock,
        version=__version__,
        calls=calls,
    )
    return ApiServer(parts, environment.host, environment.port)


def jobs_of(built: House) -> Jobs:
    """Wire the jobs."""
    pruning = Pruning(built.db, built.community, built.outbox, built.changes)
    nightly = [Nightly("prune", PRUNING_AT, pruning.run)]
    runner = Runner(built.db, built.clock, built.community, built.leases, nightly)
    return Jobs(built.clock, built.ledger, runner)


def bot_of(built: House, vitals: Vitals, public_url: Callable[[], str]) -> Bot:
    """Wire the bot."""
    environment, community = built.settings.environment, built.community
    buttons = Buttons()
    client = Client(
        db=built.db,
        home_guilds=lambda: community.community.home_guilds,
        buttons=buttons,
        shards=environment.shards,
    )
    door, answering = Door(community), Answering(built.relay, built.callers, built.clock)
    cogs: list[commands.Cog] = [
        KeyCommands(built.keys, KeyCards(built.reports, public_url), door, buttons),
        QuickStart(built.catalogue, public_url, buttons),
        AllowanceCommands(built.account, built.catalogue, door, buttons),
        ProfileCommands(built.members, built.account, door),
        ModelCommands(built.catalogue, built.router, buttons),
        AboutCommands(vitals, public_url, door),
        ChatCommands(answering, built.catalogue, door, buttons),
    ]
    return Bot(
        client=client,
        cogs=cogs,
        courier=Courier(built.outbox, built.leases, community, client),
        leases=built.leases,
        token=environment.discord_token or "",
        api_url=environment.discord_api_url,
        alone=environment.shards is None,
    )
