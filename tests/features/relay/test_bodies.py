"""What goes to the upstream, and what comes back to the caller."""

import copy
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest

from bot.core.tokens import count
from bot.core.units import Mode
from bot.relay.router import Connected
from bot.relay.service import Answered
from bot.sandbox.upstreams.troubles import Fault, Trouble
from bot.upstreams.dialect import Chunk, Link
from bot.upstreams.openai import OpenAI
from tests.features.relay.house import MODEL, House, answer, opened_house, text_in

USAGE = {"prompt_tokens": 5, "completion_tokens": 16, "total_tokens": 21}
TOOLS = [{"type": "function", "function": {"name": "look_up", "parameters": {}}}]


async def sent(house: House, mode: Mode = Mode.TOKENS, **fields: Any) -> dict[str, Any]:
    await house.relay.chat(await house.caller(mode), house.ask(**fields))
    return house.first.seen[-1].body


async def chunks_of(house: House, **fields: Any) -> list[dict[str, Any]]:
    caller = await house.caller()
    async with house.relay.stream(caller, house.ask(**fields)) as chunks:
        return [chunk async for chunk in chunks]


# To the upstream


async def test_fields_we_do_not_know_pass_through_and_the_callers_body_stays_as_it_was(
    cottage: House,
):
    fields = {"temperature": 0.3, "x_own": {"deep": [1, None]}, "tools": TOOLS}
    ask = cottage.ask(**fields)
    before = copy.deepcopy(ask.body)

    await cottage.relay.chat(await cottage.caller(), ask)

    body = cottage.first.seen[0].body
    assert {name: body[name] for name in fields} == fields
    assert body["model"] == "their-gpt"
    assert ask.body == before


async def test_in_token_mode_the_cap_is_always_sent(cottage: House):
    assert (await sent(cottage))["max_tokens"] == 500
    assert (await sent(cottage, max_tokens=7))["max_tokens"] == 7


async def test_in_request_mode_the_cap_is_sent_where_the_caller_gives_one(cottage: House):
    assert "max_tokens" not in await sent(cottage, Mode.REQUESTS)
    assert (await sent(cottage, Mode.REQUESTS, max_completion_tokens=7))["max_tokens"] == 7


@pytest.mark.parametrize("given", ["max_tokens", "max_completion_tokens"])
async def test_the_cap_stands_in_the_field_the_model_wants_and_in_no_other(small_db, clock, given):
    models = [MODEL | {"cap_field": "max_completion_tokens"}]
    async with opened_house(small_db, clock, models=models) as house:
        body = await sent(house, **{given: 9})

    assert body["max_completion_tokens"] == 9
    assert "max_tokens" not in body


async def test_the_cap_is_lowered_to_what_the_day_still_covers(db, clock):
    async with opened_house(db, clock, limits={"daily_tokens": 2 * (9 + 40)}) as house:
        caller = await house.caller()

        text = await answer(house, caller, house.ask(max_tokens=400), streamed=False)

        assert house.first.seen[0].body["max_tokens"] == 40
        assert text.startswith("Hello!")
        await house.settled(caller)


async def test_the_cap_is_shared_by_the_choices(cottage: House):
    caller = await cottage.caller()

    async with cottage.relay.stream(caller, cottage.ask(n=4, max_tokens=100)) as chunks:
        assert chunks.held.amount == 2 * (9 + 4 * 100)

    await cottage.settled(caller)


# Back to the caller


async def test_an_answer_carries_the_name_that_was_asked_for(cottage: House):
    answered = await cottage.relay.chat(await cottage.caller(), cottage.ask())

    assert isinstance(answered, Answered)
    assert answered.body["model"] == "gpt-4o"
    assert answered.body["usage"] == USAGE
    assert (answered.upstream, answered.settled.cost) == ("first", 42)
    assert answered.settled.standing.spent == 42


async def test_an_answer_without_usage_is_given_our_own(cottage: House):
    cottage.first.faults.next(Fault.NULL_USAGE)

    answered = await cottage.relay.chat(await cottage.caller(), cottage.ask())

    completion = count(answered.body["choices"][0]["message"]["content"])
    assert answered.body["usage"] == {
        "prompt_tokens": 9,
        "completion_tokens": completion,
        "total_tokens": 9 + completion,
    }


