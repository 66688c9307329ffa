"""The official SDKs, unmodified, over every dialect: what it offers works, the rest is refused."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import anthropic
import openai
import orjson
import pytest
import pytest_asyncio
from pydantic import BaseModel

from bot.settings.serving import Capability
from bot.upstreams.registry import DIALECTS
from tests.doors.dialects.acts import CHATTERS, HELLO, PICTURE
from tests.doors.dialects.street import Street

pytestmark = pytest.mark.asyncio(loop_scope="module")

GREETING = "Hello! I am the sandbox's assistant. Ask me for code, a list or a long answer."
OSLO: list[Any] = [{"role": "user", "content": "What is the weather in Oslo?"}]
SCHEMA = {
    "type": "object",
    "properties": {"place": {"type": "string"}},
    "required": ["place"],
}
FUNCTION: Any = {"name": "get_weather", "description": "Look at the sky", "parameters": SCHEMA}
TOOL: Any = {"type": "function", "function": FUNCTION}
LOOK: Any = [
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "What is it?"},
            {"type": "image_url", "image_url": {"url": PICTURE}},
        ],
    }
]
ANTHROPICS_TOOL: Any = {"name": "get_weather", "input_schema": SCHEMA}
ANTHROPICS_LOOK: Any = [
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "What is it?"},
            {
                "type": "image",
                "source": {
                    "type": "base64",
                    "media_type": "image/png",
                    "data": PICTURE.partition(",")[2],
                },
            },
        ],
    }
]
UNABLE = (
    "`{model}` cannot do that here: none of its upstreams offers {what}. Leave it out, or choose "
    "another model."
)
both_ways = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])


class Town(BaseModel):
    """What a model is asked to fill."""

    name: str
    people: int


@pytest.fixture(params=CHATTERS)
def dialect(request: pytest.FixtureRequest, street: Street) -> str:
    """Each of them in turn, on its own."""
    name: str = request.param
    street.put(name, name)
    return name


def offered(dialect: str, what: Capability) -> bool:
    return what in DIALECTS[dialect].offers


def refused(fault: Any, model: str, what: str) -> None:
    """Check that what nobody offers is refused in clear words, before anybody was asked."""
    assert fault.value.status_code == 400
    message = fault.value.body.get("message") or fault.value.body["error"]["message"]
    assert message == UNABLE.format(model=model, what=what)


def sdk(street: Street, key: str) -> openai.AsyncOpenAI:
    """Return OpenAI's client, pointed here."""
    return openai.AsyncOpenAI(base_url=f"{street.house.url}/v1", api_key=key, max_retries=0)


def claude(street: Street, key: str) -> anthropic.AsyncAnthropic:
    """Return Anthropic's client, pointed here."""
    return anthropic.AsyncAnthropic(base_url=street.house.url, api_key=key, max_retries=0)


@pytest_asyncio.fixture(loop_scope="module")
async def chats(street: Street) -> AsyncIterator[openai.AsyncOpenAI]:
    """OpenAI's client with a new member's key."""
    async with sdk(street, (await street.somebody()).key) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="module")
async def messages(street: Street) -> AsyncIterator[anthropic.AsyncAnthropic]:
    """Anthropic's client with a new member's key."""
    async with claude(street, (await street.somebody()).key) as client:
        yield client


# Chats


async def test_a_chat_is_answered(dialect: str, chats: openai.AsyncOpenAI) -> None:
    answer = await chats.chat.completions.create(
        model="chat", messages=HELLO, temperature=0.5, max_tokens=400
    )
    stream = await chats.chat.completions.create(
        model="chat", messages=HELLO, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]

    assert answer.choices[0].message.content == GREETING
    assert (answer.choices[0].finish_reason, answer.model) == ("stop", "chat")
    *said, last = chunks
    assert "".join(c.choices[0].delta.content or "" for c in said) == GREETING
    assert {chunk.model for chunk in chunks} == {"chat"}
    assert len(said) > len(GREETING.split())
    assert last.choices == []
    assert last.usage is not None
    assert last.usage.total_tokens == answer.usage.total_tokens > 0


