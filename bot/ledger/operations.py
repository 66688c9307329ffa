"""What can be asked of the writer; each operation carries the future its caller waits on."""

import asyncio
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from bot.ledger.calls import Held, HoldAsk, Outcome, Settled


def _future() -> asyncio.Future[Any]:
    return asyncio.get_running_loop().create_future()


@dataclass(slots=True, eq=False)
class Reserve:
    """Begin a call; once its caller is gone it is not begun, or given back."""

    id: int
    ask: HoldAsk
    day: date
    answer: asyncio.Future[Held] = field(default_factory=_future)

    @property
    def member_id(self) -> int:
        """Return whose call it is."""
        return self.ask.member_id


@dataclass(slots=True, eq=False)
class Settle:
    """End a dispatched call: its cost takes the hold's place and its record is written."""

    held: Held
    outcome: Outcome
    answer: asyncio.Future[Settled] = field(default_factory=_future)

    @property
    def id(self) -> int:
        """Return the hold's id."""
        return self.held.id

    @property
    def member_id(self) -> int:
        """Return whose call it is."""
        return self.held.ask.member_id

    @property
    def day(self) -> date:
        """Return the day the call was held on."""
        return self.held.standing.day


@dataclass(slots=True, eq=False)
class GiveBack:
    """End a call that was never dispatched: no record, and its place in the minute returns."""

    id: int
    member_id: int
    day: date
    minute: int | None
    answer: asyncio.Future[None] = field(default_factory=_future)


@dataclass(frozen=True, slots=True)
class HoldSeen:
    """A hold as the sweep read it."""

    id: int
    member_id: int
    key_id: int | None
    day: date
    beat: int
    mode: str
    endpoint: str
    model: str
    arrived_at: datetime


@dataclass(slots=True, eq=False)
class Abandon:
    """End a call whose process is gone, unless it has shown life since it was seen."""

    hold: HoldSeen
    answer: asyncio.Future[bool] = field(default_factory=_future)

    @property
    def id(self) -> int:
        """Return the hold's id."""
        return self.hold.id

    @property
    def member_id(self) -> int:
        """Return whose call it is."""
        return self.hold.member_id

    @property
    def day(self) -> date:
        """Return the day the call was held on."""
        return self.hold.day


Ending = Settle | GiveBack | Abandon
Operation = Reserve | Ending
