"""POST /v1/responses with the official SDK: whole, streamed, with functions and with a schema."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import openai
import orjson
import pytest
from openai.types.responses import Response
from pydantic import BaseModel

from bot.sandbox.upstreams.fresed import LoopbackFresed
from bot.sandbox.upstreams.troubles import Fault, Trouble
from tests.doors.api.conftest import Opening
from tests.doors.api.wire import eventually, post, wire
from tests.fakes.house import House
from tests.fakes.serve import serving

WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "Say what the weather is.",
    "strict": False,
    "parameters": {
        "type": "object",
        "properties": {"place": {"type": "string"}},
        "required": ["place"],
    },
}
OSLO = "What is the weather in Oslo?"
PATH = "/v1/responses"


class Town(BaseModel):
    """What a model is asked to fill."""

    name: str
    people: int


@pytest.fixture
async def client(house: House) -> AsyncIterator[openai.AsyncOpenAI]:
    """OpenAI's client, pointed here."""
    async with sdk(house, await house.key()) as made:
        yield made


def sdk(house: House, key: str) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=f"{house.url}/v1", api_key=key, max_retries=0)


def strictly(answer: Response) -> Response:
    """Return the answer once the SDK's own models accept it, every field of it."""
    return Response.model_validate(answer.model_dump(), strict=True)


async def test_a_text_is_answered_whole(house: House, client: openai.AsyncOpenAI) -> None:
    raw = await client.responses.with_raw_response.create(
        model="gpt-4o",
        input="Hello there",
        instructions="Be kind.",
        metadata={"ticket": "7"},
        temperature=0.5,
        max_output_tokens=400,
    )

    answer = strictly(raw.parse())
    assert answer.output_text.startswith("Hello!")
    assert (answer.status, answer.object, answer.model) == ("completed", "response", "gpt-4o")
    assert answer.id.startswith("resp_")
    assert (answer.instructions, answer.metadata) == ("Be kind.", {"ticket": "7"})
    assert (answer.temperature, answer.max_output_tokens) == (0.5, 400)
    assert answer.model_extra == {"store": False}
    assert answer.usage.total_tokens == int(raw.headers["x-latchkey-cost"])
    assert raw.headers["x-latchkey-upstream"] == "first"
    [message] = answer.output
    assert (message.type, message.role, message.status) == ("message", "assistant", "completed")
    sent = house.first.seen[-1].body
    assert sent["messages"] == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Hello there"},
    ]
    assert (sent["temperature"], sent["max_tokens"]) == (0.5, 400)
    [record] = await house.records()
    assert (record.endpoint, record.cost) == ("responses", answer.usage.total_tokens)


async def test_a_text_is_streamed_in_order(house: House, client: openai.AsyncOpenAI) -> None:
    stream = await client.responses.create(model="gpt-4o", input="Hello there", stream=True)
    events = [event async for event in stream]

    kinds = [event.type for event in events]
    assert kinds[:4] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
    ]
    assert kinds[-4:] == [
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert set(kinds[4:-4]) == {"response.output_text.delta"}
    assert [event.sequence_number for event in events] == list(range(len(events)))
    final = strictly(events[-1].response)
    assert final.output_text == "".join(event.delta for event in events[4:-4])
    assert final.output_text.startswith("Hello!")
    assert final.usage.total_tokens == await house.spent()


async def test_the_sdks_own_stream_helper_follows(client: openai.AsyncOpenAI) -> None:
    async with client.responses.stream(model="gpt-4o", input=OSLO, tools=[WEATHER]) as stream:
        kinds = [event.type async for event in stream]
        final = await stream.get_final_response()

    [call] = final.output
    assert (call.type, call.name) == ("function_call", "get_weather")
    assert orjson.loads(call.arguments) == {"place": "Oslo"}
    assert "response.function_call_arguments.delta" in kinds
    assert kinds[-3:] == [
        "response.function_call_arguments.done",
        "response.output_item.done",
        "response.completed",
    ]


async def test_a_function_is_called_and_its_answer_told(
    house: House, client: openai.AsyncOpenAI
) -> None:
    talk: list[Any] = [{"role": "user", "content": OSLO}]
    first = await client.responses.create(model="gpt-4o", input=talk, tools=[WEATHER])
    [call] = strictly(first).output
    talk += first.output
    talk.append({"type": "function_call_output", "call_id": call.call_id, "output": "Snow"})
    second = await client.responses.create(model="gpt-4o", input=talk, tools=[WEATHER])

    assert second.output_text == "The tool says: Snow"
    sent = house.first.seen[-1].body
    function = {"name": "get_weather", "arguments": call.arguments}
    assert sent["messages"][1:] == [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": call.call_id, "type": "function", "function": function}],
        },
        {"role": "tool", "tool_call_id": call.call_id, "content": "Snow"},
    ]
    assert sent["tools"] == [
        {
            "type": "function",
            "function": {name: WEATHER[name] for name in WEATHER if name != "type"},
        }
    ]


