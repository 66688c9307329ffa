"""What has to be true of the ledger's tables, whatever happened before."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from sqlalchemy import insert, select

from bot.storage.database import Database
from bot.storage.tables.ledger import CallRow, DayRow, HoldRow, PaceRow
from bot.storage.tables.members import MemberRow
from tests.conftest import NOON


async def add_members(db: Database, *numbers: int) -> None:
    rows = [
        {"id": number, "created_at": NOON, "mode": "tokens", "switches": 0} for number in numbers
    ]
    async with db.begin() as tx:
        await tx.execute(insert(MemberRow), rows)


async def until(true: Callable[[], object]) -> None:
    """Let other tasks run until something is true."""
    async with asyncio.timeout(30):
        while True:
            if true():
                return
            await asyncio.sleep(0)


async def rows(db: Database, table: Any) -> list[Any]:
    async with db.read() as tx:
        return list((await tx.execute(select(*table.__table__.columns))).all())


async def assert_books_agree(db: Database, *, at_rest: bool = False) -> None:
    """Counters are the sums of holds and records; at rest nothing is held."""
    days, paces = await rows(db, DayRow), await rows(db, PaceRow)
    holds, calls = await rows(db, HoldRow), await rows(db, CallRow)
    held: Counter[Any] = Counter()
    spent: Counter[Any] = Counter()
    recorded: Counter[Any] = Counter()
    flying: dict[int, int] = defaultdict(int)
    for hold in holds:
        held[hold.member_id, hold.day] += hold.amount
        flying[hold.member_id] += 1
    for call in calls:
        spent[call.member_id, call.day] += call.cost
        recorded[call.member_id, call.day] += 1
    for day in days:
        key = (day.member_id, day.day)
        assert (day.spent, day.held, day.calls) == (spent[key], held[key], recorded[key])
    assert {(d.member_id, d.day) for d in days} >= set(spent) | set(held)
    assert {p.member_id: p.in_flight for p in paces if p.in_flight} == dict(flying)
    assert not {hold.id for hold in holds} & {call.id for call in calls}
    if at_rest:
        assert holds == []
