"""Exchanging referrals on both databases: what it takes, gives, reserves, and never overdraws."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from bot.cogs.offer_card import given
from bot.core.clock import HandClock
from bot.core.errors import Failure
from bot.members.errors import Suspended
from bot.referrals import errors
from bot.referrals.exchange import APPROVE, DECLINE
from bot.referrals.rules import Purse, State
from bot.storage.database import Database
from bot.storage.tables.allowance import GrantRow
from bot.words.say import explain, say
from tests.conftest import NOON
from tests.fakes.owned import member_of
from tests.features.referrals.village import ADA, MO, STAFF, Village, village

MONTH = timedelta(days=30)
PLANS = {5: 85_000, 10: 160_000, 20: 320_000, 40: 960_000, 60: 1_600_000}


@dataclass
class PassingClock(HandClock):
    """A clock that goes on while it is read, as the real one does."""

    def now(self) -> datetime:
        """Return a moment later than the last."""
        self.move(milliseconds=1)
        return self.moment


@pytest.fixture
def asking(db: Database, clock: HandClock) -> Village:
    """A village whose staff decide on exchanges."""
    return village(db, clock, referrals={"exchange": "approval"})


async def refused(place: Village, referrals: int) -> Failure:
    with pytest.raises(Failure) as quoted:
        await place.all.exchanges.packs.quote(ADA, referrals)
    with pytest.raises(Failure) as exchanged:
        await place.exchange(referrals)
    assert explain(quoted.value) == explain(exchanged.value)
    return exchanged.value


async def test_every_pack_gives_its_plan_with_claude_for_thirty_days(place: Village) -> None:
    packs = place.all.exchanges.packs.all()

    assert {pack.referrals: pack.terms.daily_tokens for pack in packs} == PLANS
    assert all(pack.terms.claude and pack.terms.days == 30 for pack in packs)


async def test_an_exchange_takes_the_referrals_and_gives_the_plan(place: Village) -> None:
    await place.bring(7)

    made = await place.exchange(5)

    grant = await place.all.exchanges.given(made)
    assert grant is not None
    assert (grant.source, grant.plan, grant.daily_tokens) == ("exchange", "5", 85_000)
    assert (grant.access, grant.starts_at, grant.ends_at) == ("claude", NOON, NOON + MONTH)
    assert made.state is State.APPROVED
    assert await place.purse() == Purse(credited=7, waiting=0, reserved=0, spent=5)


async def test_the_quote_says_what_it_takes_and_gives_and_changes_nothing(place: Village) -> None:
    await place.bring(7)

    quote = await place.all.exchanges.packs.quote(ADA, 5)

    assert (quote.purse.balance, quote.approval) == (7, False)
    assert (quote.offer.terms.daily_tokens, quote.offer.ends_at) == (85_000, NOON + MONTH)
    assert quote.offer.adds_from == NOON
    assert (await place.purse()).balance == 7
    assert await place.grants(ADA) == []


async def test_the_same_plan_again_starts_when_the_running_one_ends(place: Village) -> None:
    await place.bring(10)
    await place.exchange(5)
    place.clock.move(days=10)

    quote = await place.all.exchanges.packs.quote(ADA, 5)
    second = await place.all.exchanges.given(await place.exchange(5))

    assert quote.offer.queued
    assert quote.offer.adds_from == quote.offer.starts_at == NOON + MONTH
    assert second is not None
    assert (second.starts_at, second.ends_at) == (NOON + MONTH, NOON + 2 * MONTH)


async def test_a_plan_below_what_one_has_says_until_when_it_adds_nothing(place: Village) -> None:
    await place.bring(25)
    await place.exchange(20)
    place.clock.move(days=10)

    quote = await place.all.exchanges.packs.quote(ADA, 5)

    assert quote.offer.starts_at == NOON + timedelta(days=10)
    assert quote.offer.adds_from == NOON + MONTH


async def test_more_than_one_has_is_refused_with_both_numbers(place: Village) -> None:
    await place.bring(3)

    short = await refused(place, 5)

    assert isinstance(short, errors.NotEnoughReferrals)
    assert "You have 3 referrals" in explain(short)
    assert "takes 5" in explain(short)


async def test_what_is_no_pack_is_refused_naming_those_there_are(place: Village) -> None:
    wrong = await refused(place, 7)

    assert isinstance(wrong, errors.NoSuchPack)
    assert "5, 10, 20, 40, 60" in explain(wrong)


async def test_the_suspended_exchange_nothing(place: Village) -> None:
    await place.bring(5)
    await place.house.members.suspend(await member_of(place.house), "sold keys")

    assert isinstance(await refused(place, 5), Suspended)


async def test_confirm_clicked_twice_is_one_exchange(place: Village) -> None:
    await place.bring(10)
    number = place.interaction()

    made = await asyncio.gather(*(place.all.exchanges.exchange(ADA, 5, number) for _ in range(5)))

    assert len({each.grant_id for each in made}) == 1
    assert (await place.purse()).balance == 5
    assert len(await place.grants(ADA)) == 1


async def test_an_exchange_of_somebody_else_is_nobodys_business(asking: Village) -> None:
    await asking.bring(5)
    made = await asking.exchange(5)

    with pytest.raises(errors.NoSuchExchange):
        await asking.all.exchanges.exchange(MO, 5, made.id)
    with pytest.raises(errors.NoSuchExchange):
        await asking.all.exchanges.withdraw(MO, made.id)

    assert (await asking.purse()).reserved == 5


async def test_forty_exchanges_at_once_never_overdraw(place: Village) -> None:
    await place.bring(23)

    tries = [place.exchange(5 if at % 2 else 10) for at in range(40)]
    answers = await asyncio.gather(*tries, return_exceptions=True)

    done = [each for each in answers if not isinstance(each, BaseException)]
    purse = await place.purse()
    assert purse.spent == sum(each.referrals for each in done) == 20
    assert purse.balance == 3
    assert all(isinstance(each, (errors.NotEnoughReferrals, type(done[0]))) for each in answers)
    async with place.house.db.read() as tx:
        given = await tx.scalar(
            select(func.count()).select_from(GrantRow).where(GrantRow.source == "exchange")
        )
    assert given == len(done)


async def test_a_void_after_the_credit_was_spent_leaves_a_debt_that_blocks(place: Village) -> None:
    came = await place.bring(5)
    await place.exchange(5)

    for newcomer in came[:2]:
        await place.void(newcomer)

    owed = await refused(place, 5)
    assert (await place.purse()).balance == -2
    assert isinstance(owed, errors.ReferralsOwed)
    assert "You owe 2 referrals" in explain(owed)
    assert len(await place.grants(ADA)) == 1  # what was given stays
    await place.bring(7)
    assert (await place.exchange(5)).state is State.APPROVED


async def test_with_approval_the_referrals_are_reserved_and_staff_are_asked(
    asking: Village,
) -> None:
    await asking.bring(7)

    made = await asking.exchange(5)

    (letter,) = await asking.letters()
    assert made.state is State.WAITING
    assert await asking.purse() == Purse(credited=7, waiting=0, reserved=5, spent=0)
    assert await asking.grants(ADA) == []
    assert [(say(knob.label), knob.name) for knob in letter.buttons] == [
        ("Approve", APPROVE),
        ("Decline", DECLINE),
    ]
    assert all(knob.arguments == (made.id,) for knob in letter.buttons)
    assert letter.people == {"member": await member_of(asking.house)}
    assert letter.change == (
        {"limit": 80_000, "access": [], "balance": 7},
        {"limit": 85_000, "access": ["Claude"], "tokens": 85_000, "days": 30, "balance": 2},
    )
    with pytest.raises(errors.NotEnoughReferrals):
        await asking.exchange(5)


async def test_asked_twice_under_one_number_staff_are_asked_once(asking: Village) -> None:
    await asking.bring(10)
    number = asking.interaction()

    for _ in range(2):
        await asking.all.exchanges.exchange(ADA, 5, number)

    assert len(await asking.letters()) == 1
    assert (await asking.purse()).reserved == 5


async def test_what_waits_can_be_taken_back_once(asking: Village) -> None:
    await asking.bring(5)
    made = await asking.exchange(5)

    await asking.all.exchanges.withdraw(ADA, made.id)

    assert (await asking.purse()).balance == 5
    with pytest.raises(errors.ExchangeDecided) as decided:
        await asking.all.exchanges.withdraw(ADA, made.id)
    assert "withdrawn" in explain(decided.value)


async def test_what_nobody_decides_for_seven_days_lapses(asking: Village) -> None:
    await asking.bring(5)
    made = await asking.exchange(5)
    exchanges = asking.all.exchanges

    asking.clock.move(days=7, seconds=-1)
    assert (await asking.purse()).balance == 0
    assert await exchanges.lapse() == 0
    asking.clock.move(seconds=1)

    assert (await asking.purse()).balance == 5  # before any job has run
    with pytest.raises(errors.ExchangeDecided):
        await exchanges.withdraw(ADA, made.id)
    assert await exchanges.lapse() == 1
    assert await exchanges.lapse() == 0
    assert (await asking.purse()).balance == 5


async def test_without_a_channel_to_ask_in_nothing_is_reserved(
    db: Database, clock: HandClock
) -> None:
    community = {"home_guilds": [1]}
    place = village(db, clock, community=community, referrals={"exchange": "approval"})
    await place.bring(5)

    assert isinstance(await refused(place, 5), errors.NobodyToAsk)
    assert (await place.purse()).reserved == 0


async def test_the_counter_shows_what_became_of_the_latest_exchanges(asking: Village) -> None:
    await asking.bring(15)
    first = await asking.exchange(5)
    asking.clock.move(seconds=1)
    second = await asking.exchange(5)
    async with asking.house.db.begin() as tx:
        waiting = await asking.all.exchanges.waiting(tx, first.id)
        await asking.all.exchanges.settle(tx, waiting, State.DECLINED, reason="too early")

    counter = await asking.all.exchanges.counter(ADA, 5)

    assert [(each.id, each.state, why) for each, why in counter.latest] == [
        (second.id, State.WAITING, ""),
        (first.id, State.DECLINED, "too early"),
    ]
    assert counter.purse.balance == 10


async def test_settings_choose_the_packs(db: Database, clock: HandClock) -> None:
    plans = {"exchange": {3: {"daily_tokens": 100_000}, 5: {"days": 1}}}
    place = village(db, clock, community=STAFF, plans=plans)
    await place.bring(3)

    grant = await place.all.exchanges.given(await place.exchange(3))

    assert grant is not None
    assert (grant.daily_tokens, grant.access) == (100_000, None)


async def test_an_exchange_whose_plan_waits_for_nothing_is_not_said_to_wait(
    db: Database,
) -> None:
    here = village(db, PassingClock(NOON))
    await here.bring(5)

    made = await here.exchange(5)

    grant = await here.all.exchanges.given(made)
    assert grant is not None
    said = given(grant, made.asked_at)
    assert "until <t:" in said
    assert "from <t:" not in said
