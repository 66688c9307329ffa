"""Twenty clicks at once: what is confirmed, approved, undone or credited happens once."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from itertools import pairwise
from typing import Any

from bot.allowance.donations import ReceiptUsed
from bot.audit import Action, AlreadyDone
from bot.core.errors import Failure
from bot.members.people import Person
from bot.staff.errors import ProposalGone
from tests.features.staff.room import MO, Room

CLICKS = 20
CROWD = [Person(300_000_000_000_001_000 + n, at_home=True) for n in range(CLICKS)]


async def all_at_once(acts: Iterable[Awaitable[Any]]) -> Counter[str]:
    """Await everything together; count outcomes by the name of what refused, or "done"."""

    async def outcome(act: Awaitable[Any]) -> str:
        try:
            await act
        except Failure as refusal:
            return type(refusal).__name__
        return "done"

    return Counter(await asyncio.gather(*map(outcome, acts)))


async def test_a_proposal_confirmed_by_twenty_clicks_is_applied_once(room: Room) -> None:
    preview, actor = await room.give(), await room.actor()
    confirm = room.proposals.confirm

    outcomes = await all_at_once(confirm(preview.proposal_id, actor) for _ in range(CLICKS))

    assert outcomes == {"done": 1, AlreadyDone.__name__: CLICKS - 1}
    assert len(await room.grants()) == len(await room.audited()) == len(await room.posts()) == 1


async def test_a_confirmed_large_grant_asks_for_a_second_moderator_once(room: Room) -> None:
    preview, actor = await room.give(unlimited=True), await room.actor()
    confirm = room.proposals.confirm

    await all_at_once(confirm(preview.proposal_id, actor) for _ in range(CLICKS))

    assert len(await room.posts()) == 1


async def test_two_moderators_who_approve_at_once_approve_once(room: Room) -> None:
    preview = await room.give(unlimited=True)
    await room.confirm(preview)
    actors = [await room.actor(person) for person in CROWD]
    approve = room.proposals.approve

    outcomes = await all_at_once(approve(preview.proposal_id, actor) for actor in actors)

    assert outcomes == {"done": 1, AlreadyDone.__name__: CLICKS - 1}
    assert len(await room.grants()) == len(await room.audited()) == 1


async def test_what_is_approved_and_declined_at_once_is_one_of_both(room: Room) -> None:
    preview = await room.give(unlimited=True)
    await room.confirm(preview)
    actors = [await room.actor(person) for person in CROWD]
    acts: list[Callable[..., Awaitable[Any]]] = [room.proposals.approve, _declined(room)]

    outcomes = await all_at_once(
        acts[at % 2](preview.proposal_id, actor) for at, actor in enumerate(actors)
    )

    assert outcomes["done"] == 1
    assert set(outcomes) <= {"done", AlreadyDone.__name__, ProposalGone.__name__}
    (entry,) = await room.audited()
    approved = entry.action is Action.GRANT_GIVE
    assert len(await room.grants()) == approved


async def test_an_undo_clicked_by_twenty_is_done_once(room: Room) -> None:
    done = await room.done(await room.give())
    actors = [await room.actor(person) for person in CROWD]

    outcomes = await all_at_once(room.proposals.undo(done.audit_id, actor) for actor in actors)

    assert outcomes == {"done": 1, AlreadyDone.__name__: CLICKS - 1}
    assert await room.grants() == ()
    assert len(await room.audited()) == 2


async def test_a_receipt_recorded_by_twenty_at_once_is_credited_once(room: Room) -> None:
    details = {"amount": 10, "receipt": "PAY-1"}
    previews = [
        await room.propose(Action.DONATION_RECORD, details, target=person) for person in CROWD
    ]
    actor = await room.actor(MO)

    outcomes = await all_at_once(
        room.proposals.confirm(preview.proposal_id, actor) for preview in previews
    )

    assert outcomes == {"done": 1, ReceiptUsed.__name__: CLICKS - 1}
    granted = [grant for person in CROWD for grant in await room.grants(person)]
    assert len(granted) == len(await room.audited()) == 1


async def test_donations_of_one_plan_that_arrive_together_queue(room: Room) -> None:
    previews = [
        await room.propose(Action.DONATION_RECORD, {"amount": 5, "receipt": f"PAY-{n}"})
        for n in range(6)
    ]
    mo = await room.actor(MO)

    await all_at_once(room.proposals.confirm(preview.proposal_id, mo) for preview in previews)

    grants = await room.grants()
    assert len(grants) == len(previews)
    assert all(later.starts_at == earlier.ends_at for earlier, later in pairwise(grants))


def _declined(room: Room) -> Callable[..., Awaitable[Any]]:
    async def decline(proposal_id: int, actor: Any) -> None:
        await room.proposals.decline(proposal_id, actor, "too much")

    return decline