@both_ways
async def test_a_tool_is_called_and_its_result_is_heard(
    dialect: str, chats: openai.AsyncOpenAI, streamed: bool
) -> None:
    async def ask(talk: list[Any]) -> Any:
        if not streamed:
            return await chats.chat.completions.create(model="chat", messages=talk, tools=[TOOL])
        wish = {"model": "chat", "messages": talk, "tools": [TOOL]}
        async with chats.chat.completions.stream(**wish) as stream:
            return await stream.get_final_completion()

    if not offered(dialect, Capability.TOOLS):
        with pytest.raises(openai.BadRequestError) as fault:
            await ask(OSLO)
        refused(fault, "chat", "tools")
        assert fault.value.param == "tools"
        return
    first = await ask(OSLO)
    [call] = first.choices[0].message.tool_calls
    talk = [
        *OSLO,
        first.choices[0].message.to_dict(),
        {"role": "tool", "tool_call_id": call.id, "content": "Rain"},
    ]
    second = await ask(talk)

    assert first.choices[0].finish_reason == "tool_calls"
    assert (call.function.name, orjson.loads(call.function.arguments)) == (
        "get_weather",
        {"place": "Oslo"},
    )
    assert second.choices[0].message.content == "The tool says: Rain"


async def test_a_picture_is_seen(dialect: str, chats: openai.AsyncOpenAI) -> None:
    if not offered(dialect, Capability.VISION):
        with pytest.raises(openai.BadRequestError) as fault:
            await chats.chat.completions.create(model="chat", messages=LOOK)
        refused(fault, "chat", "pictures in messages")
        return

    answer = await chats.chat.completions.create(model="chat", messages=LOOK)

    assert answer.choices[0].message.content.startswith("I see a picture.")


@both_ways
async def test_an_answer_is_spoken(
    street: Street, dialect: str, chats: openai.AsyncOpenAI, streamed: bool
) -> None:
    wish: Any = {
        "model": "chat",
        "messages": HELLO,
        "modalities": ["text", "audio"],
        "audio": {"voice": "fable", "format": "pcm16" if streamed else "wav"},
        "stream": streamed,
    }
    if not offered(dialect, Capability.AUDIO):
        with pytest.raises(openai.BadRequestError) as fault:
            await chats.chat.completions.create(**wish)
        refused(fault, "chat", "audio")
        return

    answer = await chats.chat.completions.create(**wish)

    if streamed:
        deltas = [chunk.choices[0].delta async for chunk in answer if chunk.choices]
        parts = [delta.audio for delta in deltas if delta.audio]
        data = "".join(part.data or "" for part in parts)
        transcript = "".join(part.transcript or "" for part in parts)
    else:
        audio = answer.choices[0].message.audio
        data, transcript = audio.data, audio.transcript
    assert base64.b64decode(data)[:4] == b"RIFF"
    assert transcript == GREETING
    assert street.front.seen[0].body["audio"] == wish["audio"]


async def test_an_answer_has_the_shape_that_is_asked_for(
    dialect: str, chats: openai.AsyncOpenAI
) -> None:
    town: Any = [{"role": "user", "content": "Tell me of Oslo"}]

    answer = await chats.chat.completions.parse(model="chat", messages=town, response_format=Town)

    assert answer.choices[0].message.parsed == Town(name="Oslo", people=1)


# Responses


@both_ways
async def test_a_response_is_answered(
    dialect: str, chats: openai.AsyncOpenAI, streamed: bool
) -> None:
    if streamed:
        async with chats.responses.stream(model="chat", input="Hello there") as stream:
            deltas = [event.delta async for event in stream if event.type.endswith("text.delta")]
            answer = await stream.get_final_response()
        assert "".join(deltas) == GREETING
    else:
        answer = await chats.responses.create(model="chat", input="Hello there")

    assert answer.output_text == GREETING
    assert (answer.status, answer.model) == ("completed", "chat")
    assert answer.usage.input_tokens + answer.usage.output_tokens == answer.usage.total_tokens > 0


