"""What a call costs, row by row of the table of outcomes: charge, record, failure, next route."""

import asyncio

import pytest

from bot.core.errors import Failure, Invalid, Kind
from bot.core.tokens import count
from bot.core.units import Mode
from bot.ledger.errors import AllowanceSpent, LimitReached
from bot.ledger.rules import Flag, Status
from bot.relay.errors import (
    CannotChat,
    InvalidField,
    NoAccess,
    NoRoute,
    RefusedUpstream,
    StreamIncomplete,
    UpstreamFailed,
    UpstreamTimeout,
)
from bot.relay.running import Stop
from bot.sandbox.upstreams.troubles import Fault, Trouble
from bot.words.say import explain
from tests.features.relay.house import House, answer, opened_house, text_in

PROMPT = 3 + 4 + 2  # the reply's opening, a message's frame, "Hello there"
THEIR_PROMPT = 5  # as the loopback upstream counts it
WORDS = 16  # of its greeting, each of them one of its tokens
FLAT = 1_600  # a request unit at a coefficient of 2

both_modes = pytest.mark.parametrize("mode", [Mode.TOKENS, Mode.REQUESTS])
both_ways = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])


def price(mode: Mode, tokens: int) -> int:
    return FLAT if mode is Mode.REQUESTS else 2 * tokens


# Refused by Latchkey


@both_ways
@pytest.mark.parametrize(
    ("fields", "failure", "kind"),
    [
        ({"model": "gpt-5"}, Failure, Kind.UNKNOWN_MODEL),
        ({"model": "flux"}, CannotChat, Kind.INVALID),
        ({"model": "claude-3"}, NoAccess, Kind.NO_ACCESS),
        ({"messages": []}, InvalidField, Kind.INVALID),
        ({"n": 9}, InvalidField, Kind.INVALID),
        ({"messages": [{"role": "user", "content": "word " * 45_000}]}, AllowanceSpent, None),
    ],
    ids=["unknown model", "no chat model", "no access", "no messages", "too many", "quota"],
)
async def test_what_latchkey_refuses_costs_nothing_and_counts_nowhere(
    small_db, clock, streamed, fields, failure, kind
):
    roomy = {"id": "gpt-4o", "coefficient": 2, "context": 60_000, "routes": [{"upstream": "first"}]}
    others = [
        roomy | {"id": "claude-3", "access": "claude"},
        roomy | {"id": "flux", "kind": "edit"},
    ]
    async with opened_house(small_db, clock, models=[roomy, *others]) as house:
        caller = await house.caller()

        with pytest.raises(failure) as refused:
            await answer(house, caller, house.ask(**fields), streamed=streamed)

        assert kind is None or refused.value.kind is kind
        assert house.first.asked == 0
        assert await house.settled(caller) == 0
        assert await house.records() == []


async def test_a_refused_call_does_not_use_up_the_minute(small_db, clock):
    async with opened_house(small_db, clock, limits={"requests_per_minute": 1}) as house:
        caller = await house.caller(Mode.REQUESTS)
        for _ in range(3):
            with pytest.raises(Invalid):
                await answer(house, caller, house.ask(n=0), streamed=False)

        await answer(house, caller, house.ask(), streamed=False)

        with pytest.raises(LimitReached) as refused:
            await answer(house, caller, house.ask(), streamed=False)
        assert refused.value.kind is Kind.MINUTE_SPENT


# No content from any route


@both_ways
@pytest.mark.parametrize(
    ("trouble", "failure"),
    [
        (Fault.REFUSE, UpstreamFailed),
        (Fault.BROKEN, UpstreamFailed),
        (Fault.UNAVAILABLE, UpstreamFailed),
        (Fault.UNAUTHORIZED, UpstreamFailed),
        (Fault.EMPTY, UpstreamFailed),
        (Fault.GARBAGE, UpstreamFailed),
        (Fault.WRONG_TYPE, UpstreamFailed),
        (Fault.NO_CHOICES, UpstreamFailed),
        (Fault.ERROR_OBJECT, UpstreamFailed),
        (Fault.TRUNCATED, UpstreamFailed),
        (Fault.BAD_REQUEST, RefusedUpstream),
        (Fault.NOT_FOUND, RefusedUpstream),
        (Trouble(Fault.RATE_LIMITED, 7), NoRoute),
    ],
    ids=str,
)
async def test_no_content_from_any_route_costs_nothing(cottage: House, trouble, failure, streamed):
    caller = await cottage.caller()
    for upstream in (cottage.first, cottage.second):
        upstream.faults.every(trouble)

    with pytest.raises(failure) as failed:
        await answer(cottage, caller, cottage.ask(), streamed=streamed)

    assert await cottage.settled(caller) == 0
    [record] = await cottage.records()
    assert (record.status, record.cost, record.flags) == (Status.FAILED, 0, 0)
    assert (record.prompt_tokens, record.completion_tokens) == (0, 0)
    assert record.upstream == "second"
    assert failed.value.standing.spent == 0
    assert cottage.second.asked >= 1


