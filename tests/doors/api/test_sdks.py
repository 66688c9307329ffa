"""The official SDKs, unmodified, over loopback."""

import openai
import pytest

from bot.sandbox.upstreams.troubles import Fault, Trouble
from tests.doors.api.conftest import Opening
from tests.fakes.house import House

HELLO = [{"role": "user", "content": "Hello there"}]


def sdk(house: House, key: str, **how: object) -> openai.AsyncOpenAI:
    """Return OpenAI's client, pointed here."""
    return openai.AsyncOpenAI(base_url=f"{house.url}/v1", api_key=key, **how)


async def test_openai_answers_whole(house: House) -> None:
    async with sdk(house, await house.key()) as client:
        raw = await client.chat.completions.with_raw_response.create(model="gpt-4o", messages=HELLO)

    answer = raw.parse()
    assert answer.choices[0].message.content.startswith("Hello!")
    assert answer.usage.total_tokens == int(raw.headers["x-latchkey-cost"])
    assert answer._request_id == raw.headers["x-request-id"]


async def test_openai_streams(house: House) -> None:
    async with sdk(house, await house.key()) as client:
        stream = await client.chat.completions.create(
            model="gpt-4o",
            messages=HELLO,
            stream=True,
            stream_options={"include_usage": True},
        )
        chunks = [chunk async for chunk in stream]

    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text.startswith("Hello!")
    assert chunks[-1].usage.total_tokens == await house.spent()


async def test_openai_calls_tools_in_a_stream(house: House) -> None:
    tool = {
        "type": "function",
        "function": {
            "name": "get_weather",
            "parameters": {"type": "object", "properties": {"place": {"type": "string"}}},
        },
    }
    async with (
        sdk(house, await house.key()) as client,
        client.chat.completions.stream(
            model="gpt-4o",
            messages=[{"role": "user", "content": "What is the weather in Oslo?"}],
            tools=[tool],
        ) as stream,
    ):
        final = await stream.get_final_completion()

    [call] = final.choices[0].message.tool_calls
    assert call.function.name == "get_weather"
    assert "Oslo" in call.function.arguments


async def test_openai_raises_on_a_stream_that_was_cut(house: House) -> None:
    house.first.faults.next(Trouble(Fault.CUT, 4))
    async with sdk(house, await house.key()) as client:
        stream = await client.chat.completions.create(model="gpt-4o", messages=HELLO, stream=True)
        with pytest.raises(openai.APIError) as cut:
            [chunk async for chunk in stream]

    assert cut.value.code == "stream_incomplete"


async def test_openai_asks_once_when_the_day_is_spent(opening: Opening) -> None:
    async with opening(limits={"daily_tokens": 10}) as house:
        async with sdk(house, await house.key(), max_retries=3) as client:
            with pytest.raises(openai.RateLimitError) as spent:
                await client.chat.completions.create(model="gpt-4o", messages=HELLO)

        metrics = await house.client().get("/metrics")
    assert spent.value.code == "insufficient_quota"
    assert 'latchkey_errors_total{code="insufficient_quota"} 1' in metrics.text


async def test_openai_names_each_error_as_it_should(house: House) -> None:
    async with sdk(house, await house.key(), max_retries=0) as client:
        with pytest.raises(openai.BadRequestError) as unknown:
            await client.chat.completions.create(model="gpt-9", messages=HELLO)
        with pytest.raises(openai.PermissionDeniedError) as closed:
            await client.chat.completions.create(model="claude-3-5-sonnet", messages=HELLO)
        with pytest.raises(openai.NotFoundError):
            await client.models.retrieve("gpt-9")
        house.first.faults.every(Fault.BROKEN)
        house.second.faults.every(Fault.BROKEN)
        with pytest.raises(openai.InternalServerError) as failed:
            await client.chat.completions.create(model="gpt-4o", messages=HELLO)
    async with sdk(house, "lk_nobody") as client:
        with pytest.raises(openai.AuthenticationError) as stranger:
            await client.chat.completions.create(model="gpt-4o", messages=HELLO)

    assert (unknown.value.code, unknown.value.param) == ("model_not_found", "model")
    assert closed.value.code == "model_not_available"
    assert failed.value.status_code == 502
    assert failed.value.request_id.startswith("req_")
    assert "/signup" in stranger.value.message


async def test_openai_lists_models(house: House) -> None:
    async with sdk(house, await house.key()) as client:
        listed = [model.id async for model in client.models.list()]
        one = await client.models.retrieve("maker/deep-model")

    assert "gpt-4o" in listed
    assert one.id == "maker/deep-model"
    assert one.coefficient == 2.5


async def test_openai_leaving_a_stream_ends_the_call(house: House) -> None:
    house.first.faults.next(Trouble(Fault.SLOW, 3))
    async with sdk(house, await house.key()) as client:
        stream = await client.chat.completions.create(model="gpt-4o", messages=HELLO, stream=True)
        await anext(aiter(stream))
        await stream.close()
        await house.first.until(lambda upstream: upstream.hangups == 1)

    assert [record.status for record in await house.records()] == ["partial"]
