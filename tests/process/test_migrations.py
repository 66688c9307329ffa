"""Every migration, run on a database whose every table already has rows."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    create_engine,
    func,
    insert,
    inspect,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import NullPool

from bot.storage.base import Base
from bot.storage.migrate import folder, upgrade

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PLAIN: dict[type, Any] = {bool: False, datetime: NOON, date: NOON.date(), object: {}}
FITTING = {  # what a check constraint asks for
    ("members", "mode"): "tokens",
    ("grants", "ends_at"): NOON + timedelta(days=3),
    ("exchanges", "state"): "waiting",
    ("belongings", "kind"): "mailbox",
}
OTHERS = {("activations", "owner_id")}  # the second of two rows' members, and the other way round
BREAKING = '''"""A migration that only an empty database survives."""

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{head}"


def upgrade() -> None:
    """Apply."""
    op.create_table("made_first", sa.Column("id", sa.Integer(), primary_key=True))
    op.create_index("uq_members_mode", "members", ["mode"], unique=True)
'''


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of either kind in which nothing is migrated."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'latchkey.db'}"
    return str(request.getfixturevalue("empty_postgres"))


def test_every_migration_runs_on_a_filled_database(empty_url: str) -> None:
    filled: dict[str, int] = {}
    for step, revision in enumerate(revisions(folder()), start=1):
        upgrade(empty_url, revision)
        with connected(empty_url) as connection:
            there = counted(connection)
            lost = {name for name in filled.keys() & there if there[name] < filled[name]}
            filled = fill(connection, 1000 * step)
        assert lost == set(), f"{revision} loses rows"

    upgrade(empty_url)

    assert filled.keys() == Base.metadata.tables.keys()
    assert min(filled.values()) >= 2
    with connected(empty_url) as connection:
        assert counted(connection) == filled
        if connection.dialect.name == "sqlite":
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []


def test_a_migration_that_fails_leaves_the_database_as_it_was(
    empty_url: str, tmp_path: Path
) -> None:
    scripts = tmp_path / "migrations"
    shutil.copytree(folder(), scripts)
    head = revisions(folder())[-1]
    (scripts / "versions" / "9999_breaking.py").write_text(BREAKING.format(head=head))
    upgrade(empty_url)
    with connected(empty_url) as connection:
        filled = fill(connection, 1000)

    with pytest.raises(IntegrityError):
        upgrade(empty_url, scripts=scripts)

    with connected(empty_url) as connection:
        assert not inspect(connection).has_table("made_first")
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == head
        assert counted(connection) == filled


def revisions(scripts: Path) -> list[str]:
    """List every revision, oldest first."""
    return [each.revision for each in ScriptDirectory(str(scripts)).walk_revisions()][::-1]


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """Connect without the product's own code, and commit at the end."""
    plain = make_url(url)
    embedded = plain.get_backend_name() == "sqlite"
    driver = "sqlite" if embedded else "postgresql+psycopg"
    engine = create_engine(plain.set(drivername=driver), poolclass=NullPool)
    with engine.begin() as connection:
        yield connection


def tables(connection: Connection) -> list[Any]:
    """List the tables as they are now, those that others point to first."""
    seen = MetaData()
    seen.reflect(connection)
    return [table for table in seen.sorted_tables if table.name != "alembic_version"]


def counted(connection: Connection) -> dict[str, int]:
    """Return how many rows each table has."""
    return {
        table.name: connection.scalar(select(func.count()).select_from(table)) or 0
        for table in tables(connection)
    }


def fill(connection: Connection, number: int) -> dict[str, int]:
    """Put two more rows into every table, from an even number; return how many each has then."""
    for table in tables(connection):
        rows = [
            {column.name: _value(column, each) for column in table.columns}
            for each in (number, number + 1)
        ]
        connection.execute(insert(table), rows)
    return counted(connection)


def _value(column: Column[Any], number: int) -> Any:
    """Return a value that fits the column, another for another number where it can."""
    if (fitting := FITTING.get((column.table.name, column.name))) is not None:
        return fitting
    kind = column.type.python_type
    if kind is int:
        return number ^ 1 if (column.table.name, column.name) in OTHERS else number
    if kind is bytes:
        return str(number).encode()
    if kind is str:
        return str(number)[-(getattr(column.type, "length", None) or 99) :]
    return PLAIN[kind]
