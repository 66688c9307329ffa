"""Activating a code on both databases: once a person, ever, and what it brings to whom."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from bot.core.clock import HandClock
from bot.core.errors import Failure
from bot.members.errors import Suspended
from bot.members.people import DISCORD_EPOCH, Person
from bot.referrals import errors
from bot.referrals.rules import ALPHABET, Purse
from bot.storage.database import Database
from bot.storage.tables.allowance import GrantRow
from bot.storage.tables.referrals import ActivationRow
from bot.words.say import explain
from tests.conftest import NOON
from tests.fakes.owned import member_of
from tests.features.referrals.village import ADA, BEA, MO, Village, village

WEEK = timedelta(days=7)


def born(age: timedelta) -> Person:
    """Return somebody whose account is that old at noon."""
    made = int((NOON - age - DISCORD_EPOCH) / timedelta(milliseconds=1))
    return Person(made << 22, at_home=True)


async def count(db: Database, table: type) -> int:
    async with db.read() as tx:
        return await tx.scalar(select(func.count()).select_from(table)) or 0


async def test_a_code_is_made_on_first_sight_and_stays(place: Village) -> None:
    code = await place.code()

    assert len(code) == 8
    assert set(code) <= set(ALPHABET)
    assert await place.code() == code
    assert await place.code(MO) != code


async def test_fifty_first_sights_at_once_show_one_code(place: Village) -> None:
    number = await member_of(place.house)

    seen = await asyncio.gather(*(place.all.referrals.overview(number) for _ in range(50)))

    assert len({each.code for each in seen}) == 1


async def test_the_newcomer_gets_the_plan_and_the_owner_the_credit_at_once(place: Village) -> None:
    grant = await place.activate(MO)

    assert (grant.daily_tokens, grant.access, grant.source) == (160_000, "claude", "activation")
    assert (grant.starts_at, grant.ends_at) == (NOON, NOON + timedelta(days=3))
    assert await place.grants(MO) == [grant]
    assert await place.purse() == Purse(credited=1, waiting=0, reserved=0, spent=0)


async def test_a_code_is_typed_in_any_case_with_spaces_and_hyphens(place: Village) -> None:
    code = await place.code()

    await place.all.referrals.activate(MO, f" {code[:4].lower()}-{code[4:]} ")

    assert (await place.purse()).credited == 1


async def test_the_preview_says_what_it_gives_and_changes_nothing(place: Village) -> None:
    code = await place.code()

    preview = await place.all.referrals.preview(MO, code.lower())

    assert (preview.code, preview.owner_discord_id) == (code, ADA.discord_id)
    offer = preview.offer
    assert (offer.terms.daily_tokens, offer.terms.claude) == (160_000, True)
    assert (offer.starts_at, offer.ends_at) == (NOON, NOON + timedelta(days=3))
    assert offer.adds_from == NOON
    assert await count(place.house.db, ActivationRow) == 0
    assert await place.grants(MO) == []


async def test_the_preview_says_until_when_it_adds_nothing(place: Village) -> None:
    number, until = await member_of(place.house, MO), NOON + timedelta(days=1)
    async with place.house.db.begin() as tx:
        await place.house.allowances.grant(
            tx, number, source="staff", starts_at=NOON, ends_at=until, unlimited=True,
            access="claude",
        )  # fmt: skip

    preview = await place.all.referrals.preview(MO, await place.code())

    assert preview.offer.adds_from == until


async def refused(place: Village, who: Person, typed: str) -> Failure:
    """Return why preview and activation are refused, which is the same."""
    with pytest.raises(Failure) as previewed:
        await place.all.referrals.preview(who, typed)
    with pytest.raises(Failure) as activated:
        await place.all.referrals.activate(who, typed)
    assert explain(previewed.value) == explain(activated.value)
    return activated.value


async def test_a_code_is_activated_once_whoever_it_is_of(place: Village) -> None:
    await place.activate(MO)
    place.clock.move(days=2)

    again = await refused(place, MO, await place.code(BEA))

    assert isinstance(again, errors.CodeUsedBefore)
    assert f"<t:{int(NOON.timestamp())}:D>" in explain(again)
    assert (await place.purse(BEA)).credited == 0


async def test_ones_own_code_is_refused(place: Village) -> None:
    assert isinstance(await refused(place, ADA, await place.code()), errors.OwnCode)


async def test_the_code_of_whom_one_brought_is_refused(place: Village) -> None:
    await place.activate(MO)

    assert isinstance(await refused(place, ADA, await place.code(MO)), errors.CodeLoop)


async def test_a_voided_activation_still_makes_a_loop_and_stays_used(place: Village) -> None:
    await place.activate(MO)
    await place.void(MO)

    assert isinstance(await refused(place, ADA, await place.code(MO)), errors.CodeLoop)
    assert isinstance(await refused(place, MO, await place.code(BEA)), errors.CodeUsedBefore)


async def test_a_code_that_nobody_has_is_refused(place: Village) -> None:
    assert isinstance(await refused(place, MO, "22222222"), errors.NoSuchCode)
    assert isinstance(await refused(place, MO, "a wild guess"), errors.NoSuchCode)


async def test_an_account_exactly_seven_days_old_is_old_enough(place: Village) -> None:
    young = await refused(place, born(WEEK - timedelta(seconds=1)), await place.code())
    grant = await place.activate(born(WEEK))

    assert isinstance(young, errors.TooYoungForCodes)
    assert f"<t:{int(NOON.timestamp()) + 1}:R>" in explain(young)
    assert grant.daily_tokens == 160_000


async def test_elsewhere_than_at_home_a_code_is_refused(place: Village) -> None:
    elsewhere = Person(MO.discord_id, at_home=False)
    await member_of(place.house, MO)  # seen at home today: that vouches for calls, not for codes

    assert isinstance(await refused(place, elsewhere, await place.code()), errors.OnlyAtHome)


async def test_who_is_suspended_activates_nothing_and_brings_nobody(place: Village) -> None:
    members = place.house.members
    await members.suspend(await member_of(place.house, MO), "sold keys")
    await members.suspend(await member_of(place.house, BEA), "sold keys too")

    assert isinstance(await refused(place, MO, await place.code()), Suspended)
    assert isinstance(await refused(place, ADA, await place.code(BEA)), errors.CodeResting)


async def test_a_person_whose_account_was_deleted_keeps_the_mark(place: Village) -> None:
    async with place.house.db.begin() as tx:
        await place.house.members.marks.mark_activated(tx, MO.discord_id, NOON - WEEK)

    again = await refused(place, MO, await place.code())

    assert isinstance(again, errors.CodeUsedBefore)
    assert f"<t:{int((NOON - WEEK).timestamp())}:D>" in explain(again)


async def test_an_activation_leaves_the_mark_that_deletion_does_not_undo(place: Village) -> None:
    await place.activate(MO)

    async with place.house.db.begin() as tx:
        assert await place.house.members.marks.activated(tx, MO.discord_id)
        assert not await place.house.members.marks.activated(tx, ADA.discord_id)


@pytest.mark.parametrize("known", [True, False], ids=["a member", "a stranger"])
async def test_fifty_activations_of_one_member_at_once_are_one(place: Village, known: bool) -> None:
    if known:
        await member_of(place.house, MO)
    owners = [place.newcomer() for _ in range(10)]
    codes = [await place.code(owner) for owner in owners]

    tries = [place.all.referrals.activate(MO, codes[at % 10]) for at in range(50)]
    answers = await asyncio.gather(*tries, return_exceptions=True)

    assert sum(not isinstance(each, BaseException) for each in answers) == 1
    assert sum(isinstance(each, errors.CodeUsedBefore) for each in answers) == 49
    assert await count(place.house.db, ActivationRow) == 1
    assert await count(place.house.db, GrantRow) == 1
    assert sum([(await place.purse(owner)).credited for owner in owners]) == 1


async def test_two_who_activate_each_others_codes_at_once_are_one_activation(
    place: Village,
) -> None:
    for _ in range(10):
        one, other = place.newcomer(), place.newcomer()
        codes = [await place.code(one), await place.code(other)]

        answers = await asyncio.gather(
            place.all.referrals.activate(one, codes[1]),
            place.all.referrals.activate(other, codes[0]),
            return_exceptions=True,
        )

        assert sum(isinstance(each, errors.CodeLoop) for each in answers) == 1


async def test_forty_newcomers_at_once_are_forty_credits(place: Village) -> None:
    code, came = await place.code(), [place.newcomer() for _ in range(40)]

    await asyncio.gather(*(place.all.referrals.activate(each, code) for each in came))

    assert (await place.purse()).balance == 40


async def test_a_credit_waits_until_days_and_calls_are_both_there(
    db: Database, clock: HandClock
) -> None:
    place = village(db, clock, referrals={"credit_after_days": 2, "credit_after_calls": 3})
    credit, purse = place.all.referrals.credit, partial(place.purse, ADA)
    await place.call(MO)  # before the activation: it does not count
    place.clock.move(seconds=1)
    await place.activate(MO)
    await place.activate(BEA)
    assert await purse() == Purse(credited=0, waiting=2, reserved=0, spent=0)

    for _ in range(3):
        await place.call(MO)
        await place.call(BEA, cost=0)  # calls that failed are no activity
    assert await credit() == 0  # the calls alone

    place.clock.move(days=2, seconds=-1)
    assert await credit() == 0
    place.clock.move(seconds=1)
    assert await credit() == 1
    assert await credit() == 0
    assert await purse() == Purse(credited=1, waiting=1, reserved=0, spent=0)


async def test_days_alone_credit_every_newcomer_in_batches(
    db: Database, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.referrals.service.BATCH", 3)
    place = village(db, clock, referrals={"credit_after_days": 1})
    await place.bring(8)
    place.clock.move(days=1)

    assert await place.all.referrals.credit() == 8
    assert (await place.purse()).balance == 8


async def test_a_voided_activation_is_never_credited(db: Database, clock: HandClock) -> None:
    place = village(db, clock, referrals={"credit_after_days": 1})
    (newcomer,) = await place.bring(1)
    await place.void(newcomer)
    place.clock.move(days=2)

    assert await place.all.referrals.credit() == 0
    assert await place.purse() == Purse(0, 0, 0, 0)


async def test_a_member_sees_code_balance_and_what_waits(db: Database, clock: HandClock) -> None:
    place = village(db, clock, referrals={"credit_after_days": 1})
    await place.bring(2)

    overview = await place.all.referrals.overview(await member_of(place.house))

    assert overview.code == await place.code()
    assert (overview.purse.balance, overview.purse.waiting) == (0, 2)
