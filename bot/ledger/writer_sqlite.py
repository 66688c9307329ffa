"""The writer's statements on SQLite, by the driver: one hop to its thread for a whole batch."""

import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from itertools import chain
from typing import Any, NamedTuple

from bot.core.errors import DatabaseAway
from bot.ledger.books import Charged, Found, Reserved, Written
from bot.ledger.lines import AttemptLine, CallLine, HoldLine
from bot.ledger.rules import Day, Pace
from bot.ledger.stores import Needs
from bot.storage.database import Database

KEPT = 20_000  # members and days that are remembered
MOST_ROWS = 16  # in one statement
ANY = "IN (SELECT value FROM json_each(?))"
PACES = f"SELECT member_id, in_flight, minute, minute_calls FROM paces WHERE member_id {ANY}"  # noqa: S608
DAYS = f"SELECT member_id, day, spent, held, calls FROM days WHERE member_id {ANY} AND day {ANY}"  # noqa: S608
HOLDS = f"SELECT id, amount, beat FROM holds WHERE id {ANY}"  # noqa: S608
CALLS = f"SELECT id, flags, cost, overrun FROM calls WHERE id {ANY}"  # noqa: S608
PUT_PACES = """
    INSERT INTO paces (member_id, in_flight, minute, minute_calls) VALUES {rows}
    ON CONFLICT (member_id) DO UPDATE SET in_flight = excluded.in_flight,
        minute = excluded.minute, minute_calls = excluded.minute_calls"""
PUT_DAYS = """
    INSERT INTO days (member_id, day, spent, held, calls) VALUES {rows}
    ON CONFLICT (member_id, day) DO UPDATE SET spent = excluded.spent,
        held = excluded.held, calls = excluded.calls"""
ADD_HOLDS = f"INSERT INTO holds ({', '.join(HoldLine._fields)}) VALUES {{rows}}"  # noqa: S608
DROP_HOLDS = "DELETE FROM holds WHERE id IN (VALUES {rows})"
ADD_CALLS = f"INSERT INTO calls ({', '.join(CallLine._fields)}) VALUES {{rows}}"  # noqa: S608
REWRITE_CALLS = ADD_CALLS.replace("INSERT", "INSERT OR REPLACE")

ADD_ATTEMPTS = f"INSERT OR IGNORE INTO attempts ({', '.join(AttemptLine._fields)}) VALUES {{rows}}"  # noqa: S608


class State(NamedTuple):
    """What SQLite says of the database: as long as it stays, nobody has written."""

    connection: int
    version: int  # changes whenever another connection commits
    changes: int  # rows that this connection has changed, rolled back or not


@dataclass
class SqliteStore:
    """Batches on the embedded database; the writing connection's turn is their lock.

    What a batch leaves is remembered for the next one, until anybody else writes anything.
    """

    db: Database
    _found: Found = field(default_factory=Found, init=False)
    _left: State | None = field(default=None, init=False)  # by the last batch; None: it failed

    async def run(self, needs: Needs, decide: Callable[[Found], Written]) -> None:
        """Read what is needed, decide, write, commit; or leave nothing and raise."""

        def work(connection: sqlite3.Connection) -> State:
            left, self._left = self._left, None
            (version,) = connection.execute("PRAGMA data_version").fetchone()
            state = State(id(connection), version, connection.total_changes)
            if left != state or len(self._found.days) > KEPT:
                self._found = Found()
            _find(connection, needs, self._found)
            _write(connection, decide(self._found))
            return state._replace(changes=connection.total_changes)

        try:
            self._left = await self.db.on_driver(work)
        except sqlite3.DatabaseError as fault:
            if type(fault) is sqlite3.DatabaseError:  # a damaged file, not a bad value
                raise DatabaseAway from fault
            raise

    async def close(self) -> None:
        """Nothing is kept open between batches."""


def _find(connection: sqlite3.Connection, needs: Needs, found: Found) -> None:
    """Read what a batch needs and is not remembered."""
    found.calls.clear()
    if members := [member for member in needs.members if member not in found.paces]:
        found.paces.update(dict.fromkeys(members, Pace()))
        for member, *pace in connection.execute(PACES, (json.dumps(members),)):
            found.paces[member] = Pace(*pace)
    if days := [day for day in needs.days if day not in found.days]:
        _find_days(connection, days, found)
    if ids := [number for number in needs.ids if number not in found.holds]:
        for number, *hold in connection.execute(HOLDS, (json.dumps(ids),)):
            found.holds[number] = Reserved(*hold)
        if gone := [number for number in ids if number not in found.holds]:
            for number, *charged in connection.execute(CALLS, (json.dumps(gone),)):
                found.calls[number] = Charged(*charged)


def _find_days(
    connection: sqlite3.Connection, days: Sequence[tuple[int, Any]], found: Found
) -> None:
    found.days.update(dict.fromkeys(days, Day()))
    dates = {day.isoformat(): day for _, day in days}
    asked = json.dumps([member for member, _ in days]), json.dumps(list(dates))
    for member, day, *counted in connection.execute(DAYS, asked):
        if (key := (member, dates[day])) in days:
            found.days[key] = Day(*counted)


def _write(connection: sqlite3.Connection, written: Written) -> None:
    paces = written.paces.items()
    _run(connection, PUT_PACES, [(m, p.in_flight, p.minute, p.minute_calls) for m, p in paces])
    days = written.days.items()
    counted = [(m, day.isoformat(), d.spent, d.held, d.calls) for (m, day), d in days]
    _run(connection, PUT_DAYS, counted)
    _run(connection, ADD_HOLDS, [_plain(line) for line in written.holds])
    _run(connection, DROP_HOLDS, [(call,) for call in written.gone])
    _run(connection, ADD_CALLS, [_plain(line) for line in written.calls])
    _run(connection, REWRITE_CALLS, [_plain(line) for line in written.rewritten])
    _run(connection, ADD_ATTEMPTS, written.attempts)


def _run(connection: sqlite3.Connection, statement: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run a statement over many rows in few steps.

    At every step the driver lets go of the interpreter, and then waits to get it back.
    """
    for at in range(0, len(rows), MOST_ROWS):
        part = rows[at : at + MOST_ROWS]
        text = _text(statement, len(part[0]), len(part))
        connection.execute(text, [*chain.from_iterable(part)])


@cache  # few, and each is compiled once
def _text(statement: str, columns: int, rows: int) -> str:
    row = f"({', '.join('?' * columns)})"
    return statement.format(rows=", ".join([row] * rows))


def _plain(line: HoldLine | CallLine) -> list[Any]:
    """Spell days and moments as SQLAlchemy does; `day` is fourth and `arrived_at` last in both."""
    row: list[Any] = list(line)
    row[3] = line.day.isoformat()
    row[-1] = _moment(line.arrived_at)
    return row


def _moment(moment: datetime) -> str:
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(" ", "microseconds")[:26]  # without the zone
