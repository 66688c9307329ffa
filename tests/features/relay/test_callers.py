"""Who calls: read once, then known until something of them changes."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event

from bot.core.secrets import mint
from bot.core.signals import Topic
from bot.core.units import Mode
from bot.ledger.rules import Limits
from bot.members.errors import AccountTooYoung, NotAtHome, Suspended
from bot.members.people import Person
from bot.relay import caller as caller_module
from bot.relay.errors import InvalidKey
from bot.storage.database import Database
from tests.fakes.owned import ADA, MO, member_of
from tests.features.relay.house import House, opened_house


@contextmanager
def statements(db: Database) -> Iterator[list[str]]:
    """Collect every statement that reaches the database."""
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        seen.append(statement)

    engines = {db._reading.sync_engine, db._writing.sync_engine}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield seen
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


async def key_of(house: House, person: Person = ADA) -> str:
    card = await house.owned.keys.first(person)
    assert card.plain is not None
    return card.plain


async def test_a_key_names_its_member_mode_and_allowance(house: House):
    caller = await house.callers.by_key(await key_of(house))

    assert caller.member_id == await member_of(house.owned)
    assert (caller.mode, caller.suspended) == (Mode.TOKENS, False)
    assert caller.today.allowance == 80_000
    assert caller.key_id is not None


async def test_a_warm_key_is_known_without_a_database_read(house: House):
    key = await key_of(house)
    first = await house.callers.by_key(key)

    with statements(house.owned.db) as seen:
        again = await house.callers.by_key(key)

    assert seen == []
    assert again == first


@pytest.mark.parametrize("key", ["", "lk_", "sk-123", "lk_" + "a" * 36, "é" * 40, "\ud83d" * 36])
async def test_a_key_with_a_typo_is_refused_without_a_database_read(house: House, key: str):
    with statements(house.owned.db) as seen, pytest.raises(InvalidKey):
        await house.callers.by_key(key)

    assert seen == []


async def test_an_invented_key_is_looked_up_once(house: House):
    key = mint("lk_")
    with pytest.raises(InvalidKey):
        await house.callers.by_key(key)

    with statements(house.owned.db) as seen, pytest.raises(InvalidKey):
        await house.callers.by_key(key)

    assert seen == []


async def test_a_revoked_key_stops_working_and_its_successor_works_at_once(house: House):
    old = await key_of(house)
    await house.callers.by_key(old)

    card = await house.owned.keys.replace(ADA)

    with pytest.raises(InvalidKey):
        await house.callers.by_key(old)
    assert (await house.callers.by_key(card.plain)).key_id == card.id


async def test_a_suspended_member_hears_why_and_works_again_once_restored(house: House):
    key = await key_of(house)
    member_id = (await house.callers.by_key(key)).member_id

    await house.owned.members.suspend(member_id, "spam")
    for _ in range(2):
        with pytest.raises(Suspended) as refused:
            await house.callers.by_key(key)
        assert refused.value.params["reason"] == "spam"

    await house.owned.members.restore(member_id)
    assert not (await house.callers.by_key(key)).suspended


async def test_a_switch_of_modes_holds_for_the_next_call(house: House):
    key = await key_of(house)
    before = await house.callers.by_key(key)
    assert house.callers.limits(before) == Limits(80_000, in_flight=4, per_minute=None)

    await house.owned.members.switch_mode(ADA, Mode.REQUESTS)

    after = await house.callers.by_key(key)
    assert after.mode is Mode.REQUESTS
    assert house.callers.limits(after) == Limits(80_000, in_flight=4, per_minute=20)


async def test_a_grant_holds_from_its_first_moment_to_its_last_without_a_read(house: House):
    key, now = await key_of(house), house.clock.now()
    member_id = await member_of(house.owned)
    async with house.owned.db.begin() as tx:
        await house.owned.allowances.grant(
            tx,
            member_id,
            source="staff",
            starts_at=now + timedelta(hours=1),
            ends_at=now + timedelta(hours=2),
            daily_tokens=200_000,
            access="claude",
        )
    assert (await house.callers.by_key(key)).today.allowance == 80_000

    with statements(house.owned.db) as seen:
        house.clock.move(hours=1)
        during = await house.callers.by_key(key)
        house.clock.move(hours=1)
        after = await house.callers.by_key(key)

    assert seen == []
    assert (during.today.allowance, "claude" in during.today.access) == (200_000, True)
    assert (after.today.allowance, "claude" in after.today.access) == (80_000, False)


async def test_an_unlimited_grant_takes_the_limit_away(house: House):
    key, now = await key_of(house), house.clock.now()
    member_id = await member_of(house.owned)
    async with house.owned.db.begin() as tx:
        await house.owned.allowances.grant(
            tx,
            member_id,
            source="donation",
            starts_at=now,
            ends_at=now + timedelta(days=30),
            unlimited=True,
        )

    caller = await house.callers.by_key(key)

    assert house.callers.limits(caller).allowance is None


@pytest.mark.parametrize("topic", [Topic.EVERYTHING, Topic.SETTINGS])
async def test_when_changes_were_missed_everything_is_read_anew(cottage: House, topic: Topic):
    key = await key_of(cottage)
    await cottage.callers.by_key(key)

    cottage.owned.signals.fire(topic)

    with statements(cottage.owned.db) as seen:
        await cottage.callers.by_key(key)
    assert seen != []


async def test_a_change_drops_what_is_known_of_that_member_alone(cottage: House):
    ada, mo = await key_of(cottage, ADA), await key_of(cottage, MO)
    member_id = (await cottage.callers.by_key(ada)).member_id
    await cottage.callers.by_key(mo)

    cottage.owned.signals.fire(Topic.MEMBER, member_id)

    with statements(cottage.owned.db) as seen:
        await cottage.callers.by_key(mo)
        assert seen == []
        await cottage.callers.by_key(ada)
        assert seen != []


async def test_what_was_read_while_it_changed_is_not_kept(cottage: House):
    key = await key_of(cottage)
    member_id = await member_of(cottage.owned)
    reading = asyncio.create_task(cottage.callers.by_key(key))
    await asyncio.sleep(0)

    cottage.owned.signals.fire(Topic.MEMBER, member_id)
    await reading

    with statements(cottage.owned.db) as seen:
        await cottage.callers.by_key(key)
    assert seen != []


async def test_only_so_many_callers_are_kept(cottage: House, monkeypatch):
    monkeypatch.setattr(caller_module, "KEPT", 1)
    monkeypatch.setattr(caller_module, "STRANGERS", 1)
    ada, mo = await key_of(cottage, ADA), await key_of(cottage, MO)

    for key in (ada, mo):
        await cottage.callers.by_key(key)
    for key in (mint("lk_"), mint("lk_")):
        with pytest.raises(InvalidKey):
            await cottage.callers.by_key(key)

    assert len(cottage.callers._known) == len(cottage.callers._strangers) == 1
    assert sum(map(len, cottage.callers._digests.values())) == 1
    with statements(cottage.owned.db) as seen:
        await cottage.callers.by_key(mo)
    assert seen == []


async def test_a_person_in_discord_calls_from_the_same_pot(house: House):
    member_id = (await house.callers.by_key(await key_of(house))).member_id

    caller = await house.callers.by_person(ADA)

    assert (caller.member_id, caller.key_id) == (member_id, None)
    assert caller.today.allowance == 80_000


async def test_who_may_not_call_in_discord_hears_why(small_db, clock):
    rules = {"min_account_age_days": 365 * 50}
    async with opened_house(small_db, clock, community=rules) as house:
        with pytest.raises(AccountTooYoung):
            await house.callers.by_person(ADA)
        with pytest.raises(NotAtHome):
            await house.callers.by_person(Person(ADA.discord_id, at_home=False))
