"""Fixtures of whole processes: a launcher, and what is outside of Latchkey."""

import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.conftest import _admin, _named
from tests.fakes.program import Launcher, Outside, launching, outside


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


@pytest.fixture
def empty_postgres(postgres_server: str) -> Iterator[str]:
    """A PostgreSQL database in which nothing is migrated yet."""
    name = f"t{uuid.uuid4().hex}"
    _admin(postgres_server, f"CREATE DATABASE {name}")
    yield _named(postgres_server, name)
    _admin(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")
