"""Who may look on while calls are held and settled: the sandbox's page does."""

import asyncio
from typing import Protocol

from bot.ledger.calls import Held, Outcome, Settled


class Watcher(Protocol):
    """Somebody who is told of every call of this process, at once, and must not be slow."""

    def held(self, held: Held) -> None:
        """Hear that a call holds what it may cost."""
        ...

    def settling(self, held: Held, outcome: Outcome, answer: asyncio.Future[Settled]) -> None:
        """Hear how a call ended; `answer` is there once it is charged."""
        ...

    def released(self, held: Held) -> None:
        """Hear that a call was never sent."""
        ...
