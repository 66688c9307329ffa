"""Deletion by force: killed at any statement it is done wholly or not at all, and can be ended."""

import asyncio
import sys

import pytest
from sqlalchemy import select

from bot.core.clock import HandClock
from bot.storage.database import Database
from bot.storage.tables.members import PersonRow
from bot.storage.tables.privacy import MarkRow
from bot.storage.tables.staff import AuditRow
from tests.fakes.owned import ADA, owned
from tests.features.privacy.conftest import known, privacy_of

STEPS = [
    "DELETE FROM calls",  # records go first, in portions of their own
    "INSERT INTO marks",
    "DELETE FROM people",
    "UPDATE members SET mode",
    "INSERT INTO audit",
]


@pytest.mark.parametrize("step", STEPS)
async def test_killed_in_the_middle_it_is_whole_or_not_at_all_and_can_be_ended(
    database_url: str, clock: HandClock, step: str
) -> None:
    async with Database(database_url) as db:
        everybody = await known(owned(db, clock))
        before = await everybody.privacy.export(ADA)
    asked = [sys.executable, "-m", "tests.features.privacy.leaving", database_url, step]
    child = await asyncio.create_subprocess_exec(*asked, stdout=asyncio.subprocess.PIPE)
    assert child.stdout is not None
    assert await child.stdout.readline() == b"in the middle\n"
    child.kill()
    await child.wait()

    async with Database(database_url) as db:
        house = owned(db, clock)
        privacy = privacy_of(house)
        after = await privacy.export(ADA)
        assert await house.keys.active(everybody.ada) is None
        for lasting in ("you", "grants", "donations", "exchanges", "days", "points", "roles"):
            assert after[lasting] == before[lasting]
        async with db.read() as tx:
            assert (await tx.scalars(select(MarkRow.digest))).all() == []

        await privacy.forget(ADA)

        async with db.read() as tx:
            assert ADA.discord_id not in (await tx.scalars(select(PersonRow.discord_id))).all()
            assert "data.delete" in (await tx.scalars(select(AuditRow.action))).all()
