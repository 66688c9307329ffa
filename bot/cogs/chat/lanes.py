"""Who writes in a channel with the bot's own token: one edit at a time, everybody in turn.

All conversations of a channel share one bucket of Discord's; whoever writes there waits for the
others, and the more there are, the rarer each one writes.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class Lane:
    """One channel; the lock lets whoever has waited longest write next."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    writers: set[int] = field(default_factory=set)


class Lanes:
    """The channels in which answers are being written."""

    def __init__(self) -> None:
        self._lanes: dict[int, Lane] = {}

    @asynccontextmanager
    async def turn(self, channel_id: int, writer: int) -> AsyncIterator[None]:
        """Wait for a turn to write; from now on the writer is one of those who share them."""
        lane = self._lanes.setdefault(channel_id, Lane())
        lane.writers.add(writer)
        async with lane.lock:
            yield

    def crowd(self, channel_id: int) -> int:
        """Return how many share a channel's turns, at least 1."""
        lane = self._lanes.get(channel_id)
        return max(1, len(lane.writers)) if lane else 1

    def leave(self, channel_id: int, writer: int) -> None:
        """Share a channel's turns no longer."""
        if (lane := self._lanes.get(channel_id)) is None:
            return
        lane.writers.discard(writer)
        if not lane.writers and not lane.lock.locked():
            del self._lanes[channel_id]
