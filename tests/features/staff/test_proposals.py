"""From preview to audit row: who may, what is written, what refuses."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from bot.audit import Action, AlreadyDone
from bot.core.clock import HandClock
from bot.members.people import Person
from bot.staff.errors import (
    NoReason,
    NoStaffChannel,
    NotStaff,
    NotUndoable,
    NotYourProposal,
    OwnProposal,
    ProposalGone,
    SelfGrant,
    StaffSuspended,
)
from bot.staff.proposals import Done, Waits
from bot.storage.database import Database
from bot.storage.tables.members import PersonRow
from bot.storage.tables.staff import AuditRow, ProposalRow
from bot.words.say import catalogue
from tests.features.staff.room import ADA, BEA, MO, OLGA, Room, opened


async def test_a_preview_shows_before_and_after_and_changes_nothing(room: Room) -> None:
    preview = await room.give(claude=True)

    assert preview.change.before == {"limit": 80_000, "access": []}
    assert preview.change.after["limit"] == 320_000
    assert preview.change.after["access"] == ["Claude"]
    assert preview.target == ADA.discord_id
    assert preview.reason == "helped everybody"
    assert await room.allowance() == 80_000
    assert await room.audited() == []
    assert await room.posts() == []


async def test_what_is_confirmed_is_done_audited_and_posted_with_its_undo(room: Room) -> None:
    preview = await room.give()

    done = await room.done(preview)

    assert await room.allowance() == 320_000
    (entry,) = await room.audited()
    assert (entry.id, entry.action) == (done.audit_id, Action.GRANT_GIVE)
    assert (entry.actor_id, entry.target_id) == (await room.member(MO), await room.member(ADA))
    assert entry.proposal == preview.proposal_id
    assert (entry.before["limit"], entry.after["limit"]) == (80_000, 320_000)
    (post,) = await room.posts()
    assert post["lines"] == ["did.grant.give", "log.change", "log.reason"]
    assert post["people"] == {"actor": entry.actor_id, "target": entry.target_id}
    assert post["buttons"] == [["button.undo", "staff.undo", [done.audit_id], "secondary"]]


async def test_reasons_are_sealed_wherever_they_lie_and_read_by_staff_alone(room: Room) -> None:
    await room.done(await room.give())

    (entry,) = await room.audited()
    async with room.db.read() as tx:
        proposed = (await tx.scalars(select(ProposalRow.reason))).all()
        read = await room.proposals.papers.reason_of(tx, entry)
    stored = [*await room.reasons(), *proposed]
    assert all(text is not None and b"helped" not in text for text in stored)
    assert "helped" not in str(await room.posts())
    assert read == "helped everybody"


async def test_no_letter_in_the_outbox_holds_a_discord_id(room: Room) -> None:
    done = await room.done(await room.give())
    await room.confirm(await room.give(unlimited=True))
    await room.proposals.undo(done.audit_id, await room.actor(OLGA))

    written = str(await room.posts())

    assert len(await room.posts()) == 3
    assert not any(str(person.discord_id) in written for person in (ADA, MO, OLGA))


async def test_every_act_has_its_words(room: Room) -> None:
    known = catalogue("en")

    for action in room.proposals.acts:
        assert {f"act.{action}", f"did.{action}"} <= known.keys()


async def test_a_key_pasted_into_a_reason_is_never_stored(room: Room) -> None:
    key = (await room.built.keys.replace(ADA)).plain or ""

    preview = await room.propose(Action.MEMBER_SUSPEND, reason=f"leaked {key} everywhere")
    await room.done(preview)

    assert key not in preview.reason
    assert await room.built.members.suspension(await room.member()) == preview.reason
    assert preview.reason == f"leaked {key[:3]}…{key[-4:]} everywhere"


@pytest.mark.parametrize("blank", ["", "   ", " \n\t", "\u200b\u2060 \u200b"])
async def test_a_reason_has_to_say_something(room: Room, blank: str) -> None:
    for action in (Action.MEMBER_SUSPEND, Action.MEMBER_RESET_KEY, Action.LEVEL_REVOKE):
        with pytest.raises(NoReason):
            await room.propose(action, reason=blank)
    large = await room.give(unlimited=True)
    await room.confirm(large)
    with pytest.raises(NoReason):
        await room.proposals.decline(large.proposal_id, await room.actor(OLGA), blank)

    await room.proposals.approve(large.proposal_id, await room.actor(OLGA))
    assert [entry.action for entry in await room.audited()] == [Action.GRANT_GIVE]


async def test_a_second_confirm_finds_it_done(room: Room) -> None:
    preview = await room.give()
    await room.done(preview)

    with pytest.raises(AlreadyDone):
        await room.confirm(preview)
    assert len(await room.audited()) == 1


async def test_one_interaction_proposes_once(room: Room) -> None:
    actor = await room.actor()
    details = {"days": 1, "tokens": 5, "claude": False, "unlimited": False}

    for expected in (None, AlreadyDone):
        proposing = room.proposals.propose(
            actor, Action.GRANT_GIVE, details, target=ADA, reason="helped", proposal_id=77
        )
        if expected is None:
            await proposing
        else:
            with pytest.raises(expected):
                await proposing


async def test_what_is_cancelled_stays_undone(room: Room) -> None:
    preview = await room.give()

    await room.proposals.cancel(preview.proposal_id, await room.actor())

    with pytest.raises(ProposalGone):
        await room.confirm(preview)
    assert await room.allowance() == 80_000


async def test_only_whoever_proposed_confirms_or_cancels(room: Room) -> None:
    preview = await room.give()
    olga = await room.actor(OLGA)

    with pytest.raises(NotYourProposal):
        await room.confirm(preview, OLGA)
    with pytest.raises(NotYourProposal):
        await room.proposals.cancel(preview.proposal_id, olga)
    await room.done(preview)


async def test_a_proposal_is_open_for_fifteen_minutes(room: Room) -> None:
    early, late = await room.give(), await room.give()

    room.clock.move(minutes=15)
    await room.done(early)
    room.clock.move(seconds=1)
    with pytest.raises(ProposalGone):
        await room.confirm(late)


async def test_what_was_never_proposed_is_gone(room: Room) -> None:
    actor = await room.actor()

    with pytest.raises(ProposalGone):
        await room.proposals.confirm(404, actor)
    with pytest.raises(ProposalGone):
        await room.proposals.approve(404, actor)
    with pytest.raises(ProposalGone):
        await room.proposals.filing.action_of(404)
    with pytest.raises(NotUndoable):
        await room.proposals.undo(404, actor)


async def test_nobody_gives_to_themself_and_the_attempt_is_audited(room: Room) -> None:
    with pytest.raises(SelfGrant):
        await room.give(target=MO)

    mo = await room.member(MO)
    (entry,) = await room.audited()
    assert entry.action is Action.REFUSED
    assert (entry.actor_id, entry.target_id) == (mo, mo)
    assert entry.after == {"action": "grant.give", "why": "staff.self_grant"}


async def test_whoever_is_no_staff_is_refused_and_audited(room: Room) -> None:
    rogue = Person(300_000_000_000_000_666, at_home=False)

    with pytest.raises(NotStaff):
        await room.proposals.actor(rogue, Action.MEMBER_SUSPEND, staff=False)

    (entry,) = await room.audited()
    assert entry.actor_id == await room.member(rogue)
    assert entry.after == {"action": "member.suspend", "why": "staff.not_staff"}


async def test_a_suspended_moderator_is_no_staff_and_the_attempt_is_audited(room: Room) -> None:
    mo = await room.member(MO)
    await room.built.members.suspend(mo, "sold keys")

    with pytest.raises(StaffSuspended):
        await room.proposals.actor(MO, Action.SETTINGS_CHANGE, staff=True, admin=True)
    assert not await room.proposals.trusted(MO)

    (entry,) = await room.audited()
    assert (entry.action, entry.actor_id) == (Action.REFUSED, mo)
    assert entry.after == {"action": "settings.change", "why": "staff.suspended"}
    await room.built.members.restore(mo)
    assert (await room.actor(MO)).member_id == mo
    assert await room.proposals.trusted(MO)


@pytest.mark.parametrize("more", [{"tokens": 1_000_001}, {"tokens": None, "unlimited": True}])
async def test_a_large_grant_waits_for_a_second_moderator(room: Room, more: dict[str, Any]) -> None:
    preview = await room.give(**more)

    outcome = await room.confirm(preview)

    assert preview.needs_second
    assert isinstance(outcome, Waits)
    assert await room.allowance() == 80_000
    (post,) = await room.posts()
    assert post["lines"][:2] == ["staff.second", "act.grant.give"]
    assert [button[0] for button in post["buttons"]] == ["button.approve", "button.decline"]
    with pytest.raises(AlreadyDone):
        await room.confirm(preview)


async def test_a_grant_of_exactly_the_threshold_needs_one_moderator(room: Room) -> None:
    await room.done(await room.give(tokens=1_000_000))

    assert await room.allowance() == 1_000_000


async def test_a_community_of_one_needs_no_second_moderator(db: Database, clock: HandClock) -> None:
    async with opened(db, clock, staff={"second_approval_above": 0}) as room:
        await room.done(await room.give(unlimited=True))

        assert await room.allowance() is None


async def test_another_moderator_approves_and_both_stand_in_the_record(room: Room) -> None:
    preview = await room.give(unlimited=True)
    await room.confirm(preview)

    done = await room.proposals.approve(preview.proposal_id, await room.actor(OLGA))

    assert await room.allowance() is None
    (entry,) = await room.audited()
    assert entry.id == done.audit_id
    assert entry.actor_id == await room.member(MO)
    assert entry.after["approver_id"] == await room.member(OLGA)
    assert (await room.posts())[-1]["lines"][-1] == "log.approved"
    with pytest.raises(AlreadyDone):
        await room.proposals.approve(preview.proposal_id, await room.actor(BEA))


async def test_neither_proposer_nor_receiver_approves(room: Room) -> None:
    preview = await room.give(unlimited=True, target=BEA)
    await room.confirm(preview)

    with pytest.raises(OwnProposal):
        await room.proposals.approve(preview.proposal_id, await room.actor(MO))
    with pytest.raises(SelfGrant):
        await room.proposals.approve(preview.proposal_id, await room.actor(BEA))

    refused = await room.audited()
    assert [entry.after["why"] for entry in refused] == ["staff.own_proposal", "staff.self_grant"]
    assert {entry.target_id for entry in refused} == {await room.member(BEA)}
    assert await room.allowance(BEA) == 80_000


async def test_what_is_declined_is_audited_with_the_decliner_s_reason(room: Room) -> None:
    preview = await room.give(unlimited=True)
    await room.confirm(preview)

    await room.proposals.decline(preview.proposal_id, await room.actor(OLGA), "too  much")

    (entry,) = await room.audited()
    assert entry.action is Action.DECLINED
    assert entry.actor_id == await room.member(OLGA)
    assert entry.after == {"action": "grant.give", "proposer_id": await room.member(MO)}
    async with room.db.read() as tx:
        assert await room.proposals.papers.reason_of(tx, entry) == "too much"
    with pytest.raises(ProposalGone):
        await room.proposals.approve(preview.proposal_id, await room.actor(BEA))


async def test_what_is_only_previewed_can_be_neither_approved_nor_declined(room: Room) -> None:
    preview, olga = await room.give(unlimited=True), await room.actor(OLGA)

    with pytest.raises(ProposalGone):
        await room.proposals.approve(preview.proposal_id, olga)
    with pytest.raises(ProposalGone):
        await room.proposals.decline(preview.proposal_id, olga, "no")


async def test_what_waits_for_a_second_moderator_lapses_after_seven_days(room: Room) -> None:
    preview = await room.give(unlimited=True)
    await room.confirm(preview)

    room.clock.move(days=7, seconds=1)

    with pytest.raises(ProposalGone):
        await room.proposals.approve(preview.proposal_id, await room.actor(OLGA))


async def test_without_a_channel_to_ask_in_a_large_grant_says_so(
    db: Database, clock: HandClock
) -> None:
    nowhere = {"staff_channel": None, "log_channel": None}
    async with opened(db, clock, community=nowhere) as room:
        preview = await room.give(unlimited=True)

        with pytest.raises(NoStaffChannel):
            await room.confirm(preview)


async def test_an_undo_is_audited_once_and_points_to_what_it_undoes(room: Room) -> None:
    done = await room.done(await room.give())
    olga = await room.actor(OLGA)

    undone = await room.proposals.undo(done.audit_id, olga)

    assert await room.allowance() == 80_000
    given, entry = await room.audited()
    assert given.undone
    assert (entry.action, entry.undoes) == (Action.UNDONE, given.id)
    assert entry.actor_id == olga.member_id
    assert (undone.change.before["limit"], undone.change.after["limit"]) == (320_000, 80_000)
    with pytest.raises(AlreadyDone):
        await room.proposals.undo(done.audit_id, olga)
    with pytest.raises(NotUndoable):
        await room.proposals.undo(undone.audit_id, olga)


async def test_nobody_undoes_what_was_taken_from_them(room: Room) -> None:
    await room.done(await room.give(target=BEA))
    (given,) = await room.grants(BEA)
    taken = await room.done(
        await room.propose(Action.GRANT_REVOKE, {"grant": given.id}, target=None)
    )

    with pytest.raises(SelfGrant):
        await room.proposals.undo(taken.audit_id, await room.actor(BEA))

    assert (await room.audited())[-1].after["why"] == "staff.self_grant"
    assert await room.allowance(BEA) == 80_000


async def test_who_had_everything_deleted_is_not_acted_on_any_more(room: Room) -> None:
    preview = await room.give()
    async with room.db.begin() as tx:
        gone = delete(PersonRow).where(PersonRow.discord_id == ADA.discord_id)
        await tx.execute(gone)

    with pytest.raises(ProposalGone):
        await room.confirm(preview)


async def test_the_database_refuses_to_change_or_delete_the_record(room: Room) -> None:
    await room.done(await room.give())

    for forged in (update(AuditRow).values(actor_id=None), delete(AuditRow)):
        with pytest.raises(DBAPIError, match="audit rows are final"):
            async with room.db.begin() as tx:
                await tx.execute(forged)
    assert len(await room.audited()) == 1


async def test_the_record_is_browsed_by_member_newest_first_page_by_page(room: Room) -> None:
    for target in (ADA, BEA, ADA):
        await room.done(await room.give(target=target))
    ada, mo = await room.member(ADA), await room.member(MO)

    about_ada = await room.built.audit.browse(member_id=ada)
    by_mo = await room.built.audit.browse(member_id=mo, limit=2)
    rest = await room.built.audit.browse(member_id=mo, before_id=by_mo[-1].id)

    assert len(about_ada) == 2
    assert [entry.id for entry in by_mo] == sorted((e.id for e in by_mo), reverse=True)
    assert len(by_mo) == 2
    assert len(rest) == 1


async def test_a_grant_that_gives_less_than_there_is_says_so(room: Room) -> None:
    await room.done(await room.give(tokens=500_000, days=3))

    later = await room.give(tokens=400_000, days=30)
    never = await room.give(tokens=400_000, days=2)

    until = int((room.clock.now() + timedelta(days=3)).timestamp())
    assert later.change.notes == (("plan.adds_later", {"until": until}),)
    assert never.change.notes == (("plan.adds_nothing", {}),)


async def test_an_outcome_is_done_or_waits(room: Room) -> None:
    small, large = await room.give(), await room.give(unlimited=True)

    assert isinstance(await room.confirm(small), Done)
    assert isinstance(await room.confirm(large), Waits)
