"""A process's calling half, wired as the application wires it: two upstreams on loopback."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

from sqlalchemy import insert, select

from bot.catalogue.service import Catalogue
from bot.core.chores import Chores
from bot.core.clock import HandClock
from bot.core.ids import Ids
from bot.core.units import Mode
from bot.ledger.calls import LedgerRules
from bot.ledger.service import Ledger
from bot.relay.ask import ChatAsk
from bot.relay.call import Desk
from bot.relay.caller import Caller, Callers
from bot.relay.router import Connected, Router
from bot.relay.running import Running
from bot.relay.service import Relay
from bot.sandbox.upstreams.openai import LoopbackOpenAI
from bot.storage.database import Database
from bot.storage.tables.ledger import CallRow, DayRow, HoldRow, PaceRow
from bot.storage.tables.members import MemberRow
from bot.upstreams.dialect import Link
from bot.upstreams.http import Http
from bot.upstreams.registry import DIALECTS
from tests.fakes.owned import Owned, owned
from tests.fakes.serve import serving

UPSTREAM = {"dialect": "openai", "base_url": "http://127.0.0.1:1/v1"}  # never asked by this entry
MODEL = {
    "id": "gpt-4o",
    "coefficient": 2,
    "context": 8_000,
    "max_output": 500,
    "routes": [{"upstream": "first", "model": "their-gpt"}, {"upstream": "second", "priority": 1}],
}
SOLO = MODEL | {"id": "solo", "routes": [{"upstream": "first"}]}
CLAUDE = MODEL | {"id": "claude-3", "access": "claude", "coefficient": 3}
PAINTER = MODEL | {"id": "flux", "kind": "image"}
MODELS = [MODEL, SOLO, CLAUDE, PAINTER]


@dataclass
class House:
    """What a test may touch of a process that relays calls."""

    owned: Owned
    ledger: Ledger
    relay: Relay
    callers: Callers
    first: LoopbackOpenAI
    second: LoopbackOpenAI
    clock: HandClock
    misfits: list[tuple[str, int]] = field(default_factory=list)

    async def caller(self, mode: Mode = Mode.TOKENS) -> Caller:
        """Make a member and return them as a caller."""
        async with self.owned.db.begin() as tx:
            made = insert(MemberRow).values(created_at=self.clock.now(), mode=mode, switches=0)
            member_id = await tx.scalar(made.returning(MemberRow.id))
        known = self.callers._today(())
        return Caller(member_id, None, mode, suspended=False, today=known)

    def ask(self, text: str = "Hello there", **fields: Any) -> ChatAsk:
        """Return a chat with one message; fields are those of the body."""
        body = {"model": "gpt-4o", "messages": [{"role": "user", "content": text}]} | fields
        return ChatAsk("chat.completions", body, "req-1", self.clock.now())

    async def quiet(self) -> None:
        """Wait until everything that ends calls is written."""
        await self.relay.desk.chores.drain()
        await self.ledger._writer._idle.wait()  # it undoes holds whose caller had gone

    async def records(self) -> list[CallRow]:
        """Return the record of every call, in order."""
        async with self.owned.db.read() as tx:
            rows = (await tx.execute(select(CallRow.__table__).order_by(CallRow.id))).all()
        return list(rows)

    async def books(self, caller: Caller) -> tuple[int, int, int, int]:
        """Return what the member spent, holds, has in flight, and how many holds there are."""
        async with self.owned.db.read() as tx:
            day = select(DayRow.spent, DayRow.held).where(DayRow.member_id == caller.member_id)
            spent, held = (await tx.execute(day)).one_or_none() or (0, 0)
            pace = select(PaceRow.in_flight).where(PaceRow.member_id == caller.member_id)
            flying = await tx.scalar(pace) or 0
            holds = len((await tx.scalars(select(HoldRow.id))).all())
        return spent, held, flying, holds

    async def settled(self, caller: Caller) -> int:
        """Check that nothing is held any more and return what the member spent."""
        await self.quiet()
        spent, held, flying, holds = await self.books(caller)
        assert (held, flying, holds) == (0, 0, 0), "something is still held"
        assert len(self.relay.desk.running) == 0
        assert sum(record.cost for record in await self.records()) >= spent
        return spent


@asynccontextmanager
async def opened_house(
    db: Database,
    clock: HandClock,
    *,
    idle: float = 20.0,
    urls: dict[str, str] | None = None,
    **sections: Any,
) -> AsyncIterator[House]:
    """Wire a house over a database; `urls` puts another address behind an upstream's name."""
    names = ("first", "second")
    sections = {"models": MODELS} | sections
    entries = [UPSTREAM | {"name": name} for name in names]
    house = owned(db, clock, **sections, upstreams=entries)
    community, misfits = house.community, []
    catalogue = Catalogue(community.file)
    servers = {name: LoopbackOpenAI() for name in names}
    async with AsyncExitStack() as stack:
        where = {}
        for name in names:
            url = (urls or {}).get(name)
            where[name] = url or await stack.enter_async_context(serving(servers[name].app()))
        # Closed before the servers, which otherwise wait for its idle connections.
        http = await stack.enter_async_context(Http())
        connected = {}
        for name in names:
            link = Link(name, f"{where[name]}/v1", "sk-upstream-key-1", http, 2.0, idle)
            connected[name] = Connected(DIALECTS["openai"], link)
        ledger = await stack.enter_async_context(
            Ledger(
                db,
                clock,
                Ids(),
                lambda: LedgerRules(
                    community.zone,
                    community.limits.request_unit,
                    community.ledger.queue,
                    community.ledger.renew_seconds,
                    community.ledger.lease_seconds,
                ),
            )
        )
        router = Router(
            connected,
            catalogue,
            community,
            clock,
            on_misconfigured=lambda upstream, status: misfits.append((upstream, status)),
            random=Random(7),
        )
        callers = Callers(
            house.keys, house.members, house.allowances, community, clock, house.signals
        )
        desk = Desk(ledger, Running(house.signals), Chores(), clock)
        relay = Relay(catalogue, router, callers, community, desk)
        made = House(house, ledger, relay, callers, servers["first"], servers["second"], clock)
        made.misfits = misfits
        yield made
        for server in servers.values():
            server.gate.set()
        await desk.chores.drain()


async def answer(house: House, caller: Caller, ask: ChatAsk, *, streamed: bool) -> str:
    """Make a call and return the text it brought."""
    if not streamed:
        answered = await house.relay.chat(caller, ask)
        return str(answered.body["choices"][0]["message"]["content"])
    async with house.relay.stream(caller, ask) as chunks:
        return "".join([text_in(chunk) async for chunk in chunks])


def text_in(chunk: dict[str, Any]) -> str:
    """Return the first choice's text in a chunk."""
    choices = chunk["choices"]
    return str(choices[0]["delta"].get("content") or "") if choices else ""
