"""The acts on grants, donations and members: what each changes, refuses and takes back."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select

from bot.allowance.donations import NoReceipt, ReceiptUsed, RefundedBefore
from bot.allowance.plans import NoDonationPlan
from bot.audit import Action
from bot.core.clock import HandClock
from bot.core.errors import Invalid
from bot.core.signals import Topic
from bot.members.errors import Suspended
from bot.members.people import Person
from bot.relay.errors import InvalidKey
from bot.staff.errors import DonorGone, NotUndoable, SelfGrant, StaffSuspended
from bot.staff.grants import GivesNothing, GrantGone
from bot.staff.members import NoKeyToReset, NotSuspended, SuspendedBefore
from bot.staff.proposals import Done, Preview
from bot.storage.database import Database
from bot.storage.tables.members import PersonRow
from bot.storage.tables.staff import DonationRow, ProposalRow
from bot.words.say import explain
from tests.features.staff.room import ADA, BEA, MO, OLGA, Room, opened

MONTH = timedelta(days=30)


async def donate(
    room: Room, amount: int = 10, receipt: str = "PAY-1", *, target: Person = ADA
) -> Preview:
    """Propose to record a donation."""
    details = {"amount": amount, "receipt": receipt}
    return await room.propose(Action.DONATION_RECORD, details, target=target, reason="")


async def refund(room: Room, receipt: str = "PAY-1") -> Preview:
    """Propose to refund a donation."""
    return await room.propose(Action.DONATION_REFUND, {"receipt": receipt}, target=None)


async def revoke(room: Room, grant_id: int) -> Done:
    """Revoke a grant."""
    return await room.done(
        await room.propose(Action.GRANT_REVOKE, {"grant": grant_id}, target=None)
    )


async def undo(room: Room, done: Done) -> Done:
    """Undo what was done, as another moderator."""
    return await room.proposals.undo(done.audit_id, await room.actor(OLGA))


# Grants


async def test_a_grant_by_hand_keeps_who_gave_it_and_why_and_ends_to_the_second(
    room: Room,
) -> None:
    await room.done(await room.give(days=3, claude=True))

    (grant,) = await room.grants()
    assert (grant.source, grant.plan, grant.access) == ("staff", None, "claude")
    assert grant.starts_at == room.clock.now()
    assert grant.ends_at == room.clock.now() + timedelta(days=3)
    assert await room.built.allowances.reason(grant.id) == "helped everybody"


async def test_two_grants_by_hand_run_side_by_side(room: Room) -> None:
    await room.done(await room.give(days=3))
    await room.done(await room.give(days=30, tokens=100_000))

    assert [grant.starts_at for grant in await room.grants()] == [room.clock.now()] * 2


async def test_a_grant_has_to_give_something(room: Room) -> None:
    with pytest.raises(GivesNothing):
        await room.give(tokens=None)


async def test_a_revoked_grant_is_no_more_and_its_undo_gives_the_time_that_is_left(
    room: Room,
) -> None:
    await room.done(await room.give(days=30))
    (grant,) = await room.grants()
    revoked = await revoke(room, grant.id)
    assert await room.allowance() == 80_000
    assert revoked.change.before["grant"] == "staff"

    room.clock.move(days=3)
    await undo(room, revoked)

    (again,) = await room.grants()
    assert again.id != grant.id
    assert (again.starts_at, again.ends_at) == (room.clock.now(), grant.ends_at)
    assert await room.built.allowances.reason(again.id) == "helped everybody"


async def test_a_grant_that_ended_or_never_was_cannot_be_revoked(room: Room) -> None:
    await room.done(await room.give(days=1))
    (grant,) = await room.grants()
    await revoke(room, grant.id)
    await room.done(await room.give(days=1))
    (ended,) = await room.grants()
    room.clock.move(days=1)

    for gone in (grant.id, ended.id, 404):
        with pytest.raises(GrantGone):
            await revoke(room, gone)


async def test_a_revocation_is_not_undone_once_the_grant_s_time_is_over(room: Room) -> None:
    await room.done(await room.give(days=1))
    revoked = await revoke(room, (await room.grants())[0].id)

    room.clock.move(days=1)

    with pytest.raises(NotUndoable):
        await undo(room, revoked)


async def test_giving_is_not_undone_where_the_grant_was_revoked_since(room: Room) -> None:
    given = await room.done(await room.give())
    await revoke(room, (await room.grants())[0].id)

    with pytest.raises(NotUndoable):
        await undo(room, given)


async def test_a_level_s_role_goes_and_comes_back_with_its_grant(
    db: Database, clock: HandClock
) -> None:
    async with opened(db, clock, community={"level_roles": {"1": 2101}}) as room:
        ada, levels = await room.member(), room.built.levelling.levels
        async with db.begin() as tx:
            await levels.grant(tx, ada, 1, giver_id=ada, reason=None)
        assert await wished(room) == [True]

        revoked = await revoke(room, (await room.grants())[0].id)
        assert True not in await wished(room)
        await undo(room, revoked)

        assert (await wished(room))[-1] is True


async def wished(room: Room) -> list[bool]:
    """Return whether each role effect that waits gives the role or takes it."""
    ada = await room.member()
    async with room.db.read() as tx:
        waiting = await room.built.outbox.waiting_roles(tx, [ada])
    return [parcel.role().give for parcel in waiting]


# Donations


@pytest.mark.parametrize(
    ("amount", "limit", "access"),
    [
        (3, 80_000, ["Claude"]),
        (5, 320_000, []),
        (10, 960_000, []),
        (15, 1_600_000, []),
        (100, None, ["Claude"]),
    ],
)
async def test_a_donation_gives_its_amount_s_plan_without_a_second_moderator(
    room: Room, amount: int, limit: int | None, access: list[str]
) -> None:
    done = await room.done(await donate(room, amount))

    assert (done.change.after["limit"], done.change.after["access"]) == (limit, access)
    (grant,) = await room.grants()
    assert (grant.source, grant.plan) == ("donation", str(amount))
    assert grant.ends_at == room.clock.now() + MONTH


async def test_another_amount_is_refused_naming_the_plans_and_the_way(room: Room) -> None:
    with pytest.raises(NoDonationPlan) as refused:
        await donate(room, 7)

    assert explain(refused.value) == (
        "There is no plan for $7. Donations are $3, $5, $10, $15, $100. For anything else use "
        "/grant give and name the donation in its reason."
    )


async def test_donations_are_those_of_the_settings(db: Database, clock: HandClock) -> None:
    plans = {"donation": {"25": {"daily_tokens": 2_000_000, "days": 60}}}
    async with opened(db, clock, plans=plans) as room:
        await room.done(await donate(room, 25))

        (grant,) = await room.grants()
        assert (grant.daily_tokens, grant.ends_at) == (2_000_000, clock.now() + 2 * MONTH)


@pytest.mark.parametrize("again", ["PAY-1", " pay-1  ", "Pay-1"])
async def test_a_receipt_counts_once_however_it_is_written(room: Room, again: str) -> None:
    await room.done(await donate(room))

    with pytest.raises(ReceiptUsed):
        await donate(room, 5, again, target=BEA)


async def test_a_receipt_has_to_say_something(room: Room) -> None:
    with pytest.raises(Invalid):
        await donate(room, 5, "   ")


async def test_no_row_holds_a_receipt_in_plain(room: Room) -> None:
    await room.done(await donate(room, receipt="PAY-77-Ada"))

    async with room.db.read() as tx:
        rows = (await tx.execute(select(DonationRow.__table__))).all()
        proposed = (await tx.scalars(select(ProposalRow.details))).all()
    written = [str(rows), str(proposed), str(await room.audited()), str(await room.posts())]
    assert all("77-ada" not in text.lower() for text in written)


async def test_the_same_donation_again_starts_when_the_running_one_ends(room: Room) -> None:
    await room.done(await donate(room))

    preview = await donate(room, receipt="PAY-2")
    await room.done(preview)

    first, second = await room.grants()
    assert second.starts_at == first.ends_at
    starts = int(first.ends_at.timestamp())
    assert preview.change.notes == (("plan.queued", {"starts": starts}),)
    assert preview.change.after["starts_at"] == starts
    assert preview.change.before["limit"] == preview.change.after["limit"] == 960_000


async def test_a_smaller_donation_says_that_it_adds_nothing_now(room: Room) -> None:
    await room.done(await donate(room, 15))
    room.clock.move(days=1)

    preview = await donate(room, 5, "PAY-2")

    until = int((room.clock.now() + timedelta(days=29)).timestamp())
    assert preview.change.notes == (("plan.adds_later", {"until": until}),)


async def test_a_refund_ends_the_plan_and_its_receipt_stays_used(room: Room) -> None:
    await room.done(await donate(room))

    preview = await refund(room, "pay-1")
    await room.done(preview)

    assert preview.target == ADA.discord_id
    assert await room.grants() == ()
    with pytest.raises(ReceiptUsed):
        await donate(room)
    with pytest.raises(RefundedBefore):
        await refund(room)


async def test_a_refund_that_is_undone_gives_the_rest_of_the_plan_and_can_come_again(
    room: Room,
) -> None:
    await room.done(await donate(room))
    refunded = await room.done(await refund(room))

    await undo(room, refunded)

    (grant,) = await room.grants()
    assert grant.daily_tokens == 960_000
    await room.done(await refund(room))
    assert await room.grants() == ()


async def test_a_refund_after_the_donor_deleted_everything_says_that_the_plan_is_gone(
    room: Room,
) -> None:
    await room.done(await donate(room))
    async with room.db.begin() as tx:
        await tx.execute(delete(PersonRow).where(PersonRow.discord_id == ADA.discord_id))

    with pytest.raises(DonorGone) as refused:
        await refund(room)

    assert "had all of their data deleted" in explain(refused.value)


async def test_an_unknown_receipt_cannot_be_refunded(room: Room) -> None:
    with pytest.raises(NoReceipt):
        await refund(room)


async def test_a_donation_recorded_by_mistake_is_struck_and_its_receipt_free_again(
    room: Room,
) -> None:
    mistaken = await room.done(await donate(room, target=BEA))

    await undo(room, mistaken)

    assert await room.grants(BEA) == ()
    await room.done(await donate(room))
    assert len(await room.grants()) == 1


async def test_a_refunded_donation_is_not_struck(room: Room) -> None:
    recorded = await room.done(await donate(room))
    await room.done(await refund(room))

    with pytest.raises(NotUndoable):
        await undo(room, recorded)


async def test_a_donation_s_grant_that_was_revoked_and_given_back_is_refunded_in_full(
    room: Room,
) -> None:
    await room.done(await donate(room))
    revoked = await revoke(room, (await room.grants())[0].id)
    await undo(room, revoked)

    await room.done(await refund(room))

    assert await room.grants() == ()


async def test_refunding_what_was_revoked_already_gives_nothing_back_when_undone(
    room: Room,
) -> None:
    await room.done(await donate(room))
    await revoke(room, (await room.grants())[0].id)
    refunded = await room.done(await refund(room))

    await undo(room, refunded)

    assert await room.grants() == ()


async def test_a_moderator_s_own_donation_is_another_moderator_s_to_record(room: Room) -> None:
    with pytest.raises(SelfGrant):
        await donate(room, target=MO)


# Members


async def suspension(room: Room) -> str | None:
    return await room.built.members.suspension(await room.member())


async def test_a_suspension_stops_the_key_ends_what_runs_and_tells_why(room: Room) -> None:
    key = (await room.built.keys.replace(ADA)).plain or ""
    ended: list[int] = []
    room.built.changes.signals.on(Topic.SUSPENDED, ended.append)

    await room.done(await room.propose(Action.MEMBER_SUSPEND, reason="sold keys"))

    for turned_away in (room.built.callers.by_key(key), room.built.keys.show(ADA)):
        with pytest.raises(Suspended) as refused:
            await turned_away
        assert "sold keys" in explain(refused.value)
    assert ended == [await room.member()]


async def test_who_is_suspended_is_not_suspended_twice_nor_anyone_restored_for_nothing(
    room: Room,
) -> None:
    with pytest.raises(NotSuspended):
        await room.propose(Action.MEMBER_RESTORE)
    await room.done(await room.propose(Action.MEMBER_SUSPEND))

    with pytest.raises(SuspendedBefore):
        await room.propose(Action.MEMBER_SUSPEND)


async def test_a_suspension_is_undone_and_a_restoration_too_with_its_first_reason(
    room: Room,
) -> None:
    suspended = await room.done(await room.propose(Action.MEMBER_SUSPEND, reason="sold keys"))
    await undo(room, suspended)
    assert await suspension(room) is None
    await room.done(await room.propose(Action.MEMBER_SUSPEND, reason="sold more keys"))
    restored = await room.done(await room.propose(Action.MEMBER_RESTORE, reason="said sorry"))

    await undo(room, restored)

    assert await suspension(room) == "sold more keys"
    assert "sold" not in str(await room.audited())


async def test_undo_leaves_alone_what_has_changed_since(room: Room) -> None:
    suspended = await room.done(await room.propose(Action.MEMBER_SUSPEND))
    restored = await room.done(await room.propose(Action.MEMBER_RESTORE))

    with pytest.raises(NotUndoable):
        await undo(room, suspended)
    await room.done(await room.propose(Action.MEMBER_SUSPEND))
    with pytest.raises(NotUndoable):
        await undo(room, restored)


async def test_nobody_ends_their_own_suspension(room: Room) -> None:
    bea, action = await room.actor(BEA), Action.MEMBER_RESTORE
    suspended = await room.done(await room.propose(Action.MEMBER_SUSPEND, target=BEA), by=MO)

    with pytest.raises(SelfGrant):
        await room.proposals.propose(bea, action, {}, target=BEA, reason="I", proposal_id=1)
    with pytest.raises(SelfGrant):
        await room.proposals.undo(suspended.audit_id, bea)
    with pytest.raises(StaffSuspended):
        await room.propose(action, by=BEA, target=BEA)


async def test_a_reset_key_is_replaced_by_one_that_only_its_owner_sees(room: Room) -> None:
    before = (await room.built.keys.replace(ADA)).plain or ""

    done = await room.done(await room.propose(Action.MEMBER_RESET_KEY))

    with pytest.raises(InvalidKey):
        await room.built.callers.by_key(before)
    after = (await room.built.keys.show(ADA)).plain or ""
    assert (await room.built.callers.by_key(after)).member_id == await room.member()
    written: list[Any] = [done, await room.audited(), await room.posts()]
    assert all(key[-4:] not in str(written) for key in (before, after))
    with pytest.raises(NotUndoable):
        await undo(room, done)


async def test_who_has_no_key_has_none_to_reset(room: Room) -> None:
    with pytest.raises(NoKeyToReset):
        await room.propose(Action.MEMBER_RESET_KEY)
