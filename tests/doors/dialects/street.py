"""One house for many tests: two upstreams of any dialect behind it, new for every test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
from sqlalchemy import select

from bot.core.clock import HandClock
from bot.core.units import Mode
from bot.members.people import Person
from bot.relay.health import Conditions
from bot.relay.router import Connected
from bot.sandbox.upstreams.loopback import Loopback
from bot.sandbox.upstreams.row import KINDS
from bot.storage.database import Database
from bot.storage.tables.ledger import CallRow, DayRow, HoldRow, PaceRow
from bot.upstreams.dialect import Link
from bot.upstreams.registry import DIALECTS
from tests.fakes.house import House, opened_house
from tests.fakes.serve import nobody, serving

KEY = "sk-street-0123456789"
FRONT, BACK = "front", "back"
PATIENT = 20.0  # seconds of silence
DAY = 4_500  # metered tokens
COEFFICIENT = 3
UNIT = 2_400  # a request unit at that price
ALONE = "-alone"  # ends the name of a model that has no second route


def models() -> list[dict[str, Any]]:
    """Return a model of each kind, with a second route and without."""
    names = {
        "chat": "gpt-4o",
        "image": "flux",
        "edit": "img/gpt-image-2",  # freetheai edits with no other
        "speech": "tts-1",
        "embedding": "text-embedding-3-small",
        "vision": "gpt-4o",
        "search": "gpt-4o",
        "song": "chirp-v3-5",
    }
    both = []
    for kind, name in names.items():
        first, then = ({"upstream": upstream, "model": name} for upstream in (FRONT, BACK))
        known = {"id": kind, "kind": kind, "coefficient": COEFFICIENT, "context": 64_000}
        both += [
            known | {"routes": [first, then | {"priority": 1}]},
            known | {"id": kind + ALONE, "routes": [first]},
        ]
    return both


@dataclass
class Place:
    """Where an upstream stands: whoever stands there now answers."""

    url: str = ""
    app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Hand a request to who stands here."""
        await self.app(scope, receive, send)


@dataclass
class Somebody:
    """A member with a key, and what the books say of them."""

    house: House
    id: int
    key: str
    client: httpx.AsyncClient
    person: Person

    async def record(self) -> Any:
        """Return the record of the only call; nothing is held, and the day agrees with it."""
        [record] = await self.records()
        return record

    async def records(self) -> list[Any]:
        """Return the record of every call; nothing is held, and the day agrees with them."""
        await self.house.quiet()
        async with self.house.inner.db.read() as tx:
            mine = select(CallRow.__table__).where(CallRow.member_id == self.id)
            found = list((await tx.execute(mine.order_by(CallRow.id))).all())
            today = select(DayRow.spent, DayRow.held).where(DayRow.member_id == self.id)
            day = (await tx.execute(today)).one_or_none()
            holds = select(HoldRow.id).where(HoldRow.member_id == self.id)
            flying = select(PaceRow.in_flight).where(PaceRow.member_id == self.id)
            assert (await tx.scalars(holds)).all() == [], "something is still held"
            assert not await tx.scalar(flying)
        assert tuple(day or (0, 0)) == (sum(record.cost for record in found), 0)
        return found


@dataclass
class Street:
    """The house, and who stands before it."""

    house: House
    places: dict[str, Place]
    numbers: "count[int]" = field(default_factory=lambda: count(400_000_000_000_000_000))
    standing: dict[str, Loopback] = field(default_factory=dict)

    @property
    def front(self) -> Loopback:
        """Return who is asked first."""
        return self.standing[FRONT]

    @property
    def back(self) -> Loopback:
        """Return who is asked next."""
        return self.standing[BACK]

    def put(self, front: str, back: str = "openai", *, idle: float = PATIENT) -> None:
        """Let new upstreams of these dialects stand there, of which nothing is known."""
        for name, dialect in ((FRONT, front), (BACK, back)):
            self.clear(name)
            place, upstream = self.places[name], KINDS[dialect](key=KEY)
            self.standing[name], place.app = upstream, upstream.app()
            self._connect(name, dialect, f"{place.url}{upstream.base}", idle)
        router: Any = self.house.inner.router
        router.conditions = Conditions(
            router.community, router.clock, router.conditions._on_misconfigured
        )

    def shut(self, name: str) -> None:
        """Let nobody listen at an upstream's address."""
        dialect = self.house.inner.router.upstreams[name].dialect.name
        self._connect(name, dialect, nobody(), PATIENT)

    def clear(self, name: str) -> None:
        """Let go of whatever an upstream was holding up."""
        if (gone := self.standing.pop(name, None)) is not None:
            gone.gate.set()

    async def somebody(self, mode: Mode = Mode.TOKENS, *, access: bool = False) -> Somebody:
        """Make a member with a key."""
        house, person = self.house, Person(next(self.numbers), at_home=True)
        key = await house.key(person)
        if mode is Mode.REQUESTS:
            await house.requests_mode(person)
        if access:
            await house.grant(person, access="claude")
        return Somebody(house, await house.member(person), key, house.client(key), person)

    def _connect(self, name: str, dialect: str, url: str, idle: float) -> None:
        known: Any = self.house.inner.router.upstreams
        link = Link(name, url, KEY, known[name].link.http, 2.0, idle)
        known[name] = Connected(DIALECTS[dialect], link)


@asynccontextmanager
async def opened_street(url: str, clock: HandClock, **sections: Any) -> AsyncIterator[Street]:
    """Open a house over a fresh database, for as long as a module's tests take."""
    places = {name: Place() for name in (FRONT, BACK)}
    async with serving(places[FRONT]) as first, serving(places[BACK]) as then, Database(url) as db:
        places[FRONT].url, places[BACK].url = first, then
        upstreams = [
            {"name": name, "dialect": "fresed", "base_url": f"{place.url}/v1", "api_key": KEY}
            for name, place in places.items()
        ]
        settings = {
            "upstreams": upstreams,
            "models": models(),
            "limits": {"daily_tokens": DAY},
            "temp_mail": {"upstream": FRONT},
        } | sections
        async with opened_house(db, clock, **settings) as house:
            street = Street(house, places)
            yield street
            for name in places:
                street.clear(name)
            await asyncio.sleep(0)
