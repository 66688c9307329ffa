"""The jobs of one process: the sweep on every tick, and what is due beside it."""

import asyncio
import logging
from dataclasses import dataclass, field

from bot.core.clock import Clock
from bot.core.errors import DatabaseAway
from bot.jobs.alarm import Alarm
from bot.jobs.runner import Runner
from bot.ledger.service import Ledger

log = logging.getLogger(__name__)


@dataclass
class Jobs:
    """Ticks until cancelled."""

    clock: Clock
    ledger: Ledger
    runner: Runner
    ready: bool = field(default=False, init=False)

    async def run(self) -> None:
        """Ring the alarm for ever; a long job never keeps the sweep waiting."""
        async with asyncio.TaskGroup() as group:

            async def tick() -> None:
                group.create_task(self.runner.tick())
                await self._sweep()

            self.ready = True
            await Alarm(self.clock, tick).run()

    async def _sweep(self) -> None:
        try:
            await self.ledger.sweep()
        except DatabaseAway:
            log.warning("holds could not be swept: the database is away")
