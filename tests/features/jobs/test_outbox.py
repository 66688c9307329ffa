"""The outbox: an effect lives and dies with its cause, and waits in its lane."""

from typing import Any

import pytest
from sqlalchemy import func, select

from bot.core.clock import HandClock
from bot.core.ids import Ids
from bot.outbox import BATCH, LONGEST_FAILURE, Effect, Outbox, Place
from bot.storage.database import Database
from bot.storage.tables.system import OutboxRow


@pytest.fixture
def outbox(db: Database, clock: HandClock) -> Outbox:
    """An outbox on either database."""
    return Outbox(db, clock, Ids())


async def post(outbox: Outbox, what: str, place: Place = Place.STAFF) -> None:
    async with outbox.db.begin() as tx:
        await outbox.post(tx, place, "an.id", {"what": what})


async def waiting(outbox: Outbox) -> list[str]:
    return [parcel.payload["params"]["what"] for parcel in await outbox.waiting()]


async def row(outbox: Outbox) -> Any:
    async with outbox.db.read() as tx:
        return (await tx.execute(select(OutboxRow.__table__).limit(1))).one()


async def test_an_effect_waits_with_all_that_its_delivery_needs(outbox: Outbox) -> None:
    await post(outbox, "hello", Place.ANNOUNCE)

    (parcel,) = await outbox.waiting()

    assert parcel.kind is Effect.POST
    assert parcel.lane == "place:announce"
    assert parcel.payload == {
        "place": "announce",
        "message_id": "an.id",
        "params": {"what": "hello"},
    }
    assert parcel.attempts == 0


async def test_an_effect_whose_cause_failed_never_happens(outbox: Outbox) -> None:
    with pytest.raises(RuntimeError):
        async with outbox.db.begin() as tx:
            await outbox.post(tx, Place.STAFF, "an.id", {"what": "never"})
            raise RuntimeError

    assert await waiting(outbox) == []
    assert not outbox.filled.is_set()


async def test_the_courier_is_woken_once_the_cause_is_committed(outbox: Outbox) -> None:
    async with outbox.db.begin() as tx:
        await outbox.post(tx, Place.STAFF, "an.id", {})
        before = outbox.filled.is_set()

    assert not before
    assert outbox.filled.is_set()


async def test_what_was_delivered_or_refused_waits_no_more(outbox: Outbox) -> None:
    await post(outbox, "one")
    await post(outbox, "two")
    one, two = await outbox.waiting()

    await outbox.delivered(one)
    await outbox.refused(two, "Missing Access", tell=False)

    assert await waiting(outbox) == []


async def test_a_refusal_is_recorded_and_told_to_staff(outbox: Outbox) -> None:
    await post(outbox, "lost", Place.ANNOUNCE)
    (lost,) = await outbox.waiting()

    await outbox.refused(lost, "x" * 999, tell=True)

    (told,) = await outbox.waiting()
    assert told.payload["message_id"] == "staff.undeliverable"
    assert told.payload["params"]["place"] == "announce"
    recorded = await row(outbox)
    assert recorded.failure == "x" * LONGEST_FAILURE
    assert recorded.attempts == 1
    assert recorded.done_at is not None


async def test_a_stuck_effect_holds_up_its_own_lane_until_its_time(
    outbox: Outbox, clock: HandClock
) -> None:
    for what in ("one", "two"):
        await post(outbox, what)
    await post(outbox, "other", Place.LOG)
    first = (await outbox.waiting())[0]

    await outbox.later(first, 30)
    during = await waiting(outbox)
    clock.move(seconds=31)
    after = await outbox.waiting()

    assert during == ["other"]
    assert [parcel.payload["params"]["what"] for parcel in after] == ["one", "two", "other"]
    assert after[0].attempts == 1


async def test_a_long_queue_comes_in_order_a_batch_at_a_time(outbox: Outbox) -> None:
    many = [f"{number:03}" for number in range(BATCH + 5)]
    async with outbox.db.begin() as tx:
        for what in many:
            await outbox.post(tx, Place.STAFF, "an.id", {"what": what})

    first = await outbox.waiting()
    for parcel in first:
        await outbox.delivered(parcel)

    assert [parcel.payload["params"]["what"] for parcel in first] == many[:BATCH]
    assert await waiting(outbox) == many[BATCH:]


async def test_what_was_done_a_week_ago_is_forgotten_and_nothing_that_waits(
    outbox: Outbox, clock: HandClock
) -> None:
    for what in ("old", "waiting"):
        await post(outbox, what)
    await outbox.delivered((await outbox.waiting())[0])
    clock.move(days=6, hours=23)
    await outbox.prune()
    kept = await _count(outbox)
    clock.move(hours=2)

    await outbox.prune()

    assert kept == 2
    assert await waiting(outbox) == ["waiting"]
    assert await _count(outbox) == 1


async def _count(outbox: Outbox) -> int:
    async with outbox.db.read() as tx:
        return await tx.scalar(select(func.count()).select_from(OutboxRow)) or 0
