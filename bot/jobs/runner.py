"""Claims a period of a job under a lease, runs it once, and catches up what was missed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from sqlalchemy import delete, func, select, update

from bot.community.service import Community
from bot.core.clock import Clock
from bot.core.errors import DatabaseAway
from bot.jobs.cadence import Minutely, Monthly, Nightly
from bot.jobs.calendar import MOST_MISSED
from bot.storage.database import Database
from bot.storage.leases import Leases
from bot.storage.sql import insert_new
from bot.storage.tables.system import PeriodRow

log = logging.getLogger(__name__)
RENEW_SECONDS = 20.0
MINUTE = 60.0


class Ousted(Exception):
    """This process stood still for so long that another one took the job over."""


@dataclass(frozen=True)
class Runner:
    """Runs what is due; any number of processes may, each period is done once."""

    db: Database
    clock: Clock
    community: Community
    leases: Leases
    jobs: Sequence[Nightly | Monthly]
    minutely: Sequence[Minutely] = ()
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock)
    _looked: dict[str, float] = field(default_factory=dict)  # when a minutely job last did

    async def tick(self) -> None:
        """Run every period that is due and not done; a job that fails is tried at the next tick."""
        if self._busy.locked():
            return
        async with self._busy:
            for often in self.minutely:
                await _tried(often.name, partial(self._look, often))
            for job in self.jobs:
                await _tried(job.name, partial(self._catch_up, job))

    async def _look(self, job: Minutely) -> None:
        now = self.clock.monotonic()
        if now - self._looked.get(job.name, -MINUTE) < MINUTE:
            return
        await self._alone(job.name, job.work)
        self._looked[job.name] = now

    async def _catch_up(self, job: Nightly | Monthly) -> None:
        due = job.due(await self._last(job.name), self.clock.now(), self.community.zone)

        async def work() -> None:
            for period in due:
                await self._run(job, period)
            await self._forget(job.name)

        if due:
            await self._alone(job.name, work)

    async def _run(self, job: Nightly | Monthly, period: str) -> None:
        ours = (PeriodRow.job == job.name, PeriodRow.period == period)
        begun = {"job": job.name, "period": period, "begun_at": self.clock.now()}
        async with self.db.begin() as tx:
            await insert_new(tx, PeriodRow, [begun])
            done = await tx.scalar(select(PeriodRow.done_at).where(*ours))
        if done is not None:
            return
        await job.run(period)
        async with self.db.begin() as tx:
            await tx.execute(update(PeriodRow).where(*ours).values(done_at=self.clock.now()))
        log.info("the job %s is done for %s", job.name, period)

    async def _forget(self, name: str) -> None:
        """Delete the periods older than any that could still be caught up."""
        newest = select(PeriodRow.period).where(PeriodRow.job == name)
        async with self.db.begin() as tx:
            kept = await tx.scalars(newest.order_by(PeriodRow.period.desc()).limit(MOST_MISSED))
            old = (PeriodRow.job == name, PeriodRow.period < kept.all()[-1])
            await tx.execute(delete(PeriodRow).where(*old))

    async def overdue(self, by: timedelta) -> dict[str, list[str]]:
        """List the periods, by job, that were due so long ago and are not done."""
        then, late = self.clock.now() - by, {}
        for job in self.jobs:
            if due := job.due(await self._last(job.name), then, self.community.zone):
                late[job.name] = due
        return late

    async def ran(self) -> bool:
        """Say whether any job was ever begun on this database."""
        async with self.db.read() as tx:
            return await tx.scalar(select(PeriodRow.job).limit(1)) is not None

    async def _last(self, name: str) -> str | None:
        newest = select(func.max(PeriodRow.period)).where(
            PeriodRow.job == name, PeriodRow.done_at.is_not(None)
        )
        async with self.db.read() as tx:
            return await tx.scalar(newest)

    async def _alone(self, name: str, work: Callable[[], Awaitable[object]]) -> None:
        """Do the work under the job's lease, unless another process has it."""
        lease = f"job:{name}"
        if not await self.leases.take(lease):
            return
        async with asyncio.TaskGroup() as group:
            renewing = group.create_task(self._renew(lease))
            try:
                await work()
            finally:
                renewing.cancel()
        await self.leases.drop(lease)

    async def _renew(self, lease: str) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            if not await self.leases.renew(lease):
                raise Ousted


async def _tried(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Do the work; what goes wrong is logged, and stops no other job."""
    try:
        await work()
    except* DatabaseAway:
        log.warning("the job %s waits: the database is away", name)
    except* Ousted:
        log.warning("the job %s goes on in another process", name)
    except* Exception:
        log.exception("the job %s failed; it is tried again", name)
