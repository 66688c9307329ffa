"""Marks on both databases: what a person carries past the deletion of everything."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, select

from bot.core.clock import HandClock, day_of
from bot.core.secrets import Sealer
from bot.core.units import Mode
from bot.members.marks import KEY_NAME, Mark, Marks
from bot.members.people import Person
from bot.storage.database import Database
from bot.storage.tables.ledger import CallRow, DayRow
from bot.storage.tables.members import MemberRow, PersonRow
from bot.storage.tables.privacy import MarkRow
from bot.storage.tables.system import ValueRow
from tests.conftest import NOON
from tests.fakes.owned import ADA, MO, SECRET, Owned, member_of, owned

TODAY = NOON.date()


@pytest.fixture
def house(db: Database, clock: HandClock) -> Owned:
    return owned(db, clock)


@pytest.fixture
def marks(house: Owned) -> Marks:
    return house.members.marks


async def gone(house: Owned, mark: Mark, person: Person = ADA) -> None:
    """Let a person go as deletion does: a mark stays, the tie is cut."""
    async with house.db.begin() as tx:
        await house.members.marks.leave(tx, person.discord_id, mark)
        await tx.execute(delete(PersonRow).where(PersonRow.discord_id == person.discord_id))


async def spent_today(house: Owned, number: int) -> None:
    """Write a day of two calls."""
    day = {"member_id": number, "day": TODAY, "spent": 70_000, "held": 0, "calls": 2}
    record = {
        "member_id": number,
        "day": TODAY,
        "endpoint": "chat",
        "model": "gpt-4o",
        "mode": "tokens",
        "status": "answered",
        "cost": 35_000,
        "arrived_at": NOON,
    }
    async with house.db.begin() as tx:
        await tx.execute(insert(DayRow).values(day))
        await tx.execute(insert(CallRow), [record | {"id": 1}, record | {"id": 2}])


async def test_a_hash_stands_for_one_person_and_for_no_text(marks: Marks) -> None:
    async with marks.db.begin() as tx:
        ada, mo = [await marks.digest(tx, who.discord_id) for who in (ADA, MO)]
        text = await marks.keyed(tx, str(ADA.discord_id))
        again = await Marks(marks.db, marks.sealer).digest(tx, ADA.discord_id)

    assert len({ada, mo, text}) == 3
    assert again == ada
    assert len(ada) == len(text) == 32


async def test_without_its_key_a_hash_cannot_be_recomputed(db: Database, marks: Marks) -> None:
    async with db.begin() as tx:
        ours = await marks.digest(tx, ADA.discord_id)
        await tx.execute(delete(ValueRow).where(ValueRow.name == KEY_NAME))

        assert await marks.digest(tx, ADA.discord_id) != ours


async def test_processes_that_make_the_key_at_once_make_one(house: Owned) -> None:
    async def digest() -> bytes:
        async with house.db.begin() as tx:
            return await Marks(house.db, house.sealer).digest(tx, ADA.discord_id)

    found = await asyncio.gather(*(digest() for _ in range(6)))

    assert len(set(found)) == 1


async def test_an_activation_stays_marked_at_its_first_moment(marks: Marks) -> None:
    async with marks.db.begin() as tx:
        assert not await marks.activated(tx, ADA.discord_id)

        await marks.mark_activated(tx, ADA.discord_id, NOON)
        await marks.mark_activated(tx, ADA.discord_id, NOON + timedelta(days=1))

        assert (await marks.of(tx, ADA.discord_id)).activated_at == NOON
        assert not await marks.activated(tx, MO.discord_id)


async def test_an_activation_outlives_deletion_and_return(house: Owned, marks: Marks) -> None:
    await member_of(house)
    await gone(house, Mark(activated_at=NOON))

    await member_of(house)
    await gone(house, Mark())

    async with house.db.begin() as tx:
        assert await marks.activated(tx, ADA.discord_id)


async def test_who_left_suspended_returns_suspended_until_staff_restores_them(
    house: Owned,
) -> None:
    old = await member_of(house)
    await gone(house, Mark(suspended_at=NOON))

    new = await member_of(house)

    assert new != old
    assert await house.members.suspension(new) is not None
    await house.members.restore(new)
    await gone(house, Mark())
    assert await house.members.suspension(await member_of(house)) is None


async def test_who_returns_the_same_day_has_spent_what_they_spent(house: Owned) -> None:
    old = await member_of(house)
    await spent_today(house, old)
    await gone(house, Mark(day=TODAY, day_member_id=old))

    new = await member_of(house)

    async with house.db.read() as tx:
        days = (await tx.execute(select(DayRow.member_id, DayRow.spent, DayRow.calls))).all()
        owners = set((await tx.scalars(select(CallRow.member_id))).all())
    assert [tuple(row) for row in days] == [(new, 70_000, 2)]
    assert owners == {new}


async def test_who_returns_another_day_starts_anew(house: Owned, clock: HandClock) -> None:
    old = await member_of(house)
    await spent_today(house, old)
    await gone(house, Mark(day=TODAY, day_member_id=old))
    clock.move(hours=12)

    await member_of(house)

    async with house.db.read() as tx:
        assert (await tx.scalars(select(DayRow.member_id))).all() == [old]


async def test_the_days_switches_of_the_mode_are_not_escaped(house: Owned) -> None:
    old = await member_of(house)
    await house.members.switch_mode(ADA, Mode.REQUESTS)
    await gone(house, Mark(day=TODAY, day_member_id=old))

    switched = await house.members.switch_mode(ADA, Mode.REQUESTS)

    assert (switched.before, switched.left_today) == (Mode.TOKENS, 1)


async def test_when_the_day_is_over_nothing_leads_back_to_the_number(
    house: Owned, marks: Marks, clock: HandClock
) -> None:
    for person, activated in ((ADA, None), (MO, NOON)):
        number = await member_of(house, person)
        if person is MO:
            await spent_today(house, number)
        await gone(house, Mark(activated_at=activated, day=TODAY, day_member_id=number), person)

    await marks.untie(before=TODAY)
    async with house.db.read() as tx:
        assert None not in (await tx.scalars(select(MarkRow.day_member_id))).all()

    await marks.untie(before=day_of(clock.now() + timedelta(days=1), house.community.zone))

    async with house.db.read() as tx:
        left = (await tx.execute(select(MarkRow.activated_at, MarkRow.day_member_id))).all()
        spent = (await tx.scalars(select(DayRow.spent))).all()
        records = (await tx.scalars(select(CallRow.id))).all()
    assert [tuple(row) for row in left] == [(NOON, None)]
    assert (spent, records) == ([70_000], [])


async def test_two_windows_of_one_returning_person_make_one_member(house: Owned) -> None:
    old = await member_of(house)
    await spent_today(house, old)
    await gone(house, Mark(suspended_at=NOON, day=TODAY, day_member_id=old))

    numbers = await asyncio.gather(*(member_of(house) for _ in range(5)))

    assert len(set(numbers)) == 1
    assert await house.members.suspension(numbers[0]) is not None
    async with house.db.read() as tx:
        assert (await tx.scalars(select(DayRow.member_id))).all() == [numbers[0]]
        assert len((await tx.scalars(select(MemberRow.id))).all()) == 2


async def test_the_key_of_the_hash_lies_sealed(house: Owned, marks: Marks) -> None:
    async with house.db.begin() as tx:
        ours = await marks.digest(tx, ADA.discord_id)
        theirs = Marks(
            house.db, Sealer.from_secrets(["another secret, of the same length", SECRET])
        )

        assert await theirs.digest(tx, ADA.discord_id) == ours
