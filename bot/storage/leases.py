"""Leases by name: held while their holder counts them up, free once they stand still.

Only the watcher's own steady clock measures the standing still, so clocks that jump or differ
between hosts free nothing that is alive.
"""

import secrets
from dataclasses import dataclass, field

from sqlalchemy import delete, select, update

from bot.core.clock import Clock
from bot.storage.database import Database, Tx
from bot.storage.sql import insert_new
from bot.storage.tables.system import LeaseRow


@dataclass
class Leases:
    """The leases as one process sees them."""

    db: Database
    clock: Clock
    holder: int  # a number of this process's own
    stale_seconds: float = 60.0
    _seen: dict[str, tuple[int, int, float]] = field(default_factory=dict, init=False)

    async def take(self, name: str) -> bool:
        """Take the name, renew it if it is ours, or say that another process holds it."""
        async with self.db.begin() as tx:
            row = (await tx.execute(select(LeaseRow).where(LeaseRow.name == name))).one_or_none()
            if row is None:
                return await _added(tx, name, self.holder)
            if row.holder != self.holder and not self._stands_still(name, row.holder, row.beat):
                return False
            moved = update(LeaseRow).where(
                LeaseRow.name == name, LeaseRow.holder == row.holder, LeaseRow.beat == row.beat
            )
            done = await tx.execute(moved.values(holder=self.holder, beat=row.beat + 1))
        return done.rowcount == 1

    async def renew(self, name: str) -> bool:
        """Count our lease up; False once it is no longer ours, even if it is free again."""
        ours = (LeaseRow.name == name, LeaseRow.holder == self.holder)
        counted = update(LeaseRow).where(*ours).values(beat=LeaseRow.beat + 1)
        async with self.db.begin() as tx:
            return (await tx.execute(counted)).rowcount == 1

    async def drop(self, name: str) -> None:
        """Free the name if it is ours."""
        async with self.db.begin() as tx:
            ours = (LeaseRow.name == name, LeaseRow.holder == self.holder)
            await tx.execute(delete(LeaseRow).where(*ours))

    async def clear(self) -> None:
        """Free every name: for the one owner of an embedded database, at its start."""
        async with self.db.begin() as tx:
            await tx.execute(delete(LeaseRow))

    def _stands_still(self, name: str, holder: int, beat: int) -> bool:
        """Say whether the lease has not moved for `stale_seconds` under our own eyes."""
        now = self.clock.monotonic()
        seen = self._seen.get(name)
        if seen is None or seen[:2] != (holder, beat):
            self._seen[name] = (holder, beat, now)
            return False
        return now - seen[2] >= self.stale_seconds


async def _added(tx: Tx, name: str, holder: int) -> bool:
    """Insert the lease unless another process was quicker."""
    # Not from 0 again: who watched an earlier lease of this holder would take this one for it.
    row = {"name": name, "holder": holder, "beat": secrets.randbits(40)}
    return await insert_new(tx, LeaseRow, [row]) == 1