@both_ways
async def test_a_response_calls_functions(
    dialect: str, chats: openai.AsyncOpenAI, streamed: bool
) -> None:
    wish: Any = {
        "model": "chat",
        "input": OSLO,
        "tools": [{"type": "function", "strict": False, **FUNCTION}],
    }

    async def ask() -> Any:
        if not streamed:
            return await chats.responses.create(**wish)
        async with chats.responses.stream(**wish) as stream:
            return await stream.get_final_response()

    if not offered(dialect, Capability.TOOLS):
        with pytest.raises(openai.BadRequestError) as fault:
            await ask()
        refused(fault, "chat", "tools")
        return
    answer = await ask()

    [call] = answer.output
    assert (call.type, call.name) == ("function_call", "get_weather")
    assert orjson.loads(call.arguments) == {"place": "Oslo"}


# Messages


@both_ways
async def test_a_message_is_answered(
    dialect: str, messages: anthropic.AsyncAnthropic, streamed: bool
) -> None:
    wish: Any = {"model": "chat", "max_tokens": 400, "messages": HELLO, "system": "Be brief."}
    if streamed:
        async with messages.messages.stream(**wish) as stream:
            words = [word async for word in stream.text_stream]
            answer = await stream.get_final_message()
        assert "".join(words) == GREETING
    else:
        answer = await messages.messages.create(**wish)

    assert [block.text for block in answer.content] == [GREETING]
    assert (answer.stop_reason, answer.model) == ("end_turn", "chat")
    assert answer.usage.input_tokens > 0
    assert answer.usage.output_tokens > 0


@both_ways
async def test_a_message_uses_tools(
    dialect: str, messages: anthropic.AsyncAnthropic, streamed: bool
) -> None:
    async def ask(talk: list[Any]) -> Any:
        wish: Any = {"model": "chat", "max_tokens": 400, "messages": talk}
        if not streamed:
            return await messages.messages.create(**wish, tools=[ANTHROPICS_TOOL])
        async with messages.messages.stream(**wish, tools=[ANTHROPICS_TOOL]) as stream:
            return await stream.get_final_message()

    if not offered(dialect, Capability.TOOLS):
        with pytest.raises(anthropic.BadRequestError) as fault:
            await ask(OSLO)
        refused(fault, "chat", "tools")
        return
    first = await ask(OSLO)
    [call] = first.content
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "Rain"}
    talk = [
        *OSLO,
        {"role": "assistant", "content": [call.to_dict()]},
        {"role": "user", "content": [result]},
    ]
    second = await ask(talk)

    assert (call.type, call.name, call.input) == ("tool_use", "get_weather", {"place": "Oslo"})
    assert first.stop_reason == "tool_use"
    assert second.content[0].text == "The tool says: Rain"


async def test_a_message_shows_a_picture(dialect: str, messages: anthropic.AsyncAnthropic) -> None:
    wish: Any = {"model": "chat", "max_tokens": 400, "messages": ANTHROPICS_LOOK}
    if not offered(dialect, Capability.VISION):
        with pytest.raises(anthropic.BadRequestError) as fault:
            await messages.messages.create(**wish)
        refused(fault, "chat", "pictures in messages")
        return

    answer = await messages.messages.create(**wish)

    assert answer.content[0].text.startswith("I see a picture.")


async def test_thinking_is_asked_for_in_the_upstreams_own_way(
    street: Street, dialect: str, messages: anthropic.AsyncAnthropic
) -> None:
    thinking: Any = {"type": "enabled", "budget_tokens": 1_024}
    wish: Any = {"model": "chat", "max_tokens": 1_100, "messages": HELLO, "thinking": thinking}

    whole = await messages.messages.create(**wish)
    async with messages.messages.stream(**wish) as stream:
        streamed = await stream.get_final_message()

    for answer, seen in zip((whole, streamed), street.front.seen, strict=True):
        kinds = [block.type for block in answer.content]
        if offered(dialect, Capability.MESSAGES):
            assert kinds == ["thinking", "text"]
            assert seen.body["thinking"] == thinking
        else:
            assert kinds == ["text"]
            assert "reasoning_effort" not in seen.body  # the model is none that reasons


