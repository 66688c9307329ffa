"""Runs migrations on SQLite and PostgreSQL alike, one process at a time."""

import asyncio
from typing import Any

from alembic import context
from sqlalchemy import Connection, event, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from bot.storage.base import Base
from bot.storage.tables import (
    allowance,
    belongings,
    catalogue,
    chat,
    keys,
    ledger,
    levels,
    members,
    privacy,
    referrals,
    staff,
    system,
    usage,
)

TABLES = (
    allowance,
    belongings,
    catalogue,
    chat,
    keys,
    ledger,
    levels,
    members,
    privacy,
    referrals,
    staff,
    system,
    usage,
)  # imported: their tables are declared
LOCK = 5_283_947_110  # any number of our own; PostgreSQL's advisory lock for migrations


def migrate(connection: Connection) -> None:
    """Run what is missing inside one transaction."""
    postgres = connection.dialect.name == "postgresql"
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=not postgres,
        transactional_ddl=True,
        user_module_prefix="types.",
    )
    with context.begin_transaction():
        if postgres:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
        context.run_migrations()


def begin_by_ourselves(engine: AsyncEngine) -> None:
    """Let a migration on SQLite succeed or fail as a whole: its driver begins none before DDL."""

    @event.listens_for(engine.sync_engine, "connect")
    def connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


async def main() -> None:
    """Connect and migrate."""
    url = context.config.attributes.get("url") or context.get_x_argument(as_dictionary=True)["url"]
    engine = create_async_engine(url, poolclass=NullPool)
    if engine.dialect.name == "sqlite":
        begin_by_ourselves(engine)
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
        await connection.commit()
    await engine.dispose()


asyncio.run(main())
