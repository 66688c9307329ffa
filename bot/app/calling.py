"""Builds what a metered call goes through, over the members' keys and allowances."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.account.service import Account
from bot.allowance.service import Allowances
from bot.catalogue.service import Catalogue
from bot.community.service import Community
from bot.core.chores import Chores
from bot.core.clock import Clock
from bot.core.signals import Signals
from bot.keys.service import Keys
from bot.ledger.reports import Reports
from bot.ledger.service import Ledger, LedgerRules
from bot.outbox import Outbox, Place
from bot.relay.belongings import Belongings
from bot.relay.call import Desk
from bot.relay.caller import Callers
from bot.relay.embeddings import Embeddings
from bot.relay.flat import Flats
from bot.relay.gate import Gate
from bot.relay.mail import Mail
from bot.relay.pictures import Pictures
from bot.relay.router import Connected, Router
from bot.relay.running import Running
from bot.relay.search import Search
from bot.relay.service import Relay
from bot.relay.sight import Sight
from bot.relay.song_posts import SongPosts
from bot.relay.songs import Songs
from bot.relay.studio import Studio
from bot.relay.voices import Voices
from bot.settings.community import CommunityFile
from bot.settings.serving import Capability, UpstreamEntry
from bot.storage.database import Database
from bot.upstreams.dialect import Link
from bot.upstreams.fetch import Fetcher
from bot.upstreams.http import Http
from bot.upstreams.registry import DIALECTS


@dataclass(frozen=True)
class Calling:
    """Everything a call goes through, wired."""

    callers: Callers
    catalogue: Catalogue
    router: Router
    ledger: Ledger
    reports: Reports
    relay: Relay
    flats: Flats
    voices: Voices
    embeddings: Embeddings
    search: Search
    songs: Songs
    song_posts: SongPosts
    mail: Mail
    sight: Sight
    pictures: Pictures
    account: Account


def calling(
    file: CommunityFile,
    keys: Keys,
    allowances: Allowances,
    outbox: Outbox,
    http: Http,
    chores: Chores,
    signals: Signals,
) -> Calling:
    """Wire calls."""
    db, clock, community = keys.db, keys.clock, keys.community
    catalogue = Catalogue(file)
    callers = Callers(keys, keys.members, allowances, community, clock, signals)
    notice = _Notice(db, outbox, chores)
    connected = _upstreams(community, http, clock)
    router = Router(connected, catalogue, community, clock, on_misconfigured=notice)
    rules = _ledger_rules(community)
    ledger, reports = Ledger(db, clock, keys.ids, rules), Reports(db, clock, rules)
    desk = Desk(ledger, Running(signals), chores, clock)
    flats = Flats(router, callers, community, desk)
    fetcher = Fetcher()
    studio = Studio(fetcher)
    belongings = Belongings(db, clock, keys.members, community, router)
    songs = Songs(keys.ids, catalogue, flats, belongings)
    return Calling(
        callers=callers,
        catalogue=catalogue,
        router=router,
        ledger=ledger,
        reports=reports,
        relay=Relay(catalogue, router, callers, community, desk, studio),
        flats=flats,
        voices=Voices(catalogue, flats),
        embeddings=Embeddings(catalogue, router, callers, community, desk),
        search=Search(catalogue, flats),
        songs=songs,
        song_posts=SongPosts(songs, fetcher),
        mail=Mail(flats, belongings),
        sight=Sight(catalogue, flats, fetcher),
        pictures=Pictures(catalogue, flats, studio),
        account=Account(db, ledger, reports, callers, keys),
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


def _upstreams(community: Community, http: Http, clock: Clock) -> dict[str, Connected]:
    return {entry.name: _connected(entry, http, clock) for entry in community.upstreams}


def _connected(entry: UpstreamEntry, http: Http, clock: Clock) -> Connected:
    """Connect an upstream as its table in latchkey.toml says."""
    link = Link(
        name=entry.name,
        base_url=entry.base_url,
        api_key=entry.api_key,
        http=http,
        connect_seconds=entry.connect_seconds,
        idle_seconds=entry.idle_seconds,
    )
    dialect = DIALECTS[entry.dialect]
    more, less = map(Capability, entry.offers), map(Capability, entry.without)
    limited = entry.concurrency is not None or entry.requests_per_minute is not None
    return Connected(
        dialect,
        link,
        (dialect.offers | frozenset(more)) - frozenset(less),
        Gate(clock, entry.concurrency, entry.requests_per_minute) if limited else None,
    )


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
