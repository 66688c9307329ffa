"""Work that must end although its caller is cancelled: settling, mostly."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

log = logging.getLogger(__name__)
T = TypeVar("T")


class Chores:
    """Keeps tasks until they are done, whoever stops waiting for them."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Future[Any]] = set()

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start the work and keep it; what it raises is logged."""
        task = self._keep(work)
        task.add_done_callback(_report)
        return task

    def keep(self, promised: asyncio.Future[T]) -> asyncio.Future[T]:
        """Keep what somebody else carries out, so that `drain` waits for it too."""
        self._tasks.add(promised)
        promised.add_done_callback(self._over)
        return promised

    async def finish(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for the work; it goes on to its end when the waiting is cancelled."""
        task = self._keep(work)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_report)  # nobody else will see what it raises
            raise

    async def drain(self) -> None:
        """Wait until nothing is left, also of what is added meanwhile."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    def _keep(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _over(self, promised: asyncio.Future[Any]) -> None:
        self._tasks.discard(promised)
        _report(promised)


def _report(task: asyncio.Future[Any]) -> None:
    if not task.cancelled() and (fault := task.exception()) is not None:
        log.error("a chore failed", exc_info=fault)
