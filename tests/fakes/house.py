"""A whole house on loopback: database, keys, ledger, relay, API and two upstreams to call."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select

from bot.api.parts import ApiParts
from bot.api.server import ApiServer
from bot.app import services as composition
from bot.core.clock import HandClock
from bot.core.health import Health, State
from bot.core.ids import Ids
from bot.core.redaction import Redactor
from bot.core.secrets import Sealer
from bot.core.units import Mode
from bot.members.people import Person
from bot.sandbox.upstreams.openai import LoopbackOpenAI
from bot.settings.community import CommunityFile
from bot.settings.environment import Environment
from bot.settings.load import Settings
from bot.storage.database import Database
from bot.storage.tables.ledger import CallRow, DayRow, HoldRow, PaceRow
from bot.upstreams.http import Http
from tests.fakes.serve import serving

SECRET = "a secret of the tests, long enough to be one"
UPSTREAM_KEY = "sk-upstream-0123456789abcdef"
METRICS_TOKEN = "the token of whoever scrapes"
ADA = Person(discord_id=300_000_000_000_000_001, at_home=True)
MO = Person(discord_id=300_000_000_000_000_002, at_home=True)
MODEL = {
    "id": "gpt-4o",
    "context": 8_000,
    "max_output": 500,
    "routes": [{"upstream": "first", "model": "their-gpt"}, {"upstream": "second", "priority": 1}],
}
MODELS = [
    MODEL,
    MODEL | {"id": "maker/deep-model", "coefficient": 2.5, "routes": [{"upstream": "first"}]},
    MODEL | {"id": "claude-3-5-sonnet", "access": "claude", "coefficient": 3},
    MODEL | {"id": "flux", "kind": ["image", "edit"]},
]


@dataclass(frozen=True)
class Both:
    """Two upstreams behind one address, each under its name."""

    apps: dict[str, Any]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Hand a request to the upstream its path begins with."""
        name, _, rest = scope["path"][1:].partition("/")
        await self.apps[name](scope | {"path": f"/{rest}"}, receive, send)


@dataclass
class House:
    """What a test may touch of a process that serves the API."""

    inner: composition.House
    api: ApiServer
    first: LoopbackOpenAI
    second: LoopbackOpenAI
    clock: HandClock
    vitals: Health
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The API's address, without /v1."""
        return self.api.url

    async def key(self, person: Person = ADA) -> str:
        """Make a person's key, as /gen_key does."""
        return (await self.inner.keys.replace(person)).plain or ""

    async def member(self, person: Person = ADA) -> int:
        """Return a person's number."""
        known = await self.inner.members.known(person.discord_id)
        assert known is not None
        return known.id

    async def requests_mode(self, person: Person = ADA) -> None:
        """Switch a person to request mode, as /set_limit_mode does."""
        await self.inner.members.switch_mode(person, Mode.REQUESTS)

    async def grant(self, person: Person = ADA, *, days: int = 3, **gives: Any) -> None:
        """Give a person a grant from now on."""
        number, now = await self.member(person), self.clock.now()
        allowances = self.inner.callers.allowances
        terms = {"source": "staff", "starts_at": now, "ends_at": now + timedelta(days)} | gives
        async with self.inner.db.begin() as tx:
            await allowances.grant(tx, number, **terms)

    def client(self, key: str | None = None) -> httpx.AsyncClient:
        """Return an HTTP client that sends the key; closed with the house."""
        headers = {"authorization": f"Bearer {key}"} if key else {}
        made = httpx.AsyncClient(base_url=self.url, headers=headers, timeout=20, verify=False)
        self.clients.append(made)
        return made

    async def quiet(self) -> None:
        """Wait until everything that ends calls is written."""
        await self.inner.chores.drain()

    async def records(self) -> list[Any]:
        """Return the record of every call, in order."""
        await self.quiet()
        async with self.inner.db.read() as tx:
            return list((await tx.execute(select(CallRow.__table__).order_by(CallRow.id))).all())

    async def spent(self) -> int:
        """Check that nothing is held any more, and return what everybody spent."""
        await self.quiet()
        async with self.inner.db.read() as tx:
            assert (await tx.scalars(select(HoldRow.id))).all() == [], "something is still held"
            assert not any((await tx.scalars(select(PaceRow.in_flight))).all())
            assert not any((await tx.scalars(select(DayRow.held))).all())
            return sum((await tx.scalars(select(DayRow.spent))).all())


