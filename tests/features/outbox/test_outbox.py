"""The outbox on both databases: an effect lives and dies with its cause, and waits in its lane.

Lanes are in order and fair, newer role effects take the place of older, failures are told.
"""

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from bot.core.clock import HandClock
from bot.core.ids import Ids
from bot.members.people import Person
from bot.mishaps import Mishaps
from bot.outbox import BATCH, LONGEST_FAILURE, Effect, Outbox, Parcel, Place, RoleWish
from bot.storage.database import Database
from bot.storage.tables.system import OutboxRow
from bot.words.letter import Knob, Letter
from bot.words.phrase import Phrase
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

    async def posts(self, *every: str) -> None:
        """Leave posts for staff that say something each, one transaction each."""
        for what in every:
            await self.post(what=what)

    async def saying(self) -> list[str]:
        """Return what the posts that are due say."""
        return [said(parcel) for parcel in await self.outbox.waiting()]

    async def rows(self) -> list[Any]:
        """Return every effect, oldest first."""
        async with self.house.db.read() as tx:
            every = select(OutboxRow.__table__).order_by(OutboxRow.id)
            return list((await tx.execute(every)).all())

    async def wishes(self) -> list[RoleWish]:
        """Return the role effects that are due."""
        return [each.role() for each in await self.outbox.waiting() if each.kind is Effect.ROLE]

    async def give_up(self, parcel: Parcel, **params: str) -> bool:
        """Give an effect up with a report."""
        async with self.house.db.begin() as tx:
            mishaps = Mishaps(self.outbox)
            return await mishaps.give_up(tx, parcel, "no", ["dm.closed", "dm.mend"], params)


def letter(parcel: Parcel) -> Letter:
    """Return what an effect says."""
    return Letter.read(parcel.payload["letter"])


def said(parcel: Parcel) -> str:
    """Return what one of the posts of these tests says."""
    return str(letter(parcel).params["what"])


@pytest.fixture
async def box(db: Database, clock: HandClock) -> Box:
    """An outbox on either database."""
    house = owned(db, clock)
    return Box(Outbox(db, clock, Ids()), house, await member_of(house))


async def test_an_effect_waits_with_all_that_its_delivery_needs(box: Box) -> None:
    await box.post(Place.ANNOUNCE, what="hello")

    (parcel,) = await box.outbox.waiting()

    assert (parcel.kind, parcel.lane) == (Effect.POST, "place:announce")
    assert parcel.payload.keys() == {"place", "channel_id", "letter"}
    assert parcel.payload["place"] == "announce"
    assert parcel.payload["channel_id"] is None
    assert letter(parcel) == Letter([SOME], {"what": "hello"}, buttons=[])
    assert parcel.member_id is None
    assert parcel.attempts == 0


async def test_an_effect_whose_cause_failed_never_happens(box: Box) -> None:
    with pytest.raises(RuntimeError):
        async with box.house.db.begin() as tx:
            await box.outbox.post(tx, Place.STAFF, SOME, {"what": "never"})
            await box.outbox.dm(tx, box.ada, SOME, {"what": "never"})
            await box.outbox.role(tx, box.ada, 1, 7, give=True)
            raise RuntimeError

    assert await box.rows() == []
    assert not box.outbox.filled.is_set()


async def test_the_courier_is_woken_once_the_cause_is_committed(box: Box) -> None:
    async with box.house.db.begin() as tx:
        await box.outbox.post(tx, Place.STAFF, SOME, {})
        before = box.outbox.filled.is_set()

    assert not before
    assert box.outbox.filled.is_set()


async def test_what_was_delivered_or_refused_waits_no_more(box: Box) -> None:
    await box.posts("one", "two")
    one, two = await box.outbox.waiting()

    await box.outbox.delivered(one)
    await box.outbox.refused(two, "Missing Access", tell=False)

    assert await box.outbox.waiting() == []
    assert [row.failure for row in await box.rows()] == [None, "Missing Access"]


async def test_a_refusal_is_recorded_and_told_to_staff(box: Box) -> None:
    await box.post(Place.ANNOUNCE, what="lost")
    (lost,) = await box.outbox.waiting()

    await box.outbox.refused(lost, "x" * 999, tell=True)

    (told,) = await box.outbox.waiting()
    assert told.lane == "place:staff"
    assert letter(told).lines == ["staff.undeliverable"]
    assert letter(told).params == {"place": Phrase("place.announce"), "why": "x" * 999}
    recorded = (await box.rows())[0]
    assert recorded.failure == "x" * LONGEST_FAILURE
    assert recorded.attempts == 1
    assert recorded.done_at is not None


async def test_a_stuck_effect_holds_up_its_own_lane_until_its_time(
    box: Box, clock: HandClock
) -> None:
    await box.posts("one", "two")
    await box.post(Place.LOG, what="other")
    first = (await box.outbox.waiting())[0]

    await box.outbox.later(first, 30)
    during = await box.saying()
    clock.move(seconds=31)
    after = await box.outbox.waiting()

    assert during == ["other"]
    assert [said(parcel) for parcel in after] == ["one", "two", "other"]
    assert after[0].attempts == 1


async def test_a_long_queue_comes_in_order_a_batch_at_a_time(box: Box) -> None:
    many = [f"{number:03}" for number in range(BATCH + 5)]
    async with box.house.db.begin() as tx:
        for what in many:
            await box.outbox.post(tx, Place.STAFF, SOME, {"what": what})

    first = await box.outbox.waiting()
    for parcel in first:
        await box.outbox.delivered(parcel)

    assert [said(parcel) for parcel in first] == many[:BATCH]
    assert await box.saying() == many[BATCH:]


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
    knob = Knob("dm.quiet", "told.stop")
    async with box.house.db.begin() as tx:
        await box.outbox.dm(tx, box.ada, "ended.limit", {"limit": 1}, [knob])
        await box.outbox.dm(tx, box.ada, "ended.limit", {"limit": 2})

    one, two = await box.outbox.waiting()

    assert one.lane == two.lane
    assert (one.kind, one.member_id) == (Effect.DM, box.ada)
    assert letter(one).buttons == [knob]
    assert letter(two).params == {"limit": 2}


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
    told = letter(report)
    assert told.params == {"n": 2}
    assert told.people == {"who": [box.ada]}
    assert told.lines == ["dm.closed", "dm.mend", "mishap.names"]
    assert [row.failure for row in await box.rows() if row.done_at] == ["no", "no"]


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

    counts = [letter(each).params["n"] for each in await box.outbox.waiting()]
    assert counts == [1, 1]


async def test_what_was_done_or_replaced_is_not_given_up(box: Box) -> None:
    await box.role(7, give=True)
    (parcel,) = await box.outbox.waiting()
    await box.role(7, give=False)

    assert not await box.give_up(parcel)

    assert await box.wishes() == [RoleWish(box.ada, 1, 7, give=False)]


async def test_what_was_done_a_week_ago_is_forgotten_and_nothing_that_waits(
    box: Box, clock: HandClock
) -> None:
    await box.posts("old", "waiting")
    await box.outbox.delivered((await box.outbox.waiting())[0])
    clock.move(days=6, hours=23)
    await box.outbox.prune()
    kept = len(await box.rows())
    clock.move(hours=2)

    await box.outbox.prune()

    assert kept == 2
    assert await box.saying() == ["waiting"]
    assert len(await box.rows()) == 1