@both_modes
@both_ways
async def test_a_failed_call_costs_nothing_on_either_database(house: House, mode, streamed):
    caller = await house.caller(mode)
    for upstream in (house.first, house.second):
        upstream.faults.every(Fault.BROKEN)

    with pytest.raises(UpstreamFailed):
        await answer(house, caller, house.ask(), streamed=streamed)

    assert await house.settled(caller) == 0
    [record] = await house.records()
    assert (record.status, record.cost, record.mode) == (Status.FAILED, 0, mode)
    assert (house.first.asked, house.second.asked) == (2, 2)  # each retried once


async def test_a_failed_call_keeps_its_place_in_the_minute(small_db, clock):
    async with opened_house(small_db, clock, limits={"requests_per_minute": 1}) as house:
        caller = await house.caller(Mode.REQUESTS)
        house.first.faults.every(Fault.BROKEN)
        with pytest.raises(UpstreamFailed):
            await answer(house, caller, house.ask(model="solo"), streamed=False)

        with pytest.raises(LimitReached) as refused:
            await answer(house, caller, house.ask(), streamed=False)

        assert refused.value.kind is Kind.MINUTE_SPENT


@both_ways
async def test_routes_that_fall_silent_are_a_timeout(small_db, clock, streamed):
    async with opened_house(small_db, clock, idle=0.3) as house:
        caller = await house.caller()
        for upstream in (house.first, house.second):
            upstream.faults.every(Fault.SLOW)

        with pytest.raises(UpstreamTimeout):
            await answer(house, caller, house.ask(), streamed=streamed)

        assert await house.settled(caller) == 0
        assert (house.first.asked, house.second.asked) == (1, 1)
        assert [record.status for record in await house.records()] == [Status.FAILED]


@both_ways
async def test_a_call_whose_whole_time_is_up_before_content_is_a_timeout(small_db, clock, streamed):
    async with opened_house(small_db, clock, router={"total_seconds": 0.1}) as house:
        caller = await house.caller()
        house.first.faults.every(Fault.SLOW)

        with pytest.raises(UpstreamTimeout):
            await answer(house, caller, house.ask(), streamed=streamed)

        await house.first.until(lambda upstream: upstream.hangups == 1)
        assert await house.settled(caller) == 0
        assert [record.status for record in await house.records()] == [Status.FAILED]


@both_modes
@both_ways
async def test_the_next_route_answers_and_is_paid_once(house: House, mode, streamed):
    caller = await house.caller(mode)
    house.first.faults.every(Fault.EMPTY)

    text = await answer(house, caller, house.ask(), streamed=streamed)

    assert text.startswith("Hello!")
    assert await house.settled(caller) == price(mode, THEIR_PROMPT + WORDS)
    [record] = await house.records()
    assert (record.status, record.upstream) == (Status.ANSWERED, "second")


# Answered


@both_modes
@both_ways
async def test_an_answer_costs_what_the_upstream_counted(house: House, mode, streamed):
    caller = await house.caller(mode)

    await answer(house, caller, house.ask(), streamed=streamed)

    assert await house.settled(caller) == price(mode, THEIR_PROMPT + WORDS)
    [record] = await house.records()
    assert (record.status, record.flags) == (Status.ANSWERED, 0)
    assert (record.prompt_tokens, record.completion_tokens) == (THEIR_PROMPT, WORDS)
    assert (record.upstream, record.model, record.mode) == ("first", "gpt-4o", mode)
    assert record.endpoint == "chat.completions"


