"""What the outbox holds reaches its channel: in order, once, whatever Discord does meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import fields, replace
from typing import Any, ClassVar

import pytest
from sqlalchemy import select, update

from bot.cogs import courier
from bot.core.clock import HandClock
from bot.core.errors import DatabaseAway
from bot.core.ids import Ids
from bot.outbox import Outbox, Parcel, Place
from bot.sandbox.discord.furniture import ANNOUNCEMENTS, STAFF
from bot.sandbox.discord.server import LoopbackDiscord
from bot.settings.environment import Shards
from bot.storage.database import Database
from bot.storage.leases import Leases
from bot.storage.tables.system import OutboxRow
from tests.doors.bot.stage import Stage, acted, running, until, wired

MISCONFIGURED = "staff.route_misconfigured"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the courier look often: it waits on the test's clock, which the test moves."""
    monkeypatch.setattr(courier, "LOOK_SECONDS", 0.01)


@pytest.fixture
async def waiting(db: Database, clock: HandClock, discord: LoopbackDiscord) -> AsyncIterator[Stage]:
    """A bot that is not connected yet."""
    async with acted(db, clock, discord) as stage:
        yield stage


async def post(
    stage: Stage, *upstreams: str, place: Place = Place.STAFF, message_id: str = MISCONFIGURED
) -> None:
    """Leave posts in the outbox, one transaction each."""
    for upstream in upstreams:
        params = {"upstream": upstream, "status": 401}
        async with stage.house.inner.db.begin() as tx:
            await stage.house.inner.outbox.post(tx, place, message_id, params)


def named(stage: Stage, channel: int) -> list[str]:
    """Return the upstreams that the posts in a channel name, in order."""
    return [said.split("`")[1] for said in stage.sent(channel)]


async def rows(stage: Stage) -> list[Any]:
    async with stage.house.inner.db.read() as tx:
        return list((await tx.execute(select(OutboxRow.__table__).order_by(OutboxRow.id))).all())


async def emptied(stage: Stage) -> None:
    """Wait until the courier has noted down what became of every effect."""
    async with asyncio.timeout(30):
        while any(row.done_at is None for row in await rows(stage)):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.005)


async def test_a_post_is_delivered_in_words_at_once(stage: Stage) -> None:
    await post(stage, "first")

    await until(lambda: stage.sent(STAFF))

    assert "The upstream `first` refuses our credentials (status 401)" in stage.sent(STAFF)[0]
    sent = stage.calls("POST", f"/channels/{STAFF}/messages")[0].body
    assert sent["enforce_nonce"] is True
    assert sent["allowed_mentions"] == {"parse": []}


async def test_what_was_left_while_the_bot_was_away_comes_in_order(waiting: Stage) -> None:
    many = [f"u{at:02}" for at in range(60)]  # more than one round takes
    await post(waiting, *many)

    async with running(waiting.bot):
        await until(lambda: len(waiting.sent(STAFF)) == 60, 20)

    assert named(waiting, STAFF) == many


@pytest.mark.parametrize("trouble", ["cut", "503", "429"])
async def test_a_post_that_fails_for_now_waits_and_holds_up_its_lane_alone(
    waiting: Stage, clock: HandClock, caplog: pytest.LogCaptureFixture, trouble: str
) -> None:
    faults, path = waiting.discord.faults, f"/channels/{STAFF}/messages"
    match trouble:
        case "cut":
            faults.cut("POST", path)
        case "503":
            faults.refuse("POST", path, 503)
        case _:
            faults.limit("POST", path, via=False)
    await post(waiting, "one", "two")
    await post(waiting, "other", place=Place.ANNOUNCE)

    async with running(waiting.bot):
        await until(lambda: waiting.sent(ANNOUNCEMENTS) and "a post waits 5 s" in caplog.text)
        before = waiting.sent(STAFF)
        clock.move(seconds=6)
        await until(lambda: len(waiting.sent(STAFF)) == 2)

    assert before == []
    assert named(waiting, STAFF) == ["one", "two"]
    assert [record for record in caplog.records if record.exc_info] == []


