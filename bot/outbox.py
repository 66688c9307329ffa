"""Discord effects, written in the same transaction as their cause and delivered by the courier.

So a process without Discord may cause them, and a crash loses none.
"""

import asyncio
import base64
from collections.abc import Mapping, Sequence
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


class Style(StrEnum):
    """How a button looks."""

    PLAIN = "secondary"
    GOOD = "success"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Knob:
    """A button below a post, for anyone who sees it: who may is checked on the click.

    Its click comes to the handler of `name` with the arguments.
    """

    label: str
    name: str
    arguments: tuple[int | str, ...] = ()
    style: Style = Style.PLAIN


@dataclass(frozen=True, slots=True)
class Sealed:
    """A text about a member that only delivery unseals."""

    member_id: int
    text: bytes
    about: str


@dataclass(frozen=True, slots=True)
class Letter:
    """What a post says: the sentences of some message ids, a line each, filled on delivery.

    `people` are parameters that hold a member's number and become a mention, `sealed` those that
    become the text inside; `change`, before and after, becomes the parameter of that name.
    """

    lines: Sequence[str]
    params: Mapping[str, Any] = field(default_factory=dict)
    people: Mapping[str, int] = field(default_factory=dict)
    sealed: Mapping[str, Sealed] = field(default_factory=dict)
    change: tuple[Mapping[str, Any], Mapping[str, Any]] | None = None
    buttons: Sequence[Knob] = ()

    def written(self) -> dict[str, Any]:
        """Return the letter as an outbox row keeps it: no Discord id, no text about a person."""
        return {
            "lines": list(self.lines),
            "params": dict(self.params),
            "people": dict(self.people),
            "sealed": {
                name: [each.member_id, base64.b64encode(each.text).decode(), each.about]
                for name, each in self.sealed.items()
            },
            "change": [dict(side) for side in self.change] if self.change else None,
            "buttons": [
                [each.label, each.name, list(each.arguments), each.style] for each in self.buttons
            ],
        }

    @classmethod
    def read(cls, payload: Mapping[str, Any]) -> "Letter":
        """Return the letter that an outbox row keeps."""
        before_after = payload["change"]
        return cls(
            lines=payload["lines"],
            params=payload["params"],
            people=payload["people"],
            sealed={
                name: Sealed(member_id, base64.b64decode(text), about)
                for name, (member_id, text, about) in payload["sealed"].items()
            },
            change=(before_after[0], before_after[1]) if before_after else None,
            buttons=[
                Knob(label, name, tuple(arguments), Style(style))
                for label, name, arguments, style in payload["buttons"]
            ],
        )


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
        """Leave a post of one sentence for a channel of the community."""
        await self.post_letter(tx, place, Letter([message_id], params))

    async def post_letter(
        self, tx: Tx, place: Place, letter: Letter, *, member_id: int | None = None
    ) -> None:
        """Leave a post for a channel; `member_id` is whom it is about, if anybody."""
        now = self.clock.now()
        row = {
            "id": self.ids.next(),
            "kind": Effect.POST,
            "lane": f"place:{place}",
            "member_id": member_id,
            "payload": {"place": place, "letter": letter.written()},
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
