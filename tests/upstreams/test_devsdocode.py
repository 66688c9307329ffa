"""devsdocode against its document (seeds/001_8813f16c073f7ba9.txt): examples, quirks, faults."""

import base64
import wave
from collections.abc import AsyncIterator, Callable
from io import BytesIO
from typing import Any

import httpx
import openai
import orjson
import pytest

from bot.relay.meter import answered
from bot.sandbox.upstreams.devsdocode import LoopbackDevsDoCode
from bot.sandbox.upstreams.troubles import Fault, Trouble
from bot.settings.serving import Capability
from bot.upstreams.dialect import Link, ModelSeen
from bot.upstreams.failures import Refused, UpstreamFailure
from bot.upstreams.goods import SightAsk
from bot.upstreams.registry import DIALECTS
from tests.upstreams.faults import LISTS, STREAMS, WHOLE

DEVS = DIALECTS["devsdocode"]
MODEL = "gpt-4o-mini-2024-07-18"
PLAIN = {"temperature": 0.5, "presence_penalty": 0, "frequency_penalty": 0, "top_p": 1}
BERRY = {
    "messages": [{"role": "user", "content": "How many 'r's are there in Strawberry?"}],
    "model": MODEL,
    **PLAIN,
}
INDIA = {
    "messages": [{"role": "user", "content": "Write 10 lines on India"}],
    "model": MODEL,
    **PLAIN,
    "stream": True,
}
JOKE = {
    "messages": [{"role": "user", "content": "Tell me a joke"}],
    "model": "gpt-4o-audio-preview",
    "modalities": ["text", "audio"],
    "audio": {"voice": "fable", "format": "wav"},
    "temperature": 0.9,
}
WORDS = {"model": "text-embedding-3-small", "input": ["one word", "two"]}


@pytest.fixture
def upstream() -> LoopbackDevsDoCode:
    """A devsdocode on loopback."""
    return LoopbackDevsDoCode()


@pytest.fixture
async def link(upstream: LoopbackDevsDoCode, reached: Callable[..., Any]) -> AsyncIterator[Link]:
    """A link to its host's root, while it is served."""
    async with reached(upstream) as found:
        yield found


async def streamed(link: Link, body: dict[str, Any] = INDIA) -> list[dict[str, Any]]:
    async with DEVS.stream(link, body) as chunks:
        return [chunk.body async for chunk in chunks]


def test_it_offers_what_its_document_names() -> None:
    assert DEVS.offers == {
        Capability.CHAT,
        Capability.STREAM,
        Capability.TOOLS,
        Capability.VISION,
        Capability.SIGHT,
        Capability.AUDIO,
        Capability.EMBEDDINGS,
    }


# Its examples, as they stand there but for the address.


async def test_its_models_example_is_at_the_root_and_needs_no_key(link: Link) -> None:
    async with httpx.AsyncClient() as plain:
        answer = await plain.get(f"{link.base_url}/models")

    assert answer.json()["object"] == "list"
    assert answer.json()["data"][0] == {
        "id": MODEL,
        "object": "model",
        "created": 1715367049,
        "owned_by": "DevsDoCode & Mr Leader",
    }


async def test_its_streaming_example_reads_line_by_line(link: Link) -> None:
    said = ""
    async with (
        httpx.AsyncClient() as plain,
        plain.stream("POST", f"{link.base_url}/v1/chat/completions", json=INDIA) as response,
    ):
        async for line in response.aiter_lines():
            if line.startswith("data: {"):
                said += orjson.loads(line[6:])["choices"][0]["delta"].get("content", "")

    assert said == "You said: Write 10 lines on India"


async def test_its_audio_example_saves_a_wav(link: Link) -> None:
    async with httpx.AsyncClient() as plain:
        answer = await plain.post(f"{link.base_url}/v1/chat/completions", json=JOKE)

    message = answer.json()["choices"][0]["message"]
    assert message["content"] == "You said: Tell me a joke"
    with wave.open(BytesIO(base64.b64decode(message["audio"]["data"]))) as played:
        assert played.getnframes() == 6 * 960  # a tone a word


async def test_it_tells_about_itself(link: Link) -> None:
    async with httpx.AsyncClient() as plain:
        assert (await plain.get(f"{link.base_url}/about")).json()["version"] == "1.0.0"


# What it does, and how it fails.


async def test_a_chat_goes_below_v1_without_a_key(link: Link, upstream: LoopbackDevsDoCode) -> None:
    answer = await DEVS.complete(link, BERRY)

    [seen] = upstream.seen
    assert answer.usage is not None
    assert seen.path == "/v1/chat/completions"
    assert seen.body == {**BERRY, "stream": False}
    assert "authorization" not in seen.headers