async def test_a_post_waits_longer_each_time_it_fails(
    waiting: Stage, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    waiting.discord.faults.refuse("POST", f"/channels/{STAFF}/messages", 503, times=9)
    await post(waiting, "one")

    async with running(waiting.bot):
        for tries in range(1, 10):
            await until(lambda tries=tries: caplog.text.count("a post waits") == tries)
            clock.move(seconds=601)
        await until(lambda: waiting.sent(STAFF))
        await emptied(waiting)

    waits = [record.args[1] for record in caplog.records if "a post waits" in record.message]
    assert waits == [5, 10, 20, 40, 80, 160, 320, 600, 600]
    assert (await rows(waiting))[0].attempts == 10


async def test_discords_own_rate_limit_is_waited_out(waiting: Stage) -> None:
    waiting.discord.faults.limit("POST", f"/channels/{STAFF}/messages", retry_after=0.01)
    await post(waiting, "one")

    async with running(waiting.bot):
        await until(lambda: waiting.sent(STAFF))

    assert named(waiting, STAFF) == ["one"]


@pytest.mark.parametrize(("status", "code"), [(403, 50001), (404, 10003), (400, 50035)])
async def test_a_channel_that_refuses_posts_is_told_to_staff_once(
    waiting: Stage, status: int, code: int
) -> None:
    path = f"/channels/{ANNOUNCEMENTS}/messages"
    refused = {"status": status, "code": code, "message": "Missing Access"}
    waiting.discord.faults.refuse("POST", path, times=2, **refused)
    await post(waiting, "one", "two", place=Place.ANNOUNCE)
    await post(waiting, "after", place=Place.STAFF)

    async with running(waiting.bot):
        await until(lambda: len(waiting.sent(STAFF)) == 2)
        await post(waiting, "three", place=Place.ANNOUNCE)
        await until(lambda: waiting.sent(ANNOUNCEMENTS))
        waiting.discord.faults.refuse("POST", path, **refused)
        await post(waiting, "four", place=Place.ANNOUNCE)
        await until(lambda: len(waiting.sent(STAFF)) == 3)
        await emptied(waiting)

    told = [said for said in waiting.sent(STAFF) if "announce channel" in said]
    assert len(told) == 2  # again only after it had worked in between
    assert "Missing Access" in told[0]
    assert named(waiting, ANNOUNCEMENTS) == ["three"]
    failures = [row.failure for row in await rows(waiting) if row.failure]
    assert failures == ["Missing Access"] * 3


async def test_a_staff_channel_that_refuses_is_a_line_in_the_log_and_no_circle(
    waiting: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    path = f"/channels/{STAFF}/messages"
    waiting.discord.faults.refuse("POST", path, 403, code=50013, message="Missing Permissions")
    await post(waiting, "one", "two")

    async with running(waiting.bot):
        await emptied(waiting)

    assert named(waiting, STAFF) == ["two"]
    assert len(await rows(waiting)) == 2
    assert "refused a post to the staff channel: Missing Permissions" in caplog.text


async def test_a_post_nobody_has_words_for_stops_nothing(
    waiting: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    await post(waiting, "odd", message_id="staff.of_a_later_version")
    await post(waiting, "good")

    async with running(waiting.bot):
        await until(lambda: waiting.sent(STAFF))

    assert named(waiting, STAFF) == ["good"]
    assert "cannot be put into words" in caplog.text


async def test_a_post_that_arrived_before_a_crash_does_not_arrive_twice(waiting: Stage) -> None:
    await post(waiting, "one")
    async with running(waiting.bot):
        await until(lambda: waiting.sent(STAFF))
    async with waiting.house.inner.db.begin() as tx:  # as if the crash came before this was noted
        await tx.execute(update(OutboxRow).values(done_at=None))

    again = wired(waiting.house, waiting.discord)
    await post(again, "two")
    async with running(again.bot):
        await until(lambda: "two" in named(again, STAFF))

    assert named(again, STAFF) == ["one", "two"]
    assert len(again.calls("POST", f"/channels/{STAFF}/messages")) == 3


async def test_a_database_that_is_away_makes_the_outbox_wait(
    waiting: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    troubled = Troubled(waiting.house.inner.db, waiting.house.clock, Ids())
    Troubled.faults = [DatabaseAway(), RuntimeError("the fault of the test")]
    waiting.bot.courier = replace(waiting.bot.courier, outbox=troubled)
    await post(waiting, "one")

    async with running(waiting.bot):
        await until(lambda: waiting.sent(STAFF))

    assert "the outbox waits: the database is away" in caplog.text
    assert [str(r.exc_info[1]) for r in caplog.records if r.exc_info] == ["the fault of the test"]


class Troubled(Outbox):
    """An outbox that fails a few times before it works."""

    faults: ClassVar[list[Exception]] = []

    async def waiting(self) -> list[Parcel]:
        if self.faults:
            raise self.faults.pop(0)
        return await super().waiting()


async def test_a_courier_that_is_ended_while_it_is_woken_ends(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier, "LOOK_SECONDS", 60)
    filled = stage.house.inner.outbox.filled
    second = asyncio.create_task(stage.bot.courier.run())
    await until(lambda: len(filled._waiters) == 2)

    filled.set()
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.wait({second}, timeout=30)

    assert second.cancelled()


async def test_without_a_channel_the_post_is_dropped_with_a_word(
    db: Database, clock: HandClock, discord: LoopbackDiscord, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    none = {"staff_channel": None, "log_channel": None, "announce_channel": None}
    async with acted(db, clock, discord, community=none) as stage:
        await post(stage, "one", place=Place.LOG)
        async with running(stage.bot):
            await until(lambda: "no log channel is set" in caplog.text)

    assert stage.sent(STAFF) == []


async def test_one_process_of_several_delivers(
    stage: Stage, db: Database, clock: HandClock
) -> None:
    other = wired(stage.house, stage.discord, shards=Shards(ids=(1,), count=2))
    other.bot.leases = Leases(db, clock, Ids().next())
    other.bot.courier = replace(other.bot.courier, leases=other.bot.leases)

    async with running(other.bot):
        for number in range(10):
            await post(stage, f"u{number}")
        await until(lambda: len(stage.sent(STAFF)) == 10)

    assert len(stage.calls("POST", f"/channels/{STAFF}/messages")) == 10


async def test_another_process_goes_on_where_the_first_was_killed(
    waiting: Stage, db: Database, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = Leases(db, clock, Ids().next())
    await killed.take(courier.LEASE)
    await post(waiting, "one")

    async with running(waiting.bot):
        await waiting.bot.leases.take(courier.LEASE)  # has seen the lease stand where it stands
        before = waiting.sent(STAFF)
        clock.move(seconds=61)
        await until(lambda: waiting.sent(STAFF))

    assert before == []


async def test_a_round_that_fails_as_it_is_cancelled_ends_the_courier(stage: Stage) -> None:
    begun = asyncio.Event()

    class Late(courier.Courier):
        async def round(self) -> int:
            begun.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                raise RuntimeError("Session is closed") from None
            return 0

    usual = stage.bot.courier
    late = Late(**{each.name: getattr(usual, each.name) for each in fields(usual)})
    task = asyncio.create_task(late.run())
    async with asyncio.timeout(30):
        await begun.wait()

    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=30)

    assert done == {task}
