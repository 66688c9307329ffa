"""What a flat-priced stream costs, row by row of the table of outcomes; speech stands for all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.core.clock import HandClock
from bot.core.errors import Draining, Kind
from bot.core.units import Mode
from bot.ledger.errors import AllowanceSpent, LimitReached
from bot.ledger.rules import Flag, Status
from bot.relay.errors import (
    NoAccess,
    NoRoute,
    RefusedUpstream,
    StreamIncomplete,
    SuspendedMeanwhile,
    UpstreamFailed,
    UpstreamTimeout,
)
from bot.relay.router import Connected
from bot.relay.running import Stop
from bot.sandbox.upstreams.troubles import Fault, Trouble
from bot.storage.database import Database
from bot.upstreams.goods import Sound
from bot.upstreams.openai import OpenAI
from bot.words.say import explain
from tests.features.relay.house import House
from tests.features.relay.senses import FLAT, MODELS, SPEAKER, TEXT, heard, opened_senses, say

both_modes = pytest.mark.parametrize("mode", [Mode.TOKENS, Mode.REQUESTS])
WORD = 260  # bytes of sound that the loopback upstream makes of a word


@pytest.fixture
async def house(db: Database, clock: HandClock) -> AsyncIterator[House]:
    """A house with models that speak, on either database."""
    async with opened_senses(db, clock) as made:
        yield made


@pytest.fixture
async def cottage(small_db: Database, clock: HandClock) -> AsyncIterator[House]:
    """The same on the embedded database alone."""
    async with opened_senses(small_db, clock) as made:
        yield made


# Refused by Latchkey


async def test_what_latchkey_refuses_costs_nothing_and_leaves_no_record(cottage: House):
    caller = await cottage.caller()

    with pytest.raises(NoAccess):
        await heard(cottage, caller, model="tts-hd")

    assert cottage.first.asked == 0
    assert await cottage.settled(caller) == 0
    assert await cottage.records() == []


async def test_a_day_that_does_not_cover_the_whole_price_refuses_the_call(small_db, clock):
    async with opened_senses(small_db, clock, limits={"daily_tokens": FLAT - 1}) as house:
        caller = await house.caller()

        with pytest.raises(AllowanceSpent):
            await heard(house, caller)

        assert house.first.asked == 0
        assert await house.settled(caller) == 0


async def test_the_minutes_limit_counts_flat_calls_in_request_mode(small_db, clock):
    async with opened_senses(small_db, clock, limits={"requests_per_minute": 1}) as house:
        caller = await house.caller(Mode.REQUESTS)
        await heard(house, caller)

        with pytest.raises(LimitReached) as refused:
            await heard(house, caller)

        assert refused.value.kind is Kind.MINUTE_SPENT


# Answered


@both_modes
async def test_speech_costs_its_flat_price_whatever_its_length(house: House, mode):
    caller = await house.caller(mode)

    sound = await heard(house, caller, "word " * 40)

    assert len(sound) == 40 * WORD
    assert await house.settled(caller) == FLAT
    [record] = await house.records()
    assert (record.status, record.flags, record.cost) == (Status.ANSWERED, 0, FLAT)
    assert (record.prompt_tokens, record.completion_tokens) == (0, 0)
    assert (record.endpoint, record.model) == ("audio.speech", "tts-1")
    assert (record.upstream, record.mode) == ("first", mode)


async def test_the_price_is_held_while_the_sound_comes_and_known_before_it(house: House):
    caller = await house.caller()
    house.first.faults.next(Trouble(Fault.SLOW, 1))

    async with say(house, caller) as sound:
        assert sound.held.amount == FLAT
        assert (sound.upstream, sound.media) == ("first", "audio/mpeg")
        assert await house.books(caller) == (0, FLAT, 1, 1)
        house.first.gate.set()
        pieces = [piece async for piece in sound]

    assert sound.settled.cost == FLAT
    assert len(b"".join(pieces)) == 5 * WORD
    assert await house.settled(caller) == FLAT


@pytest.mark.parametrize(
    ("coefficient", "price"), [(0.001, 1), (0.2, 160), (1.234, 988), (2.5, 2_000), (0, 0)]
)
async def test_a_fraction_of_a_price_is_rounded_up(small_db, clock, coefficient, price):
    models = [SPEAKER | {"coefficient": coefficient}]
    async with opened_senses(small_db, clock, models=models) as house:
        caller = await house.caller()

        await heard(house, caller)

        assert await house.settled(caller) == price


async def test_the_first_sound_is_there_before_the_upstream_has_sent_the_rest(cottage: House):
    caller = await cottage.caller()
    cottage.first.faults.next(Trouble(Fault.SLOW, 1))

    async with say(cottage, caller) as sound:
        first = await anext(sound)
        assert len(first) == WORD
        cottage.first.gate.set()
        rest = b"".join([piece async for piece in sound])

    assert len(first + rest) == 5 * WORD


# No content from any route


@pytest.mark.parametrize(
    ("trouble", "failure"),
    [
        (Fault.REFUSE, UpstreamFailed),
        (Fault.BROKEN, UpstreamFailed),
        (Fault.UNAUTHORIZED, UpstreamFailed),
        (Fault.EMPTY, UpstreamFailed),
        (Fault.GARBAGE, UpstreamFailed),
        (Fault.WRONG_TYPE, UpstreamFailed),
        (Fault.ERROR_OBJECT, UpstreamFailed),
        (Fault.CUT, UpstreamFailed),
        (Fault.BAD_REQUEST, RefusedUpstream),
        (Trouble(Fault.RATE_LIMITED, 7), NoRoute),
    ],
    ids=str,
)
async def test_no_content_from_any_route_costs_nothing(cottage: House, trouble, failure):
    caller = await cottage.caller()
    for upstream in (cottage.first, cottage.second):
        upstream.faults.every(trouble)

    with pytest.raises(failure) as failed:
        await heard(cottage, caller)

    assert await cottage.settled(caller) == 0
    [record] = await cottage.records()
    assert (record.status, record.cost, record.flags) == (Status.FAILED, 0, 0)
    assert record.upstream == "second"
    assert failed.value.standing.spent == 0


@both_modes
async def test_a_failed_call_costs_nothing_on_either_database(house: House, mode):
    caller = await house.caller(mode)
    for upstream in (house.first, house.second):
        upstream.faults.every(Fault.BROKEN)

    with pytest.raises(UpstreamFailed):
        await heard(house, caller)

    assert await house.settled(caller) == 0
    [record] = await house.records()
    assert (record.status, record.cost, record.mode) == (Status.FAILED, 0, mode)
    assert (house.first.asked, house.second.asked) == (2, 2)  # each retried once


async def test_routes_that_fall_silent_are_a_timeout(small_db, clock):
    async with opened_senses(small_db, clock, idle=0.3) as house:
        caller = await house.caller()
        for upstream in (house.first, house.second):
            upstream.faults.every(Fault.SLOW)

        with pytest.raises(UpstreamTimeout):
            await heard(house, caller)

        assert await house.settled(caller) == 0
        assert [record.status for record in await house.records()] == [Status.FAILED]


async def test_the_next_route_answers_and_is_paid_once(house: House):
    caller = await house.caller()
    house.first.faults.every(Fault.EMPTY)

    assert await heard(house, caller)

    assert await house.settled(caller) == FLAT
    [record] = await house.records()
    assert (record.status, record.upstream) == (Status.ANSWERED, "second")


# Cut by the upstream after content


@both_modes
@pytest.mark.parametrize("fault", [Fault.CUT, Fault.TRUNCATED])
async def test_sound_cut_by_the_upstream_costs_its_full_price(house: House, mode, fault):
    caller = await house.caller(mode)
    house.first.faults.next(Trouble(fault, 2))
    got = b""

    with pytest.raises(StreamIncomplete) as cut:
        async with say(house, caller) as sound:
            async for piece in sound:
                got += piece

    assert 2 * WORD <= len(got) < 3 * WORD
    assert cut.value.kind is Kind.STREAM_INCOMPLETE
    assert "The whole price is charged" in explain(cut.value)
    assert await house.settled(caller) == FLAT
    [record] = await house.records()
    assert (record.status, record.flags) == (Status.PARTIAL, Flag.PARTIAL)
    assert house.second.asked == 0  # never another route after the first byte
    assert house.relay.router.attempts.outcomes["first", "cut"] == 1


async def test_sound_silent_for_too_long_is_cut(small_db, clock):
    async with opened_senses(small_db, clock, idle=0.3) as house:
        caller = await house.caller()
        house.first.faults.next(Trouble(Fault.SLOW, 2))

        with pytest.raises(StreamIncomplete):
            await heard(house, caller)

        assert await house.settled(caller) == FLAT


# The client left


@both_modes
async def test_leaving_before_the_first_sound_costs_the_full_price(house: House, mode):
    caller = await house.caller(mode)
    house.first.faults.next(Fault.SLOW)
    call = asyncio.create_task(heard(house, caller))
    await house.first.until(lambda upstream: upstream.asked == 1)

    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    await house.first.until(lambda upstream: upstream.hangups == 1)
    assert await house.settled(caller) == FLAT
    [record] = await house.records()
    assert (record.status, record.flags) == (Status.LEFT, Flag.LEFT)
    assert (record.prompt_tokens, record.completion_tokens) == (0, 0)


@both_modes
@pytest.mark.parametrize("way", ["cancelled", "left early"])
async def test_leaving_amid_the_sound_costs_the_full_price(house: House, mode, way):
    caller = await house.caller(mode)
    house.first.faults.next(Trouble(Fault.SLOW, 2))
    told = asyncio.Event()

    async def read() -> None:
        got = 0
        async with say(house, caller) as sound:
            async for piece in sound:
                got += len(piece)
                if got == 2 * WORD:
                    told.set()
                    if way == "left early":
                        return

    call = asyncio.create_task(read())
    await told.wait()
    if way == "cancelled":
        call.cancel()
    await asyncio.gather(call, return_exceptions=True)

    await house.first.until(lambda upstream: upstream.hangups == 1)
    assert await house.settled(caller) == FLAT
    [record] = await house.records()
    assert (record.status, record.flags) == (Status.PARTIAL, Flag.PARTIAL | Flag.LEFT)


async def test_sound_that_nobody_reads_is_settled_when_it_is_left(cottage: House):
    caller = await cottage.caller()

    async with say(cottage, caller) as sound:
        pass

    assert (sound.settled.first, sound.settled.cost) == (True, FLAT)
    assert await cottage.settled(caller) == FLAT


async def test_sound_whose_reader_fails_is_settled_as_left(cottage: House):
    caller = await cottage.caller()

    with pytest.raises(ZeroDivisionError):
        async with say(cottage, caller) as sound:
            async for _ in sound:
                raise ZeroDivisionError

    assert await cottage.settled(caller) == FLAT
    [record] = await cottage.records()
    assert record.flags == Flag.PARTIAL | Flag.LEFT


async def test_a_fault_of_ours_amid_the_sound_is_not_taken_for_the_clients_leaving(cottage: House):
    class Faulty(OpenAI):
        @asynccontextmanager
        async def speak(self, link: Any, ask: Any) -> AsyncIterator[Sound]:
            async def pieces() -> AsyncIterator[bytes]:
                yield b""
                yield b"sound"
                raise ZeroDivisionError

            yield Sound("audio/mpeg", pieces())

    upstreams = cottage.relay.router.upstreams
    upstreams["first"] = Connected(Faulty(), upstreams["first"].link)
    caller = await cottage.caller()

    with pytest.raises(ZeroDivisionError):
        await heard(cottage, caller)

    assert await cottage.settled(caller) == FLAT
    [record] = await cottage.records()
    assert (record.status, record.flags) == (Status.PARTIAL, Flag.PARTIAL)


# Latchkey cut it


@both_modes
@pytest.mark.parametrize("reason", [Stop.SUSPENDED, Stop.SHUTDOWN, Stop.SLOW])
async def test_sound_that_latchkey_cuts_costs_its_full_price(house: House, mode, reason):
    caller = await house.caller(mode)
    house.first.faults.next(Trouble(Fault.SLOW, 2))
    got = 0

    with pytest.raises(StreamIncomplete) as cut:
        async with say(house, caller) as sound:
            async for piece in sound:
                got += len(piece)
                if got == 2 * WORD:
                    asyncio.get_running_loop().call_soon(sound.stop, reason)

    await house.first.until(lambda upstream: upstream.hangups == 1)
    assert cut.value.message_id == f"answer_stopped.{reason}"
    assert "The whole price is charged, because the answer had begun." in explain(cut.value)
    assert await house.settled(caller) == FLAT
    [record] = await house.records()
    assert (record.status, record.flags) == (Status.PARTIAL, Flag.PARTIAL)


async def test_sound_whose_whole_time_is_up_is_cut(small_db, clock):
    async with opened_senses(small_db, clock, router={"total_seconds": 0.2}) as house:
        caller = await house.caller()
        house.first.faults.next(Trouble(Fault.SLOW, 2))

        with pytest.raises(StreamIncomplete) as cut:
            await heard(house, caller)

        assert cut.value.message_id == f"answer_stopped.{Stop.TIME}"
        assert await house.settled(caller) == FLAT
        assert [record.status for record in await house.records()] == [Status.PARTIAL]


async def test_a_call_whose_whole_time_is_up_before_any_sound_is_a_timeout(small_db, clock):
    async with opened_senses(small_db, clock, router={"total_seconds": 0.1}) as house:
        caller = await house.caller()
        house.first.faults.every(Fault.SLOW)

        with pytest.raises(UpstreamTimeout):
            await heard(house, caller)

        await house.first.until(lambda upstream: upstream.hangups == 1)
        assert await house.settled(caller) == 0


async def test_suspending_a_member_cuts_what_is_said_to_them_and_to_nobody_else(house: House):
    bad, good = await house.caller(), await house.caller()
    house.first.faults.every(Trouble(Fault.SLOW, 2))
    calls = [asyncio.create_task(heard(house, who)) for who in (bad, good)]
    await house.first.until(lambda upstream: upstream.asked == 2)
    house.first.faults.every(Fault.SLOW)
    early = asyncio.create_task(heard(house, bad))
    await house.first.until(lambda upstream: upstream.asked == 3)

    await house.owned.members.suspend(bad.member_id, "spam")

    ends = await asyncio.gather(calls[0], early, return_exceptions=True)
    assert isinstance(ends[0], StreamIncomplete | SuspendedMeanwhile)
    assert isinstance(ends[1], SuspendedMeanwhile)
    await house.first.until(lambda upstream: upstream.hangups == 2)
    house.first.gate.set()
    assert len(await calls[1]) == 5 * WORD
    assert await house.settled(good) == FLAT
    await house.settled(bad)


async def test_draining_does_not_wait_for_a_client_that_stopped_reading(cottage: House):
    caller = await cottage.caller()
    async with say(cottage, caller) as sound:
        await anext(sound)

        await cottage.relay.drain(patience=0.01)

        assert await cottage.books(caller) == (FLAT, 0, 0, 0)
        with pytest.raises(StreamIncomplete):
            await anext(sound)
        with pytest.raises(StopAsyncIteration):
            await anext(sound)

    [record] = await cottage.records()
    assert (record.status, record.flags) == (Status.PARTIAL, Flag.PARTIAL)


async def test_a_process_that_ends_says_nothing_new_and_lets_what_runs_finish(cottage: House):
    caller = await cottage.caller()
    cottage.first.faults.next(Trouble(Fault.SLOW, 1))
    call = asyncio.create_task(heard(cottage, caller))
    await cottage.first.until(lambda upstream: upstream.asked == 1)
    draining = asyncio.create_task(cottage.relay.drain())
    await asyncio.sleep(0)

    with pytest.raises(Draining):
        await heard(cottage, caller)
    cottage.first.gate.set()

    await draining
    assert len(await call) == 5 * WORD
    assert [record.status for record in await cottage.records()] == [Status.ANSWERED]


# Many at once


async def test_of_25_calls_on_an_allowance_for_10_exactly_10_pass(db, clock):
    limits = {"daily_tokens": 10 * FLAT, "in_flight": 25}
    async with opened_senses(db, clock, models=MODELS, limits=limits) as house:
        caller = await house.caller()
        house.first.faults.every(Trouble(Fault.SLOW, 1))
        calls = [asyncio.create_task(heard(house, caller, TEXT)) for _ in range(25)]
        await house.first.until(lambda upstream: upstream.asked == 10)
        while sum(call.done() for call in calls) < 15:
            await asyncio.wait(
                [call for call in calls if not call.done()], return_when=asyncio.FIRST_COMPLETED
            )
        assert await house.books(caller) == (0, 10 * FLAT, 10, 10)

        house.first.gate.set()
        ends = await asyncio.gather(*calls, return_exceptions=True)

        assert sum(isinstance(end, bytes) and len(end) == 5 * WORD for end in ends) == 10
        assert sum(isinstance(end, AllowanceSpent) for end in ends) == 15
        assert await house.settled(caller) == 10 * FLAT
        assert [record.status for record in await house.records()] == [Status.ANSWERED] * 10
