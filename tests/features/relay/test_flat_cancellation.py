"""A flat-priced stream may end at any point where it waits: nothing stays held, one record."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from bot.core.clock import HandClock
from bot.core.errors import Draining
from bot.ledger.rules import Status
from bot.relay.errors import StreamIncomplete
from bot.relay.running import Stop
from bot.sandbox.upstreams.troubles import Fault
from bot.storage.database import Database
from tests.features.relay.house import House
from tests.features.relay.senses import FLAT, embedded, heard, opened_senses
from tests.features.relay.stepping import struck

MANY = 200  # waits: more than any of these calls has

both_moments = pytest.mark.parametrize("late", [False, True], ids=["waiting", "just answered"])
both_kinds = pytest.mark.parametrize("work", [heard, embedded], ids=["speech", "embeddings"])


@pytest.fixture
async def house(db: Database, clock: HandClock) -> AsyncIterator[House]:
    """A house on either database, with an allowance for every strike."""
    async with opened_senses(db, clock, limits={"daily_tokens": 10_000_000}) as made:
        yield made


async def strike_everywhere(
    house: House,
    work: Callable,
    *,
    late: bool,
    strike: Callable[[], object] | None = None,
    fail_first: bool = False,
) -> list[BaseException | None]:
    """Make the same call again and again, struck one wait later each time."""
    caller = await house.caller()
    house.first.pace = 0.002  # seconds: every piece is waited for
    ends: list[BaseException | None] = []
    for at in range(MANY):
        asked, recorded = house.first.asked, len(await house.records())
        if fail_first:
            house.first.faults.queue.clear()
            house.first.faults.next(Fault.EMPTY)
        waited, end = await struck(work(house, caller, "One two three"), at, strike, late=late)
        await house.settled(caller)
        written = len(await house.records()) - recorded
        assert written <= 1, f"struck at wait {at}: {written} records"
        assert written == 1 or house.first.asked == asked, f"struck at wait {at}: no record"
        assert house.ledger.open_holds() == 0
        ends.append(end)
        if not waited:
            return ends
    raise AssertionError("the call never came to its end")


@both_moments
@both_kinds
async def test_a_call_cancelled_at_any_wait_leaves_nothing_held_and_one_record(
    house: House, work, late
):
    ends = await strike_everywhere(house, work, late=late)

    assert ends[-1] is None
    assert len(ends) > 4
    assert all(isinstance(end, asyncio.CancelledError) for end in ends[:-2])
    records = await house.records()
    assert {Status.ANSWERED, Status.LEFT} <= {record.status for record in records}
    if work is heard:
        assert {record.cost for record in records} == {FLAT}, "asked once is paid in full"


@both_kinds
async def test_a_call_cancelled_while_it_goes_from_try_to_try_leaves_nothing_held(
    house: House, work
):
    ends = await strike_everywhere(house, work, late=False, fail_first=True)

    assert ends[-1] is None


@both_moments
@both_kinds
async def test_a_call_stopped_at_any_wait_leaves_nothing_held_and_one_record(
    house: House, work, late
):
    running = house.relay.desk.running

    def stop() -> None:
        running._stop(list(running._calls), Stop.SHUTDOWN)

    ends = await strike_everywhere(house, work, late=late, strike=stop)

    assert ends[-1] is None
    kinds = {type(end) for end in ends if end is not None}
    assert kinds == ({Draining, StreamIncomplete} if work is heard else {Draining})
    for record in await house.records():
        assert record.status in (Status.ANSWERED, Status.FAILED, Status.PARTIAL)
        assert (record.cost == 0) is (record.status == Status.FAILED)
