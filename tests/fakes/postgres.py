"""A real PostgreSQL of the test run's own: started once, a clean database for each test."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from psycopg import sql
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import NullPool

from tests.fakes.serve import nobody

QUICK = (
    "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c wal_level=minimal "
    "-c max_wal_senders=0 -c shared_buffers=64MB -c jit=off -c max_connections=200"
)


def binaries() -> Path | None:
    """Return the folder with initdb and pg_ctl, newest version first, if there is one."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda at: int(at.parent.name))
    found = [at for at in reversed(debian) if (at / "initdb").exists()]
    if found:
        return found[0]
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


@contextmanager
def running(at: Path, settings: str = QUICK) -> Iterator[str]:
    """Start a server in a temporary folder; yields the URL of its template database."""
    owner = {"user": "postgres"} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory(prefix="latchkey-pg-", ignore_cleanup_errors=True) as folder:
        if owner:
            shutil.chown(folder, "postgres")
        data, port = Path(folder) / "data", int(nobody().rpartition(":")[2])

        def run(*command: str) -> None:
            done = subprocess.run(
                command, cwd=folder, capture_output=True, text=True, timeout=150, **owner
            )
            assert done.returncode == 0, done.stderr or done.stdout

        run(str(at / "initdb"), "-D", str(data), "-A", "trust", "-U", "latchkey", "--no-sync")
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 {settings}"
        control = [str(at / "pg_ctl"), "-D", str(data), "-w", "-l", f"{folder}/log"]
        run(*control, "-o", options, "start")
        try:
            yield f"postgresql+asyncpg://latchkey@127.0.0.1:{port}/postgres"
        finally:
            run(*control, "-m", "immediate", "stop")


# What a schema consists of: a test that changed any of it keeps its database to itself.
SHAPE = """
    SELECT md5(string_agg(thing, ',' ORDER BY thing)) FROM (
        SELECT 'column ' || table_name || column_name || data_type || is_nullable || coalesce(
            column_default, '') FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT 'trigger ' || tgname || tgenabled::text FROM pg_trigger
            WHERE NOT tgisinternal
        UNION ALL SELECT 'function ' || proname FROM pg_proc JOIN pg_namespace AS space
            ON space.oid = pronamespace WHERE nspname = 'public'
        UNION ALL SELECT 'constraint ' || conname FROM pg_constraint
        UNION ALL SELECT 'setting ' || setconfig::text FROM pg_db_role_setting JOIN pg_database
            ON pg_database.oid = setdatabase WHERE datname = current_database()
        UNION ALL SELECT 'version ' || version_num FROM alembic_version
    ) AS things(thing)
"""
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
SEQUENCES = "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'"
OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@dataclass
class Databases:
    """Databases of one server, emptied after each loan: making one takes far longer."""

    admin: str
    made: int = 0
    clean: list[str] = field(default_factory=list)
    cleaners: dict[str, Engine] = field(default_factory=dict)

    def __post_init__(self) -> None:
        execute(self.admin, "CREATE DATABASE latchkey_template")

    @property
    def template(self) -> str:
        """The URL of the database that new ones are copies of; whoever made us migrates it."""
        return named(self.admin, "latchkey_template")

    @contextmanager
    def lent(self) -> Iterator[str]:
        """Lend a clean database."""
        name = self.clean.pop() if self.clean else self._new()
        yield named(self.admin, name)
        if self._emptied(name):
            self.clean.append(name)
        else:
            self.cleaners.pop(name).dispose()
            execute(self.admin, f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        """Let go of every database."""
        for cleaner in self.cleaners.values():
            cleaner.dispose()

    @cached_property
    def _shape(self) -> str:
        with _connected(self.template) as connection:
            return str(connection.scalar(text(SHAPE)))

    @cached_property
    def _emptying(self) -> str:
        """Statements that leave what the migrations write, whatever the tables hold."""
        with _connected(self.template) as connection:
            emptying = ["SET session_replication_role = replica"]  # no trigger
            for table in connection.scalars(text(TABLES)).all():
                emptying.append(f"DELETE FROM {table}")
                for row in connection.execute(text(f"TABLE {table}")):
                    values = sql.SQL(", ").join(map(sql.Literal, row)).as_string()
                    emptying.append(f"INSERT INTO {table} VALUES ({values})")
            sequences = connection.scalars(text(SEQUENCES)).all()
            emptying.extend(f"ALTER SEQUENCE {sequence} RESTART" for sequence in sequences)
        return "; ".join(emptying)

    def _new(self) -> str:
        assert self._shape, "the template is migrated"
        assert self._emptying, "no connection to the template stays open"
        self.made += 1
        name = f"t{self.made}"
        execute(self.admin, f"CREATE DATABASE {name} TEMPLATE latchkey_template")
        # Its connection stays: a new one would have to read the catalogue first, each time.
        self.cleaners[name] = _engine(named(self.admin, name), pool_size=1, pool_pre_ping=True)
        return name

    def _emptied(self, name: str) -> bool:
        """Empty a database; False where it is no longer what the migrations make."""
        with self.cleaners[name].connect() as connection:
            connection.execute(text(OTHERS))
            if connection.scalar(text(SHAPE)) != self._shape:
                return False
            connection.exec_driver_sql(self._emptying)
            return True


def named(url: str, database: str) -> str:
    """Return the URL of another database of the same server."""
    return make_url(url).set(database=database).render_as_string(hide_password=False)


def execute(url: str, statement: str) -> None:
    """Run one statement outside any transaction."""
    with _connected(url) as connection:
        connection.execute(text(statement))


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    with _engine(url, poolclass=NullPool).connect() as connection:
        yield connection


def _engine(url: str, **pool: object) -> Engine:
    plain = make_url(url).set(drivername="postgresql+psycopg")
    return create_engine(plain, isolation_level="AUTOCOMMIT", **pool)
