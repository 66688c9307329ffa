"""One metered call: held once, sent or not, ended once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from bot.catalogue.model import Route
from bot.core.chores import Chores
from bot.core.clock import Clock
from bot.core.errors import Draining, Failure
from bot.core.units import metered
from bot.ledger.calls import Attempt, Held, HoldAsk, Outcome, Settled
from bot.ledger.rules import Flag, Status
from bot.ledger.service import Ledger
from bot.relay.errors import InvalidKey, SuspendedMeanwhile, Unanswered, UpstreamTimeout
from bot.relay.meter import Count
from bot.relay.running import Leash, Running, Stop, Stopped

T = TypeVar("T")
NOTHING = Count(0, 0, estimated=False)
PLAIN = Flag(0)


@dataclass(frozen=True)
class Desk:
    """What every call needs to begin, to be ended from outside, and to be settled."""

    ledger: Ledger
    running: Running
    chores: Chores
    clock: Clock


class Call:
    """A call from its hold to its settlement; whatever happens, it ends exactly once."""

    def __init__(self, desk: Desk, ask: HoldAsk) -> None:
        self.desk = desk
        self.ask = ask
        self.member_id = ask.member_id
        self.upstream: str | None = None  # the last one it was sent to
        self.trail: list[Attempt] = []  # where it was asked, unless the first one answered
        self.when_stopped: Callable[[], object] | None = None  # nobody waits: end it from there
        self._held: Held | None = None
        self._leash = Leash()
        self._began = desk.clock.monotonic()
        self._alarm: asyncio.TimerHandle | None = None
        self.ending: asyncio.Future[Settled] | None = None

    @property
    def held(self) -> Held:
        """Return what the call holds; it has begun."""
        assert self._held is not None, "the call has begun"
        return self._held

    @property
    def stopped(self) -> Stop | None:
        """Return why Latchkey ended the call, if it did."""
        return self._leash.reason

    async def begin(self, total_seconds: float) -> None:
        """Hold what the call may cost; from now on its time runs."""
        self.desk.running.add(self)
        try:
            self._held = await self.wait(lambda: self.desk.ledger.hold(self.ask))
        except Stopped as stopped:
            self._over()
            raise self._words(stopped.reason) from None
        except BaseException:
            self._over()
            raise
        loop = asyncio.get_running_loop()
        self._alarm = loop.call_later(total_seconds, self.stop, Stop.TIME)

    async def wait(self, work: Callable[[], Awaitable[T]]) -> T:
        """Wait for something; raise Stopped once Latchkey ends the call."""
        return await self._leash.wait(work)

    def stop(self, reason: Stop) -> None:
        """End the call from outside, wherever it is."""
        if not self._leash.pull(reason) and self.when_stopped is not None:
            self.when_stopped()

    def sent(self, route: Route) -> None:
        """Note that the prompt goes to a route: from now on the call leaves a record."""
        self.upstream = route.upstream

    def price(self, count: Count) -> int:
        """Return what the tokens cost: the flat price whatever their number, where there is one."""
        terms = self.ask.terms
        if terms.flat is not None:
            return terms.flat
        return metered(count.prompt + count.completion, terms.coefficient)

    @property
    def prompt_alone(self) -> Count:
        """Return the prompt as we counted it, where it was, with nothing delivered."""
        prompt = self.ask.terms.prompt
        return Count(prompt, 0, estimated=prompt > 0)

    def end(
        self, status: Status, count: Count, flags: Flag = PLAIN, *, cost: int | None = None
    ) -> asyncio.Future[Settled]:
        """Settle what was sent, at `cost` or the count's price; a second end changes nothing."""
        if self.ending is None:
            if count.estimated:
                flags |= Flag.ESTIMATED
            took = self.desk.clock.monotonic() - self._began
            outcome = Outcome(
                status=status,
                cost=0 if status is Status.FAILED else self.price(count) if cost is None else cost,
                prompt_tokens=count.prompt,
                completion_tokens=count.completion,
                upstream=self.upstream,
                latency_ms=int(took * 1000),
                flags=flags,
                attempts=self.trail,
            )
            self._over()
            self.ending = self.desk.chores.keep(self.desk.ledger.settling(self.held, outcome))
        return self.ending

    async def settled(self, status: Status, count: Count, flags: Flag = PLAIN) -> Settled:
        """End the call and wait for it; it is settled though the waiting be cancelled."""
        return await self.end(status, count, flags)

    async def unanswered(self, fault: BaseException) -> BaseException:
        """End a call that brought no content, and return what its caller is to be told."""
        if isinstance(fault, Stopped):
            fault = self._words(fault.reason)
        if self.upstream is None:  # no upstream saw it: there is nothing to record
            self._over()
            undone = self.desk.chores.start(self.desk.ledger.release(self.held))
            if not isinstance(fault, asyncio.CancelledError):
                # What the caller is told to have left must not lack what this call held.
                await asyncio.wait((undone,))
        elif isinstance(fault, asyncio.CancelledError):
            self.end(Status.LEFT, self.prompt_alone, Flag.LEFT)
        else:
            settled = await self.settled(Status.FAILED, NOTHING)
            if isinstance(fault, Unanswered):
                fault.standing = settled.standing
        return fault

    def _over(self) -> None:
        self.desk.running.discard(self)
        self.when_stopped = None  # it holds the call, as the call holds it
        if self._alarm is not None:
            self._alarm.cancel()

    def _words(self, reason: Stop) -> Failure:
        """Say why a call was ended before anything of its answer was there."""
        match reason:
            case Stop.SHUTDOWN:
                return Draining()
            case Stop.SUSPENDED:
                return SuspendedMeanwhile()
            case Stop.LEAVING:
                return InvalidKey()
            case Stop.TIME | Stop.SLOW | Stop.ASKED:
                return UpstreamTimeout(model=self.ask.model)