async def test_an_answer_is_parsed_into_a_schema(house: House, client: openai.AsyncOpenAI) -> None:
    answer = await client.responses.parse(model="gpt-4o", input="Tell me of Oslo", text_format=Town)

    assert answer.output_parsed == Town(name="Oslo", people=1)
    wanted = house.first.seen[-1].body["response_format"]
    assert (wanted["type"], wanted["json_schema"]["name"]) == ("json_schema", "Town")
    assert wanted["json_schema"]["strict"] is True
    assert answer.text.format.type == "json_schema"


async def test_a_stream_is_parsed_into_a_schema(client: openai.AsyncOpenAI) -> None:
    async with client.responses.stream(
        model="gpt-4o", input="Tell me of Oslo", text_format=Town
    ) as stream:
        final = await stream.get_final_response()

    assert final.output_parsed == Town(name="Oslo", people=1)


async def test_the_sdk_that_waits_is_answered_too(house: House) -> None:
    key = await house.key()

    def asked() -> tuple[str, str]:
        with openai.OpenAI(base_url=f"{house.url}/v1", api_key=key) as client:
            whole = client.responses.create(model="gpt-4o", input="Hello there")
            with client.responses.create(model="gpt-4o", input="Hello there", stream=True) as told:
                pieces = [e.delta for e in told if e.type == "response.output_text.delta"]
        return whole.output_text, "".join(pieces)

    whole, streamed = await asyncio.to_thread(asked)

    assert whole == streamed
    assert whole.startswith("Hello!")


async def test_an_image_model_responds_with_a_picture(client: openai.AsyncOpenAI) -> None:
    answer = await client.responses.create(model="flux", input="A white siamese cat")

    assert answer.output_text.startswith("![")


async def test_in_request_mode_a_response_costs_one_request(
    house: House, client: openai.AsyncOpenAI
) -> None:
    await house.requests_mode()

    raw = await client.responses.with_raw_response.create(model="gpt-4o", input="Hello there")

    assert raw.headers["x-latchkey-cost"] == "800"
    assert raw.headers["x-ratelimit-limit-requests"] == "20"


async def test_who_leaves_a_stream_pays_for_what_was_delivered(house: House) -> None:
    house.first.faults.next(Trouble(Fault.SLOW, 4))
    body = {"model": "gpt-4o", "input": "Hello there", "stream": True}

    async with wire(house.url) as line:
        await line.send(post(await house.key(), body, path=PATH))
        status, _ = await line.head()
        while b"output_text.delta" not in await line.piece():
            pass
        line.hang_up()
        await house.first.until(lambda upstream: upstream.hangups == 1)
        [record] = await eventually(house.records)

    assert status == 200
    assert (record.status, record.endpoint) == ("partial", "responses")
    assert 0 < record.completion_tokens < 10


async def test_an_answer_that_met_its_cap_is_incomplete(client: openai.AsyncOpenAI) -> None:
    answer = await client.responses.create(model="gpt-4o", input="Hello there", max_output_tokens=2)
    stream = await client.responses.create(
        model="gpt-4o", input="Hello there", max_output_tokens=2, stream=True
    )
    last = [event async for event in stream][-1]

    for found in (answer, last.response):
        assert found.status == "incomplete"
        assert found.incomplete_details.reason == "max_output_tokens"
        assert found.output[-1].status == "incomplete"
        assert found.completed_at is None
    assert last.type == "response.incomplete"


