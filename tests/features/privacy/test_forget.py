"""Deleting everything, on both databases: nothing that names or describes the person is left."""

import asyncio
import json
from typing import Any

import pytest
from sqlalchemy import ForeignKeyConstraint, Table, delete, insert, select, update

from bot.core.clock import HandClock
from bot.core.secrets import Sealer, Unsealable
from bot.core.signals import Topic
from bot.keys.rules import digest_of
from bot.members.private import own_key_place
from bot.privacy.errors import NothingKnown, StillRunning
from bot.privacy.purge import GOES
from bot.storage.base import Base
from bot.storage.database import Database
from bot.storage.tables.allowance import GrantRow
from bot.storage.tables.ledger import CallRow, DayRow, HoldRow
from bot.storage.tables.members import MemberRow, PersonRow
from bot.storage.tables.referrals import ActivationRow
from bot.storage.tables.staff import AuditRow, DonationRow
from tests.conftest import NOON
from tests.fakes.owned import ADA, MO, SECRET, member_of, owned
from tests.features.ledger.books import until
from tests.features.privacy.conftest import Known, known, privacy_of
from tests.features.privacy.filling import CODE, SECRETS, TODAY, YESTERDAY

# Beside what goes: rows that lose everything but numbers, and rows that stay as they are.
BLOTTED = {"members", "grants", "donations", "calls", "outbox", "proposals"}
STAYS = {"days", "usage_months", "activations", "audit", "contest_prizes", "marks", "holds"}


def pointing() -> set[str]:
    """Name the tables that point to a member, by a foreign key or by a column's name."""
    tables = Base.metadata.tables.values()
    return {table.name for table in tables if table.name == "members" or _columns(table)}


def _columns(table: Table) -> set[str]:
    keys = [each for each in table.constraints if isinstance(each, ForeignKeyConstraint)]
    by_key = {
        element.parent.name
        for key in keys
        for element in key.elements
        if element.target_fullname == "members.id"
    }
    return by_key | ({"member_id"} & set(table.columns.keys()))


async def everything(db: Database) -> dict[str, list[dict[str, Any]]]:
    """Read every column of every table."""
    async with db.read() as tx:
        return {
            name: [dict(row) for row in (await tx.execute(select(table))).mappings()]
            for name, table in Base.metadata.tables.items()
        }


def spelt(value: Any) -> str:
    """Spell a value in every way in which it could be searched for."""
    if isinstance(value, bytes):
        return f"{value.hex()} {value.decode('latin-1')} {value.decode(errors='ignore')}"
    return json.dumps(value, default=str)


async def test_every_table_that_points_to_members_is_thought_of() -> None:
    goes = {table.__tablename__ for table, _ in GOES}

    assert goes | BLOTTED | STAYS == pointing()


async def test_the_test_below_knows_something_of_ada_in_every_such_table(everybody: Known) -> None:
    found = await everything(everybody.house.db)

    silent = {"holds", "marks"}  # a call that runs, and who left already
    for name in pointing() - silent:
        columns = _columns(Base.metadata.tables[name]) or {"id"}
        about = [row for row in found[name] if everybody.ada in {row[each] for each in columns}]
        assert about, f"nothing about Ada in {name}"


async def test_nothing_in_any_column_names_or_describes_the_person(everybody: Known) -> None:
    house, db = everybody.house, everybody.house.db
    async with db.read() as tx:
        ada = await house.members.find(tx, ADA.discord_id)
        sealed_key = await tx.scalar(select(PersonRow.sealed_key))
    assert ada is not None
    assert ada.own_key is not None
    key = everybody.key
    names = [str(ADA.discord_id), CODE, *SECRETS, key, key[3:], digest_of(key).hex()]
    names += [ada.own_key.hex(), (sealed_key or b"x").hex(), ADA.discord_id.to_bytes(8).hex()]

    await everybody.privacy.forget(ADA)

    for name, rows in (await everything(db)).items():
        for row in rows:
            for column, value in row.items():
                told = [each for each in names if each in spelt(value)]
                assert not told, f"{name}.{column} tells {told}"
    await assert_texts_are_lost(db, ada.own_key)


async def assert_texts_are_lost(db: Database, own_key: bytes) -> None:
    """No sealed value is left that the secret opens into the person's own key."""
    sealer = Sealer.from_secrets([SECRET])
    for rows in (await everything(db)).values():
        for value in [each for row in rows for each in row.values() if isinstance(each, bytes)]:
            for number in range(1, 5):
                try:
                    opened = sealer.open(value, own_key_place(number))
                except Unsealable:
                    continue
                assert opened != own_key


async def test_what_others_are_owed_stays(everybody: Known) -> None:
    mo_before = await rows_of(everybody.house.db, everybody.mo)

    await everybody.privacy.forget(ADA)

    assert await rows_of(everybody.house.db, everybody.mo) == mo_before
    async with everybody.house.db.read() as tx:
        days = (await tx.execute(select(DayRow.member_id, DayRow.spent))).all()
        brought = (
            await tx.execute(select(ActivationRow.newcomer_id, ActivationRow.owner_id))
        ).all()
        gift = (await tx.execute(select(DonationRow.amount, DonationRow.receipt))).one()
        (grant_by_ada,) = (
            await tx.scalars(select(GrantRow.giver_id).where(GrantRow.id == 15))
        ).all()
        acts = (await tx.scalars(select(AuditRow.action).order_by(AuditRow.id))).all()
    ada, mo = everybody.ada, everybody.mo
    assert sorted(map(tuple, days)) == sorted([(ada, 900), (ada, 900), (mo, 900), (mo, 900)])
    assert set(map(tuple, brought)) == {(ada, mo), (mo, ada)}
    assert tuple(gift) == (5, None)
    assert grant_by_ada == ada
    assert acts == ["grant.give", "data.delete"]


async def rows_of(db: Database, number: int) -> list[Any]:
    """Return all that is told of a member by their own number."""
    found = []
    for name, rows in (await everything(db)).items():
        owner = "id" if name == "members" else "member_id"
        found += [(name, row) for row in rows if row.get(owner) == number]
    return found


async def test_nothing_is_left_to_spend_with(everybody: Known, clock: HandClock) -> None:
    house = everybody.house
    house.told.clear()

    await everybody.privacy.forget(ADA)

    assert await house.keys.who(digest_of(everybody.key)) is None
    assert await house.allowances.of(everybody.ada) == ()
    assert await house.members.known(ADA.discord_id) is None
    assert (Topic.LEAVING, everybody.ada) in house.told
    assert house.told[-1] == (Topic.MEMBER, everybody.ada)


async def test_who_returns_is_new_but_for_what_cannot_be_escaped(everybody: Known) -> None:
    house = everybody.house
    await everybody.privacy.forget(ADA)

    again = await member_of(house)

    assert again not in (everybody.ada, everybody.mo)
    assert await house.members.suspension(again) is not None
    async with house.db.begin() as tx:
        assert await house.members.marks.activated(tx, ADA.discord_id)
        days = await tx.execute(select(DayRow.day, DayRow.spent).where(DayRow.member_id == again))
        assert list(map(tuple, days)) == [(TODAY, 900)]
        calls = await tx.scalars(select(CallRow.day).where(CallRow.member_id == again))
        assert list(calls) == [TODAY]
        left = await tx.scalars(select(DayRow.day).where(DayRow.member_id == everybody.ada))
        assert list(left) == [YESTERDAY]


async def test_who_returns_another_day_has_not_spent_anything(
    everybody: Known, clock: HandClock
) -> None:
    await everybody.privacy.forget(ADA)
    clock.move(days=1)
    await everybody.house.members.marks.untie(before=clock.now().date())

    again = await member_of(everybody.house)

    async with everybody.house.db.read() as tx:
        mine = select(DayRow.day).where(DayRow.member_id == again)
        records = select(CallRow.id).where(CallRow.member_id == everybody.ada)
        assert (await tx.scalars(mine)).all() == []
        assert (await tx.scalars(records)).all() == []


