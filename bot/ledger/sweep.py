"""Finds the holds whose process is gone: their lease has not moved under our own eyes."""

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import select

from bot.core.clock import Clock
from bot.ledger.operations import HoldSeen
from bot.storage.database import Database
from bot.storage.tables.ledger import HoldRow

SEEN = (
    HoldRow.id,
    HoldRow.member_id,
    HoldRow.key_id,
    HoldRow.day,
    HoldRow.beat,
    HoldRow.mode,
    HoldRow.endpoint,
    HoldRow.model,
    HoldRow.arrived_at,
)


async def held_now(db: Database) -> list[HoldSeen]:
    """Read every hold there is."""
    async with db.read() as tx:
        return [HoldSeen(*row) for row in await tx.execute(select(*SEEN))]


@dataclass
class Watch:
    """Remembers since when each hold's lease stands still; forgets the holds that are gone."""

    db: Database
    clock: Clock
    _since: dict[int, tuple[int, float]] = field(default_factory=dict, init=False)

    async def still(self, seconds: float, alive: Collection[int]) -> list[HoldSeen]:
        """Return the holds that stood still for `seconds`, but for those known `alive`."""
        before, self._since = self._since, {}  # a look that fails starts the watch anew
        now = self.clock.monotonic()
        found = [hold for hold in await held_now(self.db) if hold.id not in alive]
        for hold in found:
            beat, since = before.get(hold.id, (hold.beat, now))
            self._since[hold.id] = (hold.beat, since if beat == hold.beat else now)
        return [hold for hold in found if now - self._since[hold.id][1] >= seconds]
