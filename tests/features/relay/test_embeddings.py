"""What embeddings cost: what goes in is held exactly, and the upstream's count is paid."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.core.clock import HandClock
from bot.core.errors import Kind
from bot.core.tokens import count
from bot.core.units import Mode
from bot.ledger.errors import AllowanceSpent
from bot.ledger.rules import Flag, Status
from bot.relay.embeddings import MOST_INPUTS, MOST_TOKENS, SPECIALS
from bot.relay.errors import (
    InvalidField,
    NoAccess,
    PromptTooLong,
    RefusedUpstream,
    SuspendedMeanwhile,
    UpstreamFailed,
    WrongKind,
)
from bot.relay.router import Connected
from bot.sandbox.upstreams.troubles import Fault
from bot.storage.database import Database
from bot.upstreams.goods import Embedded
from bot.upstreams.openai import OpenAI
from tests.features.relay.house import House
from tests.features.relay.senses import EMBEDDER, FLAT, MODELS, embedded, opened_senses

both_modes = pytest.mark.parametrize("mode", [Mode.TOKENS, Mode.REQUESTS])
TEXT = "Cafés are counted exactly"  # in words by the loopback upstream, in tokens by us
COUNTED = count(TEXT)
WORDS = 4


def price(mode: Mode, tokens: int) -> int:
    return FLAT if mode is Mode.REQUESTS else 2 * tokens


@pytest.fixture
async def house(db: Database, clock: HandClock) -> AsyncIterator[House]:
    """A house with models that embed, on either database."""
    async with opened_senses(db, clock) as made:
        yield made


@pytest.fixture
async def cottage(small_db: Database, clock: HandClock) -> AsyncIterator[House]:
    """The same on the embedded database alone."""
    async with opened_senses(small_db, clock) as made:
        yield made


@asynccontextmanager
async def waiting(house: House, caller: Any) -> AsyncIterator[asyncio.Task[Any]]:
    """Make a call that waits for its upstream until the gate is opened."""
    house.first.faults.next(Fault.SLOW)
    call = asyncio.create_task(embedded(house, caller, TEXT))
    await house.first.until(lambda upstream: upstream.asked == 1)
    yield call
    house.first.gate.set()
    await asyncio.gather(call, return_exceptions=True)


# Held


@both_modes
async def test_exactly_the_counted_input_is_held(house: House, mode):
    caller = await house.caller(mode)

    async with waiting(house, caller):
        assert await house.books(caller) == (0, price(mode, COUNTED), 1, 1)

    await house.settled(caller)


async def test_a_single_token_is_enough_for_a_call_that_needs_no_more(small_db, clock):
    models = [EMBEDDER | {"coefficient": 1}]
    async with opened_senses(small_db, clock, models=models, limits={"daily_tokens": 1}) as house:
        caller = await house.caller()

        await embedded(house, caller, [17])

        assert await house.settled(caller) == 1
        with pytest.raises(AllowanceSpent):
            await embedded(house, caller, [17])


async def test_input_that_the_day_does_not_cover_whole_is_refused(small_db, clock):
    limits = {"daily_tokens": 2 * COUNTED - 1}
    async with opened_senses(small_db, clock, limits=limits) as house:
        caller = await house.caller()

        with pytest.raises(AllowanceSpent):
            await embedded(house, caller, TEXT)

        assert house.first.asked == 0
        assert await house.settled(caller) == 0


# Answered


@both_modes
async def test_embeddings_cost_what_the_upstream_counted(house: House, mode):
    caller = await house.caller(mode)

    vectors = await embedded(house, caller, TEXT)

    assert vectors.body["usage"] == {"prompt_tokens": WORDS, "total_tokens": WORDS}
    assert vectors.body["model"] == "embedder"
    assert vectors.settled.cost == price(mode, WORDS) == await house.settled(caller)
    [record] = await house.records()
    assert (record.status, record.flags, record.mode) == (Status.ANSWERED, 0, mode)
    assert (record.prompt_tokens, record.completion_tokens) == (WORDS, 0)
    assert (record.endpoint, record.model, record.upstream) == ("embeddings", "embedder", "first")


@both_modes
@pytest.mark.parametrize("trouble", [Fault.NO_USAGE, Fault.NULL_USAGE, Fault.NONSENSE_USAGE])
async def test_without_sensible_usage_our_own_count_is_paid(house: House, mode, trouble):
    caller = await house.caller(mode)
    house.first.faults.next(trouble)

    vectors = await embedded(house, caller, TEXT)

    assert vectors.body["usage"] == {"prompt_tokens": COUNTED, "total_tokens": COUNTED}
    assert await house.settled(caller) == price(mode, COUNTED)
    [record] = await house.records()
    assert (record.flags, record.prompt_tokens) == (Flag.ESTIMATED, COUNTED)


async def test_more_than_was_counted_is_paid_up_to_the_days_limit(db, clock):
    class Generous(OpenAI):
        async def embed(self, link: Any, body: dict[str, Any]) -> Embedded:
            answer = await super().embed(link, body)
            return Embedded(answer.body, 30)

    async with opened_senses(db, clock, limits={"daily_tokens": 50}) as house:
        upstreams = house.relay.router.upstreams
        upstreams["first"] = Connected(Generous(), upstreams["first"].link)
        caller = await house.caller()

        await embedded(house, caller, TEXT)

        assert await house.settled(caller) == 50
        [record] = await house.records()
        assert (record.cost, record.overrun, record.flags) == (50, 10, Flag.OVERRUN)


@pytest.mark.parametrize(
    ("given", "most", "ours"),
    [
        ("Bä", 3 + SPECIALS, count("Bä")),
        (["a", "bc"], 3 + 2 * SPECIALS, 2),
        ([1, 2, 3], 3 + SPECIALS, 3),
        ([[1, 2, 3], [4]], 4 + 2 * SPECIALS, 4),
    ],
)
async def test_more_tokens_than_the_input_has_bytes_make_no_sense(
    cottage: House, given, most, ours
):
    counts = [most, most + 1]

    class Counting(OpenAI):
        async def embed(self, link: Any, body: dict[str, Any]) -> Embedded:
            answer = await super().embed(link, body)
            return Embedded(answer.body | {"usage": {"prompt_tokens": counts[0]}}, counts.pop(0))

    upstreams = cottage.relay.router.upstreams
    upstreams["first"] = Connected(Counting(), upstreams["first"].link)
    caller = await cottage.caller()

    sensible, absurd = [await embedded(cottage, caller, given) for _ in range(2)]

    assert sensible.body["usage"]["prompt_tokens"] == most
    assert absurd.body["usage"] == {"prompt_tokens": ours, "total_tokens": ours}
    assert await cottage.settled(caller) == 2 * (most + ours)
    assert [r.flags for r in await cottage.records()] == [Flag.OVERRUN, Flag.ESTIMATED]


@pytest.mark.parametrize(
    ("given", "vectors", "tokens"),
    [
        (TEXT, 1, COUNTED),
        ([TEXT], 1, COUNTED),
        ([TEXT, "two", "two"], 3, COUNTED + 2),
        ([1, 2, 3], 1, 3),
        ([[1, 2, 3], [4]], 2, 4),
        ([0], 1, 1),
    ],
)
async def test_texts_and_token_ids_are_counted_one_by_one(cottage: House, given, vectors, tokens):
    caller = await cottage.caller()
    cottage.first.faults.next(Fault.NO_USAGE)

    answer = await embedded(cottage, caller, given)

    assert [entry["index"] for entry in answer.body["data"]] == list(range(vectors))
    assert cottage.first.seen[0].body["input"] == given
    assert await cottage.settled(caller) == 2 * tokens


async def test_every_other_field_passes_through_untouched(cottage: House):
    caller = await cottage.caller()
    strange = {"dimensions": 8, "encoding_format": "base64", "user": "u", "x_future": [None]}

    answer = await embedded(cottage, caller, "Hello", **strange)

    seen = cottage.first.seen[0].body
    assert {name: seen[name] for name in strange} == strange
    assert seen["model"] == "their-gpt"
    assert isinstance(answer.body["data"][0]["embedding"], str)


# Refused by Latchkey


@pytest.mark.parametrize(
    ("given", "fields", "failure"),
    [
        (TEXT, {"model": "gpt-4o"}, WrongKind),
        (TEXT, {"model": "embed-hd"}, NoAccess),
        (TEXT, {"model": 7}, InvalidField),
        ("", {}, InvalidField),
        ([], {}, InvalidField),
        (None, {}, InvalidField),
        ({"text": "x"}, {}, InvalidField),
        (["a", ""], {}, InvalidField),
        (["a", 1], {}, InvalidField),
        ([[1], []], {}, InvalidField),
        ([[1], "a"], {}, InvalidField),
        ([1, "a"], {}, InvalidField),
        ([1, True], {}, InvalidField),
        ([1, -1], {}, InvalidField),
        ([[1, 2.0]], {}, InvalidField),
        (["a"] * (MOST_INPUTS + 1), {}, InvalidField),
        ("word " * 40, {}, PromptTooLong),
        ([1] * 31, {}, PromptTooLong),
        (["a", "word " * 40], {}, PromptTooLong),
    ],
)
async def test_what_cannot_be_embedded_costs_nothing(cottage: House, given, fields, failure):
    caller = await cottage.caller()

    with pytest.raises(failure) as refused:
        await embedded(cottage, caller, given, **fields)

    assert refused.value.params["param"] in ("input", "model")
    assert cottage.first.asked == 0
    assert await cottage.settled(caller) == 0
    assert await cottage.records() == []


async def test_a_call_takes_only_so_many_tokens_together(small_db, clock):
    wide = EMBEDDER | {"context": 1_000_000}
    async with opened_senses(small_db, clock, models=[wide]) as house:
        caller = await house.caller()

        with pytest.raises(InvalidField, match="together"):
            await embedded(house, caller, [[1]] + [[2] * (MOST_TOKENS // 2)] * 2)


# No answer from any route, and leaving


@both_modes
@pytest.mark.parametrize(
    ("trouble", "failure"),
    [
        (Fault.BROKEN, UpstreamFailed),
        (Fault.EMPTY, UpstreamFailed),
        (Fault.NO_CHOICES, UpstreamFailed),
        (Fault.TRUNCATED, UpstreamFailed),
        (Fault.BAD_REQUEST, RefusedUpstream),
    ],
    ids=str,
)
async def test_no_answer_from_any_route_costs_nothing(house: House, mode, trouble, failure):
    caller = await house.caller(mode)
    for upstream in (house.first, house.second):
        upstream.faults.every(trouble)

    with pytest.raises(failure):
        await embedded(house, caller, TEXT)

    assert await house.settled(caller) == 0
    assert [(record.status, record.cost) for record in await house.records()] == [("failed", 0)]


@both_modes
async def test_leaving_costs_the_counted_input_and_lets_the_upstream_go(house: House, mode):
    caller = await house.caller(mode)

    async with waiting(house, caller) as call:
        call.cancel()
        await house.first.until(lambda upstream: upstream.hangups == 1)

    assert await house.settled(caller) == price(mode, COUNTED)
    [record] = await house.records()
    assert (record.status, record.flags) == (Status.LEFT, Flag.LEFT | Flag.ESTIMATED)


async def test_a_suspension_ends_a_call_before_it_costs_anything(house: House):
    caller = await house.caller()

    async with waiting(house, caller) as call:
        await house.owned.members.suspend(caller.member_id, "spam")
        with pytest.raises(SuspendedMeanwhile) as cut:
            await call

    assert cut.value.kind is Kind.SUSPENDED
    assert await house.settled(caller) == 0


async def test_ten_at_once_hold_no_more_than_the_day_has(db, clock):
    limits = {"daily_tokens": 5 * 2 * COUNTED, "in_flight": 25}
    async with opened_senses(db, clock, models=MODELS, limits=limits) as house:
        caller = await house.caller()
        house.first.faults.every(Fault.NO_USAGE)

        calls = [embedded(house, caller, TEXT) for _ in range(10)]
        ends = await asyncio.gather(*calls, return_exceptions=True)

        passed = [end for end in ends if not isinstance(end, BaseException)]
        assert len(passed) == 5
        assert await house.settled(caller) == limits["daily_tokens"]
