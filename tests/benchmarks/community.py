"""What commands and a month's end cost in a community of 100,000 with a year behind it.

`python -m tests.benchmarks.community [--members 1000 100000]`: each size in turn on the embedded
database, the same questions, a table of medians and their ratio. Nothing is asserted.
"""

import argparse
import asyncio
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bot.account.boards import Board, Boards
from bot.core.clock import HandClock
from bot.storage.database import Database
from bot.storage.migrate import upgrade
from tests.fakes.house import House, opened_house

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
MONTH = "2026-11"
TIMES = 30
DAYS = 90  # what is kept of days and calls
MONTHS = [f"{2025 + n // 12}-{n % 12 + 1:02}" for n in range(11, 23)]


def fill(path: Path, members: int) -> None:
    """Write a year of a community: who talks, who calls, who brought whom, who was granted what."""
    dice = random.Random(7)
    everybody = range(1, members + 1)
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA synchronous = OFF")
        put(db, "members", ("id", "created_at", "mode", "switches"), _members(everybody))
        put(
            db,
            "people",
            ("discord_id", "member_id", "sealed_key"),
            ((10**17 + n, n, b"-" * 60) for n in everybody),
        )
        put(db, "days", ("member_id", "day", "spent", "held", "calls"), _days(everybody, dice))
        put(db, "points", ("member_id", "month", "points"), _points(everybody, dice))
        put(
            db,
            "usage_months",
            ("member_id", "month", "spent"),
            ((n, month, dice.randrange(500_000)) for n in everybody for month in MONTHS[-3:]),
        )
        grants = ("id", "member_id", "source", "daily_tokens", "unlimited")
        put(db, "grants", (*grants, "starts_at", "ends_at", "created_at"), _grants(everybody, dice))
        put(
            db,
            "activations",
            ("newcomer_id", "owner_id", "activated_at", "credited_at"),
            _activations(members, dice),
        )
        db.execute("ANALYZE")


def put(db: sqlite3.Connection, table: str, names: tuple[str, ...], rows: Iterator) -> None:
    """Insert many rows."""
    places = ", ".join("?" * len(names))
    db.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})", rows)


def moment(at: datetime) -> str:
    """Spell a moment as the product does."""
    return at.replace(tzinfo=None).isoformat(" ", "microseconds")


def _members(everybody: range) -> Iterator[tuple[object, ...]]:
    return ((n, moment(NOW - timedelta(days=n % 365)), "tokens", 0) for n in everybody)


def _days(everybody: range, dice: random.Random) -> Iterator[tuple[object, ...]]:
    """One day in ten is used."""
    first = NOW.date() - timedelta(days=DAYS - 1)
    for member in everybody:
        for day in sorted(dice.sample(range(DAYS), DAYS // 10)):
            at: date = first + timedelta(days=day)
            yield member, at.isoformat(), dice.randrange(60_000), 0, dice.randrange(1, 30)


def _points(everybody: range, dice: random.Random) -> Iterator[tuple[object, ...]]:
    """Three in ten talk."""
    for member in everybody:
        if member % 10 < 3:
            for month in MONTHS:
                yield member, month, dice.randrange(1, 1_500)


def _grants(everybody: range, dice: random.Random) -> Iterator[tuple[object, ...]]:
    number = 1
    for member in everybody:
        for age in dice.sample(range(365), 3):
            begun = NOW - timedelta(days=age)
            span = moment(begun), moment(begun + timedelta(days=30)), moment(begun)
            yield number, member, "exchange", 85_000, 0, *span
            number += 1


def _activations(members: int, dice: random.Random) -> Iterator[tuple[object, ...]]:
    """Half of all came by a code, over the year."""
    for newcomer in range(members // 2, members):
        at = moment(NOW - timedelta(days=dice.randrange(365)))
        yield newcomer, dice.randrange(1, members // 2), at, at


async def median(ask: Callable[[int], Awaitable[object]], members: int) -> float:
    """Return the median of what a question takes, in milliseconds, asked by various members."""
    took = []
    for turn in range(TIMES):
        member = 1 + turn * (members // TIMES)
        begun = time.perf_counter()
        await ask(member)
        took.append((time.perf_counter() - begun) * 1_000)
    return statistics.median(took)


async def measured(members: int) -> dict[str, float]:
    """Fill a community of a size and time what people and the month's end ask of it."""
    with tempfile.TemporaryDirectory(prefix="latchkey-bench-") as folder:
        path = Path(folder) / "latchkey.db"
        url = f"sqlite+aiosqlite:///{path}"
        await asyncio.to_thread(upgrade, url)
        await asyncio.to_thread(fill, path, members)
        clock = HandClock(moment=NOW)
        async with Database(url) as db, opened_house(db, clock) as house:
            found = await _commands(house, members)
            clock.move(days=1)
            begun = time.perf_counter()
            await house.inner.levelling.levels.award(MONTH)
            found["month end: levels, a member (ms)"] = _each(begun, members)
            begun = time.perf_counter()
            await house.inner.referring.contest.award(MONTH)
            found["month end: contest (ms)"] = (time.perf_counter() - begun) * 1_000
        return found


def _each(begun: float, members: int) -> float:
    return (time.perf_counter() - begun) * 1_000 / members


async def _commands(house: House, members: int) -> dict[str, float]:
    inner = house.inner
    board = Boards(inner.db, inner.clock, inner.community, inner.referring.contest.board)

    async def overview(member: int) -> object:
        async with inner.db.read() as tx:
            known = await inner.members.find(tx, 10**17 + member)
        assert known is not None
        caller = await inner.callers.of(known)
        return await inner.account.overview(caller)

    async def profile(member: int) -> object:
        return await inner.referring.referrals.overview(member)

    def page(kind: Board, skip: int = 0) -> Callable[[int], Awaitable[object]]:
        return lambda member: board.page(kind, MONTH, reader_id=member, skip=skip, limit=10)

    return {
        "/all_limits (ms)": await median(overview, members),
        "/user_info, referrals (ms)": await median(profile, members),
        "/leaderboard levels (ms)": await median(page(Board.LEVELS), members),
        "/leaderboard levels, page 50 (ms)": await median(page(Board.LEVELS, 490), members),
        "/leaderboard usage (ms)": await median(page(Board.USAGE), members),
        "/leaderboard referrals (ms)": await median(page(Board.REFERRALS), members),
    }


def main() -> None:
    """Measure each size and print them side by side."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, nargs=2, default=[1_000, 100_000])
    small, large = parser.parse_args().members
    few, many = asyncio.run(measured(small)), asyncio.run(measured(large))
    print(f"{'':38}{small:>10,}{large:>10,}{'ratio':>8}")
    for name, value in few.items():
        print(f"{name:38}{value:>10.2f}{many[name]:>10.2f}{many[name] / value:>8.1f}")


if __name__ == "__main__":
    main()
