"""A community with referrals, wired as the application wires them, and people to bring."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from bot.allowance.rules import Grant
from bot.app.referring import Referring, referring
from bot.audit import Audit
from bot.core.clock import HandClock
from bot.core.ids import Ids
from bot.members.people import Person
from bot.outbox import Effect, Outbox
from bot.referrals.exchange import Exchange
from bot.referrals.purse import purse_of
from bot.referrals.rules import Purse
from bot.staff.act import Actor
from bot.staff.exchanges import ApproveExchange, ExchangeDesk
from bot.staff.papers import Papers
from bot.staff.standings import Standings
from bot.storage.database import Database
from bot.storage.tables.ledger import CallRow
from bot.storage.tables.system import OutboxRow
from bot.words.letter import Letter
from tests.fakes.owned import ADA, MO, Owned, member_of, owned

BEA = Person(discord_id=300_000_000_000_000_003, at_home=True)
SOMEBODY = 310_000_000_000_000_000  # the Discord id of the first of many newcomers
STAFF = {"home_guilds": [1], "staff_channel": 2, "log_channel": 3, "announce_channel": 4}


@dataclass
class Village:
    """One process's referrals."""

    house: Owned
    outbox: Outbox
    all: Referring
    desk: ExchangeDesk
    came: int = 0  # newcomers so far
    asked: int = 900_000_000_000_000_000  # the number of the last interaction

    @property
    def clock(self) -> HandClock:
        return self.house.clock

    def newcomer(self) -> Person:
        """Return somebody who has never been here."""
        self.came += 1
        return Person(SOMEBODY + self.came, at_home=True)

    def interaction(self) -> int:
        """Return the number of a fresh interaction."""
        self.asked += 1
        return self.asked

    async def code(self, owner: Person = ADA) -> str:
        """Return a person's code."""
        number = await member_of(self.house, owner)
        return (await self.all.referrals.overview(number)).code

    async def activate(self, newcomer: Person, owner: Person = ADA) -> Grant:
        """Let somebody activate a person's code."""
        return await self.all.referrals.activate(newcomer, await self.code(owner))

    async def bring(self, count: int, owner: Person = ADA) -> list[Person]:
        """Let so many newcomers activate a person's code."""
        came = [self.newcomer() for _ in range(count)]
        code = await self.code(owner)
        for newcomer in came:
            await self.all.referrals.activate(newcomer, code)
        return came

    async def exchange(self, referrals: int, who: Person = ADA) -> Exchange:
        """Let somebody exchange referrals."""
        return await self.all.exchanges.exchange(who, referrals, self.interaction())

    async def purse(self, who: Person = ADA) -> Purse:
        """Return a person's referrals."""
        number = await member_of(self.house, who)
        async with self.house.db.read() as tx:
            return await purse_of(tx, number, self.clock.now())

    async def void(self, newcomer: Person) -> None:
        """Let somebody's activation fall."""
        number = await member_of(self.house, newcomer)
        async with self.house.db.begin() as tx:
            await self.all.activations.void(tx, number)

    async def grants(self, who: Person) -> list[Grant]:
        """Return what somebody was given that still runs or will."""
        return list(await self.house.allowances.of(await member_of(self.house, who)))

    async def call(self, who: Person, *, cost: int = 10) -> None:
        """Let somebody make a call."""
        number, now = await member_of(self.house, who), self.clock.now()
        row = {
            "id": self.interaction(),
            "member_id": number,
            "day": now.date(),
            "endpoint": "chat",
            "model": "m",
            "mode": "tokens",
            "status": "ok",
            "cost": cost,
            "arrived_at": now,
        }
        async with self.house.db.begin() as tx:
            await tx.execute(insert(CallRow).values(row))

    async def moderator(self, who: Person = MO) -> Actor:
        """Return somebody as the staff member whom the door has checked."""
        return Actor(await member_of(self.house, who))

    async def messages(self, who: Person = ADA) -> list[Letter]:
        """Return the direct messages that wait for somebody, oldest first."""
        number = await member_of(self.house, who)
        mine = (OutboxRow.kind == Effect.DM, OutboxRow.member_id == number)
        async with self.house.db.read() as tx:
            rows = await tx.execute(select(OutboxRow.payload).where(*mine).order_by(OutboxRow.id))
            return [Letter.read(row.payload["letter"]) for row in rows]

    async def letters(self) -> list[Letter]:
        """Return what waits to be posted, oldest first."""
        async with self.house.db.read() as tx:
            posted = select(OutboxRow.payload).where(OutboxRow.kind == Effect.POST)
            rows = (await tx.execute(posted.order_by(OutboxRow.id))).all()
        return [Letter.read(row.payload["letter"]) for row in rows]


def village(db: Database, clock: HandClock, **sections: dict[str, Any]) -> Village:
    """Open a village; sections are latchkey.toml's."""
    house = owned(db, clock, **({"community": STAFF} | sections))
    ids = Ids()
    outbox = Outbox(db, clock, ids)
    built = referring(
        db, clock, house.members, house.members.marks, house.allowances, house.community, outbox
    )
    standings = Standings(house.allowances, built.offers, house.community, clock)
    desk = ExchangeDesk(
        db=db,
        clock=clock,
        members=house.members,
        exchanges=built.exchanges,
        approving=ApproveExchange(clock, house.allowances, standings, built.exchanges),
        audit=Audit(db, clock, ids),
        papers=Papers(house.members, outbox, house.community),
    )
    return Village(house, outbox, built, desk)


__all__ = ["ADA", "BEA", "MO", "Village", "village"]
