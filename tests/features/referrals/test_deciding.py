"""Staff decisions on both databases: what is given, written down, told, and taken back."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from bot.audit import Action
from bot.core.clock import HandClock
from bot.referrals.errors import ExchangeDecided, ExchangeUncovered, NoSuchExchange
from bot.referrals.rules import Purse, State
from bot.staff.errors import ProposalGone, SelfGrant
from bot.storage.database import Database
from bot.storage.tables.allowance import GrantRow
from bot.storage.tables.members import PersonRow
from bot.words.changes import changes
from bot.words.say import explain
from tests.conftest import NOON
from tests.fakes.owned import member_of
from tests.features.referrals.village import ADA, MO, Village, village


@pytest.fixture
def asking(db: Database, clock: HandClock) -> Village:
    """A village whose staff decide on exchanges."""
    return village(db, clock, referrals={"exchange": "approval"})


async def test_an_approval_gives_the_plan_from_that_moment_on(asking: Village) -> None:
    await asking.bring(7)
    made = await asking.exchange(5)
    asking.clock.move(days=2)

    await asking.desk.approve(await asking.moderator(), made.id)

    (grant,) = await asking.grants(ADA)
    assert (grant.daily_tokens, grant.starts_at) == (85_000, NOON + timedelta(days=2))
    assert grant.ends_at == NOON + timedelta(days=32)
    assert await asking.purse() == Purse(credited=7, waiting=0, reserved=0, spent=5)


async def test_an_approval_is_written_down_with_before_and_after(asking: Village) -> None:
    await asking.bring(5)
    made = await asking.exchange(5)
    moderator = await asking.moderator()

    await asking.desk.approve(moderator, made.id)

    (entry,) = await asking.desk.audit.browse()
    assert (entry.action, entry.proposal) == (Action.EXCHANGE_APPROVE, made.id)
    assert (entry.actor_id, entry.target_id) == (moderator.member_id, made.member_id)
    assert entry.before["limit"] == 80_000
    assert (entry.after["limit"], entry.after["referrals"]) == (85_000, 5)
    async with asking.house.db.read() as tx:
        giver = await tx.scalar(select(GrantRow.giver_id).where(GrantRow.source == "exchange"))
    assert giver == moderator.member_id


async def test_a_decline_gives_the_referrals_back_and_seals_its_reason(asking: Village) -> None:
    await asking.bring(5)
    made = await asking.exchange(5)

    await asking.desk.decline(await asking.moderator(), made.id, "  too\n early ")

    counter = await asking.all.exchanges.counter(ADA, 1)
    assert counter.purse.balance == 5
    assert [(each.state, why) for each, why in counter.latest] == [(State.DECLINED, "too early")]
    (entry,) = await asking.desk.audit.browse()
    assert entry.action is Action.EXCHANGE_DECLINE
    assert b"early" not in (entry.reason or b"")
    async with asking.house.db.read() as tx:
        assert await asking.desk.papers.reason_of(tx, entry) == "too early"


async def test_the_member_is_told_what_was_decided(asking: Village) -> None:
    await asking.bring(10)
    first, second = await asking.exchange(5), await asking.exchange(5)
    moderator = await asking.moderator()

    await asking.desk.approve(moderator, first.id)
    await asking.desk.decline(moderator, second.id, "too early")

    approved, declined = await asking.messages()
    assert approved.lines[0] == "exchange.dm.approved"
    said = changes(*(approved.change or ({}, {})))
    assert "Your daily limit: 80,000 → **85,000**" in said
    assert "Their" not in said
    assert declined.lines == ["exchange.dm.declined", "log.reason"]
    sealed = declined.sealed["reason"]
    async with asking.house.db.read() as tx:
        said = await asking.house.members.unseal(tx, sealed.member_id, sealed.text, sealed.about)
    assert said == "too early"


async def test_who_waits_for_too_long_is_told_that_it_lapsed(asking: Village) -> None:
    await asking.bring(5)
    made = await asking.exchange(5)
    asking.clock.move(days=7)

    with pytest.raises(ExchangeDecided):
        await asking.desk.approve(await asking.moderator(), made.id)
    await asking.all.exchanges.lapse()

    assert [letter.lines for letter in await asking.messages()] == [["exchange.dm.lapsed"]]


async def test_nobody_decides_on_their_own_exchange(asking: Village) -> None:
    await asking.bring(5)
    made, own = await asking.exchange(5), await asking.moderator(ADA)

    with pytest.raises(SelfGrant):
        await asking.desk.approve(own, made.id)

    (entry,) = await asking.desk.audit.browse()
    assert (entry.action, entry.after["why"]) == (Action.REFUSED, "staff.self_grant")
    assert (await asking.purse()).reserved == 5


async def test_what_does_not_exist_or_whose_member_is_gone_is_not_decided(
    asking: Village,
) -> None:
    await asking.bring(5)
    made, moderator = await asking.exchange(5), await asking.moderator()
    number = await member_of(asking.house)

    with pytest.raises(NoSuchExchange):
        await asking.desk.approve(moderator, made.id + 1)
    async with asking.house.db.begin() as tx:
        await tx.execute(delete(PersonRow).where(PersonRow.member_id == number))
    with pytest.raises(ProposalGone):
        await asking.desk.approve(moderator, made.id)

    assert list(await asking.desk.audit.browse()) == []


async def test_the_plan_approved_is_queued_behind_the_one_that_runs(asking: Village) -> None:
    await asking.bring(10)
    first, second = await asking.exchange(5), await asking.exchange(5)
    moderator = await asking.moderator(MO)

    await asking.desk.approve(moderator, first.id)
    await asking.desk.approve(moderator, second.id)

    one, other = await asking.grants(ADA)
    assert other.starts_at == one.ends_at
    latest = (await asking.desk.audit.browse())[0]
    assert latest.after["starts_at"] == int(one.ends_at.timestamp())


async def test_an_approval_of_what_was_voided_meanwhile_is_refused_and_spends_nothing(
    asking: Village,
) -> None:
    newcomers = await asking.bring(5)
    made = await asking.exchange(5)
    await asking.void(newcomers[0])

    with pytest.raises(ExchangeUncovered) as refused:
        await asking.desk.approve(await asking.moderator(), made.id)

    assert "4 referrals are left, and it takes 5" in explain(refused.value)
    assert await asking.purse() == Purse(credited=4, waiting=0, reserved=5, spent=0)
    assert await asking.grants(ADA) == []
    assert list(await asking.desk.audit.browse()) == []


async def test_of_two_that_wait_a_void_leaves_one_to_be_approved(asking: Village) -> None:
    newcomers = await asking.bring(10)
    first, second = await asking.exchange(5), await asking.exchange(5)
    await asking.void(newcomers[0])
    moderator = await asking.moderator()

    await asking.desk.approve(moderator, first.id)
    with pytest.raises(ExchangeUncovered):
        await asking.desk.approve(moderator, second.id)

    await asking.desk.decline(moderator, second.id, "voided")
    assert await asking.purse() == Purse(credited=9, waiting=0, reserved=0, spent=5)


async def test_the_member_is_written_that_staff_took_an_exchange_back(asking: Village) -> None:
    await asking.bring(5)
    made = await asking.exchange(5)
    await asking.desk.approve(await asking.moderator(), made.id)
    (entry,) = await asking.desk.audit.browse()

    async with asking.house.db.begin() as tx:
        await asking.desk.approving.undo(tx, entry)

    assert (await asking.messages())[-1].lines == ["exchange.dm.taken_back"]
    assert (await asking.purse()).balance == 5