async def test_every_chunk_carries_the_name_that_was_asked_for(cottage: House):
    chunks = await chunks_of(cottage)

    assert {chunk["model"] for chunk in chunks} == {"gpt-4o"}
    assert "".join(map(text_in, chunks)).startswith("Hello! I am")
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"


async def test_the_usage_chunk_is_shown_to_those_who_asked_for_it_alone(cottage: House):
    without = await chunks_of(cottage)
    refused = await chunks_of(cottage, stream_options={"include_usage": False})
    wanted = await chunks_of(cottage, stream_options={"include_usage": True})

    assert not any("usage" in chunk for chunk in (*without, *refused))
    assert [chunk["usage"] for chunk in wanted if chunk.get("usage")] == [USAGE]
    assert wanted[-1] == {
        "id": wanted[0]["id"],
        "object": "chat.completion.chunk",
        "created": wanted[0]["created"],
        "model": "gpt-4o",
        "choices": [],
        "usage": USAGE,
    }
    assert all(seen.body["stream_options"]["include_usage"] for seen in cottage.first.seen)


@pytest.mark.parametrize("fault", [Fault.NO_USAGE, Fault.NONSENSE_USAGE])
async def test_who_asked_for_usage_gets_our_count_where_the_upstream_gives_none(
    cottage: House, fault
):
    cottage.first.faults.next(fault)

    chunks = await chunks_of(cottage, stream_options={"include_usage": True})

    delivered = count("".join(map(text_in, chunks)))
    assert chunks[-1]["usage"]["prompt_tokens"] == 9
    assert chunks[-1]["usage"]["completion_tokens"] == delivered


async def test_a_tool_call_is_content(cottage: House):
    question = "Use your tool to look it up"

    answered = await cottage.relay.chat(await cottage.caller(), cottage.ask(question, tools=TOOLS))
    cottage.first.faults.next(Fault.NO_USAGE)
    caller = await cottage.caller()
    async with cottage.relay.stream(caller, cottage.ask(question, tools=TOOLS)) as chunks:
        shown = [chunk async for chunk in chunks]

    assert answered.body["choices"][0]["finish_reason"] == "tool_calls"
    assert any(chunk["choices"][0]["delta"].get("tool_calls") for chunk in shown)
    assert chunks.settled.cost > 2 * 9


async def test_chunks_come_as_they_are_made(cottage: House):
    cottage.first.faults.next(Trouble(Fault.SLOW, 3))
    caller = await cottage.caller()

    async with cottage.relay.stream(caller, cottage.ask()) as chunks:
        early = [text_in(await anext(chunks)) for _ in range(3)]
        assert not cottage.first.gate.is_set()
        cottage.first.gate.set()
        late = [text_in(chunk) async for chunk in chunks]

    assert early == ["", "Hello! ", "I "]
    assert late[0] == "am "


async def test_a_stream_is_settled_before_its_end_is_shown(cottage: House):
    caller = await cottage.caller()

    async with cottage.relay.stream(caller, cottage.ask()) as chunks:
        async for _ in chunks:
            pass
        assert chunks.settled is not None
        assert await cottage.books(caller) == (42, 0, 0, 0)


class Talker(OpenAI):
    """A dialect whose upstream says a number of words, and nothing of usage."""

    def __init__(self, words: int) -> None:
        self.words = words

    @asynccontextmanager
    async def stream(self, link: Link, body: dict[str, Any]) -> AsyncIterator[AsyncIterator[Chunk]]:
        async with aclosing(self._words()) as words:
            yield words

    async def _words(self) -> AsyncIterator[Chunk]:
        for number in range(self.words):
            choice = {"index": 0, "delta": {"content": f"word{number} "}, "finish_reason": None}
            yield Chunk({"id": "1", "choices": [choice]}, None, content=True, finish=False)


async def test_memory_does_not_grow_with_the_length_of_a_stream(cottage: House):
    caller = await cottage.caller(Mode.REQUESTS)
    upstreams = cottage.relay.router.upstreams
    peaks = []
    for words in (2_000, 2_000, 30_000):
        upstreams["first"] = Connected(Talker(words), upstreams["first"].link)
        async with cottage.relay.stream(caller, cottage.ask()) as chunks:
            await anext(chunks)
            tracemalloc.start()
            async for _ in chunks:
                pass
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()

    _, short, long = peaks
    assert long < short + 100_000  # bytes; its text alone has 300,000
    assert (await cottage.records())[-1].completion_tokens > 30_000
