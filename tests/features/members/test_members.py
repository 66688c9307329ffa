"""Members on both databases: made once, suspended, restored, switched from mode to mode."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, update

from bot.core.clock import HandClock
from bot.core.secrets import mint
from bot.core.signals import Topic
from bot.core.units import Mode
from bot.members.errors import (
    AccountTooYoung,
    NotAtHome,
    Suspended,
    SwitchesSpent,
    SwitchingOff,
    UnknownMember,
)
from bot.members.people import Person
from bot.members.private import LOST
from bot.members.service import Members
from bot.storage.database import Database
from bot.storage.tables.members import MemberRow, PersonRow
from bot.words.say import explain
from tests.conftest import NOON
from tests.fakes.owned import ADA, MO, Owned, member_of, owned

STRANGER = Person(discord_id=300_000_000_000_000_009, at_home=False)


@pytest.fixture
def house(db: Database, clock: HandClock) -> Owned:
    return owned(db, clock)


@pytest.fixture
def members(house: Owned) -> Members:
    return house.members


async def count(db: Database, table: type[MemberRow] | type[PersonRow]) -> int:
    async with db.read() as tx:
        return await tx.scalar(select(func.count()).select_from(table)) or 0


async def test_a_person_is_one_member_in_all_guilds(house: Owned) -> None:
    first = await member_of(house)

    again = await member_of(house, Person(ADA.discord_id, at_home=False))

    assert again == first
    assert await member_of(house, MO) != first


async def test_a_new_member_starts_in_token_mode_and_is_not_suspended(house: Owned) -> None:
    await member_of(house)

    member = await house.members.known(ADA.discord_id)

    assert member is not None
    assert (member.mode, member.suspended, member.created_at) == (Mode.TOKENS, False, NOON)
    assert await house.members.known(MO.discord_id) is None


async def test_fifty_first_uses_at_once_make_one_member(house: Owned) -> None:
    numbers = await asyncio.gather(*(member_of(house) for _ in range(50)))

    assert len(set(numbers)) == 1
    assert await count(house.db, MemberRow) == await count(house.db, PersonRow) == 1


async def test_the_database_knows_a_person_by_both_names(house: Owned) -> None:
    number = await member_of(house)

    async with house.db.read() as tx:
        assert await house.members.discord_id_of(tx, number) == ADA.discord_id
        assert await house.members.discord_id_of(tx, number + 1) is None


async def test_a_home_guild_s_payload_is_noted_at_most_once_an_hour(house: Owned) -> None:
    async def seen() -> timedelta | None:
        member = await house.members.known(ADA.discord_id)
        assert member is not None
        return member.seen_home_at - NOON if member.seen_home_at else None

    await member_of(house, Person(ADA.discord_id, at_home=False))
    assert await seen() is None

    for minutes, noted in ((0, 0), (59, 0), (1, 60), (30, 60)):
        house.clock.move(minutes=minutes)
        await member_of(house)
        assert await seen() == timedelta(minutes=noted)


async def test_a_stranger_is_turned_away_and_leaves_no_trace(house: Owned) -> None:
    with pytest.raises(NotAtHome):
        await house.members.admitted(STRANGER)

    assert await count(house.db, MemberRow) == 0


async def test_whoever_was_seen_at_home_may_come_in_from_elsewhere(house: Owned) -> None:
    number = await member_of(house)
    elsewhere = Person(ADA.discord_id, at_home=False)

    house.clock.move(days=30)
    assert (await house.members.admitted(elsewhere)).id == number

    house.clock.move(seconds=1)
    with pytest.raises(NotAtHome):
        await house.members.admitted(elsewhere)


async def test_who_is_known_comes_in_while_somebody_writes(house: Owned) -> None:
    number = await member_of(house)
    writing, enough = asyncio.Event(), asyncio.Event()

    async def write() -> None:
        async with house.db.begin() as tx:
            await house.members.lock(tx, number)
            writing.set()
            await enough.wait()

    writer = asyncio.create_task(write())
    await writing.wait()

    async with asyncio.timeout(4):  # less than a database waits for a lock
        assert (await house.members.admitted(ADA)).id == number
    assert not writer.done()
    enough.set()
    await writer


async def test_a_community_for_everybody_turns_nobody_away(db: Database, clock: HandClock) -> None:
    house = owned(db, clock, community={"members_only": False})

    assert (await house.members.admitted(STRANGER)).id == await member_of(house, STRANGER)


async def test_a_young_account_is_told_when_to_come_back(db: Database, clock: HandClock) -> None:
    house = owned(db, clock, community={"min_account_age_days": 7})
    born = NOON - timedelta(days=6)
    milliseconds = int((born.timestamp() - 1_420_070_400) * 1000)
    young = Person(milliseconds << 22, at_home=True)

    with pytest.raises(AccountTooYoung) as refused:
        await house.members.admitted(young)

    assert f"<t:{int((NOON + timedelta(days=1)).timestamp())}:R>" in explain(refused.value)


async def test_a_suspended_member_is_turned_away_with_the_reason(house: Owned) -> None:
    number = await member_of(house)

    await house.members.suspend(number, "shared a key")

    with pytest.raises(Suspended) as refused:
        await house.members.admitted(ADA)
    assert '"shared a key"' in explain(refused.value)
    assert await house.members.suspension(number) == "shared a key"
    assert house.told == [(Topic.MEMBER, number), (Topic.SUSPENDED, number)]


async def test_a_restored_member_comes_in_again(house: Owned) -> None:
    number = await member_of(house)
    await house.members.suspend(number, "shared a key")

    await house.members.restore(number)

    assert not (await house.members.admitted(ADA)).suspended
    assert await house.members.suspension(number) is None
    assert house.told[-1] == (Topic.MEMBER, number)


async def test_nobody_can_suspend_who_is_not_there(house: Owned) -> None:
    with pytest.raises(UnknownMember):
        await house.members.suspend(404, "no one")
    with pytest.raises(UnknownMember):
        await house.members.restore(404)

    assert house.told == []


async def test_a_reason_is_sealed_and_a_key_pasted_into_it_taken_out(house: Owned) -> None:
    number, key = await member_of(house), mint("lk_")

    await house.members.suspend(number, f"posted {key} in chat")

    async with house.db.read() as tx:
        stored = await tx.scalar(select(MemberRow.suspension_reason))
    assert stored is not None
    assert b"in chat" not in stored
    assert await house.members.suspension(number) == f"posted lk_…{key[-4:]} in chat"


async def test_a_reason_is_lost_with_the_secret(house: Owned) -> None:
    number = await member_of(house)
    await house.members.suspend(number, "shared a key")
    stranger = owned(house.db, house.clock, "another secret that was never used here")

    assert await stranger.members.suspension(number) == LOST
    await stranger.members.suspend(number, "again")
    assert await stranger.members.suspension(number) == LOST
    assert (await stranger.members.known(ADA.discord_id)).suspended


async def test_a_reason_is_lost_with_the_person(house: Owned) -> None:
    number = await member_of(house)
    await house.members.suspend(number, "shared a key")

    async with house.db.begin() as tx:
        await tx.execute(delete(PersonRow))

    assert await house.members.suspension(number) == LOST


async def test_two_members_reasons_cannot_be_swapped(house: Owned) -> None:
    ada, mo = await member_of(house), await member_of(house, MO)
    await house.members.suspend(ada, "shared a key")
    await house.members.suspend(mo, "spam")

    async with house.db.begin() as tx:
        stolen = await tx.scalar(select(MemberRow.suspension_reason).where(MemberRow.id == ada))
        await tx.execute(
            update(MemberRow).where(MemberRow.id == mo).values(suspension_reason=stolen)
        )

    assert await house.members.suspension(mo) == LOST


async def test_a_member_s_own_key_is_in_no_repr(house: Owned) -> None:
    await member_of(house)

    member = await house.members.known(ADA.discord_id)

    assert member is not None
    assert member.own_key is not None
    assert len(member.own_key) == 32
    assert "own_key" not in repr(member)
    assert repr(member.own_key) not in repr(member)


async def test_a_switch_says_both_modes_and_what_is_left(members: Members, house: Owned) -> None:
    switched = await members.switch_mode(ADA, Mode.REQUESTS)

    member = await members.known(ADA.discord_id)
    assert (switched.before, switched.after, switched.left_today) == (
        Mode.TOKENS,
        Mode.REQUESTS,
        2,
    )
    assert member is not None
    assert member.mode == Mode.REQUESTS
    assert house.told == [(Topic.MEMBER, member.id)]


async def test_choosing_the_mode_one_has_is_no_switch(members: Members, house: Owned) -> None:
    for _ in range(5):
        kept = await members.switch_mode(ADA, Mode.TOKENS)

    assert (kept.before, kept.after, kept.left_today) == (Mode.TOKENS, Mode.TOKENS, 3)
    assert house.told == []


async def test_the_fourth_switch_of_a_day_is_refused_until_the_community_s_midnight(
    db: Database, clock: HandClock
) -> None:
    house = owned(db, clock, community={"timezone": "Europe/Berlin"})
    for mode in (Mode.REQUESTS, Mode.TOKENS, Mode.REQUESTS):
        await house.members.switch_mode(ADA, mode)

    with pytest.raises(SwitchesSpent) as refused:
        await house.members.switch_mode(ADA, Mode.TOKENS)

    assert refused.value.retry_after == timedelta(hours=11).total_seconds()
    assert "3 times" in explain(refused.value)
    kept = await house.members.switch_mode(ADA, Mode.REQUESTS)
    assert kept.left_today == 0

    clock.move(hours=10, minutes=59)
    with pytest.raises(SwitchesSpent):
        await house.members.switch_mode(ADA, Mode.TOKENS)
    clock.move(minutes=1)
    assert (await house.members.switch_mode(ADA, Mode.TOKENS)).left_today == 2


async def test_a_community_may_turn_switching_off(db: Database, clock: HandClock) -> None:
    house = owned(db, clock, limits={"mode_switches_per_day": 0})

    with pytest.raises(SwitchingOff):
        await house.members.switch_mode(ADA, Mode.REQUESTS)


async def test_switches_at_once_are_never_more_than_three(house: Owned) -> None:
    await member_of(house)

    async def switch(mode: Mode) -> bool:
        try:
            done = await house.members.switch_mode(ADA, mode)
        except SwitchesSpent:
            return False
        return done.before != done.after

    real = 0
    for _ in range(4):  # rounds, so that the third switch is reached whatever the order
        burst = [switch(mode) for mode in [Mode.REQUESTS, Mode.TOKENS] * 10]
        real += sum(await asyncio.gather(*burst))

    assert real == 3
