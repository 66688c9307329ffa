"""The writer's statements on PostgreSQL: whole arrays, three round trips in a transaction.

Lock order, the same in every process: paces by member, days by member and day. Whoever holds a
member's pace alone changes that member's days and ends that member's holds, so the rest needs no
lock. Paces are made beforehand in a transaction of their own: a lock on a row just made, beside
locks on older rows, could close a circle.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.errors import DatabaseAway
from bot.core.guard import inside_transaction
from bot.ledger.books import Charged, Found, Reserved, Written
from bot.ledger.lines import AttemptLine, CallLine, HoldLine
from bot.ledger.rules import Day, Pace
from bot.ledger.stores import Collided, CommitUnknown, Needs
from bot.storage.database import Database

log = logging.getLogger(__name__)
COLLIDED = ("40", "55P03")  # deadlock, serialization failure, a lock not to be had
AWAY = ("08", "25", "53", "57", "58")  # lost, read-only, no room, shutting down, disk

TYPES = {
    "day": "date",
    "arrived_at": "timestamptz",
    **dict.fromkeys(("endpoint", "model", "upstream", "mode", "status", "outcome"), "text"),
    **dict.fromkeys(("calls", "in_flight", "minute_calls", "flags", "latency_ms", "beat"), "int"),
    **dict.fromkeys(("number", "http_status"), "int"),
}
PACE_FIELDS = ("member_id", "in_flight", "minute", "minute_calls")
DAY_FIELDS = ("member_id", "day", "spent", "held", "calls")


def _arrays(prefix: str, fields: Iterable[str]) -> str:
    """Spell parameters `prefix_field`, each an array, as the rows they are the columns of."""
    names = tuple(fields)
    arrays = ", ".join(f"CAST(:{prefix}_{n} AS {TYPES.get(n, 'bigint')}[])" for n in names)
    return f"SELECT * FROM unnest({arrays}) AS new({', '.join(names)})"  # noqa: S608 - own names


def _insert(table: str, prefix: str, fields: Sequence[str]) -> str:
    return f"INSERT INTO {table} ({', '.join(fields)}) {_arrays(prefix, fields)}"


LOCK_PACES = text("""
    SELECT member_id, in_flight, minute, minute_calls FROM paces
    WHERE member_id = ANY(CAST(:members AS bigint[])) ORDER BY member_id FOR UPDATE""")
MAKE_PACES = text("""
    INSERT INTO paces (member_id, in_flight, minute, minute_calls)
    SELECT member_id, 0, 0, 0 FROM unnest(CAST(:members AS bigint[])) AS new(member_id)
    ORDER BY member_id ON CONFLICT DO NOTHING""")
LOCK_DAYS = f"""
    SELECT member_id, day, spent, held, calls FROM days
    WHERE (member_id, day) IN ({_arrays("d", ("member_id", "day"))})
    ORDER BY member_id, day FOR UPDATE"""  # noqa: S608 - own names
FIND = text(f"""
    SELECT 'day' AS kind, member_id AS id, day, spent, held, calls FROM ({LOCK_DAYS}) AS locked
    UNION ALL
    SELECT 'hold', id, NULL, amount, beat, 0 FROM holds WHERE id = ANY(CAST(:ids AS bigint[]))
    UNION ALL
    SELECT 'call', id, NULL, flags, cost, overrun FROM calls
    WHERE id = ANY(CAST(:ids AS bigint[]))""")  # noqa: S608 - own names
WRITE = text(f"""
    WITH paced AS (
        UPDATE paces SET in_flight = new.in_flight, minute = new.minute,
            minute_calls = new.minute_calls
        FROM ({_arrays("p", PACE_FIELDS)}) AS new WHERE paces.member_id = new.member_id
    ), dated AS (
        {_insert("days", "d", DAY_FIELDS)}
        ON CONFLICT (member_id, day) DO UPDATE SET spent = excluded.spent,
            held = excluded.held, calls = excluded.calls
    ), ended AS (
        DELETE FROM holds WHERE id = ANY(CAST(:gone AS bigint[]))
    ), begun AS (
        {_insert("holds", "h", HoldLine._fields)}
    )
    {_insert("calls", "c", CallLine._fields)}""")  # noqa: S608 - own names
REWRITE = text(f"""
    INSERT INTO calls ({", ".join(CallLine._fields)}) {_arrays("c", CallLine._fields)}
    ON CONFLICT (id) DO UPDATE SET
    {", ".join(f"{name} = excluded.{name}" for name in CallLine._fields if name != "id")}""")

ADD_ATTEMPTS = text(f"""
    {_insert("attempts", "a", AttemptLine._fields)} ON CONFLICT DO NOTHING""")


class ConnectionLost(DatabaseAway):
    """The kept connection died before the commit: nothing was written."""


@dataclass
class PostgresStore:
    """Batches on PostgreSQL, on a connection kept between them."""

    db: Database
    seconds: float = 15.0  # a batch that takes longer stands before a database gone silent
    _connection: AsyncConnection | None = field(default=None, init=False)

    async def run(self, needs: Needs, decide: Callable[[Found], Written]) -> None:
        """Lock and read what is needed, decide, write, commit; or leave nothing and raise."""
        with inside_transaction():
            try:
                await self._run(needs, decide)
            except ConnectionLost:
                await self._run(needs, decide)  # it had died while nobody looked

    async def close(self) -> None:
        """Give the kept connection back."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _run(self, needs: Needs, decide: Callable[[Found], Written]) -> None:
        committing = False
        try:
            async with asyncio.timeout(self.seconds):
                connection = await self._connected()
                while not committing:
                    async with connection.begin():
                        found = await _lock(connection, needs)
                        if found is not None:
                            await _write(connection, decide(found))
                            committing = True
                    if found is None:
                        await _make_paces(connection, needs)
        except (OSError, TimeoutError, NoConnection, DBAPIError) as fault:
            meaning = _meaning(fault, committing=committing)
            if isinstance(meaning, DatabaseAway):
                log.warning("the ledger's database does not answer: %s", type(fault).__name__)
                await self._drop()
            raise meaning from fault
        except asyncio.CancelledError:
            await self._drop()
            raise

    async def _connected(self) -> AsyncConnection:
        if self._connection is None or self._connection.invalidated:
            await self._drop()
            self._connection = await self.db.connect().start()
        return self._connection

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(OSError, SQLAlchemyError):
                await connection.invalidate()
                await connection.close()


