"""The loopback freetheai and airforce are as their documents say, and official SDKs are content."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anthropic
import httpx
import openai
import pytest

from bot.sandbox.upstreams.airforce import LoopbackAirforce
from bot.sandbox.upstreams.freetheai import LoopbackFreeTheAI
from bot.sandbox.upstreams.loopback import Loopback
from bot.sandbox.upstreams.troubles import Fault, Trouble
from tests.fakes.serve import serving
from tests.upstreams.conftest import KEY

BEARER = {"authorization": f"Bearer {KEY}"}
HELLO = [{"role": "user", "content": "Hello"}]
WEATHER = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOL = {"name": "get_weather", "input_schema": WEATHER}
CLAUDE = "rev/claude-sonnet-4.5"


@asynccontextmanager
async def browsing(upstream: Loopback, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    """Call an upstream at its host's root."""
    async with (
        serving(upstream.app()) as url,
        httpx.AsyncClient(base_url=url, headers=headers) as client,
    ):
        yield client


@pytest.fixture
def freetheai() -> LoopbackFreeTheAI:
    return LoopbackFreeTheAI(key=KEY)


@pytest.fixture
async def claude(freetheai: LoopbackFreeTheAI) -> AsyncIterator[anthropic.AsyncAnthropic]:
    """Anthropic's SDK, pointed at freetheai."""
    async with (
        serving(freetheai.app()) as url,
        anthropic.AsyncAnthropic(base_url=url, auth_token=KEY, max_retries=0) as sdk,
    ):
        yield sdk


@pytest.fixture
def airforce() -> LoopbackAirforce:
    return LoopbackAirforce(key=KEY)


# Freetheai.


async def test_messages_come_whole_and_streamed(claude: anthropic.AsyncAnthropic) -> None:
    whole = await claude.messages.create(model=CLAUDE, max_tokens=256, messages=HELLO)
    async with claude.messages.stream(model=CLAUDE, max_tokens=256, messages=HELLO) as stream:
        streamed = await stream.get_final_message()

    assert whole.content[0].text == streamed.content[0].text
    assert (whole.stop_reason, whole.usage.output_tokens) == ("end_turn", 16)
    assert (streamed.stop_reason, streamed.usage.output_tokens) == ("end_turn", 16)


