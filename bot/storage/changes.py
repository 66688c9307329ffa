"""What changed, told to every process: at once here, by a counter that the others poll."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import delete, insert, select, update

from bot.core.errors import DatabaseAway
from bot.core.signals import Signals, Topic
from bot.storage.database import Database, Tx
from bot.storage.tables.system import ChangeCounterRow, ChangeRow

log = logging.getLogger(__name__)
POLL_SECONDS = 0.5
KEPT = 10_000  # changes that stay readable; a process further behind drops everything it cached


@dataclass
class Changes:
    """Notes changes in their transaction and fires `signals` for everybody's."""

    db: Database
    signals: Signals
    _last: int = field(default=0, init=False)

    async def note(self, tx: Tx, topic: Topic, subject: int = 0) -> None:
        """Write the change down with its cause; it fires here once that is committed."""
        await self.note_all(tx, topic, [subject])

    async def note_all(self, tx: Tx, topic: Topic, subjects: Sequence[int]) -> None:
        """Write the changes of many subjects down at once."""
        if not self.db.embedded:  # the embedded database has no other process
            # Last of all: everybody's changes queue behind the counter's row.
            tx.last(lambda: _count(tx, topic, subjects))
        for subject in subjects:
            tx.then(partial(self.signals.fire, topic, subject))

    async def start(self) -> None:
        """Begin after whatever is there: nothing is cached yet."""
        async with self.db.read() as tx:
            self._last = await tx.scalar(select(ChangeCounterRow.number)) or 0

    async def poll(self) -> None:
        """Fire what others changed since the last poll; our own again, which harms nothing."""
        newer = select(ChangeRow.number, ChangeRow.topic, ChangeRow.subject).where(
            ChangeRow.number > self._last
        )
        async with self.db.read() as tx:
            seen = (await tx.execute(newer.order_by(ChangeRow.number))).all()
        if seen and seen[0].number > self._last + 1:
            self.signals.fire(Topic.EVERYTHING)
        for change in seen:
            self.signals.fire(Topic(change.topic), change.subject)
            self._last = change.number

    async def watch(self) -> None:
        """Poll for ever; a database that is away makes everything cached suspect."""
        if self.db.embedded:
            return
        away = False
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                await self.poll()
            except DatabaseAway:
                if not away:
                    log.warning("changes of other processes cannot be read: the database is away")
                away = True
                self.signals.fire(Topic.EVERYTHING)
            except Exception:
                log.exception("changes of other processes could not be read")
                self.signals.fire(Topic.EVERYTHING)
            else:
                away = False

    async def prune(self) -> None:
        """Forget old changes."""
        async with self.db.begin() as tx:
            newest = await tx.scalar(select(ChangeCounterRow.number)) or 0
            await tx.execute(delete(ChangeRow).where(ChangeRow.number <= newest - KEPT))


async def _count(tx: Tx, topic: Topic, subjects: Sequence[int]) -> None:
    """Write changes under numbers of their own; the counter stays locked until the commit."""
    counted = (
        update(ChangeCounterRow)
        .values(number=ChangeCounterRow.number + len(subjects))
        .returning(ChangeCounterRow.number)
    )
    last = await tx.scalar(counted) or 0
    first = last - len(subjects) + 1
    rows = [
        {"number": first + at, "topic": topic, "subject": subject}
        for at, subject in enumerate(subjects)
    ]
    await tx.execute(insert(ChangeRow), rows)
