"""The statements that SQLite and PostgreSQL spell alike but SQLAlchemy keeps by dialect."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from bot.storage.base import Base
from bot.storage.database import Tx


async def insert_new(tx: Tx, table: type[Base], rows: Sequence[dict[str, Any]]) -> int:
    """Insert the rows that break no unique constraint; return how many those were."""
    made = _insert(tx, table).values(list(rows)).on_conflict_do_nothing()
    return (await tx.execute(made)).rowcount


async def put(tx: Tx, table: type[Base], row: dict[str, Any]) -> None:
    """Insert a row, or overwrite the one with its primary key."""
    await put_all(tx, table, [row])


async def put_all(tx: Tx, table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that name the same columns, or overwrite those with their primary keys."""
    if not rows:
        return
    keys = [column.name for column in table.__table__.primary_key]
    made = _insert(tx, table).values(list(rows))
    changed = {name: made.excluded[name] for name in rows[0] if name not in keys}
    await tx.execute(made.on_conflict_do_update(index_elements=keys, set_=changed))


async def add_up(tx: Tx, table: type[Base], rows: Sequence[dict[str, Any]], count: str) -> None:
    """Insert the rows; where one's primary key is there already, add its `count` to that one."""
    keys = [column.name for column in table.__table__.primary_key]
    made = _insert(tx, table).values(list(rows))
    total = table.__table__.c[count] + made.excluded[count]
    await tx.execute(made.on_conflict_do_update(index_elements=keys, set_={count: total}))


def _insert(tx: Tx, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    if tx.connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)
