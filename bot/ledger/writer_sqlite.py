"""The writer's statements on SQLite, by the driver: one hop to its thread for a whole batch."""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.core.errors import DatabaseAway
from bot.ledger.books import Charged, Found, Reserved, Written
from bot.ledger.lines import CallLine, HoldLine
from bot.ledger.rules import Day, Pace
from bot.ledger.stores import Needs
from bot.storage.database import Database

ANY = "IN (SELECT value FROM json_each(?))"
PACES = f"SELECT member_id, in_flight, minute, minute_calls FROM paces WHERE member_id {ANY}"  # noqa: S608
DAYS = f"SELECT member_id, day, spent, held, calls FROM days WHERE member_id {ANY} AND day {ANY}"  # noqa: S608
HOLDS = f"SELECT id, amount, beat FROM holds WHERE id {ANY}"  # noqa: S608
CALLS = f"SELECT id, flags, cost, overrun FROM calls WHERE id {ANY}"  # noqa: S608
PUT_PACE = """
    INSERT INTO paces (member_id, in_flight, minute, minute_calls) VALUES (?, ?, ?, ?)
    ON CONFLICT (member_id) DO UPDATE SET in_flight = excluded.in_flight,
        minute = excluded.minute, minute_calls = excluded.minute_calls"""
PUT_DAY = """
    INSERT INTO days (member_id, day, spent, held, calls) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (member_id, day) DO UPDATE SET spent = excluded.spent,
        held = excluded.held, calls = excluded.calls"""
ADD_HOLD = f"""
    INSERT INTO holds ({", ".join(HoldLine._fields)})
    VALUES ({", ".join("?" * len(HoldLine._fields))})"""  # noqa: S608 - our own column names
DROP_HOLD = "DELETE FROM holds WHERE id = ?"
ADD_CALL = f"""
    INSERT INTO calls ({", ".join(CallLine._fields)})
    VALUES ({", ".join("?" * len(CallLine._fields))})"""  # noqa: S608 - our own column names
REWRITE_CALL = ADD_CALL.replace("INSERT", "INSERT OR REPLACE")


@dataclass(frozen=True)
class SqliteStore:
    """Batches on the embedded database; the writing connection's turn is their lock."""

    db: Database

    async def run(self, needs: Needs, decide: Callable[[Found], Written]) -> None:
        """Read what is needed, decide, write, commit; or leave nothing and raise."""

        def work(connection: sqlite3.Connection) -> None:
            _write(connection, decide(_find(connection, needs)))

        try:
            await self.db.on_driver(work)
        except sqlite3.DatabaseError as fault:
            if type(fault) is sqlite3.DatabaseError:  # a damaged file, not a bad value
                raise DatabaseAway from fault
            raise

    async def close(self) -> None:
        """Nothing is kept between batches."""


def _find(connection: sqlite3.Connection, needs: Needs) -> Found:
    ask, found = connection.execute, Found()
    members = json.dumps(needs.members)
    found.paces = {member: Pace(*row) for member, *row in ask(PACES, (members,))}
    dates = {day.isoformat(): day for _, day in needs.days}
    for member, day, *counted in ask(DAYS, (members, json.dumps(list(dates)))):
        found.days[member, dates[day]] = Day(*counted)
    if needs.ids:
        found.holds = {i: Reserved(*row) for i, *row in ask(HOLDS, (json.dumps(needs.ids),))}
        if gone := [i for i in needs.ids if i not in found.holds]:
            found.calls = {i: Charged(*row) for i, *row in ask(CALLS, (json.dumps(gone),))}
    return found


def _write(connection: sqlite3.Connection, written: Written) -> None:
    many = connection.executemany
    many(
        PUT_PACE,
        [(m, p.in_flight, p.minute, p.minute_calls) for m, p in written.paces.items()],
    )
    many(
        PUT_DAY,
        [
            (member, day.isoformat(), d.spent, d.held, d.calls)
            for (member, day), d in written.days.items()
        ],
    )
    if written.holds:
        many(ADD_HOLD, [_plain(line) for line in written.holds])
    if written.gone:
        many(DROP_HOLD, [(call,) for call in written.gone])
    if written.calls:
        many(ADD_CALL, [_plain(line) for line in written.calls])
    if written.rewritten:
        many(REWRITE_CALL, [_plain(line) for line in written.rewritten])


def _plain(line: HoldLine | CallLine) -> list[Any]:
    """Spell days and moments as SQLAlchemy does; `day` is fourth and `arrived_at` last in both."""
    row: list[Any] = list(line)
    row[3] = line.day.isoformat()
    row[-1] = _moment(line.arrived_at)
    return row


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
