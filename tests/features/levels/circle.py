"""People who talk, wired to levels as the application wires them."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, select

from bot.allowance.rules import Grant
from bot.app.levelling import Levelling, levelling
from bot.core.clock import HandClock
from bot.core.ids import Ids
from bot.members.people import Person
from bot.outbox import Effect, Outbox, Parcel, RoleWish
from bot.storage.database import Database
from bot.storage.sql import put
from bot.storage.tables.levels import GivenRoleRow, LevelAwardRow, PointsRow
from bot.storage.tables.system import OutboxRow
from bot.words.letter import Letter
from tests.fakes.owned import ADA, MO, Owned, member_of, owned

BEA = Person(discord_id=300_000_000_000_000_003, at_home=True)
HOME, ROLES = 1, {1: 11, 2: 12, 3: 13}
SOMEBODY = 320_000_000_000_000_000  # the Discord id of the first of many
STAFF = {
    "home_guilds": [HOME],
    "staff_channel": 2,
    "log_channel": 3,
    "announce_channel": 4,
    "chat_channels": [5],
    "level_roles": ROLES,
}
MONTH = "2026-11"


@dataclass
class Circle:
    """One process's levels."""

    house: Owned
    outbox: Outbox
    all: Levelling
    numbers: dict[Person, int] = field(default_factory=dict)

    @property
    def clock(self) -> HandClock:
        return self.house.clock

    async def number(self, who: Person = ADA) -> int:
        """Return somebody's number."""
        return await member_of(self.house, who)

    async def talked(self, points: int, who: Person = ADA, month: str = MONTH) -> int:
        """Let somebody have so many points; return their number."""
        number = await self.number(who)
        async with self.house.db.begin() as tx:
            row = {"member_id": number, "month": month, "points": points}
            await put(tx, PointsRow, row)
        return number

    async def crowd(self, count: int, points: int, month: str = MONTH) -> None:
        """Let so many people have points."""
        for at in range(count):
            await self.talked(points, Person(SOMEBODY + at, at_home=True), month)

    async def points(self) -> dict[tuple[int, str], int]:
        """Return everybody's points by number and month."""
        wanted = select(PointsRow.member_id, PointsRow.month, PointsRow.points)
        async with self.house.db.read() as tx:
            rows = (await tx.execute(wanted)).all()
        return {(row.member_id, row.month): row.points for row in rows}

    async def awards(self) -> list[tuple[int, str, int, bool]]:
        """Return member, month, level and whether a grant came of it, of every award."""
        rows = select(LevelAwardRow.__table__).order_by(LevelAwardRow.member_id)
        async with self.house.db.read() as tx:
            found = (await tx.execute(rows)).all()
        return [(row.member_id, row.month, row.level, row.grant_id is not None) for row in found]

    async def grants(self, who: Person = ADA) -> tuple[Grant, ...]:
        """Return what somebody was given that still runs or will."""
        return await self.house.allowances.of(await self.number(who))

    async def wishes(self) -> list[RoleWish]:
        """Return the role effects that wait, oldest first."""
        return [parcel.role() for parcel in await self.parcels(Effect.ROLE)]

    async def parcels(self, kind: Effect) -> list[Parcel]:
        """Return what is due of a kind."""
        return [each for each in await self.outbox.waiting() if each.kind is kind]

    async def handed(self) -> list[RoleWish]:
        """Let Discord do all that is wished; return it."""
        parcels = await self.parcels(Effect.ROLE)
        for parcel in parcels:
            await self.all.roles.handed(parcel.role(), HOME)
            await self.outbox.delivered(parcel)
        return [parcel.role() for parcel in parcels]

    async def given(self) -> set[tuple[int, int]]:
        """Return member and role of every role that was given."""
        wanted = select(GivenRoleRow.member_id, GivenRoleRow.role_id)
        async with self.house.db.read() as tx:
            return {(row.member_id, row.role_id) for row in await tx.execute(wanted)}

    async def have(self, role: int, who: Person = ADA) -> None:
        """Let somebody have been given a role."""
        row = {"member_id": await self.number(who), "guild_id": HOME, "role_id": role}
        async with self.house.db.begin() as tx:
            await tx.execute(insert(GivenRoleRow).values(row | {"given_at": self.clock.now()}))

    async def posts(self) -> list[str]:
        """Return all that waits to be posted, in words, whether or not it is due."""
        wanted = select(OutboxRow.payload).where(
            OutboxRow.kind == Effect.POST, OutboxRow.done_at.is_(None)
        )
        async with self.house.db.read() as tx:
            rows = (await tx.scalars(wanted.order_by(OutboxRow.id))).all()
        return [_said(Letter.read(row["letter"])) for row in rows]


def _said(letter: Letter) -> str:
    return letter.said({number: f"#{number}" for number in letter.members}, {})


def circle(db: Database, clock: HandClock, **sections: dict[str, Any]) -> Circle:
    """Open a circle; sections are latchkey.toml's."""
    house = owned(db, clock, **({"community": STAFF} | sections))
    outbox = Outbox(db, clock, Ids())
    built = levelling(db, clock, house.members, house.allowances, house.community, outbox)
    return Circle(house, outbox, built)


__all__ = ["ADA", "BEA", "HOME", "MO", "MONTH", "ROLES", "Circle", "circle"]
