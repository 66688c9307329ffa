"""A street for each module: its tests run in one event loop, each with upstreams of its own."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.core.clock import HandClock
from tests.conftest import NOON
from tests.doors.dialects.street import Street, opened_street


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def street(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Street]:
    """A house and two places for upstreams; `street.put(...)` begins a test."""
    path = tmp_path_factory.mktemp("street") / "latchkey.db"
    shutil.copy(sqlite_template, path)
    async with opened_street(f"sqlite+aiosqlite:///{path}", HandClock(moment=NOON)) as opened:
        yield opened
