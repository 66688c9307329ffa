"""Anthropic's official SDK, unmodified, over loopback upstreams of every dialect."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import anthropic
import orjson
import pytest

from bot.api.headers import ANTHROPIC
from bot.sandbox.upstreams.loopback import Loopback
from bot.sandbox.upstreams.troubles import Fault, Trouble
from tests.doors.api.conftest import Opening
from tests.doors.api.wire import get, post, wire
from tests.fakes.bazaar import Bazaar, bazaar
from tests.fakes.house import House
from tests.fakes.serve import request_read, scripted

DIALECTS = ["openai", "fresed", "devsdocode", "spafe", "freetheai", "airforce"]
TOOLED = ["openai", "fresed", "devsdocode", "freetheai"]
SPOKEN = ["openai", "freetheai"]  # translated, native
EARLY = {"openai": 1, "freetheai": 3}  # events before the first word
HELLO: Any = [{"role": "user", "content": "Hello there"}]
MODELS = [
    {"id": f"chat-{name}", "context": 64_000, "routes": [{"upstream": name}]} for name in DIALECTS
]
CLAUDE = MODELS[0] | {"id": "claude-3-5-sonnet", "access": "claude"}
SPEAKER = MODELS[0] | {"id": "tts-1", "kind": "speech"}
PAINTERS = [
    {"id": f"flux-{name}", "kind": "image", "routes": [{"upstream": name, "model": model}]}
    for name, model in (("openai", "flux"), ("freetheai", "img/gpt-image-2"))
]
WEATHER: Any = {
    "name": "get_weather",
    "description": "Look at the sky",
    "input_schema": {
        "type": "object",
        "properties": {"place": {"type": "string"}},
        "required": ["place"],
    },
}
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
PATH = "/v1/messages"

every_dialect = pytest.mark.parametrize("name", DIALECTS)
both = pytest.mark.parametrize("name", SPOKEN)


@pytest.fixture
async def fair() -> AsyncIterator[Bazaar]:
    """Every upstream there is."""
    async with bazaar() as opened:
        yield opened


@pytest.fixture
async def house(opening: Opening, fair: Bazaar) -> AsyncIterator[House]:
    """A house with a model for each of them."""
    async with opening(**settings(fair)) as opened:
        yield opened


def settings(fair: Bazaar, **sections: Any) -> dict[str, Any]:
    return fair.settings | {"models": [*MODELS, CLAUDE, SPEAKER, *PAINTERS]} | sections


def sdk(house: House, key: str, **how: Any) -> anthropic.AsyncAnthropic:
    """Return Anthropic's client, pointed here."""
    how = {"max_retries": 0} | how
    return anthropic.AsyncAnthropic(base_url=house.url, api_key=key, **how)


def text_of(message: Any) -> str:
    return "".join(block.text for block in message.content if block.type == "text")


def body(name: str = "openai", **fields: Any) -> dict[str, Any]:
    return {"model": f"chat-{name}", "max_tokens": 100, "messages": HELLO} | fields


# Answers


@every_dialect
async def test_a_message_is_answered_whole(house: House, name: str) -> None:
    async with sdk(house, await house.key()) as client:
        raw = await client.messages.with_raw_response.create(**body(name))

    message = await raw.parse()
    assert text_of(message).startswith("Hello!")
    assert (message.type, message.role, message.model) == ("message", "assistant", f"chat-{name}")
    assert message.stop_reason == "end_turn"
    spent = message.usage.input_tokens + message.usage.output_tokens
    assert spent == int(raw.headers["x-latchkey-cost"]) == await house.spent()
    assert raw.headers["x-latchkey-upstream"] == name
    assert message._request_id == raw.headers["x-request-id"] == raw.headers["request-id"]