async def test_a_stream_is_asked_for_its_usage(link: Link, upstream: LoopbackDevsDoCode) -> None:
    chunks = await streamed(link)

    assert chunks[-1]["usage"]["completion_tokens"] == 7
    assert upstream.seen[0].body["stream_options"] == {"include_usage": True}


async def test_its_models_are_listed_from_the_root(link: Link) -> None:
    models = await DEVS.models(link)

    assert models[0] == ModelSeen(MODEL, "DevsDoCode & Mr Leader")
    assert len(models) == 14


async def test_an_answers_audio_comes_back_as_it_was_made(link: Link) -> None:
    answer = await DEVS.complete(link, JOKE)

    message = answer.body["choices"][0]["message"]
    assert message["audio"]["transcript"] == message["content"]
    assert base64.b64decode(message["audio"]["data"])[:4] == b"RIFF"


@pytest.mark.parametrize("fault", [None, Fault.NO_USAGE])
async def test_an_answers_audio_is_counted(
    link: Link, upstream: LoopbackDevsDoCode, fault: Fault | None
) -> None:
    upstream.faults.every(fault)

    count = await answered(await DEVS.complete(link, JOKE), prompt=5)

    assert count.completion > 0
    assert count.estimated is (fault is not None)


async def test_a_streams_audio_is_content(link: Link) -> None:
    async with DEVS.stream(link, JOKE) as chunks:
        content = [chunk.body async for chunk in chunks if chunk.content]

    assert "audio" in content[-1]["choices"][0]["delta"]


async def test_a_voice_it_does_not_have_is_refused(link: Link) -> None:
    with pytest.raises(Refused) as caught:
        await DEVS.complete(link, {**JOKE, "audio": {"voice": "alex", "format": "wav"}})

    assert caught.value.reason.startswith("voice must be one of alloy, echo,")


async def test_its_embeddings_are_below_v1(link: Link, upstream: LoopbackDevsDoCode) -> None:
    answer = await DEVS.embed(link, WORDS)

    assert answer.tokens == 3
    assert upstream.seen[0].path == "/v1/embeddings"


async def test_an_sdk_embeds_with_each_of_its_models(link: Link) -> None:
    async with openai.AsyncOpenAI(base_url=f"{link.base_url}/v1", api_key="none") as sdk:
        sizes = [
            len((await sdk.embeddings.create(model=model, input="text")).data[0].embedding)
            for model in (
                "text-embedding-3-large",
                "text-embedding-3-small",
                "text-embedding-ada-002",
            )
        ]

    assert sizes == [3072, 1536, 1536]


WHOLES: dict[str, Callable[[Link], Any]] = {
    "chat": lambda link: DEVS.complete(link, BERRY),
    "audio": lambda link: DEVS.complete(link, JOKE),
    "embeddings": lambda link: DEVS.embed(link, WORDS),
    "sight": lambda link: DEVS.see(link, SightAsk("gpt-4o", url="https://example.com/a.png")),
}


@pytest.mark.parametrize("what", WHOLES)
@pytest.mark.parametrize(("fault", "expected"), WHOLE)
async def test_each_fault_of_a_whole_answer_is_one_fact(
    link: Link,
    upstream: LoopbackDevsDoCode,
    what: str,
    fault: Fault | Trouble,
    expected: type[UpstreamFailure],
) -> None:
    upstream.faults.next(fault)

    with pytest.raises(UpstreamFailure) as caught:
        await WHOLES[what](link)

    assert type(caught.value) is expected


@pytest.mark.parametrize(("fault", "expected"), LISTS)
async def test_each_fault_of_the_models_list_is_one_fact(
    link: Link,
    upstream: LoopbackDevsDoCode,
    fault: Fault | Trouble,
    expected: type[UpstreamFailure],
) -> None:
    upstream.aside.next(fault)

    with pytest.raises(UpstreamFailure) as caught:
        await DEVS.models(link)

    assert type(caught.value) is expected


@pytest.mark.parametrize("body", [INDIA, JOKE])
@pytest.mark.parametrize(("fault", "expected"), STREAMS)
async def test_each_fault_before_a_streams_content_is_one_fact(
    link: Link,
    upstream: LoopbackDevsDoCode,
    body: dict[str, Any],
    fault: Fault | Trouble,
    expected: type[UpstreamFailure],
) -> None:
    upstream.faults.next(fault)

    with pytest.raises(UpstreamFailure) as caught:
        await streamed(link, body)

    assert type(caught.value) is expected
