"""The loopback upstream is one that an official SDK is content with."""

import asyncio
import base64
import re
import time
from collections.abc import AsyncIterator
from io import BytesIO

import httpx
import openai
import pytest
from PIL import Image

from bot.sandbox.upstreams.openai import LoopbackOpenAI
from bot.sandbox.upstreams.troubles import Fault
from tests.fakes.serve import serving
from tests.upstreams.conftest import KEY

Prompt = list[dict[str, str]]


@pytest.fixture
async def client(openai_upstream: LoopbackOpenAI) -> AsyncIterator[openai.AsyncOpenAI]:
    """The SDK, pointed at the upstream."""
    async with (
        serving(openai_upstream.app()) as url,
        openai.AsyncOpenAI(base_url=f"{url}/v1", api_key=KEY, max_retries=0) as sdk,
    ):
        yield sdk


def says(*texts: str) -> Prompt:
    return [{"role": "user", "content": text} for text in texts]


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        (says("Hello there"), "Hello! I am the sandbox's assistant."),
        (says("My name is Bea", "What is my name?"), "Your name is Bea."),
        (says("Write a function"), "```python"),
        (says("Give me a list"), "1. **/gen_key**"),
        (says("list three fruits"), "1. Apple\n2. Pear\n3. Plum"),
        (says("Name 2 planets"), "1. Mercury\n2. Venus"),
        (says("Make a table"), "| Command |"),
        (says("привет"), "Привет! Я ассистент песочницы и только заменяю настоящую модель."),
        (says("Назови два фрукта"), "1. Яблоко\n2. Груша"),
        (says("Who are you?"), "a stand-in for a real model"),
        (says("Red", "Blue", "What did I say before?"), "1. Red\n2. Blue"),
        (says("What did I say before?"), "You said nothing before this."),
        (says("Is it raining?"), "You said: Is it raining?"),
        (says(" "), "You said nothing"),
    ],
)
async def test_it_answers_to_the_point(
    client: openai.AsyncOpenAI, prompt: Prompt, answer: str
) -> None:
    completion = await client.chat.completions.create(model="gpt-4o", messages=prompt)

    assert answer in completion.choices[0].message.content


async def test_it_has_a_long_answer_that_needs_several_messages(client: openai.AsyncOpenAI) -> None:
    completion = await client.chat.completions.create(model="m", messages=says("a long essay"))

    said = completion.choices[0].message.content
    assert len(said) > 8_000
    assert re.findall(r"[.]\S", said) == []  # every sentence is parted from the one before it
    assert re.findall(r"## .*\n\n", said) == []
    assert abs(completion.created - time.time()) < 60


@pytest.mark.parametrize("orders", [(), ("Go on with your last message from there.",)])
async def test_it_goes_on_from_exactly_where_its_answer_broke_off(
    client: openai.AsyncOpenAI, orders: tuple[str, ...]
) -> None:
    question = says("a long essay")
    whole = await client.chat.completions.create(model="m", messages=question)
    text = whole.choices[0].message.content
    cut = text.index("fair rule", 3_000)

    more = await client.chat.completions.create(
        model="m",
        messages=[*question, {"role": "assistant", "content": text[:cut]}, *says(*orders)],
    )

    assert text[:cut] + more.choices[0].message.content == text


async def test_it_says_so_when_nothing_is_left_to_go_on_with(client: openai.AsyncOpenAI) -> None:
    prompt = [*says("Red"), {"role": "assistant", "content": "You said: Red"}, *says("Continue")]

    more = await client.chat.completions.create(model="m", messages=prompt)

    assert more.choices[0].message.content == "That was all of it."


async def test_it_streams_and_counts_what_it_streamed(client: openai.AsyncOpenAI) -> None:
    stream = await client.chat.completions.create(
        model="gpt-4o",
        messages=says("Hello"),
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = [chunk async for chunk in stream]

    words = [c.choices[0].delta.content for c in chunks if c.choices and c.choices[0].delta.content]
    assert chunks[-1].usage.completion_tokens == len(words)
    assert chunks[-1].usage.prompt_tokens == 4
    assert chunks[-2].choices[0].finish_reason == "stop"


async def test_it_sees_pictures_and_reads_a_tools_answer(client: openai.AsyncOpenAI) -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    text = {"type": "text", "text": "What is this?"}

    seen = await client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": [text, picture]}]
    )
    read = await client.chat.completions.create(
        model="m",
        messages=[
            *says("weather?"),
            {"role": "tool", "tool_call_id": "c", "content": "12 degrees"},
        ],
    )

    assert "I see a picture" in seen.choices[0].message.content
    assert read.choices[0].message.content == "The tool says: 12 degrees"


