"""A call may end at any point where it waits: nothing stays held, and what was sent is recorded."""

import asyncio
from collections.abc import Callable

import pytest

from bot.core.errors import Draining
from bot.core.units import Mode
from bot.ledger.rules import Status
from bot.relay.errors import StreamIncomplete
from bot.relay.running import Stop
from bot.sandbox.upstreams.troubles import Fault
from tests.features.relay.house import House, answer
from tests.features.relay.stepping import struck

MANY = 400  # waits: more than any of these calls has

both_ways = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
both_moments = pytest.mark.parametrize("late", [False, True], ids=["waiting", "just answered"])


async def strike_everywhere(
    house: House,
    *,
    streamed: bool,
    late: bool,
    strike: Callable[[], object] | None = None,
    fail_first: bool = False,
) -> list[BaseException | None]:
    """Make the same call again and again, struck one wait later each time."""
    caller = await house.caller(Mode.TOKENS)
    house.first.pace = 0.002  # seconds: every word is waited for
    ends: list[BaseException | None] = []
    for at in range(MANY):
        asked, recorded = house.first.asked, len(await house.records())
        if fail_first:
            house.first.faults.queue.clear()
            house.first.faults.next(Fault.EMPTY)
        call = answer(house, caller, house.ask("Hi", max_tokens=4), streamed=streamed)
        waited, end = await struck(call, at, strike, late=late)
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
@both_ways
async def test_a_call_cancelled_at_any_wait_leaves_nothing_held_and_one_record(
    house: House, streamed, late
):
    ends = await strike_everywhere(house, streamed=streamed, late=late)

    assert ends[-1] is None
    assert len(ends) > 4
    cancelled = [end for end in ends if isinstance(end, asyncio.CancelledError)]
    assert len(cancelled) >= len(ends) - 2
    statuses = {record.status for record in await house.records()}
    assert {Status.ANSWERED, Status.LEFT} <= statuses
    assert statuses <= {Status.ANSWERED, Status.LEFT, Status.PARTIAL}


@both_ways
async def test_a_call_cancelled_while_it_goes_from_try_to_try_leaves_nothing_held(
    cottage: House, streamed
):
    ends = await strike_everywhere(cottage, streamed=streamed, late=False, fail_first=True)

    assert ends[-1] is None


@both_moments
@both_ways
async def test_a_call_stopped_at_any_wait_leaves_nothing_held_and_one_record(
    cottage: House, streamed, late
):
    running = cottage.relay.desk.running

    def stop() -> None:
        running._stop(list(running._calls), Stop.SHUTDOWN)

    ends = await strike_everywhere(cottage, streamed=streamed, late=late, strike=stop)

    assert ends[-1] is None
    kinds = {type(end) for end in ends if end is not None}
    assert kinds == ({Draining, StreamIncomplete} if streamed else {Draining})
    statuses = {record.status for record in await cottage.records()}
    assert {Status.ANSWERED, Status.FAILED} <= statuses
    assert statuses <= {Status.ANSWERED, Status.FAILED, Status.PARTIAL}


async def test_a_stream_whose_reader_fails_is_settled_as_left(cottage: House):
    caller = await cottage.caller()

    with pytest.raises(ZeroDivisionError):
        async with cottage.relay.stream(caller, cottage.ask()) as chunks:
            async for _ in chunks:
                raise ZeroDivisionError

    assert await cottage.settled(caller) > 0
    assert [record.status for record in await cottage.records()] == [Status.LEFT]


async def test_a_stream_nobody_reads_is_settled_when_it_is_left(cottage: House):
    caller = await cottage.caller()

    async with cottage.relay.stream(caller, cottage.ask()) as chunks:
        assert chunks.upstream == "first"
        assert chunks.held.amount > 0

    assert chunks.settled.first
    assert chunks.settled.cost == 2 * 9  # the prompt alone: nothing was delivered
    assert await cottage.settled(caller) == 2 * 9
