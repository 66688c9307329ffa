"""How running calls end when this process, or a member's membership, does."""

import asyncio

import pytest

from bot.core.errors import Draining
from bot.core.tokens import count
from bot.ledger.rules import Flag, Status
from bot.relay.errors import StreamIncomplete, SuspendedMeanwhile
from bot.relay.running import Stop
from bot.sandbox.upstreams.troubles import Fault, Trouble
from tests.features.relay.house import House, answer


async def test_a_process_that_ends_takes_no_new_call(cottage: House):
    caller = await cottage.caller()
    await cottage.relay.drain()

    for streamed in (False, True):
        with pytest.raises(Draining):
            await answer(cottage, caller, cottage.ask(), streamed=streamed)

    assert await cottage.settled(caller) == 0
    assert await cottage.records() == []


@pytest.mark.parametrize("streamed", [False, True])
async def test_running_calls_finish_while_the_process_drains(cottage: House, streamed):
    caller = await cottage.caller()
    cottage.first.faults.next(Fault.SLOW)
    call = asyncio.create_task(answer(cottage, caller, cottage.ask(), streamed=streamed))
    await cottage.first.until(lambda upstream: upstream.asked == 1)
    draining = asyncio.create_task(cottage.relay.drain())
    await asyncio.sleep(0)

    cottage.first.gate.set()

    await draining
    assert (await call).startswith("Hello!")
    assert [record.status for record in await cottage.records()] == [Status.ANSWERED]


async def test_calls_that_outlast_the_patience_are_cut_and_settled(cottage: House):
    caller = await cottage.caller()
    cottage.first.faults.next(Trouble(Fault.SLOW, 3), Fault.SLOW)
    stream = asyncio.create_task(answer(cottage, caller, cottage.ask(), streamed=True))
    await cottage.first.until(lambda upstream: upstream.asked == 1)
    whole = asyncio.create_task(answer(cottage, caller, cottage.ask(), streamed=False))
    await cottage.first.until(lambda upstream: upstream.asked == 2)

    await cottage.relay.drain(patience=0.1)

    assert await cottage.books(caller) == (2 * (9 + count("Hello! I ")), 0, 0, 0)
    ends = await asyncio.gather(stream, whole, return_exceptions=True)
    assert [type(end) for end in ends] == [StreamIncomplete, Draining]
    assert [record.status for record in await cottage.records()] == [
        Status.PARTIAL,
        Status.FAILED,
    ]


async def test_draining_does_not_wait_for_a_client_that_stopped_reading(cottage: House):
    caller = await cottage.caller()
    async with cottage.relay.stream(caller, cottage.ask()) as chunks:
        await anext(chunks)
        await anext(chunks)

        await cottage.relay.drain(patience=0.01)

        assert await cottage.books(caller) == (2 * (9 + count("Hello! ")), 0, 0, 0)
        with pytest.raises(StreamIncomplete):
            await anext(chunks)
        with pytest.raises(StopAsyncIteration):
            await anext(chunks)

    [record] = await cottage.records()
    assert record.flags == Flag.PARTIAL | Flag.ESTIMATED
    assert record.status == Status.PARTIAL


async def test_suspending_a_member_cuts_what_runs_for_them_and_nobody_else(house: House):
    bad, good = await house.caller(), await house.caller()
    house.first.faults.every(Trouble(Fault.SLOW, 3))
    streams = [
        asyncio.create_task(answer(house, who, house.ask(), streamed=True)) for who in (bad, good)
    ]
    await house.first.until(lambda upstream: upstream.asked == 2)
    house.first.faults.every(Fault.SLOW)
    whole = asyncio.create_task(answer(house, bad, house.ask(), streamed=False))
    await house.first.until(lambda upstream: upstream.asked == 3)

    await house.owned.members.suspend(bad.member_id, "spam")

    ends = await asyncio.gather(streams[0], whole, return_exceptions=True)
    assert {type(end) for end in ends} <= {StreamIncomplete, SuspendedMeanwhile}
    assert isinstance(ends[1], SuspendedMeanwhile)
    await house.first.until(lambda upstream: upstream.hangups == 2)
    assert not streams[1].done()
    house.first.gate.set()
    assert (await streams[1]).startswith("Hello!")
    await house.settled(bad)
    await house.settled(good)


async def test_the_first_reason_to_stop_is_the_one_that_holds(cottage: House):
    caller = await cottage.caller()
    async with cottage.relay.stream(caller, cottage.ask()) as chunks:
        chunks.stop(Stop.SLOW)
        chunks.stop(Stop.SHUTDOWN)

        with pytest.raises(StreamIncomplete):
            await anext(chunks)

    assert len(await cottage.records()) == 1
    assert await cottage.settled(caller) == 2 * 9
