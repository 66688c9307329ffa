"""Rotation of the secret: everything re-wrapped, in batches, through kills, even without it."""

import asyncio
import sys
import textwrap

import pytest
from sqlalchemy import select

from bot.core.clock import HandClock
from bot.core.errors import StartFailed
from bot.core.secrets import Sealer
from bot.keys import fingerprint
from bot.keys.rekey import Rekeyed, rekey
from bot.keys.rules import digest_of
from bot.members.marks import KEY_NAME
from bot.members.people import Person
from bot.members.private import LOST
from bot.storage import values
from bot.storage.database import Database
from bot.storage.tables.keys import KeyRow
from bot.storage.tables.members import PersonRow
from bot.storage.tables.privacy import MarkRow
from tests.conftest import NOON
from tests.fakes.owned import Owned, member_of, owned

OLD, NEW, OTHER = "o" * 32, "n" * 32, "x" * 32
CROWD = [Person(300_000_000_000_000_000 + each, at_home=True) for each in range(23)]


@pytest.fixture
def house(db: Database, clock: HandClock) -> Owned:
    return owned(db, clock, OLD)


async def filled(house: Owned) -> dict[Person, str]:
    """Give everybody a key, the first two a second one, and suspend the last."""
    await fingerprint.check(house.db, house.sealer)
    for person in CROWD:
        await house.keys.first(person)
    for person in CROWD[:2]:
        await house.keys.replace(person)
    keys = {person: str((await house.keys.show(person)).plain) for person in CROWD}
    await house.members.suspend(await member_of(house, CROWD[-1]), "shared a key")
    return keys


async def shown(house: Owned) -> dict[Person, str]:
    await house.members.restore(await member_of(house, CROWD[-1]))
    return {person: str((await house.keys.show(person)).plain) for person in CROWD}


async def sealed_by(db: Database) -> set[bytes]:
    """Return the names of the secrets that anything is sealed under."""
    async with db.read() as tx:
        keys = (await tx.scalars(select(KeyRow.sealed).where(KeyRow.sealed.is_not(None)))).all()
        people = (await tx.scalars(select(PersonRow.sealed_key))).all()
        marks = bytes.fromhex(await values.recall(tx, KEY_NAME) or "")
    return {bytes(value[:4]) for value in [*keys, *people, marks] if value}


async def test_after_rotation_the_new_secret_alone_opens_everything(house: Owned) -> None:
    keys = await filled(house)

    done = await rekey(house.db, Sealer.from_secrets([NEW, OLD]), lost=False, batch=5)

    assert done == Rekeyed(keys=23, people=23, lost=0)
    after = owned(house.db, house.clock, NEW)
    await fingerprint.check(house.db, after.sealer)
    number = await member_of(after, CROWD[-1])
    assert await after.members.suspension(number) == "shared a key"
    assert await shown(after) == keys
    with pytest.raises(StartFailed):
        await fingerprint.check(house.db, house.sealer)


async def test_rotating_twice_is_rotating_once(house: Owned) -> None:
    await filled(house)
    sealer = Sealer.from_secrets([NEW, OLD])
    await rekey(house.db, sealer, lost=False)

    assert await rekey(house.db, sealer, lost=False) == Rekeyed(0, 0, 0)
    assert await rekey(house.db, Sealer.from_secrets([NEW]), lost=True) == Rekeyed(0, 0, 0)


async def test_an_empty_database_is_rotated_too(db: Database) -> None:
    await rekey(db, Sealer.from_secrets([NEW]), lost=False)

    await fingerprint.check(db, Sealer.from_secrets([NEW]))


async def test_without_the_old_secret_nothing_is_touched(house: Owned) -> None:
    keys = await filled(house)

    with pytest.raises(StartFailed) as refused:
        await rekey(house.db, Sealer.from_secrets([NEW]), lost=False)

    assert "rekey --lost" in refused.value.sentence
    assert await shown(house) == keys


async def test_a_value_of_a_third_secret_is_named_and_the_old_secret_stays_in_use(
    house: Owned,
) -> None:
    keys = await filled(house)
    stray = Person(300_000_000_000_000_999, at_home=True)
    await owned(house.db, house.clock, OTHER, OLD).keys.first(stray)

    with pytest.raises(StartFailed) as refused:
        await rekey(house.db, Sealer.from_secrets([NEW, OLD]), lost=False)

    assert "2 sealed values" in refused.value.sentence
    await fingerprint.check(house.db, house.sealer)
    whole = Sealer.from_secrets([NEW, OLD, OTHER])
    assert await rekey(house.db, whole, lost=False) == Rekeyed(1, 1, 0)
    assert await shown(owned(house.db, house.clock, NEW)) == keys