@asynccontextmanager
async def opened_house(
    db: Database,
    clock: HandClock,
    *,
    urls: dict[str, str] | None = None,
    idle: float = 20.0,
    **sections: Any,
) -> AsyncIterator[House]:
    """Open a house; sections are latchkey.toml's, `urls` puts another address behind an upstream.

    Wired by the composition root itself, over a database that is migrated already.
    """
    first, second = LoopbackOpenAI(key=UPSTREAM_KEY), LoopbackOpenAI(key=UPSTREAM_KEY)
    async with AsyncExitStack() as stack:
        both = Both({"first": first.app(), "second": second.app()})
        base = await stack.enter_async_context(serving(both))
        at = {name: f"{base}/{name}" for name in both.apps}
        data = Path(db.url.database or "").parent if db.embedded else Path()
        settings = _settings(at | (urls or {}), idle, sections, data)
        redactor = Redactor()
        redactor.learn(*settings.unspeakable)
        http = await stack.enter_async_context(Http())
        sealer = Sealer.from_secrets([SECRET])
        inner = composition.wire(settings, redactor, clock, db, sealer, http, Ids())
        stack.push_async_callback(inner.chores.drain)
        await stack.enter_async_context(inner.ledger)
        house = _opened(inner, redactor, clock, first, second)
        await house.api.start()
        yield house
        first.gate.set()
        second.gate.set()
        for client in house.clients:
            await client.aclose()
        await house.inner.relay.drain(0)
        await house.api.stop()


def _opened(
    inner: composition.House,
    redactor: Redactor,
    clock: HandClock,
    first: LoopbackOpenAI,
    second: LoopbackOpenAI,
) -> House:
    async def vitals() -> Health:
        return house.vitals

    parts = ApiParts(
        callers=inner.callers,
        relay=inner.relay,
        voices=inner.voices,
        embeddings=inner.embeddings,
        search=inner.search,
        songs=inner.songs,
        mail=inner.mail,
        sight=inner.sight,
        pictures=inner.pictures,
        router=inner.router,
        catalogue=inner.catalogue,
        account=inner.account,
        community=inner.community,
        vitals=vitals,
        open_holds=inner.ledger.open_holds,
        public_url=lambda: house.url,
        metrics_token=METRICS_TOKEN,
        redactor=redactor,
        clock=clock,
        version="9.9.9",
    )
    api = ApiServer(parts, "127.0.0.1", 0)
    well = Health(State.OK, State.OFF, State.OK, {"first": "ok", "second": "ok"}, len(MODELS))
    house = House(inner, api, first, second, clock, well)
    return house


def _settings(urls: dict[str, str], idle: float, sections: dict[str, Any], data: Path) -> Settings:
    upstreams = [
        {"name": name, "dialect": "openai", "base_url": f"{url}/v1", "api_key": UPSTREAM_KEY}
        for name, url in urls.items()
    ]
    usual = {"connect_seconds": 10.0, "idle_seconds": idle}
    file = {"models": MODELS, "upstreams": upstreams, "upstream_defaults": usual} | sections
    environment = Environment(
        discord_token=None,
        discord_api_url="",
        database_url="",
        secrets=(SECRET,),
        host="127.0.0.1",
        port=0,
        config=None,
        data=data,
        public_url="",
        log="text",
        shards=None,
        metrics_token=METRICS_TOKEN,
    )
    return Settings(environment, CommunityFile.model_validate(file))


def duration(text: str) -> int:
    """Return the seconds of "1h2m3s"."""
    found = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(\d+)s", text)
    assert found is not None, text
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds
