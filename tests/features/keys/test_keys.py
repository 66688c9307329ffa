"""Keys on both databases: made, shown, replaced; one active key each, whatever happens at once."""

import asyncio
import hashlib
import io
import logging
from collections.abc import Iterator

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from bot.core.clock import HandClock
from bot.core.log import JsonLines
from bot.core.redaction import Redactor
from bot.core.secrets import well_formed
from bot.core.signals import Topic
from bot.core.units import Mode
from bot.keys.errors import NoKey
from bot.keys.rules import digest_of
from bot.keys.service import KeyCard
from bot.members.errors import NotAtHome, Suspended
from bot.members.people import Person
from bot.storage.base import Base
from bot.storage.database import Database
from bot.storage.tables.keys import KeyRow
from tests.conftest import NOON
from tests.fakes.owned import ADA, MO, Owned, member_of, owned

STRANGER = Person(discord_id=300_000_000_000_000_009, at_home=False)


@pytest.fixture
def house(db: Database, clock: HandClock) -> Owned:
    return owned(db, clock)


async def active_keys(db: Database) -> int:
    async with db.read() as tx:
        counted = select(func.count()).select_from(KeyRow).where(KeyRow.revoked_at.is_(None))
        return await tx.scalar(counted) or 0


async def everything_stored(db: Database) -> bytes:
    """Return all that every table holds, as text and raw bytes."""
    dump = io.BytesIO()
    async with db.read() as tx:
        for table in Base.metadata.sorted_tables:
            for row in (await tx.execute(select(table))).all():
                for value in row:
                    dump.write(value if isinstance(value, bytes) else str(value).encode())
                    dump.write(b"\n")
    return dump.getvalue()


async def test_the_first_key_is_shown_once_it_is_made(house: Owned) -> None:
    card = await house.keys.first(ADA)

    assert card.fresh
    assert card.plain is not None
    assert well_formed(card.plain)
    assert card.plain.startswith("lk_")
    assert card.masked == f"lk_…{card.plain[-4:]}"
    assert card.created_at == NOON
    assert house.told == [(Topic.MEMBER, await member_of(house))]


async def test_a_first_key_that_is_there_already_comes_back_masked_and_unharmed(
    house: Owned,
) -> None:
    made = await house.keys.first(ADA)
    house.told.clear()

    again = await house.keys.first(ADA)

    assert (again.fresh, again.plain, again.masked, again.id) == (
        False,
        None,
        made.masked,
        made.id,
    )
    assert (await house.keys.show(ADA)).plain == made.plain
    assert house.told == []


async def test_a_key_can_be_shown_again(house: Owned) -> None:
    made = await house.keys.first(ADA)
    await house.keys.first(MO)

    shown = await house.keys.show(ADA)

    assert (shown.plain, shown.fresh, shown.created_at) == (made.plain, False, NOON)


async def test_without_a_key_there_is_none_to_show(house: Owned) -> None:
    with pytest.raises(NoKey):
        await house.keys.show(ADA)

    assert await house.keys.active(await member_of(house)) is None


async def test_the_overview_s_card_never_holds_the_key(house: Owned) -> None:
    made = await house.keys.first(ADA)

    card = await house.keys.active(await member_of(house))

    assert card is not None
    assert (card.plain, card.masked, card.id) == (None, made.masked, made.id)


async def test_a_key_is_found_by_its_hash(house: Owned) -> None:
    card = await house.keys.first(ADA)
    await house.members.switch_mode(ADA, Mode.REQUESTS)

    owner = await house.keys.who(hashlib.sha256(str(card.plain).encode()).digest())

    assert owner is not None
    assert (owner.member_id, owner.key_id) == (await member_of(house), card.id)
    assert (owner.mode, owner.suspended) == (Mode.REQUESTS, False)
    assert await house.keys.who(digest_of("lk_unknown")) is None


async def test_a_replaced_key_opens_nothing_and_its_ciphertext_is_gone(house: Owned) -> None:
    old = await house.keys.first(ADA)
    house.told.clear()

    new = await house.keys.replace(ADA)

    assert new.fresh
    assert new.plain != old.plain
    assert await house.keys.who(digest_of(str(old.plain))) is None
    assert await house.keys.who(digest_of(str(new.plain))) is not None
    assert (await house.keys.show(ADA)).plain == new.plain
    assert house.told == [(Topic.MEMBER, await member_of(house))]
    async with house.db.read() as tx:
        revoked = (await tx.execute(select(KeyRow).where(KeyRow.id == old.id))).one()
    assert (revoked.sealed, revoked.revoked_at) == (None, NOON)


async def test_replacing_without_a_key_makes_one(house: Owned) -> None:
    card = await house.keys.replace(ADA)

    assert await house.keys.who(digest_of(str(card.plain))) is not None


async def test_fifty_first_keys_at_once_are_one_key(house: Owned) -> None:
    cards = await asyncio.gather(*(house.keys.first(ADA) for _ in range(50)))

    assert [card.fresh for card in cards].count(True) == 1
    assert {card.id for card in cards} == {cards[0].id}
    assert await active_keys(house.db) == 1


async def test_fifty_first_and_replaced_keys_at_once_leave_exactly_one(
    database_url: str, clock: HandClock
) -> None:
    async with Database(database_url) as one, Database(database_url) as other:
        houses = [owned(one, clock), owned(one if one.embedded else other, clock)]
        asks = [
            ask(ADA)
            for _ in range(13)
            for house in houses
            for ask in (house.keys.replace, house.keys.first)
        ]

        cards: list[KeyCard] = await asyncio.gather(*asks)

        assert await active_keys(one) == 1
        last = await houses[0].keys.show(ADA)
        made = {card.plain for card in cards if card.fresh}
        assert last.plain in made
        open_doors = [plain for plain in made if await houses[0].keys.who(digest_of(str(plain)))]
        assert open_doors == [last.plain]


async def test_the_schema_itself_allows_one_active_key(house: Owned) -> None:
    await house.keys.first(ADA)
    row = {"id": 1, "digest": b"d" * 32, "prefix": "lk_", "last4": "0000", "created_at": NOON}

    with pytest.raises(IntegrityError):
        async with house.db.begin() as tx:
            member_id = await tx.scalar(select(KeyRow.member_id))
            await tx.execute(insert(KeyRow).values(row | {"member_id": member_id}))


async def test_a_suspended_member_gets_no_key_and_learns_why(house: Owned) -> None:
    card = await house.keys.first(ADA)
    await house.members.suspend(await member_of(house), "shared a key")

    for ask in (house.keys.first, house.keys.show, house.keys.replace):
        with pytest.raises(Suspended) as refused:
            await ask(ADA)
        assert refused.value.params == {"reason": "shared a key"}

    owner = await house.keys.who(digest_of(str(card.plain)))
    assert owner is not None
    assert owner.suspended


async def test_a_stranger_gets_no_key(house: Owned) -> None:
    for ask in (house.keys.first, house.keys.show, house.keys.replace):
        with pytest.raises(NotAtHome):
            await ask(STRANGER)

    assert await active_keys(house.db) == 0


async def test_keys_of_an_earlier_prefix_go_on_working(db: Database, clock: HandClock) -> None:
    before = owned(db, clock)
    after = owned(db, clock, community={"key_prefix": "fresed-"})
    old = await before.keys.first(ADA)

    new = await after.keys.first(MO)

    assert (await after.keys.show(ADA)).plain == old.plain
    assert await after.keys.who(digest_of(str(old.plain))) is not None
    assert str(new.plain).startswith("fresed-")
    assert new.masked == f"fresed-…{str(new.plain)[-4:]}"


async def test_no_table_holds_a_key(house: Owned) -> None:
    cards = [await house.keys.first(ADA), await house.keys.replace(ADA), await house.keys.first(MO)]

    stored = await everything_stored(house.db)

    assert b"lk_" in stored
    for card in cards:
        assert str(card.plain)[3:-4].encode() not in stored


async def test_ciphertexts_of_two_members_cannot_be_swapped(house: Owned) -> None:
    await house.keys.first(ADA)
    theirs = await house.keys.first(MO)

    async with house.db.begin() as tx:
        mine = await tx.scalar(select(KeyRow.sealed).where(KeyRow.id != theirs.id))
        await tx.execute(update(KeyRow).where(KeyRow.id == theirs.id).values(sealed=mine))

    shown = await house.keys.show(MO)
    assert (shown.plain, shown.masked) == (None, theirs.masked)


async def test_a_key_sealed_by_a_lost_secret_opens_the_api_but_cannot_be_shown(
    house: Owned,
) -> None:
    card = await house.keys.first(ADA)
    stranger = owned(house.db, house.clock, "another secret that was never used here")

    assert (await stranger.keys.show(ADA)).plain is None
    assert await stranger.keys.who(digest_of(str(card.plain))) is not None


@pytest.fixture
def whole_log() -> Iterator[io.StringIO]:
    """Everything that any logger says from DEBUG up, statements and values of the database too."""
    stream, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines(Redactor()))
    level, root.level = root.level, logging.DEBUG
    root.addHandler(handler)
    engine = logging.getLogger("sqlalchemy.engine")
    engine.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)
    engine.setLevel(logging.NOTSET)


async def test_no_key_is_in_a_repr_or_in_anything_that_is_logged(
    database_url: str, clock: HandClock, whole_log: io.StringIO
) -> None:
    async with Database(database_url) as db:
        house = owned(db, clock)
        first = await house.keys.first(ADA)
        second = await house.keys.replace(ADA)
        shown = await house.keys.show(ADA)
        logging.getLogger("bot.keys").info("made %r and %s", first, second.plain)

    said = whole_log.getvalue()
    assert "INSERT INTO keys" in said
    for card in (first, second, shown):
        assert card.plain is not None
        assert card.plain not in repr(card)
        assert card.plain not in str(card)
        assert card.plain[-36:-4] not in said


async def test_the_constraint_is_there_on_both_databases(db: Database) -> None:
    where = "sqlite_master WHERE name" if db.embedded else "pg_indexes WHERE indexname"

    async with db.read() as tx:
        found = await tx.scalar(text(f"SELECT count(*) FROM {where} = 'uq_keys_one_active'"))

    assert found == 1
