"""Effects that Discord refuses: given up one by one, told to staff together.

A month's end may fail for a thousand members for one reason; staff read one post about it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, update

from bot.outbox import LONGEST_FAILURE, Effect, Outbox, Parcel, Place
from bot.storage.database import Tx
from bot.storage.tables.system import OutboxRow
from bot.words.letter import Letter

PAUSE = timedelta(minutes=1)  # a report waits for more of its kind so long after the last
LONGEST_WAIT = timedelta(minutes=10)
MOST_NAMED = 10


@dataclass(frozen=True)
class Mishaps:
    """Gives effects up, and reports them."""

    outbox: Outbox

    async def give_up(
        self, tx: Tx, parcel: Parcel, why: str, lines: Sequence[str], params: Mapping[str, Any]
    ) -> bool:
        """Give an effect up and add its member to the report of these sentences and parameters.

        False, and nothing is reported, where something newer has replaced the effect.
        """
        mine = update(OutboxRow).where(OutboxRow.id == parcel.id, OutboxRow.done_at.is_(None))
        values = {
            "done_at": self.outbox.clock.now(),
            "attempts": parcel.attempts + 1,
            "failure": why[:LONGEST_FAILURE],
        }
        if not (await tx.execute(mine.values(values))).rowcount:
            return False
        await self._report(tx, lines, params, parcel.member_id)
        return True

    async def _report(
        self, tx: Tx, lines: Sequence[str], params: Mapping[str, Any], member_id: int | None
    ) -> None:
        now = self.outbox.clock.now()
        lane = "mishap:" + _digest([*lines, *map(str, params.values())])
        gathering = select(OutboxRow.id, OutboxRow.payload, OutboxRow.created_at).where(
            OutboxRow.lane == lane, OutboxRow.done_at.is_(None), OutboxRow.next_at > now
        )
        row = (await tx.execute(gathering.with_for_update())).first()
        told = Letter.read(row.payload["letter"]) if row else Letter(lines, dict(params))
        letter = _with(told, lines, member_id)
        values = {
            "payload": {"place": Place.STAFF, "letter": letter.written()},
            "next_at": min(now + PAUSE, (row.created_at if row else now) + LONGEST_WAIT),
        }
        if row is not None:
            await tx.execute(update(OutboxRow).where(OutboxRow.id == row.id).values(values))
            return
        fresh = {"id": self.outbox.ids.next(), "kind": Effect.POST, "lane": lane}
        made = {"created_at": now, "attempts": 0, "member_id": None}
        await tx.execute(insert(OutboxRow).values(fresh | made | values))


def _with(told: Letter, lines: Sequence[str], member_id: int | None) -> Letter:
    """Return the report with one member more; the first few are named."""
    count, named = told.params.get("n", 0) + 1, sorted(told.members)
    if member_id is not None and len(named) < MOST_NAMED and member_id not in named:
        named.append(member_id)
    if not named:
        return Letter(lines, {**told.params, "n": count})
    return Letter([*lines, "mishap.names"], {**told.params, "n": count}, {"who": named})


def _digest(said: Sequence[str]) -> str:
    """Return what tells one report from another, short enough for a lane."""
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:40]
