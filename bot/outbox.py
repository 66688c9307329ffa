"""Discord effects, written in the same transaction as their cause and delivered by the courier.

So a process without Discord may cause them, and a crash loses none.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, insert, select, update

from bot.core.clock import Clock
from bot.core.ids import Ids
from bot.storage.database import Database, Tx
from bot.storage.tables.system import OutboxRow

KEPT = timedelta(days=7)
BATCH = 50
LONGEST_FAILURE = 200  # characters


class Effect(StrEnum):
    """What the courier does in Discord."""

    POST = "post"


class Place(StrEnum):
    """Which of the community's channels a post goes to."""

    STAFF = "staff"
    LOG = "log"
    ANNOUNCE = "announce"


@dataclass(frozen=True, slots=True)
class Parcel:
    """One effect that waits for delivery."""

    id: int
    kind: Effect
    lane: str
    payload: dict[str, Any]
    attempts: int


@dataclass(frozen=True)
class Outbox:
    """Takes effects in and hands them out to the courier."""

    db: Database
    clock: Clock
    ids: Ids
    filled: asyncio.Event = field(default_factory=asyncio.Event)

    async def post(self, tx: Tx, place: Place, message_id: str, params: Mapping[str, Any]) -> None:
        """Leave a post for a channel of the community; its sentence is rendered on delivery."""
        now = self.clock.now()
        row = {
            "id": self.ids.next(),
            "kind": Effect.POST,
            "lane": f"place:{place}",
            "payload": {"place": place, "message_id": message_id, "params": dict(params)},
            "created_at": now,
            "next_at": now,
            "attempts": 0,
        }
        await tx.execute(insert(OutboxRow).values(row))
        tx.then(self.filled.set)

    async def waiting(self) -> list[Parcel]:
        """Return what is due, oldest first, only the first of each lane that is stuck."""
        mine = OutboxRow
        blocked = (
            select(mine.lane)
            .where(mine.done_at.is_(None), mine.next_at > self.clock.now())
            .scalar_subquery()
        )
        due = (
            select(mine.id, mine.kind, mine.lane, mine.payload, mine.attempts)
            .where(mine.done_at.is_(None), mine.lane.not_in(blocked))
            .order_by(mine.id)
            .limit(BATCH)
        )
        async with self.db.read() as tx:
            found = (await tx.execute(due)).all()
        return [
            Parcel(row.id, Effect(row.kind), row.lane, row.payload, row.attempts) for row in found
        ]

    async def delivered(self, parcel: Parcel) -> None:
        """Mark the effect as done."""
        await self._set(parcel, done_at=self.clock.now(), attempts=parcel.attempts + 1)

    async def refused(self, parcel: Parcel, why: str, *, tell: bool) -> None:
        """Give the effect up for good; `tell` leaves the staff a post about it."""
        now = self.clock.now()
        values = {"done_at": now, "attempts": parcel.attempts + 1, "failure": why[:LONGEST_FAILURE]}
        async with self.db.begin() as tx:
            await tx.execute(update(OutboxRow).where(OutboxRow.id == parcel.id).values(values))
            if tell:
                where = parcel.payload.get("place", parcel.lane)
                params = {"place": where, "why": why}
                await self.post(tx, Place.STAFF, "staff.undeliverable", params)

    async def later(self, parcel: Parcel, seconds: float) -> None:
        """Try the effect again after some seconds; its lane waits with it."""
        again = self.clock.now() + timedelta(seconds=seconds)
        await self._set(parcel, next_at=again, attempts=parcel.attempts + 1)

    async def prune(self) -> None:
        """Forget what was done a week ago."""
        before: datetime = self.clock.now() - KEPT
        async with self.db.begin() as tx:
            await tx.execute(delete(OutboxRow).where(OutboxRow.done_at < before))

    async def _set(self, parcel: Parcel, **values: Any) -> None:
        async with self.db.begin() as tx:
            await tx.execute(update(OutboxRow).where(OutboxRow.id == parcel.id).values(values))
