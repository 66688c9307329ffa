"""Runs a coroutine and strikes at one of the points where it waits."""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass
from typing import Any


@dataclass
class Struck:
    """Awaits `work` and calls `strike` at its wait number `at`, counted from 0.

    Struck `late`, what it waits for is there already, but the task has not woken yet.
    """

    work: Coroutine[Any, Any, Any]
    at: int
    strike: Callable[[], object]
    late: bool
    waits: int = 0

    def __await__(self) -> Generator[Any, Any, Any]:
        steps = self.work.__await__()
        resume: Callable[[], Any] = lambda: next(steps)  # noqa: E731  # replaced at every wait
        while True:
            try:
                waited_for = resume()
            except StopIteration as end:
                return end.value
            if self.waits == self.at:
                self._strike(waited_for)
            self.waits += 1
            try:
                sent = yield waited_for
            except BaseException as fault:  # thrown into the work, as a task does
                resume = lambda fault=fault: steps.throw(fault)  # noqa: E731
            else:
                resume = lambda sent=sent: steps.send(sent)  # noqa: E731

    def _strike(self, waited_for: Any) -> None:
        if self.late and waited_for is not None:
            waited_for.add_done_callback(lambda _: self.strike())
        else:
            asyncio.get_running_loop().call_soon(self.strike)


async def struck(
    work: Coroutine[Any, Any, Any], at: int, strike: Callable[[], object] | None, *, late: bool
) -> tuple[bool, BaseException | None]:
    """Run the work struck at one wait (None: cancelled there); say whether it waited so often."""

    stepping = Struck(work, at, lambda: None, late)

    async def run() -> None:
        await stepping

    task = asyncio.create_task(run())
    stepping.strike = strike or task.cancel
    [outcome] = await asyncio.gather(task, return_exceptions=True)
    return stepping.waits > at, outcome
