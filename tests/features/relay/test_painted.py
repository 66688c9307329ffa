"""Chats with models that make pictures: a markdown picture, at the flat price of one."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.core.clock import HandClock
from bot.core.units import Mode
from bot.ledger.errors import AllowanceSpent
from bot.ledger.rules import Flag, Status
from bot.relay.errors import CannotChat, InvalidField, NoAccess, PaintsOnly, UpstreamFailed
from bot.sandbox.upstreams.troubles import Fault
from bot.storage.database import Database
from bot.words.say import explain
from tests.fakes.serve import serving
from tests.features.relay.easel import (
    FLAT,
    MODELS,
    Gallery,
    as_data_url,
    drawing,
    inside,
    opened_easel,
)
from tests.features.relay.house import House, answer

LINK = re.compile(r"!\[Generated image\]\((\S+)\)")
both_ways = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
both_modes = pytest.mark.parametrize("mode", [Mode.TOKENS, Mode.REQUESTS])
TOOL = {"type": "function", "function": {"name": "weather"}}
PIXEL = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
LOOK = {"role": "user", "content": [{"type": "text", "text": "A cat like this"}, PIXEL]}
EDITOR = MODELS[0] | {"id": "only-edits", "kind": "edit"}


@pytest.fixture
async def house(db: Database, clock: HandClock) -> AsyncIterator[House]:
    """A house with models that make pictures, on either database."""
    async with opened_easel(db, clock) as made:
        yield made


@pytest.fixture
async def cottage(small_db: Database, clock: HandClock) -> AsyncIterator[House]:
    """The same on the embedded database alone."""
    async with opened_easel(small_db, clock, models=[*MODELS, EDITOR]) as made:
        yield made


async def chunks_of(house: House, caller: Any, **fields: Any) -> list[dict[str, Any]]:
    async with house.relay.stream(caller, house.ask(**fields)) as stream:
        return [chunk async for chunk in stream]


@both_modes
@both_ways
async def test_a_chat_is_answered_with_a_picture_at_its_flat_price(house: House, mode, streamed):
    caller = await house.caller(mode)

    said = await answer(house, caller, house.ask("A cat", model="flux"), streamed=streamed)

    assert LINK.fullmatch(said)
    [seen] = house.first.seen
    assert (seen.path, seen.body["prompt"]) == ("/v1/images/generations", "A cat")
    assert seen.body["model"] == "their-gpt"
    assert await house.settled(caller) == FLAT
    [record] = await house.records()
    assert (record.status, record.flags, record.cost) == (Status.ANSWERED, 0, FLAT)
    assert (record.prompt_tokens, record.completion_tokens) == (0, 0)
    assert (record.endpoint, record.model, record.mode) == ("chat.completions", "flux", mode)


async def test_the_whole_answer_is_a_completion(cottage: House):
    answered = await cottage.relay.chat(await cottage.caller(), cottage.ask("A cat", model="flux"))

    body = answered.body
    assert (body["object"], body["model"]) == ("chat.completion", "flux")
    assert body["id"].startswith("chatcmpl-")
    assert body["created"] == int(cottage.clock.now().timestamp())
    assert body["choices"][0]["finish_reason"] == "stop"
    assert body["usage"] == {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


@pytest.mark.parametrize("wanted", [False, True])
async def test_the_stream_is_chunks_with_the_usage_where_it_is_asked_for(cottage: House, wanted):
    caller = await cottage.caller()
    options = {"include_usage": wanted}

    chunks = await chunks_of(
        cottage, caller, text="A cat", model="flux", stream=True, stream_options=options
    )

    reasons = [chunk["choices"][0]["finish_reason"] for chunk in chunks if chunk["choices"]]
    assert reasons == [None, "stop"]
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    assert {(chunk["object"], chunk["model"]) for chunk in chunks} == {
        ("chat.completion.chunk", "flux")
    }
    assert len({chunk["id"] for chunk in chunks}) == 1
    told = [chunk["usage"] for chunk in chunks if "usage" in chunk]
    zeros = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    assert told == ([zeros] if wanted else [])


@both_ways
async def test_bytes_alone_become_a_data_url_that_nobody_counts(small_db, clock, streamed):
    data = drawing(size=(600, 400))
    async with (
        serving(Gallery([inside(data)]).app()) as url,
        opened_easel(small_db, clock, urls={"first": url}) as house,
    ):
        caller = await house.caller()
        ask = house.ask("A cat", model="solo-flux")
        said = await answer(house, caller, ask, streamed=streamed)

        assert said == f"![Generated image]({as_data_url(data)})"
        assert await house.settled(caller) == FLAT
        [record] = await house.records()
        assert (record.completion_tokens, record.flags) == (0, 0)


@pytest.mark.parametrize(
    ("fields", "param", "what"),
    [
        ({"tools": [TOOL]}, "tools", "no tools"),
        ({"messages": [LOOK]}, "messages", "no pictures in messages"),
        ({"messages": [LOOK], "tools": [TOOL]}, "model", "no tools and pictures in messages"),
        ({"modalities": ["text", "audio"]}, "messages", "no audio"),
    ],
)
@both_ways
async def test_what_no_picture_can_be_made_of_is_refused(
    cottage: House, fields, param, what, streamed
):
    with pytest.raises(PaintsOnly) as refused:
        ask = cottage.ask("A cat", model="flux", **fields)
        await answer(cottage, await cottage.caller(), ask, streamed=streamed)

    assert what in explain(refused.value)
    assert refused.value.params["param"] == param
    assert cottage.first.asked == 0
    assert await cottage.records() == []


async def test_a_link_cannot_break_out_of_its_picture(small_db, clock):
    gallery = Gallery([{"url": "https://pictures.example/a(1) [x](b).png"}])
    async with (
        serving(gallery.app()) as url,
        opened_easel(small_db, clock, urls={"first": url}) as house,
    ):
        ask = house.ask("A cat", model="solo-flux")
        said = await answer(house, await house.caller(), ask, streamed=False)

    assert said == "![Generated image](https://pictures.example/a%281%29%20[x]%28b%29.png)"


@pytest.mark.parametrize(
    ("messages", "prompt"),
    [
        ([{"role": "user", "content": "One"}, {"role": "user", "content": "Two"}], "Two"),
        (
            [
                {"role": "system", "content": "Be kind"},
                {"role": "user", "content": "A dog"},
                {"role": "assistant", "content": "![Generated image](https://a.example/b.png)"},
            ],
            "A dog",
        ),
        (
            [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "A cat"},
                        {"type": "text", "text": "with a hat"},
                    ],
                }
            ],
            "A cat\nwith a hat",
        ),
        (
            [
                {"role": "user", "content": "A bird"},
                {"role": "user", "content": [{"type": "text", "text": " "}]},
            ],
            "A bird",
        ),
    ],
)
async def test_the_prompt_is_the_users_last_text(cottage: House, messages, prompt):
    ask = cottage.ask(model="flux", messages=messages, max_tokens=5, tools=[])

    await cottage.relay.chat(await cottage.caller(), ask)

    [seen] = cottage.first.seen
    assert seen.body == {
        "model": "their-gpt",
        "prompt": prompt,
        "n": 1,
        "response_format": "url",
    }


@both_ways
@pytest.mark.parametrize(
    ("fields", "failure", "param"),
    [
        ({"model": "flux", "n": 2}, InvalidField, "n"),
        ({"model": "flux", "messages": [{"role": "system", "content": "A"}]}, InvalidField, None),
        ({"model": "flux", "messages": [{"role": "user", "content": " "}]}, InvalidField, None),
        ({"model": "flux", "messages": [{"role": "user", "content": []}]}, InvalidField, None),
        ({"model": "claude-paints"}, NoAccess, "model"),
        ({"model": "only-edits"}, CannotChat, "model"),
    ],
)
async def test_what_is_refused_costs_nothing(cottage: House, streamed, fields, failure, param):
    caller = await cottage.caller()

    with pytest.raises(failure) as refused:
        await answer(cottage, caller, cottage.ask(**fields), streamed=streamed)

    assert refused.value.params["param"] == (param or "messages")
    assert cottage.first.asked == 0
    assert await cottage.settled(caller) == 0
    assert await cottage.records() == []


@both_ways
async def test_a_day_that_does_not_cover_a_picture_refuses_the_chat(small_db, clock, streamed):
    async with opened_easel(small_db, clock, limits={"daily_tokens": FLAT - 1}) as house:
        caller = await house.caller()

        with pytest.raises(AllowanceSpent):
            await answer(house, caller, house.ask("A cat", model="flux"), streamed=streamed)

        assert await house.settled(caller) == 0


@both_ways
async def test_no_picture_from_any_route_costs_nothing(cottage: House, streamed):
    caller = await cottage.caller()
    for upstream in (cottage.first, cottage.second):
        upstream.faults.every(Fault.EMPTY)

    with pytest.raises(UpstreamFailed):
        await answer(cottage, caller, cottage.ask("A cat", model="flux"), streamed=streamed)

    assert await cottage.settled(caller) == 0
    assert [record.status for record in await cottage.records()] == [Status.FAILED]


@both_ways
async def test_the_next_route_answers(cottage: House, streamed):
    caller = await cottage.caller()
    cottage.first.faults.every(Fault.BROKEN)

    said = await answer(cottage, caller, cottage.ask("A cat", model="flux"), streamed=streamed)

    assert LINK.fullmatch(said)
    assert await cottage.settled(caller) == FLAT
    assert [record.upstream for record in await cottage.records()] == ["second"]


@both_ways
@both_modes
async def test_leaving_once_it_was_asked_for_costs_the_picture(house: House, mode, streamed):
    caller = await house.caller(mode)
    house.first.faults.next(Fault.SLOW)
    ask = house.ask("A cat", model="flux")
    call = asyncio.create_task(answer(house, caller, ask, streamed=streamed))
    await house.first.until(lambda upstream: upstream.asked == 1)

    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    await house.first.until(lambda upstream: upstream.hangups == 1)
    assert await house.settled(caller) == FLAT
    [record] = await house.records()
    assert (record.status, record.flags) == (Status.LEFT, Flag.LEFT)


async def test_leaving_a_stream_that_has_the_picture_costs_it(cottage: House):
    caller = await cottage.caller()

    async with cottage.relay.stream(caller, cottage.ask("A cat", model="flux")) as stream:
        await anext(stream)

    assert await cottage.settled(caller) == FLAT
    [record] = await cottage.records()
    assert (record.status, record.flags) == (Status.PARTIAL, Flag.PARTIAL | Flag.LEFT)
    assert record.completion_tokens == 0
