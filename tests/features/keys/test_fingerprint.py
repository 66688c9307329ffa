"""A process starts only with a secret that this database knows."""

import asyncio

import pytest

from bot.core.errors import StartFailed
from bot.core.secrets import Sealer
from bot.keys import fingerprint
from bot.storage import values
from bot.storage.database import Database

OLD, NEW, OTHER = (Sealer.from_secrets([letter * 32]) for letter in "one")
BOTH = Sealer.from_secrets(["n" * 32, "o" * 32])


async def test_a_new_database_takes_the_newest_secret_for_its_own(db: Database) -> None:
    await fingerprint.check(db, BOTH)

    async with db.read() as tx:
        assert await values.recall(tx, fingerprint.NAME) == NEW.fingerprint
    await fingerprint.check(db, NEW)


async def test_a_secret_that_is_being_rotated_out_still_starts(db: Database) -> None:
    await fingerprint.check(db, OLD)

    await fingerprint.check(db, BOTH)

    async with db.read() as tx:
        assert await values.recall(tx, fingerprint.NAME) == OLD.fingerprint


async def test_a_foreign_secret_does_not_start_and_says_what_to_do(db: Database) -> None:
    await fingerprint.check(db, OLD)

    with pytest.raises(StartFailed) as refused:
        await fingerprint.check(db, OTHER)

    assert refused.value.code == 2
    assert "LATCHKEY_SECRET_KEY" in refused.value.sentence
    assert "rekey --lost" in refused.value.sentence


async def test_of_two_first_processes_with_two_secrets_one_starts(db: Database) -> None:
    starts = (fingerprint.check(db, sealer) for sealer in (OLD, OTHER))

    ends = await asyncio.gather(*starts, return_exceptions=True)

    assert sorted(type(end).__name__ for end in ends) == ["NoneType", "StartFailed"]