async def test_messages_begin_and_end_as_anthropics_do(freetheai: LoopbackFreeTheAI) -> None:
    body = {"model": CLAUDE, "max_tokens": 2, "messages": HELLO, "stream": True}

    async with browsing(freetheai, **BEARER) as client:
        answer = await client.post("/v1/messages", json=body)

    names = [line[7:] for line in answer.text.splitlines() if line.startswith("event: ")]
    assert answer.headers["content-type"] == "text/event-stream"
    assert names == [
        "message_start",
        "content_block_start",
        "ping",
        "content_block_delta",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    assert '"stop_reason":"max_tokens"' in answer.text


async def test_messages_think_and_use_tools(claude: anthropic.AsyncAnthropic) -> None:
    async with claude.messages.stream(
        model=CLAUDE,
        max_tokens=2_000,
        thinking={"type": "enabled", "budget_tokens": 1_024},
        tools=[TOOL],
        messages=[{"role": "user", "content": "The weather in Paris?"}],
    ) as stream:
        said = await stream.get_final_message()

    thinking, use = said.content
    assert (thinking.type, bool(thinking.signature)) == ("thinking", True)
    assert (use.name, use.input, said.stop_reason) == ("get_weather", {"city": "Paris"}, "tool_use")


@pytest.mark.parametrize(
    ("choice", "used"),
    [
        ({"type": "auto"}, False),
        ({"type": "any"}, True),
        ({"type": "tool", "name": "get_weather"}, True),
        ({"type": "none"}, False),
    ],
)
async def test_a_tools_use_can_be_asked_for(
    claude: anthropic.AsyncAnthropic, choice: Any, used: bool
) -> None:
    said = await claude.messages.create(
        model=CLAUDE, max_tokens=99, tools=[TOOL], tool_choice=choice, messages=HELLO
    )

    assert (said.stop_reason == "tool_use") is used


async def test_messages_know_system_pictures_tools_answers_and_stops(
    claude: anthropic.AsyncAnthropic,
) -> None:
    picture = {"type": "base64", "media_type": "image/png", "data": "AAAA"}
    result = {"type": "tool_result", "tool_use_id": "t", "content": "12 degrees"}

    async def say(content: Any, **more: Any) -> anthropic.types.Message:
        messages = [{"role": "user", "content": content}]
        return await claude.messages.create(model=CLAUDE, max_tokens=99, messages=messages, **more)

    named = await say("What is my name?", system="My name is Ada")
    seen = await say([{"type": "image", "source": picture}, {"type": "text", "text": "What?"}])
    read = await say([result])
    stopped = await say("Hello", stop_sequences=["sandbox"])

    assert named.content[0].text == "Your name is Ada."
    assert seen.content[0].text.startswith("I see a picture.")
    assert read.content[0].text == "The tool says: 12 degrees"
    assert stopped.content[0].text == "Hello! I am the "
    assert (stopped.stop_reason, stopped.stop_sequence) == ("stop_sequence", "sandbox")


@pytest.mark.parametrize(
    ("fault", "error", "kind"),
    [
        (Fault.BAD_REQUEST, anthropic.BadRequestError, "invalid_request_error"),
        (Fault.UNAUTHORIZED, anthropic.AuthenticationError, "authentication_error"),
        (Fault.FORBIDDEN, anthropic.PermissionDeniedError, "permission_error"),
        (Fault.NOT_FOUND, anthropic.NotFoundError, "not_found_error"),
        (Fault.RATE_LIMITED, anthropic.RateLimitError, "rate_limit_error"),
        (Fault.BROKEN, anthropic.InternalServerError, "api_error"),
        (Fault.UNAVAILABLE, anthropic.InternalServerError, "overloaded_error"),
    ],
)
async def test_messages_errors_have_anthropics_shape(
    claude: anthropic.AsyncAnthropic,
    freetheai: LoopbackFreeTheAI,
    fault: Fault,
    error: Any,
    kind: str,
) -> None:
    freetheai.faults.next(fault)

    with pytest.raises(error) as caught:
        await claude.messages.create(model=CLAUDE, max_tokens=9, messages=HELLO)

    assert caught.value.body["type"] == "error"
    assert caught.value.body["error"]["type"] == kind


async def test_an_error_in_a_messages_stream_is_an_error_event(
    freetheai: LoopbackFreeTheAI,
) -> None:
    freetheai.faults.next(Trouble(Fault.ERROR_OBJECT, 4))
    body = {"model": CLAUDE, "max_tokens": 9, "messages": HELLO, "stream": True}

    async with browsing(freetheai, **BEARER) as client:
        answer = await client.post("/v1/messages", json=body)

    assert 'event: error\ndata: {"type":"error","error":{"type":"api_error"' in answer.text


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/messages", {"model": CLAUDE, "messages": HELLO}),
        ("/v1/chat/completions", {"model": "glm/glm-5.1"}),
        ("/v1/images/generations", {"model": "vhr/flux_dev"}),
        ("/v1/images/edits", {"model": "img/gpt-image-2", "prompt": "Cleaner"}),
        ("/v1/images/edits", {"model": "img/gpt-image-2", "prompt": "P", "image": "AAAA"}),
        ("/v1/images/edits", {"model": "img/gpt-image-2", "prompt": "P", "image": "data:,A"}),
        (
            "/v1/images/edits",
            {"model": "vhr/flux_dev", "prompt": "P", "image": "data:image/png;base64,AAAA"},
        ),
    ],
)
async def test_freetheai_refuses_what_its_document_calls_invalid(
    freetheai: LoopbackFreeTheAI, path: str, body: dict[str, Any]
) -> None:
    async with browsing(freetheai, **BEARER) as client:
        answer = await client.post(path, json=body)

    assert answer.status_code == 400


async def test_freetheai_tells_its_health_to_anybody_and_its_models_to_members(
    freetheai: LoopbackFreeTheAI,
) -> None:
    async with browsing(freetheai) as client:
        health = await client.get("/v1/health")
        models = await client.get("/v1/models")
        full = await client.get("/v1/models/full")

    assert health.json()["status"] == "ok"
    assert (models.status_code, full.status_code) == (401, 401)


async def test_openais_sdk_draws_and_edits_at_freetheai(freetheai: LoopbackFreeTheAI) -> None:
    async with (
        serving(freetheai.app()) as url,
        openai.AsyncOpenAI(base_url=f"{url}/v1", api_key=KEY, max_retries=0) as sdk,
    ):
        linked = await sdk.images.generate(model="vhr/flux_dev", prompt="A car")
        inside = await sdk.images.generate(model="img/gpt-image-2", prompt="A car")

    assert linked.data[0].url.endswith(".png")
    assert inside.data[0].b64_json


# Airforce.


async def test_openais_sdk_chats_at_airforces_root(airforce: LoopbackAirforce) -> None:
    async with (
        serving(airforce.app()) as url,
        openai.AsyncOpenAI(base_url=url, api_key=KEY, max_retries=0) as sdk,
    ):
        answer = await sdk.chat.completions.create(model="gpt-4o", messages=HELLO)
        models = [model.id async for model in sdk.models.list()]

    assert answer.system_fingerprint == "fp_44709d6fcb"
    assert "gpt-4o" in models


