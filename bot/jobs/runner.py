"""Claims a period of a job under a lease, runs it once, and catches up what was missed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, time

from sqlalchemy import delete, func, select, update

from bot.community.service import Community
from bot.core.clock import Clock
from bot.core.errors import DatabaseAway
from bot.jobs.calendar import MOST_MISSED, due_days
from bot.storage.database import Database
from bot.storage.leases import Leases
from bot.storage.sql import insert_new
from bot.storage.tables.system import PeriodRow

log = logging.getLogger(__name__)
RENEW_SECONDS = 20.0


class Ousted(Exception):
    """This process stood still for so long that another one took the job over."""


@dataclass(frozen=True, slots=True)
class Nightly:
    """A job that runs once for every day of the community."""

    name: str
    at: time  # of the following day, the community's wall clock
    work: Callable[[date], Awaitable[None]]


@dataclass(frozen=True)
class Runner:
    """Runs what is due; any number of processes may, each period is done once."""

    db: Database
    clock: Clock
    community: Community
    leases: Leases
    jobs: Sequence[Nightly]
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def tick(self) -> None:
        """Run every period that is due and not done; a job that fails is tried at the next tick."""
        if self._busy.locked():
            return
        async with self._busy:
            for job in self.jobs:
                try:
                    await self._catch_up(job)
                except* DatabaseAway:
                    log.warning("the job %s waits: the database is away", job.name)
                except* Ousted:
                    log.warning("the job %s goes on in another process", job.name)
                except* Exception:
                    log.exception("the job %s failed; it is tried again", job.name)

    async def _catch_up(self, job: Nightly) -> None:
        zone, now = self.community.zone, self.clock.now()
        last = await self._last(job.name)
        days = due_days(date.fromisoformat(last) if last else None, now, zone, job.at)
        if not days or not await self.leases.take(_lease(job)):
            return
        async with asyncio.TaskGroup() as group:
            renewing = group.create_task(self._renew(job))
            try:
                for day in days:
                    await self._run(job, day)
            finally:
                renewing.cancel()
        await self._forget(job)
        await self.leases.drop(_lease(job))

    async def _run(self, job: Nightly, day: date) -> None:
        period = day.isoformat()
        ours = (PeriodRow.job == job.name, PeriodRow.period == period)
        begun = {"job": job.name, "period": period, "begun_at": self.clock.now()}
        async with self.db.begin() as tx:
            await insert_new(tx, PeriodRow, [begun])
            done = await tx.scalar(select(PeriodRow.done_at).where(*ours))
        if done is not None:
            return
        await job.work(day)
        async with self.db.begin() as tx:
            await tx.execute(update(PeriodRow).where(*ours).values(done_at=self.clock.now()))
        log.info("the job %s is done for %s", job.name, period)

    async def _forget(self, job: Nightly) -> None:
        """Delete the periods older than any that could still be caught up."""
        kept = (
            select(PeriodRow.period)
            .where(PeriodRow.job == job.name)
            .order_by(PeriodRow.period.desc())
            .limit(MOST_MISSED)
        )
        async with self.db.begin() as tx:
            oldest = (await tx.scalars(kept)).all()[-1]
            old = (PeriodRow.job == job.name, PeriodRow.period < oldest)
            await tx.execute(delete(PeriodRow).where(*old))

    async def _last(self, name: str) -> str | None:
        newest = select(func.max(PeriodRow.period)).where(
            PeriodRow.job == name, PeriodRow.done_at.is_not(None)
        )
        async with self.db.read() as tx:
            return await tx.scalar(newest)

    async def _renew(self, job: Nightly) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            if not await self.leases.renew(_lease(job)):
                raise Ousted


def _lease(job: Nightly) -> str:
    return f"job:{job.name}"
