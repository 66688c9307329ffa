"""What a Message costs, row by row of the table of outcomes, native and translated."""

import asyncio
from typing import Any

import pytest

from bot.core.clock import HandClock
from bot.core.errors import Invalid, Kind
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
from bot.storage.database import Database
from tests.features.relay.house import MODEL, MODELS, House
from tests.features.relay.spoken import (
    WAYS,
    Way,
    answered,
    asked,
    opened_spoken,
    said,
    word_in,
)

PROMPT = 3 + 4 + 2  # the reply's opening, a message's frame, "Hello there"
THEIR_PROMPT = 5  # as the loopback upstreams count it
WORDS = 16  # of their greeting, each of them one of their tokens
FLAT = 1_600  # a request unit at a coefficient of 2

both_modes = pytest.mark.parametrize("mode", [Mode.TOKENS, Mode.REQUESTS])
both_ways = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
every_way = pytest.mark.parametrize("way", WAYS, ids=str)


@pytest.fixture(params=WAYS, ids=str)
def way(request: pytest.FixtureRequest) -> Way:
    """Both ways in which upstreams answer."""
    return request.param


@pytest.fixture
async def house(db: Database, clock: HandClock, way: Way):
    """A house on either database."""
    async with opened_spoken(db, clock, way) as made:
        yield made


@pytest.fixture
async def cottage(small_db: Database, clock: HandClock, way: Way):
    """A house on the embedded database alone."""
    async with opened_spoken(small_db, clock, way) as made:
        yield made


def price(mode: Mode, tokens: int) -> int:
    return FLAT if mode is Mode.REQUESTS else 2 * tokens


# Refused by Latchkey


@both_ways
@pytest.mark.parametrize(
    ("fields", "failure", "kind"),
    [
        ({"model": "gpt-5"}, Exception, Kind.UNKNOWN_MODEL),
        ({"model": "speaker"}, CannotChat, Kind.INVALID),
        ({"model": "claude-3"}, NoAccess, Kind.NO_ACCESS),
        ({"messages": []}, InvalidField, Kind.INVALID),
        ({"max_tokens": None}, InvalidField, Kind.INVALID),
        ({"max_tokens": 0}, InvalidField, Kind.INVALID),
        ({"stream": "yes"}, InvalidField, Kind.INVALID),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, Invalid, Kind.INVALID),
        ({"system": "word " * 45_000}, AllowanceSpent, Kind.ALLOWANCE_SPENT),
    ],
    ids=["model", "no chat", "access", "messages", "cap", "no cap", "stream", "block", "quota"],
)
async def test_what_latchkey_refuses_costs_nothing(
    small_db, clock, streamed, fields, failure, kind
):
    roomy = [model | {"context": 60_000} for model in MODELS]
    speaker = MODEL | {"id": "speaker", "kind": "speech"}
    async with opened_spoken(small_db, clock, WAYS[0], models=[*roomy, speaker]) as house:
        caller = await house.caller()

        with pytest.raises(failure) as refused:
            await answered(house, caller, asked(house, **fields), streamed=streamed)

        assert refused.value.kind is kind
        assert house.first.asked == 0
        assert await house.settled(caller) == 0
        assert await house.records() == []


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

    with pytest.raises(failure):
        await answered(cottage, caller, asked(cottage), streamed=streamed)

    assert await cottage.settled(caller) == 0
    [record] = await cottage.records()
    assert (record.status, record.cost, record.flags) == (Status.FAILED, 0, 0)
    assert record.upstream == "second"


@both_modes
@both_ways
async def test_a_failed_message_costs_nothing_on_either_database(house: House, mode, streamed):
    caller = await house.caller(mode)
    for upstream in (house.first, house.second):
        upstream.faults.every(Fault.BROKEN)

    with pytest.raises(UpstreamFailed):
        await answered(house, caller, asked(house), streamed=streamed)

    assert await house.settled(caller) == 0
    assert (house.first.asked, house.second.asked) == (2, 2)  # each retried once


