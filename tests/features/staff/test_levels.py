"""The acts on levels: given in place of the member's own, taken, and taken back."""

import pytest

from bot.audit import Action, AlreadyDone
from bot.levels.errors import NoLevel, NoSuchLevel
from bot.staff.errors import NotUndoable, SelfGrant
from bot.staff.proposals import Done
from tests.features.staff.room import MO, OLGA, Room


async def grant(room: Room, level: int) -> Done:
    """Give Ada a level."""
    return await room.done(await room.propose(Action.LEVEL_GRANT, {"level": level}))


async def revoke(room: Room) -> Done:
    """Take Ada's level."""
    return await room.done(await room.propose(Action.LEVEL_REVOKE))


async def undo(room: Room, done: Done) -> Done:
    return await room.proposals.undo(done.audit_id, await room.actor(OLGA))


async def levels(room: Room) -> list[str | None]:
    return [each.plan for each in await room.grants()]


async def test_a_level_given_now_holds_until_the_end_of_next_month(room: Room) -> None:
    done = await grant(room, 3)

    (given,) = await room.grants()
    assert given.starts_at == room.clock.now()
    assert f"{given.ends_at:%Y-%m-%d %H:%M}" == "2027-01-01 00:00"
    assert await room.allowance() == 160_000
    assert done.change.after["level"] == 3
    assert await room.built.allowances.reason(given.id) == "helped everybody"


async def test_a_level_takes_the_place_of_the_one_that_was_there_even_a_higher_one(
    room: Room,
) -> None:
    await grant(room, 3)

    done = await grant(room, 1)

    assert await levels(room) == ["1"]
    assert await room.allowance() == 88_000
    assert (done.change.before["level"], done.change.after["level"]) == (3, 1)
    await undo(room, done)
    assert await levels(room) == ["3"]
    assert await room.allowance() == 160_000


async def test_what_is_undone_gives_the_old_level_its_own_end(room: Room) -> None:
    await grant(room, 1)
    (first,) = await room.grants()
    room.clock.move(days=3)

    await undo(room, await grant(room, 2))

    (again,) = await room.grants()
    assert (again.plan, again.ends_at) == ("1", first.ends_at)


async def test_a_revoked_level_is_gone_and_comes_back_on_undo(room: Room) -> None:
    await grant(room, 2)

    done = await revoke(room)
    assert await levels(room) == []
    assert await room.allowance() == 80_000
    await undo(room, done)

    assert await levels(room) == ["2"]


async def test_undo_comes_too_late_when_the_level_has_changed_again_or_ended(room: Room) -> None:
    first = await grant(room, 1)
    await grant(room, 2)
    with pytest.raises(NotUndoable):
        await undo(room, first)

    revoked = await revoke(room)
    room.clock.move(days=90)
    with pytest.raises(NotUndoable):
        await undo(room, revoked)

    assert await levels(room) == []


async def test_undone_once_is_undone(room: Room) -> None:
    done = await grant(room, 1)
    await undo(room, done)

    with pytest.raises(AlreadyDone):
        await undo(room, done)


async def test_levels_that_are_not_there_are_refused(room: Room) -> None:
    for level in (0, 4, 99):
        with pytest.raises(NoSuchLevel):
            await room.propose(Action.LEVEL_GRANT, {"level": level})
    with pytest.raises(NoLevel):
        await room.propose(Action.LEVEL_REVOKE)


async def test_other_grants_are_left_alone(room: Room) -> None:
    await room.done(await room.give())
    await grant(room, 1)

    await revoke(room)

    (left,) = await room.grants()
    assert left.source == "staff"


async def test_nobody_gives_themself_a_level_nor_takes_a_revocation_back(room: Room) -> None:
    with pytest.raises(SelfGrant):
        await room.propose(Action.LEVEL_GRANT, {"level": 1}, target=MO)

    given = await room.propose(Action.LEVEL_GRANT, {"level": 1}, target=MO, by=OLGA)
    await room.proposals.confirm(given.proposal_id, await room.actor(OLGA))
    taken = await room.propose(Action.LEVEL_REVOKE, target=MO, by=OLGA)
    done = await room.proposals.confirm(taken.proposal_id, await room.actor(OLGA))
    assert isinstance(done, Done)
    with pytest.raises(SelfGrant):
        await room.proposals.undo(done.audit_id, await room.actor(MO))