@pytest.mark.parametrize("start", ["", "/v1"])
async def test_airforces_routes_are_there_with_v1_and_without(
    airforce: LoopbackAirforce, start: str
) -> None:
    async with browsing(airforce) as client:
        answers = [
            await client.post(
                f"{start}/chat/completions", json={"model": "gpt-4o", "messages": HELLO}
            ),
            await client.get(f"{start}/models"),
            await client.get(f"{start}/imagine?prompt=A+beautiful+landscape&size=1:1&seed=123456"),
            await client.get(f"{start}/imagine2?prompt=A+beautiful+landscape&model=flux-realism"),
            await client.get(f"{start}/ask?prompt=What+is+ChatGPT"),
            await client.get(f"{start}/images/vision?url=https://example.com/image.png"),
            await client.post(f"{start}/suno", json={"prompt": "A catchy pop song"}),
        ]
        clip = answers[-1].json()["clips"][0]
        answers.append(await client.get(f"{start}/suno/{clip}"))

    assert [answer.status_code for answer in answers] == [200] * 8
    assert [answer.headers["content-type"] for answer in answers] == [
        "application/json",
        "application/json",
        "image/png",
        "image/png",
        "text/event-stream",
        "text/plain; charset=utf-8",
        "application/json",
        "application/json",
    ]


async def test_airforce_says_a_text_as_mp3(airforce: LoopbackAirforce) -> None:
    async with browsing(airforce) as client:
        spoken = await client.get("/get-audio?text=Hello+world&voice=alex")

    assert spoken.headers["content-type"] == "audio/mpeg"
    assert spoken.content[:2] == b"\xff\xf3"


async def test_a_song_takes_its_seconds(airforce: LoopbackAirforce) -> None:
    airforce.songs.looks, airforce.songs.seconds = 0, 3_600

    async with browsing(airforce) as client:
        begun = await client.post("/v1/suno", json={"prompt": "Pop"})
        clip = begun.json()["clips"][0]
        early = await client.get(f"/v1/suno/{clip}")
        airforce.songs.seconds = 0
        later = await client.get(f"/v1/suno/{clip}")

    assert early.json() == {
        "status": "generating",
        "image_url": None,
        "audio_url": None,
        "video_url": None,
    }
    assert later.json()["status"] == "finished"


@pytest.mark.parametrize(
    "song",
    [
        {},
        {"prompt": "x" * 201},
        {"prompt": "Pop", "model": "chirp-v9"},
        {"prompt": "Pop", "instrumental": True},
        {"prompt": "Pop", "style": ""},
        {"prompt": "Pop", "style": "x" * 121},
        {"prompt": "Pop", "custom": "true"},
        {"prompt": "x" * 1_251, "custom": "true", "style": "pop", "model": "chirp-v3-0"},
        {"prompt": "x" * 3_001, "custom": "true", "style": "pop"},
    ],
)
async def test_a_song_beyond_its_document_is_refused(
    airforce: LoopbackAirforce, song: dict[str, Any]
) -> None:
    async with browsing(airforce) as client:
        answer = await client.post("/v1/suno", json=song)

    assert answer.status_code == 400


async def test_a_long_custom_song_is_sung(airforce: LoopbackAirforce) -> None:
    song = {"prompt": "x" * 3_000, "custom": "true", "style": "pop", "instrumental": "true"}

    async with browsing(airforce) as client:
        answer = await client.post("/v1/suno", json=song)

    assert answer.json()["status"] == "success"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/imagine",
        "/v1/imagine?prompt=a&size=4:3",
        "/v1/imagine?prompt=a&seed=x",
        "/v1/imagine?prompt=a&model=midjourney",
        "/v1/ask",
        "/v1/images/vision",
        "/v1/images/vision?url=image.png",
        "/v1/images/vision?url=https://example.com/a.png&model=flux",
        "/get-audio",
        "/get-audio?text=a&voice=nova",
    ],
)
async def test_a_query_beyond_its_document_is_refused(
    airforce: LoopbackAirforce, path: str
) -> None:
    async with browsing(airforce) as client:
        answer = await client.get(path)

    assert answer.status_code == 400


async def test_a_second_system_message_is_refused(airforce: LoopbackAirforce) -> None:
    messages = [{"role": "system", "content": "Be brief."}] * 2 + HELLO

    async with browsing(airforce) as client:
        answer = await client.post(
            "/v1/chat/completions", json={"model": "m", "messages": messages}
        )

    assert answer.status_code == 400


async def test_a_key_may_be_left_out_but_not_be_wrong(airforce: LoopbackAirforce) -> None:
    async with browsing(airforce) as client:
        none = await client.get("/imagine?prompt=a")
        wrong = await client.get("/imagine?prompt=a", headers={"authorization": "Bearer other"})
        checked = await client.get(f"/check?key={KEY}")
        unknown = await client.get("/check?key=other")
        lost = await client.get("/songs/some-clip.wav")

    assert (none.status_code, wrong.status_code) == (200, 401)
    assert (checked.json(), unknown.status_code) == ({"calls": 2}, 401)
    assert lost.status_code == 404