@both_ways
@every_way
async def test_routes_that_fall_silent_are_a_timeout(small_db, clock, way, streamed):
    async with opened_spoken(small_db, clock, way, idle=0.3) as house:
        caller = await house.caller()
        for upstream in (house.first, house.second):
            upstream.faults.every(Fault.SLOW)

        with pytest.raises(UpstreamTimeout):
            await answered(house, caller, asked(house), streamed=streamed)

        assert await house.settled(caller) == 0
        assert [record.status for record in await house.records()] == [Status.FAILED]


@both_modes
@both_ways
async def test_the_next_route_answers_and_is_paid_once(house: House, mode, streamed):
    caller = await house.caller(mode)
    house.first.faults.every(Fault.EMPTY)

    message = await answered(house, caller, asked(house), streamed=streamed)

    assert said(message).startswith("Hello!")
    assert await house.settled(caller) == price(mode, THEIR_PROMPT + WORDS)
    [record] = await house.records()
    assert (record.status, record.upstream) == (Status.ANSWERED, "second")


@both_ways
@pytest.mark.parametrize("first", WAYS, ids=str)
async def test_a_route_that_fails_leads_to_one_that_speaks_otherwise(
    small_db, clock, first, streamed
):
    other = WAYS[1] if first is WAYS[0] else WAYS[0]
    async with opened_spoken(small_db, clock, first, second=other) as house:
        caller = await house.caller()
        house.first.faults.every(Fault.BROKEN)

        message = await answered(house, caller, asked(house), streamed=streamed)

        assert said(message).startswith("Hello!")
        assert message["model"] == "gpt-4o"
        assert await house.settled(caller) == 2 * (THEIR_PROMPT + WORDS)


# Answered


@both_modes
@both_ways
async def test_a_message_costs_what_the_upstream_counted(house: House, mode, streamed):
    caller = await house.caller(mode)

    message = await answered(house, caller, asked(house), streamed=streamed)

    assert message["usage"] == {"input_tokens": THEIR_PROMPT, "output_tokens": WORDS}
    assert (message["model"], message["stop_reason"]) == ("gpt-4o", "end_turn")
    assert await house.settled(caller) == price(mode, THEIR_PROMPT + WORDS)
    [record] = await house.records()
    assert (record.status, record.flags) == (Status.ANSWERED, 0)
    assert (record.prompt_tokens, record.completion_tokens) == (THEIR_PROMPT, WORDS)
    assert (record.upstream, record.model, record.endpoint) == ("first", "gpt-4o", "messages")


@both_ways
@pytest.mark.parametrize("trouble", [Fault.NO_USAGE, Fault.NULL_USAGE, Fault.NONSENSE_USAGE])
async def test_a_message_without_sensible_usage_costs_our_own_count(
    house: House, streamed, trouble
):
    caller = await house.caller()
    house.first.faults.next(trouble)

    message = await answered(house, caller, asked(house), streamed=streamed)

    delivered = count(said(message))
    assert message["usage"] == {"input_tokens": PROMPT, "output_tokens": delivered}
    assert await house.settled(caller) == 2 * (PROMPT + delivered)
    [record] = await house.records()
    assert (record.status, record.flags) == (Status.ANSWERED, Flag.ESTIMATED)
    assert (record.prompt_tokens, record.completion_tokens) == (PROMPT, delivered)


async def test_a_stop_reason_without_an_end_is_a_complete_answer(cottage: House):
    caller = await cottage.caller()
    cottage.first.faults.next(Fault.NO_DONE)

    message = await answered(cottage, caller, asked(cottage), streamed=True)

    assert message["stop_reason"] == "end_turn"
    [record] = await cottage.records()
    assert record.status == Status.ANSWERED
    assert await cottage.settled(caller) == record.cost > 0


async def test_the_beginning_of_a_stream_says_how_long_the_prompt_is(cottage: House, way: Way):
    caller = await cottage.caller()

    async with cottage.relay.message_stream(caller, asked(cottage)) as events:
        start = await anext(aiter(events))

    assert start["message"]["model"] == "gpt-4o"
    assert start["message"]["usage"]["input_tokens"] == (THEIR_PROMPT if way.native else PROMPT)