def _meaning(fault: Exception, *, committing: bool) -> Exception:
    """Tell a database that is away and a collision from a value the database refuses."""
    state = getattr(getattr(fault, "orig", None), "sqlstate", None) or ""
    if state.startswith(COLLIDED):
        return Collided()
    if state and not state.startswith(AWAY):
        return fault
    if committing:
        return CommitUnknown()
    lost = isinstance(fault, DBAPIError) and fault.connection_invalidated
    return ConnectionLost() if lost else DatabaseAway()


async def _lock(connection: AsyncConnection, needs: Needs) -> Found | None:
    """Lock and read; None where a member has no pace yet."""
    found = Found()
    rows = await connection.execute(LOCK_PACES, {"members": needs.members})
    found.paces = {member: Pace(*pace) for member, *pace in rows}
    if len(found.paces) < len(needs.members):
        return None
    asked = {"ids": needs.ids, **_columns("d", ("member_id", "day"), needs.days)}
    for kind, number, day, *row in await connection.execute(FIND, asked):
        match kind:
            case "day":
                found.days[number, day] = Day(*row)
            case "hold":
                found.holds[number] = Reserved(row[0], row[1])
            case _:
                found.calls[number] = Charged(*row)
    return found


async def _make_paces(connection: AsyncConnection, needs: Needs) -> None:
    async with connection.begin():
        await connection.execute(MAKE_PACES, {"members": needs.members})


async def _write(connection: AsyncConnection, written: Written) -> None:
    paces = [(m, p.in_flight, p.minute, p.minute_calls) for m, p in written.paces.items()]
    days = [(m, day, d.spent, d.held, d.calls) for (m, day), d in written.days.items()]
    values = {
        "gone": written.gone,
        **_columns("p", PACE_FIELDS, paces),
        **_columns("d", DAY_FIELDS, days),
        **_columns("h", HoldLine._fields, written.holds),
        **_columns("c", CallLine._fields, written.calls),
    }
    await connection.execute(WRITE, values)
    if written.rewritten:
        await connection.execute(REWRITE, _columns("c", CallLine._fields, written.rewritten))
    if written.attempts:
        await connection.execute(ADD_ATTEMPTS, _columns("a", AttemptLine._fields, written.attempts))


def _columns(
    prefix: str, fields: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> dict[str, list[Any]]:
    """Turn rows into one array a column."""
    columns = zip(*rows, strict=True) if rows else [()] * len(fields)
    return {f"{prefix}_{name}": list(column) for name, column in zip(fields, columns, strict=True)}
