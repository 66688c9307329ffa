"""The five steps of the tour, each done once what it names has really happened."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import Select, select

from bot.ledger.rules import Status
from bot.sandbox.discord.world import World
from bot.storage.database import Database
from bot.storage.tables.allowance import GrantRow
from bot.storage.tables.keys import KeyRow
from bot.storage.tables.ledger import CallRow

LIMITS = "all_limits"


class Step(StrEnum):
    """What a newcomer tries, in this order."""

    KEY = "key"
    CALL = "call"
    LIMITS = "limits"
    ASK = "ask"
    GRANT = "grant"


ANSWERED = CallRow.status == Status.ANSWERED.value
TRACES: dict[Step, Select[int]] = {
    Step.KEY: select(KeyRow.id),
    Step.CALL: select(CallRow.id).where(ANSWERED, CallRow.key_id.is_not(None)),
    Step.ASK: select(CallRow.id).where(ANSWERED, CallRow.key_id.is_(None)),
    Step.GRANT: select(GrantRow.id).where(GrantRow.giver_id.is_not(None)),
}


@dataclass
class Tour:
    """Looks at what is in the database and the chat whenever something happened; `tell` hears."""

    db: Database
    world: World
    tell: Callable[[list[str]], None]
    _done: set[Step] = field(default_factory=set)
    _stirred: asyncio.Event = field(default_factory=asyncio.Event)

    def done(self) -> list[str]:
        """List the steps that are done, in their order."""
        return [step.value for step in Step if step in self._done]

    def stir(self) -> None:
        """Look again: something may have been done."""
        self._stirred.set()

    async def run(self) -> None:
        """Look until everything is done."""
        self.stir()
        while len(self._done) < len(Step):
            await self._stirred.wait()
            self._stirred.clear()
            if new := await self._new():
                self._done |= new
                self.tell(self.done())

    async def _new(self) -> set[Step]:
        new = set()
        if Step.LIMITS not in self._done and self._asked_for_limits():
            new.add(Step.LIMITS)
        async with self.db.read() as tx:
            for step, trace in TRACES.items():
                if step not in self._done and await tx.scalar(trace.limit(1)) is not None:
                    new.add(step)
        return new

    def _asked_for_limits(self) -> bool:
        asked = self.world.interactions.values()
        return any(each.command == LIMITS and each.replies for each in asked)