async def test_what_ends_a_message_is_told_once_it_is_settled(cottage: House):
    caller = await cottage.caller()
    settled_at = {}

    async with cottage.relay.message_stream(caller, asked(cottage)) as events:
        async for event in events:
            settled_at[event["type"]] = events.settled is not None

    assert settled_at["content_block_stop"] is False
    assert settled_at["message_delta"] is True
    assert list(settled_at)[-2:] == ["message_delta", "message_stop"]


# Cut by the upstream after content


@both_modes
@pytest.mark.parametrize("fault", [Fault.CUT, Fault.TRUNCATED, Fault.ERROR_OBJECT])
async def test_a_message_cut_by_the_upstream_costs_what_was_delivered(
    house: House, way: Way, mode, fault
):
    caller = await house.caller(mode)
    house.first.faults.next(Trouble(fault, way.early + 3))
    got: list[dict[str, Any]] = []

    with pytest.raises(StreamIncomplete):
        async with house.relay.message_stream(caller, asked(house)) as events:
            async for event in events:
                got += [event]

    assert "".join(map(word_in, got)) == "Hello! I am "
    assert all(event["type"] != "error" for event in got)
    assert await house.settled(caller) == price(mode, PROMPT + count("Hello! I am "))
    [record] = await house.records()
    assert (record.status, record.upstream) == (Status.PARTIAL, "first")
    assert record.flags == Flag.PARTIAL | Flag.ESTIMATED
    assert house.second.asked == 0


@every_way
async def test_a_message_silent_for_too_long_is_cut(small_db, clock, way):
    async with opened_spoken(small_db, clock, way, idle=0.3) as house:
        caller = await house.caller()
        house.first.faults.next(Trouble(Fault.SLOW, way.early + 2))

        with pytest.raises(StreamIncomplete):
            await answered(house, caller, asked(house), streamed=True)

        assert await house.settled(caller) == 2 * (PROMPT + count("Hello! I "))


# The client left


@both_modes
@both_ways
async def test_a_client_that_leaves_before_content_pays_the_prompt(house: House, mode, streamed):
    caller = await house.caller(mode)
    house.first.faults.next(Fault.SLOW)
    call = asyncio.create_task(answered(house, caller, asked(house), streamed=streamed))
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
@pytest.mark.parametrize("leaves", ["cancelled", "left early"])
async def test_a_client_that_leaves_mid_stream_pays_what_was_delivered(
    house: House, way: Way, mode, leaves
):
    caller = await house.caller(mode)
    house.first.faults.next(Trouble(Fault.SLOW, way.early + 3))
    got: list[str] = []
    heard = asyncio.Event()

    async def read() -> None:
        async with house.relay.message_stream(caller, asked(house)) as events:
            async for event in events:
                got.append(word_in(event))
                if "".join(got) == "Hello! I am ":
                    heard.set()
                    if leaves == "left early":
                        return

    call = asyncio.create_task(read())
    await heard.wait()
    if leaves == "cancelled":
        call.cancel()

    await asyncio.gather(call, return_exceptions=True)

    await house.first.until(lambda upstream: upstream.hangups == 1)
    assert await house.settled(caller) == price(mode, PROMPT + count("Hello! I am "))
    [record] = await house.records()
    assert record.status == Status.PARTIAL
    assert record.flags == Flag.PARTIAL | Flag.LEFT | Flag.ESTIMATED


# The cap


@both_ways
@every_way
async def test_a_hold_that_shrinks_lowers_the_cap_that_is_sent(db, clock, way, streamed):
    limits = {"daily_tokens": 2 * (PROMPT + 18)}
    async with opened_spoken(db, clock, way, limits=limits) as house:
        caller = await house.caller()

        await answered(house, caller, asked(house, max_tokens=400), streamed=streamed)

        assert house.first.seen[0].body["max_tokens"] == 18
        assert await house.settled(caller) == 2 * (THEIR_PROMPT + WORDS)


async def test_the_cap_goes_to_a_chat_in_the_field_that_the_model_wants(small_db, clock):
    models = [MODEL | {"cap_field": "max_completion_tokens"}]
    async with opened_spoken(small_db, clock, WAYS[1], models=models) as house:
        await answered(house, await house.caller(), asked(house, max_tokens=40), streamed=False)

        sent = house.first.seen[0].body
        assert sent["max_completion_tokens"] == 40
        assert "max_tokens" not in sent