@both_modes
@both_ways
@pytest.mark.parametrize("trouble", [Fault.NO_USAGE, Fault.NULL_USAGE, Fault.NONSENSE_USAGE])
async def test_an_answer_without_sensible_usage_costs_our_own_count(
    house: House, mode, streamed, trouble
):
    caller = await house.caller(mode)
    house.first.faults.next(trouble)

    text = await answer(house, caller, house.ask(), streamed=streamed)

    assert await house.settled(caller) == price(mode, PROMPT + count(text))
    [record] = await house.records()
    assert (record.status, record.flags) == (Status.ANSWERED, Flag.ESTIMATED)
    assert (record.prompt_tokens, record.completion_tokens) == (PROMPT, count(text))


@both_ways
async def test_every_choice_is_paid_for(cottage: House, streamed):
    caller = await cottage.caller()
    cottage.first.faults.next(Fault.NO_USAGE)

    text = await answer(cottage, caller, cottage.ask(n=3), streamed=streamed)

    one = text[: len(text) // 3] if streamed else text
    assert one.startswith("Hello!")
    assert await cottage.settled(caller) == 2 * (PROMPT + 3 * count(one))


async def test_a_finish_without_done_is_a_complete_answer(cottage: House):
    caller = await cottage.caller()
    cottage.first.faults.next(Fault.NO_DONE)

    text = await answer(cottage, caller, cottage.ask(), streamed=True)

    assert await cottage.settled(caller) == 2 * (PROMPT + count(text))
    [record] = await cottage.records()
    assert (record.status, record.flags) == (Status.ANSWERED, Flag.ESTIMATED)


# Cut by the upstream after content


@both_modes
@pytest.mark.parametrize("fault", [Fault.CUT, Fault.TRUNCATED, Fault.ERROR_OBJECT])
async def test_an_answer_cut_by_the_upstream_costs_what_was_delivered(house: House, mode, fault):
    caller = await house.caller(mode)
    house.first.faults.next(Trouble(fault, 4))  # the role and three words go out
    got = []

    with pytest.raises(StreamIncomplete):
        async with house.relay.stream(caller, house.ask()) as chunks:
            async for chunk in chunks:
                got += [text_in(chunk)]

    assert "".join(got) == "Hello! I am "
    assert await house.settled(caller) == price(mode, PROMPT + count("".join(got)))
    [record] = await house.records()
    assert (record.status, record.upstream) == (Status.PARTIAL, "first")
    assert record.flags == Flag.PARTIAL | Flag.ESTIMATED
    assert house.second.asked == 0  # never another route after the first byte


async def test_a_stream_silent_for_too_long_is_cut(small_db, clock):
    async with opened_house(small_db, clock, idle=0.3) as house:
        caller = await house.caller()
        house.first.faults.next(Trouble(Fault.SLOW, 3))

        with pytest.raises(StreamIncomplete):
            await answer(house, caller, house.ask(), streamed=True)

        assert await house.settled(caller) == 2 * (PROMPT + count("Hello! I "))


# The client left


@both_modes
async def test_a_client_that_leaves_a_stream_before_content_pays_the_prompt(house: House, mode):
    caller = await house.caller(mode)
    house.first.faults.next(Fault.SLOW)
    call = asyncio.create_task(answer(house, caller, house.ask(), streamed=True))
    await house.first.until(lambda upstream: upstream.asked == 1)

    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    await house.first.until(lambda upstream: upstream.hangups == 1)
    assert await house.settled(caller) == price(mode, PROMPT)
    [record] = await house.records()
    assert (record.status, record.completion_tokens) == (Status.LEFT, 0)
    assert record.flags == Flag.LEFT | Flag.ESTIMATED


@both_modes
async def test_a_client_that_leaves_a_call_without_stream_pays_the_prompt(house: House, mode):
    caller = await house.caller(mode)
    house.first.faults.next(Fault.SLOW)
    call = asyncio.create_task(answer(house, caller, house.ask(), streamed=False))
    await house.first.until(lambda upstream: upstream.asked == 1)

    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    await house.first.until(lambda upstream: upstream.hangups == 1)
    assert await house.settled(caller) == price(mode, PROMPT)
    assert [record.status for record in await house.records()] == [Status.LEFT]


@both_modes
@pytest.mark.parametrize("way", ["cancelled", "left early"])
async def test_a_client_that_leaves_mid_stream_pays_what_was_delivered(house: House, mode, way):
    caller = await house.caller(mode)
    house.first.faults.next(Trouble(Fault.SLOW, 4))
    got, told = [], asyncio.Event()

    async def read() -> None:
        async with house.relay.stream(caller, house.ask()) as chunks:
            async for chunk in chunks:
                got.append(text_in(chunk))
                if len(got) == 4:
                    told.set()
                    if way == "left early":
                        return

    call = asyncio.create_task(read())
    await told.wait()
    if way == "cancelled":
        call.cancel()

    await asyncio.gather(call, return_exceptions=True)

    await house.first.until(lambda upstream: upstream.hangups == 1)
    assert await house.settled(caller) == price(mode, PROMPT + count("Hello! I am "))
    [record] = await house.records()
    assert record.status == Status.PARTIAL
    assert record.flags == Flag.PARTIAL | Flag.LEFT | Flag.ESTIMATED


# The upstream ignored the cap


@both_ways
async def test_a_cap_that_was_ignored_is_paid_up_to_the_days_limit(db, clock, streamed):
    question = "Give me a long answer"
    room = 7 + count(question) + 18  # the prompt and 18 tokens of an answer
    limits = {"daily_tokens": 2 * room}
    async with opened_house(db, clock, limits=limits) as house:
        caller = await house.caller()
        house.first.faults.next(Fault.IGNORE_CAP)

        text = await answer(house, caller, house.ask(question), streamed=streamed)

        assert house.first.seen[0].body["max_tokens"] == 18
        assert await house.settled(caller) == limits["daily_tokens"]
        [record] = await house.records()
        assert record.status == Status.ANSWERED
        assert record.flags == Flag.OVERRUN
        assert record.overrun > 0
        actual = 2 * (record.prompt_tokens + record.completion_tokens)
        assert record.cost + record.overrun == actual
        assert len(text.split()) > 50


# Latchkey cut it


@both_modes
@pytest.mark.parametrize("reason", [Stop.SUSPENDED, Stop.SHUTDOWN, Stop.SLOW])
async def test_an_answer_that_latchkey_cuts_costs_what_was_delivered(house: House, mode, reason):
    caller = await house.caller(mode)
    house.first.faults.next(Trouble(Fault.SLOW, 4))
    got = []

    with pytest.raises(StreamIncomplete) as cut:
        async with house.relay.stream(caller, house.ask()) as chunks:
            async for chunk in chunks:
                got.append(text_in(chunk))
                if len(got) == 4:
                    asyncio.get_running_loop().call_soon(chunks.stop, reason)

    await house.first.until(lambda upstream: upstream.hangups == 1)
    assert cut.value.message_id == f"answer_stopped.{reason}"
    whole, part = "The whole price is charged", "Only what was delivered is charged"
    assert (whole if mode is Mode.REQUESTS else part) in explain(cut.value)
    assert await house.settled(caller) == price(mode, PROMPT + count("".join(got)))
    [record] = await house.records()
    assert record.status == Status.PARTIAL
    assert record.flags == Flag.PARTIAL | Flag.ESTIMATED


@pytest.mark.parametrize("reason", Stop)
def test_every_reason_to_cut_an_answer_has_words_and_is_no_fault_of_an_upstream(reason):
    cut = StreamIncomplete(reason)

    assert explain(cut) != explain(StreamIncomplete())
    assert (cut.kind, StreamIncomplete().kind) == (Kind.STREAM_STOPPED, Kind.STREAM_INCOMPLETE)


async def test_a_stream_whose_whole_time_is_up_is_cut(small_db, clock):
    async with opened_house(small_db, clock, router={"total_seconds": 0.2}) as house:
        caller = await house.caller()
        house.first.faults.next(Trouble(Fault.SLOW, 3))

        with pytest.raises(StreamIncomplete):
            await answer(house, caller, house.ask(), streamed=True)

        assert await house.settled(caller) == 2 * (PROMPT + count("Hello! I "))
        assert [record.status for record in await house.records()] == [Status.PARTIAL]
