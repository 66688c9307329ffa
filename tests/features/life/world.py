"""One process's services over a fresh database, and everything people and staff do to them."""

import logging
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, TypeVar

from bot.app.doors import jobs_of
from bot.app.staff import exchange_desk_of
from bot.audit import Action
from bot.core.clock import HandClock, day_of
from bot.core.errors import Failure
from bot.jobs.cadence import Monthly
from bot.jobs.runner import Runner
from bot.members.people import Person
from bot.privacy.service import Privacy
from bot.staff.exchanges import ExchangeDesk
from bot.staff.proposals import Done, Waits
from bot.storage.database import Database
from bot.upstreams.http import Http
from tests.features.staff.room import MO, OLGA, Room, room

T = TypeVar("T")


class Faults(logging.Handler):
    """Keeps what was logged as an error: jobs and signals go on after one."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self.seen.append(self.format(record))


@dataclass
class World:
    """The services, and what is wired around them."""

    room: Room
    desk: ExchangeDesk
    privacy: Privacy
    runner: Runner
    prune: Any
    stack: AsyncExitStack
    faults: Faults = field(default_factory=Faults)

    async def act(self, action: Action, target: Person | None, **details: Any) -> Done | Failure:
        """Let one moderator do something, and another approve it where that is asked for."""
        try:
            preview = await self.room.propose(action, details, target=target)
            outcome = await self.room.confirm(preview)
            if isinstance(outcome, Waits):
                olga = await self.room.actor(OLGA)
                return await self.room.proposals.approve(outcome.proposal_id, olga)
        except Failure as refused:
            return refused
        return outcome

    async def undo(self, audit_id: int) -> Done | Failure:
        """Let a moderator take something back."""
        return await caught(self.room.proposals.undo(audit_id, await self.room.actor(MO)))

    async def tick(self) -> None:
        """Let the jobs look about, and the last night's deletions happen."""
        await self.runner.tick()
        built, clock = self.room.built, self.room.clock
        await self.prune.work(day_of(clock.now(), built.community.zone) - timedelta(days=1))

    async def close(self) -> None:
        """Close everything."""
        await self.room.built.chores.drain()
        await self.stack.aclose()
        logging.getLogger("bot").removeHandler(self.faults)


async def caught(work: Awaitable[T]) -> T | Failure:
    """Return what came of some work, a refusal too."""
    try:
        return await work
    except Failure as refused:
        return refused


async def opened(url: str, clock: HandClock, *, nights: bool = False, **sections: Any) -> World:
    """Open a process's services; what runs once a night does not, unless `nights`."""
    stack = AsyncExitStack()
    db = await stack.enter_async_context(Database(url))
    made = room(db, clock, await stack.enter_async_context(Http()), **sections)
    built = made.built
    await stack.enter_async_context(built.ledger)
    privacy = Privacy(
        db,
        clock,
        built.members,
        built.keys,
        built.marks,
        built.levelling.levels,
        built.audit,
        built.changes,
        built.community,
    )
    runner = jobs_of(built).runner
    prune = next(job for job in runner.jobs if job.name == "prune")
    kept = [job for job in runner.jobs if job.name != "backup"]
    jobs = [job for job in kept if nights or isinstance(job, Monthly)]
    fewer = replace(runner, jobs=jobs)
    world = World(made, exchange_desk_of(built), privacy, fewer, prune, stack)
    logging.getLogger("bot").addHandler(world.faults)
    return world