@pytest.mark.parametrize(
    ("field", "effort"), [("max_completion_tokens", "low"), ("max_tokens", None)]
)
@pytest.mark.parametrize(
    "wish",
    [
        {"thinking": {"type": "enabled", "budget_tokens": 1_024}},
        {"output_config": {"effort": "low"}},
    ],
    ids=["thinking", "effort"],
)
@both_ways
async def test_an_effort_goes_to_models_that_reason_alone(
    small_db, clock, field, effort, wish, streamed
):
    async with opened_spoken(small_db, clock, WAYS[1], models=[MODEL | {"cap_field": field}]) as it:
        await answered(it, await it.caller(), asked(it, **wish), streamed=streamed)

        assert it.first.seen[0].body.get("reasoning_effort") == effort


@both_ways
@every_way
async def test_a_cap_that_was_ignored_is_paid_up_to_the_days_limit(db, clock, way, streamed):
    question = "Give me a long answer"
    limits = {"daily_tokens": 2 * (7 + count(question) + 18)}
    async with opened_spoken(db, clock, way, limits=limits) as house:
        caller = await house.caller()
        house.first.faults.next(Fault.IGNORE_CAP)

        message = await answered(house, caller, asked(house, question), streamed=streamed)

        assert await house.settled(caller) == limits["daily_tokens"]
        [record] = await house.records()
        assert (record.status, record.flags) == (Status.ANSWERED, Flag.OVERRUN)
        assert record.cost + record.overrun == 2 * (record.prompt_tokens + record.completion_tokens)
        assert len(said(message).split()) > 50


# Latchkey cut it


@both_modes
@pytest.mark.parametrize("reason", [Stop.SUSPENDED, Stop.SHUTDOWN, Stop.SLOW])
async def test_a_message_that_latchkey_cuts_costs_what_was_delivered(
    house: House, way: Way, mode, reason
):
    caller = await house.caller(mode)
    house.first.faults.next(Trouble(Fault.SLOW, way.early + 3))
    got: list[str] = []

    with pytest.raises(StreamIncomplete) as cut:
        async with house.relay.message_stream(caller, asked(house)) as events:
            async for event in events:
                got.append(word_in(event))
                if "".join(got) == "Hello! I am ":
                    asyncio.get_running_loop().call_soon(events.stop, reason)

    await house.first.until(lambda upstream: upstream.hangups == 1)
    assert cut.value.message_id == f"answer_stopped.{reason}"
    assert await house.settled(caller) == price(mode, PROMPT + count("".join(got)))
    [record] = await house.records()
    assert (record.status, record.flags) == (Status.PARTIAL, Flag.PARTIAL | Flag.ESTIMATED)


# What is sent, and what is counted


THOUGHTS = [
    {"type": "thinking", "thinking": "Hm.", "signature": "sig"},
    {"type": "thinking", "thinking": "Said by a chat's model.", "signature": ""},
    {"type": "text", "text": "Yes."},
]


async def test_a_native_route_gets_the_body_untouched(small_db, clock):
    turns = [
        {"role": "user", "content": [{"type": "text", "text": "Hi", "cache_control": {"a": 1}}]},
        {"role": "assistant", "content": [THOUGHTS[0], THOUGHTS[2]]},
        {"role": "user", "content": "Hello there"},
    ]
    extra = {"thinking": {"type": "adaptive"}, "top_k": 3, "something_new": {"a": [1]}}
    async with opened_spoken(small_db, clock, WAYS[0]) as house:
        ask = asked(house, messages=turns, **extra)
        body = dict(ask.body)

        await answered(house, await house.caller(), ask, streamed=False)

        assert house.first.seen[0].body == body | {"model": "their-gpt", "stream": False}


async def test_a_thought_without_a_signature_is_not_shown_to_who_would_refuse_it(small_db, clock):
    turns = [{"role": "assistant", "content": THOUGHTS}, {"role": "user", "content": "Hello"}]
    async with opened_spoken(small_db, clock, WAYS[0]) as house:
        await answered(house, await house.caller(), asked(house, messages=turns), streamed=False)

        assert house.first.seen[0].body["messages"][0]["content"] == [THOUGHTS[0], THOUGHTS[2]]


