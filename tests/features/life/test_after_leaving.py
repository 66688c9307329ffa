"""Undoing what was done to somebody who has had everything deleted since."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from bot.audit import Action
from bot.core.clock import HandClock
from bot.staff.errors import NotUndoable
from bot.staff.proposals import Done
from bot.storage.tables.allowance import GrantRow
from bot.storage.tables.members import MemberRow
from tests.features.life.world import World, opened
from tests.features.staff.room import ADA


@pytest.fixture
async def world(database_url: str, clock: HandClock) -> AsyncIterator[World]:
    made = await opened(database_url, clock)
    yield made
    await made.close()


async def done(world: World, action: Action, **details: object) -> Done:
    """Let staff do something to Ada."""
    outcome = await world.act(action, None if "grant" in details else ADA, **details)
    assert isinstance(outcome, Done), outcome
    return outcome


async def running(world: World) -> list[int]:
    """Return the grants of anybody that are not revoked."""
    async with world.room.db.read() as tx:
        return list(await tx.scalars(select(GrantRow.id).where(GrantRow.revoked_at.is_(None))))


async def test_a_revoked_plan_is_not_given_again_to_who_has_left(world: World) -> None:
    given = await done(world, Action.DONATION_RECORD, amount=5, receipt="r1")
    revoked = await done(world, Action.GRANT_REVOKE, grant=given.change.after["grant_id"])
    await world.privacy.forget(ADA)

    outcome = await world.undo(revoked.audit_id)

    assert type(outcome) is NotUndoable
    assert await running(world) == []


async def test_a_refund_taken_back_gives_nothing_to_who_has_left(world: World) -> None:
    await done(world, Action.DONATION_RECORD, amount=5, receipt="r1")
    refunded = await world.act(Action.DONATION_REFUND, None, receipt="r1")
    assert isinstance(refunded, Done)
    await world.privacy.forget(ADA)

    outcome = await world.undo(refunded.audit_id)

    assert isinstance(outcome, Done)
    assert await running(world) == []


async def test_nobody_is_suspended_in_place_of_who_has_left(world: World) -> None:
    await done(world, Action.MEMBER_SUSPEND)
    restored = await done(world, Action.MEMBER_RESTORE)
    await world.privacy.forget(ADA)

    outcome = await world.undo(restored.audit_id)

    assert type(outcome) is NotUndoable
    async with world.room.db.read() as tx:
        assert not any(await tx.scalars(select(MemberRow.suspended_at)))


async def test_who_returns_is_not_touched_by_what_is_undone(world: World) -> None:
    given = await done(
        world, Action.GRANT_GIVE, tokens=100_000, claude=False, unlimited=False, days=3
    )
    await world.privacy.forget(ADA)
    again = await done(
        world, Action.GRANT_GIVE, tokens=200_000, claude=False, unlimited=False, days=3
    )

    outcome = await world.undo(given.audit_id)

    assert type(outcome) is NotUndoable
    assert await running(world) == [again.change.after["grant_id"]]
