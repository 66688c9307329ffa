"""Durable hold + settle pairs a second: the ledger against a transaction for each operation.

`python -m tests.benchmarks.ledger [seconds]` runs both in turns on SQLite (synchronous FULL) and,
where it is installed, on PostgreSQL (synchronous_commit on), and prints a table of medians and
ratios. Every run ends with a check that nothing was lost. Nothing asserts time.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, insert, select

from bot.core.clock import SystemClock, day_of, minute_of
from bot.core.ids import Ids
from bot.core.units import Mode
from bot.ledger.calls import HoldAsk, LedgerRules, Outcome
from bot.ledger.rules import Day, Granted, Limits, Pace, Status, Terms, begun, charge, decide
from bot.ledger.service import Ledger
from bot.storage.database import Database, Tx
from bot.storage.migrate import upgrade
from bot.storage.sql import put
from bot.storage.tables.ledger import CallRow, DayRow, HoldRow, PaceRow
from bot.storage.tables.members import MemberRow
from tests.fakes import postgres

MEMBERS = 1_000
COST = 150
ROUNDS = 3
RULES = LedgerRules(ZoneInfo("UTC"), 800, 512, 20, 60)
ANSWERED = Outcome(Status.ANSWERED, COST, 100, 50, "loopback", 12)
Pair = Callable[[int], Awaitable[None]]


@dataclass
class Run:
    """One measured run: pairs a second, p99 of an operation, CPU of a thousand pairs."""

    pairs: float
    p99_ms: float
    cpu_ms: float


@dataclass
class PerOperation:
    """The same bookkeeping with a SQLAlchemy transaction for each hold and each settle."""

    db: Database
    ids: Ids

    async def hold(self, ask: HoldAsk) -> tuple[int, HoldAsk, int]:
        """Lock pace and day, decide, write."""
        day_key = day_of(ask.arrived, RULES.zone)
        async with self.db.begin() as tx:
            pace, day = await self._locked(tx, ask, day_key)
            minute = minute_of(ask.arrived)
            granted = decide(day, pace, minute, ask.terms, ask.limits)
            assert isinstance(granted, Granted)
            number = self.ids.next()
            counted = begun(pace, minute)
            await self._put(
                tx,
                ask,
                day_key,
                Pace(pace.in_flight + 1, minute, counted + 1),
                Day(day.spent, day.held + granted.amount, day.calls),
            )
            await tx.execute(
                insert(HoldRow).values(
                    id=number,
                    member_id=ask.member_id,
                    key_id=ask.key_id,
                    day=day_key,
                    amount=granted.amount,
                    beat=0,
                    mode=ask.mode,
                    endpoint=ask.endpoint,
                    model=ask.model,
                    arrived_at=ask.arrived,
                )
            )
        return number, ask, granted.amount

    async def settle(self, held: tuple[int, HoldAsk, int], outcome: Outcome) -> None:
        """Lock pace and day, charge, write the record."""
        number, ask, amount = held
        day_key = day_of(ask.arrived, RULES.zone)
        async with self.db.begin() as tx:
            pace, day = await self._locked(tx, ask, day_key)
            gone = await tx.execute(delete(HoldRow).where(HoldRow.id == number))
            assert gone.rowcount == 1
            cost, overrun = charge(outcome.cost, amount, day, ask.limits.allowance)
            await self._put(
                tx,
                ask,
                day_key,
                Pace(pace.in_flight - 1, pace.minute, pace.minute_calls),
                Day(day.spent + cost, day.held - amount, day.calls + 1),
            )
            await tx.execute(
                insert(CallRow).values(
                    id=number,
                    member_id=ask.member_id,
                    key_id=ask.key_id,
                    day=day_key,
                    endpoint=ask.endpoint,
                    model=ask.model,
                    upstream=outcome.upstream,
                    mode=ask.mode,
                    status=outcome.status,
                    flags=0,
                    prompt_tokens=outcome.prompt_tokens,
                    completion_tokens=outcome.completion_tokens,
                    cost=cost,
                    overrun=overrun,
                    latency_ms=outcome.latency_ms,
                    arrived_at=ask.arrived,
                )
            )

    async def _locked(self, tx: Tx, ask: HoldAsk, day: Any) -> tuple[Pace, Day]:
        paces = select(PaceRow.in_flight, PaceRow.minute, PaceRow.minute_calls).where(
            PaceRow.member_id == ask.member_id
        )
        days = select(DayRow.spent, DayRow.held, DayRow.calls).where(
            DayRow.member_id == ask.member_id, DayRow.day == day
        )
        pace = (await tx.execute(paces.with_for_update())).one_or_none()
        found = (await tx.execute(days.with_for_update())).one_or_none()
        return Pace(*pace) if pace else Pace(), Day(*found) if found else Day()

    async def _put(self, tx: Tx, ask: HoldAsk, on: Any, pace: Pace, day: Day) -> None:
        member = {"member_id": ask.member_id}
        paced = {f: getattr(pace, f) for f in ("in_flight", "minute", "minute_calls")}
        await put(tx, PaceRow, member | paced)
        counted = {f: getattr(day, f) for f in ("spent", "held", "calls")}
        await put(tx, DayRow, member | {"day": on} | counted)


def ask(member: int) -> HoldAsk:
    """A call that always fits."""
    return HoldAsk(
        member_id=member,
        key_id=7,
        endpoint="chat.completions",
        model="gpt-4o",
        mode=Mode.TOKENS,
        arrived=datetime.now(UTC),
        terms=Terms(1_000, 100, 100),
        limits=Limits(None, 1_000, None),
    )


async def measured(ledger: Ledger | PerOperation, callers: int, seconds: float) -> Run:
    """Let callers make pairs for a while, each awaiting every operation."""
    took: list[float] = []
    until = time.perf_counter() + seconds

    async def caller(number: int) -> None:
        # Each caller has members of its own, so that the per-operation rows are rarely contended.
        turn = number
        while time.perf_counter() < until:
            begun_at = time.perf_counter()
            held: Any = await ledger.hold(ask(1 + turn % MEMBERS))
            held_at = time.perf_counter()
            await ledger.settle(held, ANSWERED)
            took.extend((held_at - begun_at, time.perf_counter() - held_at))
            turn += callers

    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.gather(*(caller(number) for number in range(callers)))
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    took.sort()
    pairs = len(took) // 2
    return Run(pairs / wall, took[int(len(took) * 0.99)] * 1e3, cpu / pairs * 1e6)


async def prepared(db: Database) -> None:
    """Add the members, and their rows of today, so that every run finds the same."""
    async with db.begin() as tx:
        made = {"created_at": datetime.now(UTC), "mode": "tokens", "switches": 0}
        await tx.execute(insert(MemberRow), [made | {"id": n + 1} for n in range(MEMBERS)])
    async with Ledger(db, SystemClock(), Ids(), lambda: RULES) as ledger:
        for n in range(MEMBERS):
            await ledger.release(await ledger.hold(ask(n + 1)))


async def compared(url: str, callers: int, seconds: float) -> tuple[Run, Run]:
    """Run both by turns; return the medians."""
    single, grouped = [], []
    async with Database(url) as db:
        for _ in range(ROUNDS):
            single.append(await measured(PerOperation(db, Ids()), callers, seconds))
            async with Ledger(db, SystemClock(), Ids(), lambda: RULES) as ledger:
                grouped.append(await measured(ledger, callers, seconds))
        await _conserved(db)
    return _median(single), _median(grouped)


async def _conserved(db: Database) -> None:
    async with db.read() as tx:
        recorded = await tx.scalar(select(func.count()).select_from(CallRow)) or 0
        spent = await tx.scalar(select(func.sum(DayRow.spent)))
        held = await tx.scalar(select(func.sum(DayRow.held)))
    assert (spent, held) == (recorded * COST, 0), "the ledger lost or invented tokens"


def _median(runs: list[Run]) -> Run:
    return Run(
        *(statistics.median(getattr(run, f) for run in runs) for f in ("pairs", "p99_ms", "cpu_ms"))
    )


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    """Yield the URL of each kind of database there is."""
    with tempfile.TemporaryDirectory() as folder:
        found = {"SQLite": f"sqlite+aiosqlite:///{Path(folder) / 'latchkey.db'}"}
        if (at := postgres.binaries()) is None:
            yield found
            return
        with postgres.running(at, "-c max_connections=50") as admin:
            yield found | {"PostgreSQL": admin}


def main(seconds: float = 1.0) -> None:
    """Print the table."""
    print("| database | callers | per operation | grouped | ratio | p99 ms | CPU ms/1k pairs |")
    print("|---|---|---|---|---|---|---|")
    with databases() as found:
        for name, url in found.items():
            upgrade(url)
            asyncio.run(_prepare(url))
            for callers in (1, 32, 128):
                single, group = asyncio.run(compared(url, callers, seconds))
                print(
                    f"| {name} | {callers} | {single.pairs:.0f} | {group.pairs:.0f} "
                    f"| {group.pairs / single.pairs:.1f} "
                    f"| {single.p99_ms:.1f} / {group.p99_ms:.1f} "
                    f"| {single.cpu_ms:.0f} / {group.cpu_ms:.0f} |",
                    flush=True,
                )


async def _prepare(url: str) -> None:
    async with Database(url) as db:
        await prepared(db)


if __name__ == "__main__":
    main(*(float(argument) for argument in sys.argv[1:]))
