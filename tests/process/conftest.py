"""Fixtures of whole processes: a launcher, and what is outside of Latchkey."""

import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fakes.postgres import execute, named
from tests.fakes.program import SECRET, Launcher, Outside, launching, outside


@pytest.fixture
async def launcher(tmp_path: Path) -> AsyncIterator[Launcher]:
    """Starts processes in this test's folder; see there for what it checks at the end."""
    async with launching(tmp_path) as opened:
        yield opened


@pytest.fixture
async def around() -> AsyncIterator[Outside]:
    """Discord and two upstreams, served by the test."""
    async with outside() as served:
        yield served


@contextmanager
def fresh_postgres(server: str, *, migrated: bool) -> Iterator[str]:
    """Make a database for as long as the block lasts."""
    name = f"t{uuid.uuid4().hex}"
    template = " TEMPLATE latchkey_template" if migrated else ""
    execute(server, f"CREATE DATABASE {name}{template}")
    yield named(server, name)
    execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def empty_postgres(postgres_server: str) -> Iterator[str]:
    """A PostgreSQL database in which nothing is migrated yet."""
    with fresh_postgres(postgres_server, migrated=False) as url:
        yield url


@dataclass(frozen=True)
class Place:
    """A database to run processes on: its URL, and the variables that lead them there."""

    url: str
    environ: dict[str, str]


@pytest.fixture
def sqlite_place(sqlite_template: Path, tmp_path: Path) -> Place:
    """The embedded database of this test's folder."""
    file = tmp_path / "data" / "latchkey.db"
    file.parent.mkdir()
    shutil.copy(sqlite_template, file)
    return Place(f"sqlite+aiosqlite:///{file}", {"LATCHKEY_SECRET_KEY": SECRET})


@pytest.fixture
def postgres_place(postgres_url: str) -> Place:
    """A PostgreSQL database."""
    environ = {"LATCHKEY_SECRET_KEY": SECRET, "LATCHKEY_DATABASE_URL": postgres_url}
    return Place(postgres_url, environ)
