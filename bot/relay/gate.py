"""An upstream's own limits: how many calls at once, how many a minute, who waits for a place."""

import asyncio
from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from bot.core.clock import Clock

MINUTE = 60.0  # seconds
SOON = 1.0  # seconds; when a call that runs will end nobody knows


class Gate:
    """Counts who is in; limits hold for this process, any minute long."""

    def __init__(
        self, clock: Clock, concurrency: int | None = None, per_minute: int | None = None
    ) -> None:
        """None: no such limit."""
        self.running = 0
        self._clock = clock
        self._concurrency = concurrency
        self._per_minute = per_minute
        self._begun: deque[float] = deque(maxlen=per_minute or 0)  # steady seconds, oldest first
        self._queue: deque[Ticket] = deque()

    def admits(self, ticket: "Ticket | None" = None) -> bool:
        """Say whether a call may go in now; without a ticket it goes behind who waits already."""
        return (ticket is not None or not self._queue) and not self.wait()

    def wait(self) -> float:
        """Return the seconds until there may be a place, 0 where there is one."""
        if self._concurrency is not None and self.running >= self._concurrency:
            return SOON
        if self._per_minute is None or len(self._begun) < self._per_minute:
            return 0.0
        return max(0.0, self._begun[0] + MINUTE - self._clock.monotonic())

    def enter(self) -> None:
        """Take a place; `admits` has just said yes."""
        self.running += 1
        self._begun.append(self._clock.monotonic())

    def leave(self) -> None:
        """Give the place back."""
        self.running -= 1
        self.stir()

    def stir(self) -> None:
        """Call who has waited longest, where there is a place."""
        if self._queue and not self.wait():
            sleeping = (ticket for ticket in self._queue if ticket.sleeps)
            if (ticket := next(sleeping, None)) is not None:
                ticket.call()

    def join(self, ticket: "Ticket") -> None:
        """Let somebody wait for a place."""
        self._queue.append(ticket)

    def quit(self, ticket: "Ticket") -> None:
        """Let somebody wait no longer: the place that was theirs is the next one's."""
        self._queue.remove(ticket)
        self.stir()


class Ticket:
    """A call's place in the queues of upstreams that are full; `with` gives it up."""

    def __init__(self, gates: Sequence[Gate]) -> None:
        self._gates = gates
        self._called: asyncio.Future[bool] | None = None

    def __enter__(self) -> Self:
        for gate in self._gates:
            gate.join(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for gate in self._gates:
            gate.quit(self)

    @property
    def sleeps(self) -> bool:
        """Say whether it waits to be called."""
        return self._called is not None and not self._called.done()

    def call(self) -> None:
        """Wake whoever holds it: there is a place."""
        if self._called is not None and not self._called.done():
            self._called.set_result(True)

    async def called(self, seconds: float) -> bool:
        """Wait until a gate calls; False once the seconds are over."""
        loop = asyncio.get_running_loop()
        called: asyncio.Future[bool] = loop.create_future()
        self._called = called
        # A minute's place comes with time alone: nobody leaves to make it.
        alarms = [loop.call_later(gate.wait(), gate.stir) for gate in self._gates]
        alarms.append(loop.call_later(max(0.0, seconds), _over, called))
        try:
            return await called
        finally:
            self._called = None
            for alarm in alarms:
                alarm.cancel()


def _over(called: "asyncio.Future[bool]") -> None:
    if not called.done():
        called.set_result(False)
