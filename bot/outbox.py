"""Discord effects, written in the same transaction as their cause and delivered by the courier.

So a process without Discord may cause them, and a crash loses none.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from itertools import takewhile
from typing import Any

from sqlalchemy import Row, Select, delete, insert, select, update

from bot.core.clock import Clock
from bot.core.ids import Ids
from bot.storage.database import Database, Tx
from bot.storage.tables.system import OutboxRow
from bot.words.letter import Knob, Letter
from bot.words.phrase import Phrase

KEPT = timedelta(days=7)
BATCH = 50  # of one lane at a time
DM_LANES = 4
LONGEST_FAILURE = 200  # characters


class Effect(StrEnum):
    """What the courier does in Discord."""

    POST = "post"
    DM = "dm"
    ROLE = "role"


class Place(StrEnum):
    """Which of the community's channels a post goes to."""

    STAFF = "staff"
    LOG = "log"
    ANNOUNCE = "announce"


@dataclass(frozen=True, slots=True)
class RoleWish:
    """A role that a member shall have, or shall have no longer."""

    member_id: int
    guild_id: int
    role_id: int
    give: bool


@dataclass(frozen=True, slots=True)
class Parcel:
    """One effect that waits for delivery; `member_id` is whom it is about, if anybody."""

    id: int
    kind: Effect
    lane: str
    member_id: int | None
    payload: dict[str, Any]
    attempts: int

    def role(self) -> RoleWish:
        """Return what a role effect wishes."""
        assert self.member_id is not None, "a role is somebody's"
        return RoleWish(self.member_id, **self.payload)


@dataclass(frozen=True)
class Outbox:
    """Takes effects in and hands them out to the courier."""

    db: Database
    clock: Clock
    ids: Ids
    filled: asyncio.Event = field(default_factory=asyncio.Event)

    async def post(self, tx: Tx, place: Place, message_id: str, params: Mapping[str, Any]) -> None:
        """Leave a post of one sentence for a channel of the community."""
        await self.post_letter(tx, place, Letter([message_id], params))

    async def post_letter(
        self,
        tx: Tx,
        place: Place,
        letter: Letter,
        *,
        member_id: int | None = None,
        channel_id: int | None = None,
    ) -> None:
        """Leave a post for a place's channel or another; `member_id` is whom it is about."""
        payload = {"place": place, "channel_id": channel_id, "letter": letter.written()}
        lane = f"place:{place}" if channel_id is None else f"channel:{channel_id}"
        await self._add(tx, [self._row(Effect.POST, lane, payload, member_id)])

    async def dm(
        self,
        tx: Tx,
        member_id: int,
        message_id: str,
        params: Mapping[str, Any],
        buttons: Sequence[Knob] = (),
    ) -> None:
        """Leave a direct message of one sentence for a member."""
        await self.dm_letter(tx, member_id, Letter([message_id], params, buttons=buttons))

    async def dm_letter(self, tx: Tx, member_id: int, letter: Letter) -> None:
        """Leave a direct message for a member; one who takes none from us gets none."""
        lane, payload = f"dm:{member_id % DM_LANES}", {"letter": letter.written()}
        await self._add(tx, [self._row(Effect.DM, lane, payload, member_id)])

    async def role(self, tx: Tx, member_id: int, guild_id: int, role_id: int, give: bool) -> None:
        """Let a member have a role, or have it no longer; replaces what waited for that role."""
        await self.roles(tx, [RoleWish(member_id, guild_id, role_id, give)])

    async def roles(self, tx: Tx, wishes: Iterable[RoleWish]) -> None:
        """Leave the role effects of some hundred members; what waits already waits on."""
        wanted = {(wish.member_id, wish.role_id): wish for wish in wishes}
        waiting = await self.waiting_roles(tx, {member_id for member_id, _ in wanted})
        stale = []
        for parcel in waiting:
            old = parcel.role()
            new = wanted.get((old.member_id, old.role_id))
            if new == old:
                del wanted[old.member_id, old.role_id]
            elif new is not None:
                stale.append(parcel.id)
        if stale:
            await tx.execute(delete(OutboxRow).where(OutboxRow.id.in_(stale)))
        rows = []
        for wish in wanted.values():
            payload = {"guild_id": wish.guild_id, "role_id": wish.role_id, "give": wish.give}
            rows.append(self._row(Effect.ROLE, f"roles:{wish.guild_id}", payload, wish.member_id))
        await self._add(tx, rows)

    async def waiting_roles(self, tx: Tx, member_ids: Iterable[int]) -> list[Parcel]:
        """Return the role effects that wait for delivery to these members, oldest first."""
        theirs = _waiting().where(
            OutboxRow.member_id.in_(list(member_ids)), OutboxRow.kind == Effect.ROLE
        )
        return [_parcel(row) for row in await tx.execute(theirs.order_by(OutboxRow.id))]

    async def waiting(self) -> list[Parcel]:
        """Return what is due of each lane, oldest first, up to the first that has to wait."""
        lanes = select(OutboxRow.lane).where(OutboxRow.done_at.is_(None)).distinct()
        due: list[Parcel] = []
        now = self.clock.now()
        async with self.db.read() as tx:
            for lane in (await tx.scalars(lanes)).all():
                oldest = _waiting().where(OutboxRow.lane == lane).order_by(OutboxRow.id)
                rows = await tx.execute(oldest.limit(BATCH))
                due += map(_parcel, takewhile(lambda row: row.next_at <= now, rows))
        return sorted(due, key=lambda parcel: parcel.id)

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
                place = Phrase(f"place.{parcel.payload['place']}")
                params = {"place": place, "why": why}
                await self.post(tx, Place.STAFF, "staff.undeliverable", params)

    async def later(self, parcel: Parcel, seconds: float) -> None:
        """Try the effect again after some seconds; its lane waits with it."""
        again = self.clock.now() + timedelta(seconds=seconds)
        await self._set(parcel, next_at=again, attempts=parcel.attempts + 1)

    async def prune(self) -> None:
        """Forget what was done a week ago."""
        async with self.db.begin() as tx:
            await tx.execute(delete(OutboxRow).where(OutboxRow.done_at < self.clock.now() - KEPT))

    def _row(
        self, kind: Effect, lane: str, payload: dict[str, Any], member_id: int | None
    ) -> dict[str, Any]:
        now = self.clock.now()
        return {
            "id": self.ids.next(),
            "kind": kind,
            "lane": lane,
            "member_id": member_id,
            "payload": payload,
            "created_at": now,
            "next_at": now,
            "attempts": 0,
        }

    async def _add(self, tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
        if rows:
            await tx.execute(insert(OutboxRow), list(rows))
            tx.then(self.filled.set)

    async def _set(self, parcel: Parcel, **values: Any) -> None:
        async with self.db.begin() as tx:
            await tx.execute(update(OutboxRow).where(OutboxRow.id == parcel.id).values(values))


def _waiting() -> Select[*tuple[Any, ...]]:
    return select(
        OutboxRow.id,
        OutboxRow.kind,
        OutboxRow.lane,
        OutboxRow.member_id,
        OutboxRow.payload,
        OutboxRow.attempts,
        OutboxRow.next_at,
    ).where(OutboxRow.done_at.is_(None))


def _parcel(row: Row[*tuple[Any, ...]]) -> Parcel:
    return Parcel(row.id, Effect(row.kind), row.lane, row.member_id, row.payload, row.attempts)
