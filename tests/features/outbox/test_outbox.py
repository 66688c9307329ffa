"""The outbox on both databases: lanes in order and fair, newer role effects in place of older."""

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.core.clock import HandClock
from bot.core.ids import Ids
from bot.members.people import Person
from bot.mishaps import Mishaps
from bot.outbox import BATCH, Effect, Knob, Letter, Outbox, Parcel, Place, RoleWish
from bot.storage.database import Database
from bot.storage.tables.system import OutboxRow
from tests.fakes.owned import ADA, Owned, member_of, owned

SOME = "levels.mend.absent"


@dataclass
class Box:
    """An outbox, and the number of a member."""

    outbox: Outbox
    house: Owned
    ada: int

    async def role(self, role: int, *, give: bool, member: int | None = None) -> None:
        """Wish for or against a role."""
        async with self.house.db.begin() as tx:
            await self.outbox.role(tx, member or self.ada, 1, role, give)

    async def post(self, place: Place = Place.STAFF, line: str = SOME, **params: Any) -> None:
        """Leave a post."""
        async with self.house.db.begin() as tx:
            await self.outbox.post(tx, place, line, params)

    async def wishes(self) -> list[RoleWish]:
        """Return the role effects that are due."""
        return [each.role() for each in await self.outbox.waiting() if each.kind is Effect.ROLE]

    async def give_up(self, parcel: Parcel, **params: str) -> bool:
        """Give an effect up with a report."""
        async with self.house.db.begin() as tx:
            mishaps = Mishaps(self.outbox)
            return await mishaps.give_up(tx, parcel, "no", ["dm.closed", "dm.mend"], params)


@pytest.fixture
async def box(db: Database, clock: HandClock) -> Box:
    """An outbox on either database."""
    house = owned(db, clock)
    return Box(Outbox(db, clock, Ids()), house, await member_of(house))


async def test_a_newer_role_effect_takes_the_place_of_the_one_that_waits(box: Box) -> None:
    await box.role(7, give=True)
    await box.role(7, give=False)
    await box.role(7, give=True)

    assert await box.wishes() == [RoleWish(box.ada, 1, 7, give=True)]


async def test_the_same_wish_again_keeps_its_place(box: Box) -> None:
    await box.role(7, give=True)
    (first,) = await box.outbox.waiting()

    await box.role(7, give=True)

    assert await box.outbox.waiting() == [first]


async def test_effects_on_other_roles_and_other_members_stay(box: Box) -> None:
    other = await member_of(box.house, Person(ADA.discord_id + 9, at_home=True))
    await box.role(7, give=True)
    await box.role(7, give=False, member=other)

    await box.role(8, give=False)

    assert len(await box.wishes()) == 3


async def test_what_was_delivered_is_replaced_by_nothing(box: Box) -> None:
    await box.role(7, give=True)
    (parcel,) = await box.outbox.waiting()
    await box.outbox.delivered(parcel)

    await box.role(7, give=False)

    assert await box.wishes() == [RoleWish(box.ada, 1, 7, give=False)]


async def test_a_thousand_roles_keep_no_post_waiting(box: Box) -> None:
    async with box.house.db.begin() as tx:
        await box.outbox.roles(
            tx, [RoleWish(box.ada, 1, role, give=True) for role in range(1, 1_001)]
        )
    await box.post()

    waiting = await box.outbox.waiting()

    assert [each.kind for each in waiting].count(Effect.ROLE) == BATCH
    assert waiting[-1].kind is Effect.POST
    roles = [each.role().role_id for each in waiting[:-1]]
    assert roles == sorted(roles)


async def test_what_waits_holds_up_its_own_lane_alone_and_what_came_before_it_not(
    box: Box, clock: HandClock
) -> None:
    for line in ("levels.dry", "levels.role", "dm.quiet"):
        await box.post(line=line)
    await box.post(Place.ANNOUNCE)
    second = (await box.outbox.waiting())[1]

    await box.outbox.later(second, 5)
    due = [(each.lane, each.payload["letter"]["lines"]) for each in await box.outbox.waiting()]
    clock.move(seconds=5)

    assert due == [("place:staff", ["levels.dry"]), ("place:announce", [SOME])]
    assert len(await box.outbox.waiting()) == 4


async def test_direct_messages_to_one_member_keep_their_order(box: Box) -> None:
    knob = Knob("Stop telling me", "told.stop")
    async with box.house.db.begin() as tx:
        await box.outbox.dm(tx, box.ada, "ended.limit", {"limit": 1}, [knob])
        await box.outbox.dm(tx, box.ada, "ended.limit", {"limit": 2})

    one, two = await box.outbox.waiting()

    assert one.lane == two.lane
    assert (one.kind, one.member_id) == (Effect.DM, box.ada)
    assert Letter.read(one.payload["letter"]).buttons == [knob]
    assert Letter.read(two.payload["letter"]).params == {"limit": 2}


async def test_what_is_given_up_is_reported_once_with_whom_it_concerns(
    box: Box, clock: HandClock
) -> None:
    await box.role(7, give=True)
    await box.role(8, give=True)
    for parcel in await box.outbox.waiting():
        assert await box.give_up(parcel)

    assert await box.outbox.waiting() == []
    clock.move(seconds=60)
    (report,) = await box.outbox.waiting()
    letter = Letter.read(report.payload["letter"])
    assert letter.params == {"n": 2}
    assert letter.people == {"who0": box.ada}
    assert letter.lines == ["dm.closed", "dm.mend", "mishap.names.1"]
    assert await _failures(box) == ["no", "no"]


async def test_failures_of_another_kind_have_a_report_of_their_own(
    box: Box, clock: HandClock
) -> None:
    await box.role(7, give=True)
    await box.role(8, give=True)
    one, two = await box.outbox.waiting()

    await box.give_up(one, role="7")
    await box.give_up(two, role="8")
    clock.move(seconds=60)

    assert len(await box.outbox.waiting()) == 2


async def test_a_report_that_is_due_takes_no_more_in(box: Box, clock: HandClock) -> None:
    await box.role(7, give=True)
    await box.role(8, give=True)
    one, two = await box.outbox.waiting()
    await box.give_up(one)
    clock.move(seconds=60)  # the courier may have it in hand

    await box.give_up(two)
    clock.move(seconds=60)

    counts = [each.payload["letter"]["params"]["n"] for each in await box.outbox.waiting()]
    assert counts == [1, 1]


async def test_what_was_done_or_replaced_is_not_given_up(box: Box) -> None:
    await box.role(7, give=True)
    (parcel,) = await box.outbox.waiting()
    await box.role(7, give=False)

    assert not await box.give_up(parcel)

    assert await box.wishes() == [RoleWish(box.ada, 1, 7, give=False)]


async def test_effects_done_a_week_ago_are_forgotten(box: Box, clock: HandClock) -> None:
    await box.post()
    async with box.house.db.begin() as tx:
        await tx.execute(update(OutboxRow).values(done_at=clock.now()))
    await box.post(Place.ANNOUNCE)

    clock.move(days=6)
    await box.outbox.prune()
    kept = await _ids(box)
    clock.move(days=2)
    await box.outbox.prune()

    assert len(kept) == 2
    assert len(await _ids(box)) == 1


async def _ids(box: Box) -> list[int]:
    async with box.house.db.read() as tx:
        return list(await tx.scalars(select(OutboxRow.id)))


async def _failures(box: Box) -> list[str | None]:
    async with box.house.db.read() as tx:
        failed = select(OutboxRow.failure).where(OutboxRow.failure.is_not(None))
        return list(await tx.scalars(failed))