async def test_tokens_are_counted_whoever_would_answer(
    street: Street, dialect: str, messages: anthropic.AsyncAnthropic
) -> None:
    counted = await messages.messages.count_tokens(model="chat", messages=HELLO)

    assert counted.input_tokens == 9
    assert street.front.asked == 0


# Pictures, sound, vectors


async def test_pictures_are_made(street: Street, dialect: str, chats: openai.AsyncOpenAI) -> None:
    wish: Any = {"model": "image", "prompt": "A lighthouse", "size": "1024x1024"}
    if not offered(dialect, Capability.IMAGE):
        with pytest.raises(openai.BadRequestError) as fault:
            await chats.images.generate(**wish)
        refused(fault, "image", "making pictures")
        return

    inside = await chats.images.generate(**wish, response_format="b64_json")
    street.put(dialect, dialect)
    async with sdk(street, (await street.somebody()).key) as other:
        linked = await other.images.generate(**wish, response_format="url")

    assert base64.b64decode(inside.data[0].b64_json).startswith(b"\x89PNG")
    assert inside.data[0].url is None
    assert linked.data[0].url.startswith(("http://127.0.0.1", "data:image/png;base64,"))
    assert linked.data[0].b64_json is None
    assert inside.created > 0


async def test_a_picture_is_changed(dialect: str, chats: openai.AsyncOpenAI) -> None:
    file = ("cat.png", base64.b64decode(PICTURE.partition(",")[2]), "image/png")
    wish: Any = {"model": "edit", "prompt": "A hat on it", "response_format": "b64_json"}
    if not offered(dialect, Capability.EDIT):
        with pytest.raises(openai.BadRequestError) as fault:
            await chats.images.edit(**wish, image=file)
        refused(fault, "edit", "editing pictures")
        return

    changed = await chats.images.edit(**wish, image=file)

    assert base64.b64decode(changed.data[0].b64_json).startswith(b"\x89PNG")


async def test_a_text_is_said(dialect: str, chats: openai.AsyncOpenAI) -> None:
    wish: Any = {"model": "speech", "voice": "alloy", "input": "Say these words"}
    speech = chats.audio.speech.with_streaming_response
    if not offered(dialect, Capability.SPEECH):
        with pytest.raises(openai.BadRequestError) as fault:
            await chats.audio.speech.create(**wish)
        refused(fault, "speech", "speech")
        return

    async with speech.create(**wish) as sound:
        pieces = [piece async for piece in sound.iter_bytes()]

    assert sound.headers["content-type"] == "audio/mpeg"
    assert b"".join(pieces).startswith(b"\xff\xf3")


async def test_a_text_becomes_a_vector(dialect: str, chats: openai.AsyncOpenAI) -> None:
    if not offered(dialect, Capability.EMBEDDINGS):
        with pytest.raises(openai.BadRequestError) as fault:
            await chats.embeddings.create(model="embedding", input="Hello")
        refused(fault, "embedding", "embeddings")
        return

    one = await chats.embeddings.create(model="embedding", input="Hello")  # in base64, unsaid
    two = await chats.embeddings.create(model="embedding", input=["Hello", "Oslo"], dimensions=64)
    plain = await chats.embeddings.create(model="embedding", input="Hello", encoding_format="float")

    assert len(one.data[0].embedding) == 1_536
    assert one.data[0].embedding == pytest.approx(plain.data[0].embedding, abs=1e-6)
    assert [len(entry.embedding) for entry in two.data] == [64, 64]
    assert two.usage.prompt_tokens == 2


async def test_models_are_listed(dialect: str, chats: openai.AsyncOpenAI) -> None:
    listed = [model.id async for model in chats.models.list()]
    one = await chats.models.retrieve("edit")

    assert {"chat", "image", "speech"} <= set(listed)
    assert (one.id, one.object) == ("edit", "model")


async def test_anthropics_client_lists_them_too(
    dialect: str, messages: anthropic.AsyncAnthropic
) -> None:
    listed = [model.id async for model in messages.models.list()]
    one = await messages.models.retrieve("chat")

    assert {"chat", "image", "speech"} <= set(listed)
    assert one.id == "chat"