@pytest.mark.parametrize(
    ("colour", "name"), [((250, 0, 0), "red"), ((0, 0, 0), "black"), ((30, 70, 220), "blue")]
)
async def test_it_tells_a_pictures_size_and_colour(
    client: openai.AsyncOpenAI, colour: tuple[int, int, int], name: str
) -> None:
    written = BytesIO()
    Image.new("RGB", (40, 30), colour).save(written, "PNG")
    address = f"data:image/png;base64,{base64.b64encode(written.getvalue()).decode()}"
    picture = {"type": "image_url", "image_url": {"url": address}}

    seen = await client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": [picture]}]
    )

    assert f"It is 40 × 30 pixels, mostly {name}." in seen.choices[0].message.content


async def test_it_can_be_asked_for_json(client: openai.AsyncOpenAI) -> None:
    completion = await client.chat.completions.create(
        model="m", messages=says("yes?"), response_format={"type": "json_object"}
    )

    assert completion.choices[0].message.content == '{"answer": "yes?"}'


async def test_its_models_are_listed(client: openai.AsyncOpenAI) -> None:
    assert [model.id async for model in client.models.list()][:1] == ["gpt-4o"]


async def test_a_wrong_key_and_a_marked_prompt_fail_as_asked(
    client: openai.AsyncOpenAI, openai_upstream: LoopbackOpenAI
) -> None:
    with pytest.raises(openai.RateLimitError) as caught:
        await client.chat.completions.create(model="m", messages=says("[fault:429 9] please"))
    assert caught.value.response.headers["retry-after"] == "9"

    openai_upstream.key = "another"
    with pytest.raises(openai.AuthenticationError):
        await client.chat.completions.create(model="m", messages=says("Hello"))


async def test_a_body_that_cannot_be_used_is_refused(openai_upstream: LoopbackOpenAI) -> None:
    headers = {"authorization": f"Bearer {KEY}"}
    async with serving(openai_upstream.app()) as url, httpx.AsyncClient(headers=headers) as plain:
        bad = await plain.post(f"{url}/v1/chat/completions", content=b"{")
        none = await plain.post(f"{url}/v1/chat/completions", json={"model": "m"})

    assert (bad.status_code, none.status_code) == (400, 400)


async def test_faults_queue_up_and_then_are_over(
    client: openai.AsyncOpenAI, openai_upstream: LoopbackOpenAI
) -> None:
    openai_upstream.faults.next(Fault.BROKEN, Fault.UNAVAILABLE)

    for status in (500, 503):
        with pytest.raises(openai.InternalServerError) as caught:
            await client.chat.completions.create(model="m", messages=says("Hello"))
        assert caught.value.status_code == status

    assert await client.chat.completions.create(model="m", messages=says("Hello"))


async def test_every_call_may_be_held_until_the_gate_opens(
    client: openai.AsyncOpenAI, openai_upstream: LoopbackOpenAI
) -> None:
    openai_upstream.faults.every(Fault.SLOW)
    calls = [
        asyncio.create_task(client.chat.completions.create(model="m", messages=says("Hello")))
        for _ in range(5)
    ]
    await openai_upstream.until(lambda u: u.asked == 5)
    assert not any(call.done() for call in calls)

    openai_upstream.gate.set()

    assert len(await asyncio.gather(*calls)) == 5


async def test_a_paced_stream_takes_its_time_between_words(
    client: openai.AsyncOpenAI, openai_upstream: LoopbackOpenAI
) -> None:
    openai_upstream.pace = 0.001

    stream = await client.chat.completions.create(model="m", messages=says("Hi"), stream=True)

    assert len([chunk async for chunk in stream]) > 10