async def test_a_lost_secret_breaks_showing_and_never_authentication(house: Owned) -> None:
    keys = await filled(house)

    done = await rekey(house.db, Sealer.from_secrets([NEW]), lost=True, batch=4)

    assert done == Rekeyed(keys=0, people=0, lost=47)
    after = owned(house.db, house.clock, NEW)
    await fingerprint.check(house.db, after.sealer)
    number = await member_of(after, CROWD[-1])
    assert await after.members.suspension(number) == LOST
    assert set((await shown(after)).values()) == {"None"}
    for key in keys.values():
        assert await after.keys.who(digest_of(key)) is not None


async def test_after_a_loss_new_keys_and_new_texts_can_be_read(house: Owned) -> None:
    await filled(house)
    await rekey(house.db, Sealer.from_secrets([NEW]), lost=True)
    after = owned(house.db, house.clock, NEW)

    made = await after.keys.replace(CROWD[0])
    number = await member_of(after, CROWD[0])
    await after.members.suspend(number, "once more")

    assert await after.members.suspension(number) == "once more"
    await after.members.restore(number)
    assert (await after.keys.show(CROWD[0])).plain == made.plain
    assert await rekey(house.db, after.sealer, lost=True) == Rekeyed(0, 0, 0)


async def test_marks_are_found_again_after_a_rotation(house: Owned) -> None:
    ada = CROWD[0].discord_id
    async with house.db.begin() as tx:
        await house.members.marks.mark_activated(tx, ada, NOON)

    await rekey(house.db, Sealer.from_secrets([NEW, OLD]), lost=False)

    async with house.db.begin() as tx:
        assert await owned(house.db, house.clock, NEW).members.marks.activated(tx, ada)


async def test_once_the_secret_is_lost_marks_start_anew(house: Owned) -> None:
    ada, after = CROWD[0].discord_id, owned(house.db, house.clock, NEW)
    async with house.db.begin() as tx:
        await house.members.marks.mark_activated(tx, ada, NOON)

    done = await rekey(house.db, after.sealer, lost=True)

    assert done == Rekeyed(0, 0, lost=1)
    async with house.db.begin() as tx:
        assert not await after.members.marks.activated(tx, ada)
        assert (await tx.scalars(select(MarkRow.digest))).all() == []
        await after.members.marks.mark_activated(tx, ada, NOON)
        assert await after.members.marks.activated(tx, ada)


async def test_keys_replaced_during_the_rotation_stay_replaced(house: Owned) -> None:
    await filled(house)
    both = owned(house.db, house.clock, NEW, OLD)

    _, *cards = await asyncio.gather(
        rekey(house.db, both.sealer, lost=False, batch=2),
        *(both.keys.replace(person) for person in CROWD[:15]),
    )

    after = await shown(owned(house.db, house.clock, NEW))
    assert [after[person] for person in CROWD[:15]] == [card.plain for card in cards]
    async with house.db.read() as tx:
        revoked = select(KeyRow.sealed).where(KeyRow.revoked_at.is_not(None))
        assert set((await tx.scalars(revoked)).all()) == {None}


CHILD = """
    import asyncio, sys, time
    from bot.core.secrets import Sealer
    from bot.keys.rekey import rekey
    from bot.storage.database import Database

    class Stuck(Sealer):
        sealed = 0

        def seal(self, plain, bound_to):
            self.sealed += 1
            if self.sealed == 30:  # all people and the first batch of keys are done
                print("in the middle", flush=True)
                time.sleep(60)
            return super().seal(plain, bound_to)

    async def main():
        async with Database(sys.argv[1]) as db:
            await rekey(db, Stuck.from_secrets(sys.argv[2:]), lost=False, batch=5)

    asyncio.run(main())
"""


async def test_a_rotation_that_was_killed_goes_on_where_it_stopped(
    database_url: str, clock: HandClock
) -> None:
    async with Database(database_url) as db:
        keys = await filled(owned(db, clock, OLD))
    command = [sys.executable, "-c", textwrap.dedent(CHILD), database_url, NEW, OLD]
    child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert child.stdout is not None
    assert await child.stdout.readline() == b"in the middle\n"
    child.kill()
    await child.wait()
    sealer = Sealer.from_secrets([NEW, OLD])

    async with Database(database_url) as db:
        half = await sealed_by(db)
        await fingerprint.check(db, Sealer.from_secrets([OLD]))
        done = await rekey(db, sealer, lost=False)

        assert len(half) == 2
        assert done == Rekeyed(keys=18, people=0, lost=0)
        assert await sealed_by(db) == {sealer.newest}
        assert await shown(owned(db, clock, NEW)) == keys