async def test_leaving_again_and_again_loses_no_mark(everybody: Known) -> None:
    house = everybody.house
    for _ in range(3):
        await everybody.privacy.forget(ADA)
        await member_of(house)

    async with house.db.begin() as tx:
        assert await house.members.marks.activated(tx, ADA.discord_id)
    again = await member_of(house)
    assert await house.members.suspension(again) is not None
    async with house.db.read() as tx:
        spent = select(DayRow.spent).where(DayRow.member_id == again, DayRow.day == TODAY)
        assert await tx.scalar(spent) == 900


async def test_the_unknown_have_nothing_to_delete(db: Database, clock: HandClock) -> None:
    privacy = privacy_of(owned(db, clock))

    with pytest.raises(NothingKnown):
        await privacy.forget(MO)
    with pytest.raises(NothingKnown):
        await privacy.export(MO)

    async with db.read() as tx:
        assert (await tx.scalars(select(MemberRow.id))).all() == []


async def test_asking_twice_at_once_deletes_once(everybody: Known) -> None:
    asked = [everybody.privacy.forget(ADA) for _ in range(4)]

    results = await asyncio.gather(*asked, return_exceptions=True)

    assert all(each is None or isinstance(each, NothingKnown) for each in results)
    async with everybody.house.db.read() as tx:
        acts = (await tx.scalars(select(AuditRow.action))).all()
    assert acts.count("data.delete") == 1


def hold(member_id: int) -> dict[str, Any]:
    row = {"id": 71, "member_id": member_id, "day": TODAY, "amount": 100, "mode": "tokens"}
    return row | {"endpoint": "chat", "model": "gpt-4o", "arrived_at": NOON}


async def test_a_call_that_runs_is_settled_before_anything_goes(everybody: Known) -> None:
    house = everybody.house
    async with house.db.begin() as tx:
        await tx.execute(insert(HoldRow).values(hold(everybody.ada)))
    forgetting = asyncio.create_task(everybody.privacy.forget(ADA))
    await until(lambda: house.told.count((Topic.LEAVING, everybody.ada)) >= 3)
    assert await house.members.known(ADA.discord_id) is not None

    async with house.db.begin() as tx:
        await tx.execute(delete(HoldRow))
        today = update(DayRow).where(DayRow.member_id == everybody.ada, DayRow.day == TODAY)
        await tx.execute(today.values(spent=1_000))
    await forgetting

    again = await member_of(house)
    async with house.db.read() as tx:
        spent = select(DayRow.spent).where(DayRow.member_id == again)
        assert (await tx.scalars(spent)).all() == [1_000]


async def test_a_call_that_does_not_end_stops_the_deletion_and_says_so(everybody: Known) -> None:
    house = everybody.house
    async with house.db.begin() as tx:
        await tx.execute(insert(HoldRow).values(hold(everybody.ada)))

    with pytest.raises(StillRunning):
        await privacy_of(house, patience=0.1).forget(ADA)

    assert await house.keys.active(everybody.ada) is None
    told = await everybody.privacy.export(ADA)
    assert len(told["grants"]) == 4


async def test_a_key_made_in_the_same_moment_belongs_to_somebody(everybody: Known) -> None:
    house = everybody.house
    await house.members.restore(everybody.ada)

    results = await asyncio.gather(
        everybody.privacy.forget(ADA),
        *(house.keys.replace(ADA) for _ in range(6)),
        return_exceptions=True,
    )

    cards = [each for each in results[1:] if not isinstance(each, BaseException)]
    owners = [await house.keys.who(digest_of(card.plain or "")) for card in cards]
    living = [owner for owner in owners if owner is not None]
    now = await house.members.known(ADA.discord_id)
    assert {owner.member_id for owner in living} <= ({now.id} if now else set())


async def test_the_records_of_a_busy_member_go_in_portions(
    db: Database, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.privacy.purge.RECORDS", 7)
    everybody = await known(owned(db, clock))
    async with db.begin() as tx:
        record = dict(
            (await tx.execute(select(CallRow.__table__).where(CallRow.id == 1))).mappings().one()
        )
        await tx.execute(insert(CallRow), [record | {"id": each} for each in range(100, 150)])

    await everybody.privacy.forget(ADA)

    async with db.read() as tx:
        left = (await tx.execute(select(CallRow.id, CallRow.key_id).order_by(CallRow.id))).all()
    assert list(map(tuple, left)) == [(2, None), (3, 9), (4, 9)]
