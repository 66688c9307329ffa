"""Fixtures every test may use: real databases, clocks, and the rule that sockets are loopback."""

import gc
import ipaddress
import os
import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from bot.core.clock import HandClock
from bot.storage.database import Database
from bot.storage.migrate import upgrade
from tests.fakes import postgres

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

# How long an example takes says how busy the machine is, and nothing about the product.
settings.register_profile("latchkey", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("latchkey")


def pytest_collection_finish() -> None:
    """Look through what collecting left once and never again: it is a sixth of all the work."""
    gc.collect()
    gc.freeze()


def missing(what: str) -> None:
    """Skip with one sentence, or fail where everything has to be there."""
    if os.environ.get("LATCHKEY_CI") == "1":
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(autouse=True, scope="session")
def only_loopback() -> Iterator[None]:
    """Refuse every connection that leaves this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple):
            assert ipaddress.ip_address(address[0]).is_loopback, f"{address} is not loopback"
        connect(self, address)  # type: ignore[arg-type]  # the socket judges its own address

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", guarded)
    yield
    patch.undo()


@pytest.fixture(scope="session")
def postgres_databases() -> Iterator[postgres.Databases]:
    """Migrated databases on a PostgreSQL of the run's own, lent out clean."""
    if (at := postgres.binaries()) is None:
        missing("PostgreSQL is not installed: its tests are skipped.")
    with postgres.running(at) as admin:
        databases = postgres.Databases(admin)
        upgrade(databases.template)
        yield databases
        databases.close()


@pytest.fixture(scope="session")
def postgres_server(postgres_databases: postgres.Databases) -> str:
    """The admin URL of a PostgreSQL with a migrated template database."""
    return postgres_databases.admin


@pytest.fixture
def postgres_url(postgres_databases: postgres.Databases) -> Iterator[str]:
    """A fresh, migrated PostgreSQL database."""
    with postgres_databases.lent() as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "latchkey.db"
    upgrade(f"sqlite+aiosqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh, migrated SQLite database."""
    path = tmp_path / "latchkey.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh database of either kind: every test that uses it runs on both."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    """An open database of either kind."""
    async with Database(database_url) as opened:
        yield opened


@pytest.fixture
def clock() -> HandClock:
    """A clock moved by hand, at noon of 2026-11-20."""
    return HandClock(moment=NOON)
