"""POST /v1/chat/completions, answered whole."""

from typing import Any

import pytest

from bot.sandbox.upstreams.troubles import Fault
from tests.doors.api.wire import chat
from tests.fakes.house import UPSTREAM_KEY, House, duration


@pytest.mark.parametrize(
    "path", ["/v1/chat/completions", "/chat/completions", "/api/v1/chat/completions"]
)
async def test_a_key_opens_the_chat_on_all_three_paths(house: House, path: str) -> None:
    client = house.client(await house.key())

    answer = await client.post(path, json=chat())

    assert answer.status_code == 200
    assert answer.json()["choices"][0]["message"]["content"].startswith("Hello!")
    assert answer.headers["content-type"] == "application/json"


async def test_an_answer_names_the_model_that_was_asked_for(house: House) -> None:
    client = house.client(await house.key())

    answer = await client.post("/v1/chat/completions", json=chat())

    assert answer.json()["model"] == "gpt-4o"
    assert house.first.seen[0].body["model"] == "their-gpt"
    assert house.first.seen[0].headers["authorization"] == f"Bearer {UPSTREAM_KEY}"


async def test_a_model_may_have_a_slash_in_its_id(house: House) -> None:
    client = house.client(await house.key())

    answer = await client.post("/v1/chat/completions", json=chat(model="maker/deep-model"))

    assert answer.json()["model"] == "maker/deep-model"


async def test_fields_we_do_not_know_pass_through_untouched(house: House) -> None:
    client = house.client(await house.key())
    strange = {
        "temperature": 0.25,
        "logit_bias": {"50256": -100},
        "metadata": {"ü": [None, True, 1e-9, {"deep": "…"}]},
        "x_future_field": "kept",
        "stop": ["\n", "\u2028"],
    }

    await client.post("/v1/chat/completions", json=chat(**strange))

    seen = house.first.seen[0].body
    assert {name: seen[name] for name in strange} == strange


async def test_vision_parts_tools_and_several_choices_pass_through(house: House) -> None:
    client = house.client(await house.key())
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    parts = [{"type": "text", "text": "The weather in Oslo?"}, picture]
    tool = {
        "type": "function",
        "function": {
            "name": "get_weather",
            "parameters": {"type": "object", "properties": {"place": {"type": "string"}}},
        },
    }
    body = chat(tools=[tool], n=2, messages=[{"role": "user", "content": parts}])

    answer = await client.post("/v1/chat/completions", json=body)

    assert house.first.seen[0].body["messages"] == body["messages"]
    calls = [choice["message"]["tool_calls"][0] for choice in answer.json()["choices"]]
    assert [call["function"]["name"] for call in calls] == ["get_weather"] * 2


async def test_the_headers_say_what_it_cost_and_what_is_left_of_the_day(house: House) -> None:
    client = house.client(await house.key())

    answer = await client.post("/v1/chat/completions", json=chat())

    cost = answer.json()["usage"]["total_tokens"]
    headers = answer.headers
    assert headers["x-latchkey-cost"] == str(cost)
    assert headers["x-latchkey-remaining"] == str(80_000 - cost)
    assert headers["x-latchkey-upstream"] == "first"
    assert headers["x-ratelimit-limit-tokens"] == "80000"
    assert headers["x-ratelimit-remaining-tokens"] == str(80_000 - cost)
    assert headers["x-ratelimit-reset-tokens"] == "12h0m0s"  # the clock stands at noon
    assert not [name for name in headers if name.endswith("-requests")]
    assert await house.spent() == cost


async def test_request_mode_speaks_of_the_minute_too(house: House) -> None:
    client = house.client(await house.key())
    await house.requests_mode()

    answer = await client.post("/v1/chat/completions", json=chat())

    headers = answer.headers
    assert headers["x-latchkey-cost"] == "800"
    assert headers["x-ratelimit-remaining-tokens"] == "79200"
    assert headers["x-ratelimit-limit-requests"] == "20"
    assert headers["x-ratelimit-remaining-requests"] == "19"
    assert 1 <= duration(headers["x-ratelimit-reset-requests"]) <= 60


async def test_without_a_limit_there_is_nothing_to_say_of_it(house: House) -> None:
    client = house.client(await house.key())
    await house.grant(unlimited=True)

    answer = await client.post("/v1/chat/completions", json=chat())

    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("x-ratelimit")]
    assert "x-latchkey-remaining" not in answer.headers
    assert int(answer.headers["x-latchkey-cost"]) > 0


async def test_every_answer_has_a_request_id_of_its_own(house: House) -> None:
    client = house.client(await house.key())

    ids = {
        (await client.post("/v1/chat/completions", json=chat())).headers["x-request-id"],
        (await client.get("/v1/models")).headers["x-request-id"],
        (await client.get("/nowhere")).headers["x-request-id"],
    }

    assert len(ids) == 3
    assert all(one.startswith("req_") for one in ids)


async def test_another_route_answers_when_the_first_breaks(house: House) -> None:
    client = house.client(await house.key())
    house.first.faults.every(Fault.BROKEN)

    answer = await client.post("/v1/chat/completions", json=chat())

    assert answer.headers["x-latchkey-upstream"] == "second"
    assert [record.status for record in await house.records()] == ["answered"]


SEEN = {"type": "text", "text": "What is this?"}
WITHIN = "http://[::ffff:169.254.169.254]/latest/meta-data"


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        (
            "/v1/chat/completions",
            {
                "messages": [
                    {
                        "role": "user",
                        "content": [SEEN, {"type": "image_url", "image_url": {"url": WITHIN}}],
                    }
                ]
            },
            "messages",
        ),
        (
            "/v1/messages",
            {
                "max_tokens": 9,
                "messages": [
                    {
                        "role": "user",
                        "content": [{"type": "image", "source": {"type": "url", "url": WITHIN}}],
                    }
                ],
            },
            "messages",
        ),
        (
            "/v1/responses",
            {
                "input": [
                    {"role": "user", "content": [{"type": "input_image", "image_url": WITHIN}]}
                ]
            },
            "input",
        ),
    ],
    ids=["chat", "messages", "responses"],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_a_picture_at_a_private_address_is_refused_before_anybody_is_asked(
    house: House, path: str, body: dict[str, Any], param: str, stream: bool
) -> None:
    client = house.client(await house.key())

    answer = await client.post(path, json={"model": "gpt-4o", "stream": stream} | body)

    assert answer.status_code == 400
    assert f"The address in `{param}` does not lead" in answer.json()["error"]["message"]
    assert house.first.asked == 0
    assert await house.records() == []