@every_dialect
async def test_a_message_is_streamed(house: House, name: str) -> None:
    async with (
        sdk(house, await house.key()) as client,
        client.messages.stream(**body(name)) as stream,
    ):
        words = [word async for word in stream.text_stream]
        message = await stream.get_final_message()

    assert len(words) > 1
    assert "".join(words) == text_of(message)
    assert text_of(message).startswith("Hello!")
    assert (message.model, message.stop_reason) == (f"chat-{name}", "end_turn")
    usage = message.usage
    assert usage.input_tokens + usage.output_tokens == await house.spent()


@both
async def test_the_synchronous_client_is_served_too(house: House, name: str) -> None:
    key = await house.key()

    def ask() -> tuple[str, str]:
        with anthropic.Anthropic(base_url=house.url, api_key=key, max_retries=0) as client:
            whole = client.messages.create(**body(name))
            with client.messages.stream(**body(name)) as stream:
                return text_of(whole), stream.get_final_text()

    whole, streamed = await asyncio.to_thread(ask)

    assert whole == streamed
    assert whole.startswith("Hello!")


@both
async def test_raw_events_come_in_their_order(house: House, name: str) -> None:
    async with sdk(house, await house.key()) as client:
        stream = await client.messages.create(**body(name), stream=True)
        kinds = [event.type async for event in stream]

    assert kinds[:2] == ["message_start", "content_block_start"]
    assert kinds[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    assert set(kinds[2:-3]) == {"content_block_delta"}


@pytest.mark.parametrize("name", TOOLED)
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
async def test_a_tool_is_called_and_its_result_is_heard(
    house: House, name: str, streamed: bool
) -> None:
    asked: Any = [{"role": "user", "content": "What is the weather in Oslo?"}]
    fields = body(name, tools=[WEATHER], messages=asked)
    async with sdk(house, await house.key()) as client:
        if streamed:
            async with client.messages.stream(**fields) as stream:
                message = await stream.get_final_message()
        else:
            message = await client.messages.create(**fields)
        [call] = [block for block in message.content if block.type == "tool_use"]
        result = {"type": "tool_result", "tool_use_id": call.id, "content": "Rain, of course"}
        turns = [
            *asked,
            {"role": "assistant", "content": [block.to_dict() for block in message.content]},
            {"role": "user", "content": [result]},
        ]
        after = await client.messages.create(**fields | {"messages": turns})

    assert (call.name, call.input) == ("get_weather", {"place": "Oslo"})
    assert message.stop_reason == "tool_use"
    assert text_of(after) == "The tool says: Rain, of course"


@both
async def test_a_chosen_tool_is_called_whatever_is_asked(house: House, name: str) -> None:
    choice = {"type": "tool", "name": "get_weather", "disable_parallel_tool_use": True}
    turns = [{"role": "user", "content": "Call get_weather for Oslo"}]
    async with sdk(house, await house.key()) as client:
        message = await client.messages.create(
            **body(name, tools=[WEATHER], tool_choice=choice, messages=turns)
        )

    assert message.content[0].type == "tool_use"


@both
async def test_the_system_prompt_is_heard(house: House, name: str) -> None:
    told = [{"type": "text", "text": "Remember: my name is Ada."}]
    turns = [{"role": "user", "content": "What is my name?"}]
    async with sdk(house, await house.key()) as client:
        message = await client.messages.create(**body(name, system=told, messages=turns))

    assert text_of(message) == "Your name is Ada."


@both
async def test_a_picture_is_seen(house: House, name: str) -> None:
    source = {"type": "base64", "media_type": "image/png", "data": PNG}
    look = [{"type": "text", "text": "Look:"}, {"type": "image", "source": source}]
    async with sdk(house, await house.key()) as client:
        message = await client.messages.create(
            **body(name, messages=[{"role": "user", "content": look}])
        )

    assert text_of(message).startswith("I see a picture.")
    assert await house.spent() < 1_000  # what the upstream counted, and never its base64


@both
async def test_the_cap_stops_an_answer(house: House, name: str) -> None:
    async with sdk(house, await house.key()) as client:
        message = await client.messages.create(**body(name, max_tokens=3))

    assert message.stop_reason == "max_tokens"
    assert text_of(message).split() == ["Hello!", "I", "am"]


async def test_thoughts_come_with_their_signature(house: House) -> None:
    thinking: Any = {"type": "enabled", "budget_tokens": 1_024}
    fields = body("freetheai", thinking=thinking, max_tokens=2_000)
    async with sdk(house, await house.key()) as client:
        whole = await client.messages.create(**fields)
        async with client.messages.stream(**fields) as stream:
            streamed = await stream.get_final_message()

    for message in (whole, streamed):
        assert [block.type for block in message.content] == ["thinking", "text"]
        assert message.content[0].thinking.startswith("The caller asked")
        assert message.content[0].signature


async def test_a_stop_sequence_is_named(house: House) -> None:
    async with sdk(house, await house.key()) as client:
        message = await client.messages.create(**body("freetheai", stop_sequences=["sandbox"]))

    assert (message.stop_reason, message.stop_sequence) == ("stop_sequence", "sandbox")


async def test_calls_that_an_upstream_mixes_arrive_in_order(opening: Opening) -> None:
    pieces = [
        (0, "call-1", "one", '{"a"'),
        (1, "call-2", "two", '{"b":'),
        (0, None, None, ": 1}"),
        (1, None, None, "2}"),
    ]
    deltas = [
        {"tool_calls": [{"index": i, "id": id_, "function": {"name": name, "arguments": said}}]}
        for i, id_, name, said in pieces
    ]
    chunks = [{"id": "c", "choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    end = {"id": "c", "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}
    events = b"".join(b"data: %b\n\n" % orjson.dumps(one) for one in (*chunks, end))

    async def upstream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_read(reader)
        head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
        writer.write(head + events + b"data: [DONE]\n\n")
        await writer.drain()

    async with (
        scripted(upstream) as url,
        opening(urls={"first": url}) as house,
        sdk(house, await house.key()) as client,
        client.messages.stream(**body() | {"model": "gpt-4o"}, tools=[WEATHER]) as stream,
    ):
        message = await stream.get_final_message()

    assert [(block.id, block.name, block.input) for block in message.content] == [
        ("call-1", "one", {"a": 1}),
        ("call-2", "two", {"b": 2}),
    ]
    assert message.stop_reason == "tool_use"


@both
@pytest.mark.parametrize("stream", [False, True])
async def test_a_model_of_pictures_answers_with_one_at_its_flat_price(
    house: House, name: str, stream: bool
) -> None:
    fields = body(name) | {"model": f"flux-{name}"}
    async with sdk(house, await house.key()) as client:
        if stream:
            async with client.messages.stream(**fields) as events:
                message = await events.get_final_message()
        else:
            message = await client.messages.create(**fields)

    assert text_of(message).startswith("![Generated image](")
    assert message.model == f"flux-{name}"
    assert await house.spent() == 800


# Counting


async def test_counting_tokens_is_free(house: House) -> None:
    async with sdk(house, await house.key()) as client:
        short = await client.messages.count_tokens(model="chat-openai", messages=HELLO)
        long = await client.messages.count_tokens(
            model="chat-openai", messages=HELLO, system="Be brief.", tools=[WEATHER]
        )

    assert 0 < short.input_tokens < long.input_tokens
    assert await house.spent() == 0
    assert await house.records() == []


async def test_counting_needs_a_key_and_a_model(house: House) -> None:
    async with sdk(house, await house.key()) as client:
        with pytest.raises(anthropic.BadRequestError) as unknown:
            await client.messages.count_tokens(model="chat-opennai", messages=HELLO)
    async with sdk(house, "lk_nobody") as stranger:
        with pytest.raises(anthropic.AuthenticationError):
            await stranger.messages.count_tokens(model="chat-openai", messages=HELLO)

    assert "`chat-openai`" in unknown.value.message


# Keys


async def test_a_key_may_come_as_x_api_key_or_as_bearer_token(house: House) -> None:
    key = await house.key()
    client = house.client()
    ways = [
        {"x-api-key": key},
        {"authorization": f"Bearer {key}"},
        {"authorization": f"Bearer {key}", "x-api-key": "sk-ant-somebody-elses"},
    ]

    answers = [await client.post(PATH, json=body(), headers=way) for way in ways]
    elsewhere = await client.post("/v1/chat/completions", json=body(), headers={"x-api-key": key})

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert elsewhere.status_code == 401


@pytest.mark.parametrize("headers", [{}, {"x-api-key": ""}, {"x-api-key": "lk_wrong"}], ids=str)
async def test_a_missing_or_wrong_key_is_told_how_to_get_one(
    house: House, headers: dict[str, str]
) -> None:
    answer = await house.client().post(PATH, content=b"{", headers=headers)

    assert answer.status_code == 401
    told = answer.json()
    assert set(told) == {"type", "error", "request_id"}
    assert told["error"]["type"] == "authentication_error"
    assert "/signup" in told["error"]["message"]
    assert "/resetkey" in told["error"]["message"]
    assert told["request_id"] == answer.headers["request-id"] == answer.headers["x-request-id"]
    assert not [name for name in answer.headers if "ratelimit" in name]


async def test_the_suspended_are_told_why(house: House) -> None:
    key = await house.key()
    await house.inner.members.suspend(await house.member(), "spam")

    async with sdk(house, key) as client:
        with pytest.raises(anthropic.PermissionDeniedError) as refused:
            await client.messages.create(**body())

    assert "spam" in refused.value.message


# Errors


@pytest.mark.parametrize(
    ("fields", "wants"),
    [
        ({"max_tokens": None}, "`max_tokens`"),
        ({"max_tokens": 0}, "`max_tokens`"),
        ({"messages": []}, "`messages`"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "content[0].text`"),
        ({"model": "chat-opennai"}, "`chat-openai`"),
        ({"model": "tts-1"}, "tts-1"),
        ({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, "chat-openai"),
    ],
    ids=["no cap", "cap", "messages", "block", "model", "no chat", "alien"],
)
async def test_a_bad_body_is_a_bad_request_that_says_what_to_change(
    house: House, fields: dict[str, Any], wants: str
) -> None:
    key = await house.key()
    answer = await house.client(key).post(PATH, json=body(**fields))

    assert answer.status_code == 400
    assert answer.json()["type"] == "error"
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert wants in answer.json()["error"]["message"]
    assert answer.headers["anthropic-ratelimit-tokens-remaining"] == "80000"


async def test_the_sdk_names_each_error_as_it_should(house: House, fair: Bazaar) -> None:
    key = await house.key()
    async with sdk(house, key) as client:
        with pytest.raises(anthropic.PermissionDeniedError) as closed:
            await client.messages.create(**body() | {"model": "claude-3-5-sonnet"})
        with pytest.raises(anthropic.NotFoundError) as missing:
            await client.messages.batches.retrieve("msgbatch_1")
        fair.upstreams["openai"].faults.next(Fault.BAD_REQUEST)
        with pytest.raises(anthropic.BadRequestError) as refused:
            await client.messages.create(**body())
        fair.upstreams["openai"].faults.next(*[Fault.BROKEN] * 2)
        with pytest.raises(anthropic.InternalServerError) as failed:
            await client.messages.create(**body())
        fair.upstreams["openai"].faults.next(Trouble(Fault.RATE_LIMITED, 30))
        with pytest.raises(anthropic.ServiceUnavailableError) as rests:
            await client.messages.create(**body())

    assert closed.value.type == "permission_error"
    assert "/all_limits" in closed.value.message
    assert missing.value.type == "not_found_error"
    assert refused.value.type == "invalid_request_error"
    assert (failed.value.status_code, failed.value.type) == (502, "api_error")
    assert (rests.value.status_code, rests.value.type) == (503, "overloaded_error")
    assert rests.value.response.headers["retry-after"] == "30"
    assert failed.value.request_id == failed.value.body["request_id"]
    assert failed.value.request_id.startswith("req_")


async def test_a_silent_upstream_is_a_timeout(opening: Opening, fair: Bazaar) -> None:
    quick = [one | {"idle_seconds": 0.1} for one in fair.settings["upstreams"]]
    async with opening(**settings(fair, upstreams=quick)) as house:
        fair.upstreams["freetheai"].faults.every(Fault.SLOW)
        async with sdk(house, await house.key()) as client:
            with pytest.raises(anthropic.GatewayTimeoutError) as late:
                await client.messages.create(**body("freetheai"))

    assert late.value.type == "timeout_error"


async def test_the_list_of_models_is_anthropics_too(house: House) -> None:
    async with sdk(house, await house.key()) as client:
        listed = [model async for model in client.models.list()]
        one = await client.models.retrieve("chat-openai")

    assert [model.id for model in listed] == [m.id for m in house.inner.catalogue.visible()]
    assert {model.type for model in listed} == {"model"}
    assert (one.id, one.display_name) == ("chat-openai", "chat-openai")
    assert one.created_at.year == 2025


async def test_another_method_is_refused_in_anthropics_shape(house: House) -> None:
    answer = await house.client(await house.key()).get(PATH)

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.json()["error"]["type"] == "invalid_request_error"


async def test_a_body_too_large_is_refused(opening: Opening, fair: Bazaar) -> None:
    small = settings(fair, limits={"body_bytes": 2_000})
    async with opening(**small) as house, sdk(house, await house.key()) as client:
        with pytest.raises(anthropic.RequestTooLargeError) as refused:
            await client.messages.create(**body(system="x" * 4_000))

    assert refused.value.status_code == 413
    assert refused.value.body["error"]["type"] == "request_too_large"


async def test_the_sdk_asks_once_when_the_day_is_spent(opening: Opening, fair: Bazaar) -> None:
    async with opening(**settings(fair, limits={"daily_tokens": 10})) as house:
        async with sdk(house, await house.key(), max_retries=3) as client:
            with pytest.raises(anthropic.RateLimitError) as spent:
                await client.messages.create(**body())
        metrics = await house.client().get("/metrics")

    headers = spent.value.response.headers
    assert spent.value.type == "rate_limit_error"
    assert headers["x-should-retry"] == "false"
    assert headers["retry-after"] == str(12 * 3600)
    assert headers["anthropic-ratelimit-tokens-limit"] == "10"
    assert 'latchkey_errors_total{code="insufficient_quota"} 1' in metrics.text


async def test_the_sdk_tries_again_after_a_failure(house: House, fair: Bazaar) -> None:
    fair.upstreams["freetheai"].faults.next(Fault.BROKEN, Fault.BROKEN)  # asked, and once again
    async with sdk(house, await house.key(), max_retries=1) as client:
        message = await client.messages.create(**body("freetheai"))

    assert text_of(message).startswith("Hello!")
    assert [record.status for record in await house.records()] == ["failed", "answered"]


@both
@pytest.mark.parametrize("fault", [Fault.CUT, Fault.ERROR_OBJECT])
async def test_a_stream_that_was_cut_raises_and_says_so(
    house: House, fair: Bazaar, name: str, fault: Fault
) -> None:
    fair.upstreams[name].faults.next(Trouble(fault, EARLY[name] + 3))
    words: list[str] = []
    async with sdk(house, await house.key()) as client:
        with pytest.raises(anthropic.APIStatusError) as cut:
            async with client.messages.stream(**body(name)) as stream:
                async for word in stream.text_stream:
                    words += [word]

    assert "".join(words) == "Hello! I am "
    assert cut.value.body["type"] == "error"
    assert cut.value.type == "api_error"
    assert "broke off" in cut.value.body["error"]["message"]
    assert cut.value.body["request_id"] == cut.value.request_id
    [record] = await house.records()
    assert record.status == "partial"
    assert record.cost == await house.spent() > 0


@both
async def test_leaving_a_stream_ends_the_call(house: House, fair: Bazaar, name: str) -> None:
    upstream: Loopback = fair.upstreams[name]
    upstream.faults.next(Trouble(Fault.SLOW, EARLY[name] + 2))
    async with sdk(house, await house.key()) as client:
        stream = await client.messages.create(**body(name), stream=True)
        await anext(aiter(stream))
        await stream.close()
        await upstream.until(lambda one: one.hangups == 1)

    assert [record.status for record in await house.records()] == ["partial"]


async def test_leaving_a_call_that_does_not_stream_ends_it(house: House, fair: Bazaar) -> None:
    upstream = fair.upstreams["freetheai"]
    upstream.faults.next(Fault.SLOW)
    key = await house.key()

    async with wire(house.url) as line:
        await line.send(post(key, body("freetheai"), path=PATH))
        await upstream.until(lambda one: one.asked == 1)
        line.hang_up()
        await upstream.until(lambda one: one.hangups == 1)

    assert [record.status for record in await house.records()] == ["left"]


async def test_a_process_that_ends_is_overloaded(house: House) -> None:
    key = await house.key()
    house.api.drain()

    answer = await house.client(key).post(PATH, json=body())

    assert answer.status_code == 503
    assert answer.json()["error"]["type"] == "overloaded_error"
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.headers["request-id"] == answer.json()["request_id"]


# Headers


@pytest.mark.parametrize("stream", [False, True])
async def test_limits_are_told_under_anthropics_names(house: House, stream: bool) -> None:
    client = house.client(await house.key())
    await house.requests_mode()

    answer = await client.post(PATH, json=body(stream=stream))

    told = answer.headers
    assert told["anthropic-ratelimit-tokens-limit"] == "80000"
    assert told["anthropic-ratelimit-tokens-remaining"] == "79200"
    assert told["anthropic-ratelimit-requests-limit"] == "20"
    assert told["anthropic-ratelimit-requests-remaining"] == "19"
    assert datetime.fromisoformat(told["anthropic-ratelimit-tokens-reset"]) == datetime(
        2026, 11, 21, tzinfo=UTC
    )
    minute = datetime.fromisoformat(told["anthropic-ratelimit-requests-reset"])
    assert 0 < (minute - house.clock.now()).total_seconds() <= 60
    assert told["x-latchkey-remaining"] == "79200"
    assert told["x-latchkey-cost"] == "800"
    assert not [name for name in told if name.startswith("x-ratelimit")]


async def test_in_token_mode_the_minute_has_no_limit_to_tell(house: House) -> None:
    answer = await house.client(await house.key()).post(f"{PATH}/count_tokens", json=body())

    assert answer.json() == {"input_tokens": 9}
    assert answer.headers["anthropic-ratelimit-tokens-remaining"] == "80000"
    assert "anthropic-ratelimit-requests-limit" not in answer.headers


async def test_a_page_may_read_anthropics_headers(opening: Opening, fair: Bazaar) -> None:
    api = {"cors_origins": ["https://page.example"]}
    async with opening(**settings(fair, api=api)) as house, wire(house.url) as line:
        await line.send(get(PATH, "Origin: https://page.example"))
        told = await line.reply()

    exposed = told.headers["access-control-expose-headers"]
    assert set(ANTHROPIC) <= set(exposed.split(", "))


async def test_a_native_upstream_is_told_the_version_and_the_betas_and_nothing_more(
    house: House, fair: Bazaar
) -> None:
    key = await house.key()
    headers = {
        "x-api-key": key,
        "anthropic-version": "2024-01-01",
        "anthropic-beta": "files-api, context-1m",
        "cookie": "mine=1",
        "x-client": "mine",
    }

    answer = await house.client().post(PATH, json=body("freetheai"), headers=headers)

    assert answer.status_code == 200
    told = fair.upstreams["freetheai"].seen[-1].headers
    assert told["anthropic-version"] == "2024-01-01"
    assert told["anthropic-beta"] == "files-api,context-1m"
    assert {"x-api-key", "cookie", "x-client"}.isdisjoint(told)
    assert key not in str(told)