@pytest.mark.parametrize(
    ("room", "thinking"),
    [
        (2_000, {"type": "enabled", "budget_tokens": 1_999}),
        (500, {"type": "disabled"}),
    ],
)
async def test_a_budget_for_thinking_fits_below_the_cap_that_is_left(
    small_db, clock, room, thinking
):
    limits = {"daily_tokens": 2 * (PROMPT + room)}
    async with opened_spoken(small_db, clock, WAYS[0], limits=limits) as house:
        wanted = {"type": "enabled", "budget_tokens": 4_000}
        ask = asked(house, max_tokens=6_000, thinking=wanted)

        await answered(house, await house.caller(), ask, streamed=False)

        sent = house.first.seen[0].body
        assert (sent["max_tokens"], sent["thinking"]) == (room, thinking)


async def test_only_a_native_route_is_asked_for_what_no_chat_can_carry(small_db, clock):
    alien = {"tools": [{"type": "web_search_20250305", "name": "web_search"}]}
    async with opened_spoken(small_db, clock, WAYS[1], second=WAYS[0]) as house:
        caller = await house.caller()

        await answered(house, caller, asked(house, **alien), streamed=False)

        assert (house.first.asked, house.second.asked) == (0, 1)
        with pytest.raises(Invalid):
            await answered(house, caller, asked(house, model="solo", **alien), streamed=False)


@pytest.mark.parametrize(
    ("fields", "tokens"),
    [
        ({}, PROMPT),
        ({"system": "Be brief"}, PROMPT + 4 + 2),
        (
            {"messages": [{"role": "user", "content": [{"type": "text", "text": "Hello there"}]}]},
            PROMPT,
        ),
        (
            {
                "messages": [
                    {
                        "role": "user",
                        "content": [
                            {"type": "text", "text": "Hello there"},
                            {
                                "type": "image",
                                "source": {"type": "base64", "data": "A" * 9_999}
                                | {"media_type": "image/png"},
                            },
                        ],
                    }
                ]
            },
            PROMPT + 1_000,
        ),
        (
            {
                "messages": [
                    {
                        "role": "user",
                        "content": [
                            {"type": "tool_result", "tool_use_id": "a", "content": "Hello there"}
                        ],
                    }
                ]
            },
            PROMPT,
        ),
    ],
    ids=["text", "system", "block", "image", "tool result"],
)
async def test_counting_tokens_counts_what_a_hold_would_and_costs_nothing(
    small_db, clock, fields, tokens
):
    async with opened_spoken(small_db, clock, WAYS[0]) as house:
        caller = await house.caller()
        ask = asked(house, **fields)
        del ask.body["max_tokens"]

        counted = await house.relay.count(caller, ask)

        assert counted == tokens
        assert await house.settled(caller) == 0
        assert house.first.asked == 0


async def test_tools_count_with_all_they_say(small_db, clock):
    tool = {"name": "now", "description": "Say the time", "input_schema": {"type": "object"}}
    async with opened_spoken(small_db, clock, WAYS[0]) as house:
        caller = await house.caller()

        short = await house.relay.count(caller, asked(house, tools=[tool]))
        long = await house.relay.count(
            caller, asked(house, tools=[tool | {"description": "Say the time " * 100}])
        )

        assert PROMPT < short < long - 200


async def test_counting_for_a_model_out_of_reach_is_refused(small_db, clock):
    async with opened_spoken(small_db, clock, WAYS[0]) as house:
        caller = await house.caller()

        with pytest.raises(NoAccess):
            await house.relay.count(caller, asked(house, model="claude-3"))


async def test_the_minutes_limit_holds_for_messages_too(small_db, clock):
    limits = {"requests_per_minute": 1}
    async with opened_spoken(small_db, clock, WAYS[0], limits=limits) as house:
        caller = await house.caller(Mode.REQUESTS)
        await answered(house, caller, asked(house), streamed=False)

        with pytest.raises(LimitReached) as refused:
            await answered(house, caller, asked(house), streamed=True)

        assert refused.value.kind is Kind.MINUTE_SPENT