async def test_a_stream_that_was_cut_fails_and_says_so(
    house: House, client: openai.AsyncOpenAI
) -> None:
    house.first.faults.next(Trouble(Fault.CUT, 4))

    stream = await client.responses.create(model="gpt-4o", input="Hello there", stream=True)
    events = []
    with pytest.raises(openai.APIError) as cut:
        async for event in stream:
            events.append(event)  # noqa: PERF401  # what came before the error is looked at

    assert cut.value.code == "stream_incomplete"
    assert events[-1].type == "response.failed"
    assert events[-1].response.error.code == "server_error"
    assert events[-1].response.output[0].status == "incomplete"
    assert "response.output_item.done" not in [event.type for event in events]
    [record] = await house.records()
    assert record.cost > 0


async def test_the_last_event_of_a_cut_stream_has_the_usual_error(house: House) -> None:
    house.first.faults.next(Trouble(Fault.CUT, 4))

    answer = await house.client(await house.key()).post(
        PATH, json={"model": "gpt-4o", "input": "Hello there", "stream": True}
    )

    name, data = answer.text.strip().split("\n\n")[-1].split("\n")
    told = orjson.loads(data.removeprefix("data: "))
    assert name == "event: error"
    assert told["type"] == "error"
    assert told["error"]["code"] == told["code"] == "stream_incomplete"
    assert "[DONE]" not in answer.text


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"previous_response_id": "resp_1"}, "previous_response_id"),
        ({"conversation": "conv_1"}, "conversation"),
        ({"background": True}, "background"),
        ({"tools": [{"type": "code_interpreter"}]}, "tools[0].type"),
        ({"input": []}, "input"),
        ({"input": [{"type": "item_reference", "id": "msg_1"}]}, "input[0]"),
        ({"max_output_tokens": 0}, "max_output_tokens"),
        ({"model": None}, "model"),
        ({"input": "word " * 9000}, "input"),
    ],
)
async def test_what_cannot_be_done_is_refused_by_the_callers_own_name_for_it(
    house: House, fields: dict[str, Any], param: str
) -> None:
    body = {"model": "gpt-4o", "input": "Hello there"} | fields

    answer = await house.client(await house.key()).post(PATH, json=body)

    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param
    assert await house.records() == []


async def test_web_search_asks_the_models_web_kind(opening: Opening) -> None:
    fresed = LoopbackFresed()
    async with serving(fresed.app()) as url:
        upstream = {"name": "fresed", "dialect": "fresed", "base_url": f"{url}/v1"}
        models = [
            {"id": name, "routes": [{"upstream": "fresed"}]}
            for name in ("gpt-4o", "gpt-4o+web", "gpt-4")
        ]
        async with (
            opening(models=models, upstreams=[upstream]) as house,
            sdk(house, await house.key()) as client,
        ):
            ask = {"input": "Hello there", "tools": [{"type": "web_search"}]}
            answer = await client.responses.create(model="gpt-4o", **ask)
            with pytest.raises(openai.BadRequestError) as none:
                await client.responses.create(model="gpt-4", **ask)
            with pytest.raises(openai.BadRequestError) as unknown:
                await client.responses.create(model="gpt-5", stream=True, **ask)
            [record] = await house.records()

    assert (answer.model, record.model) == ("gpt-4o", "gpt-4o+web")
    assert fresed.seen[-1].body["model"] == "gpt-4o+web"
    assert (none.value.code, none.value.param) == ("invalid_request", "tools")
    assert "`gpt-4` has no network access here" in none.value.message
    assert "such as `gpt-4o`" in none.value.message
    assert unknown.value.code == "model_not_found"
    assert "no model `gpt-5`" in unknown.value.message


async def test_where_no_model_has_the_web_none_is_named(house: House) -> None:
    body = {"model": "gpt-4o", "input": "Hello", "tools": [{"type": "web_search"}]}

    answer = await house.client(await house.key()).post(PATH, json=body)

    assert answer.status_code == 400
    assert "no other model has" in answer.json()["error"]["message"]


async def test_one_cannot_respond_without_a_key(house: House) -> None:
    answer = await house.client().post(PATH, json={"model": "gpt-4o", "input": "Hello"})

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "invalid_api_key"
