"""The freetheai dialect against its seed on loopback: each route, each quirk, each failure."""

from collections.abc import AsyncIterator, Awaitable, Callable
from io import BytesIO
from typing import Any

import httpx
import orjson
import pytest
from PIL import Image

from bot.sandbox.upstreams.freetheai import LoopbackFreeTheAI
from bot.sandbox.upstreams.troubles import Fault, Trouble
from bot.settings.serving import Capability
from bot.upstreams.dialect import Chunk, Completion, Link, ModelSeen, Usage
from bot.upstreams.failures import (
    Broken,
    Cut,
    Empty,
    Misconfigured,
    RateLimited,
    Refused,
    TimedOut,
    UpstreamFailure,
)
from bot.upstreams.goods import EditAsk, Picture, PictureAsk, SightAsk
from bot.upstreams.http import Http
from bot.upstreams.registry import DIALECTS
from tests.fakes.serve import nobody, serving
from tests.upstreams.conftest import KEY
from tests.upstreams.faults import LISTS, STREAMS, WHOLE

FREETHEAI = DIALECTS["freetheai"]
PNG = b"\x89PNG\r\n\x1a\n"
WEATHER = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
CLAUDE = "rev/claude-sonnet-4.5"


@pytest.fixture
def upstream() -> LoopbackFreeTheAI:
    """A freetheai, with its key."""
    return LoopbackFreeTheAI(key=KEY)


@pytest.fixture
async def address(upstream: LoopbackFreeTheAI) -> AsyncIterator[str]:
    """Where `upstream` is being served: its base address."""
    async with serving(upstream.app()) as url:
        yield f"{url}{upstream.base}"


@pytest.fixture
def link(address: str, http: Http) -> Link:
    """A link to `upstream`."""
    return Link("loopback", address, KEY, http, 5, 20)


def answering(answer: httpx.Response) -> Link:
    """Link to an upstream that gives this answer."""
    http = Http(httpx.MockTransport(lambda request: answer))
    return Link("loopback", "http://upstream.test/v1", KEY, http, 5, 5)


def asked(text: str = "Reply with OK.", **more: Any) -> dict[str, Any]:
    return {"model": "glm/glm-5.1", "messages": [{"role": "user", "content": text}], **more}


def told(text: str = "Give me a short implementation plan.", **more: Any) -> dict[str, Any]:
    return asked(text) | {"model": CLAUDE, "max_tokens": 256} | more


async def complete(link: Link) -> Completion:
    return await FREETHEAI.complete(link, asked())


async def stream(link: Link) -> list[Chunk]:
    async with FREETHEAI.stream(link, asked()) as chunks:
        return [chunk async for chunk in chunks]


async def message(link: Link) -> Completion:
    return await FREETHEAI.message(link, told())


async def message_stream(link: Link, body: dict[str, Any] | None = None) -> list[Chunk]:
    async with FREETHEAI.message_stream(link, body or told()) as events:
        return [event async for event in events]


async def paint(link: Link, model: str = "vhr/gpt_image_2", **wishes: Any) -> list[Picture]:
    return await FREETHEAI.paint(link, PictureAsk(model, "A neon sports car", **wishes))


async def edit(link: Link, image: bytes = PNG, **wishes: Any) -> list[Picture]:
    ask = EditAsk("img/gpt-image-2", "Improve this logo", image, "image/png", **wishes)
    return await FREETHEAI.edit(link, ask)


async def see(link: Link) -> str:
    return await FREETHEAI.see(link, SightAsk("glm/glm-5.1", url="https://example.com/a.png"))


async def models(link: Link) -> list[ModelSeen]:
    return await FREETHEAI.models(link)


Act = Callable[[Link], Awaitable[Any]]
WHOLES: list[Act] = [complete, message, paint, edit, see]
STREAMED: list[Act] = [stream, message_stream]


# What it offers.


def test_it_offers_what_the_seed_describes() -> None:
    assert FREETHEAI.name == "freetheai"
    assert {
        Capability.CHAT,
        Capability.STREAM,
        Capability.TOOLS,
        Capability.VISION,
        Capability.SIGHT,
        Capability.MESSAGES,
        Capability.IMAGE,
        Capability.EDIT,
    } == FREETHEAI.offers


@pytest.mark.parametrize("act", [*WHOLES, *STREAMED])
async def test_one_bearer_token_opens_every_route(
    link: Link, upstream: LoopbackFreeTheAI, act: Act
) -> None:
    await act(link)

    [seen] = upstream.seen
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert "x-api-key" not in seen.headers


# The models.


async def test_the_full_catalogue_tells_each_models_tier(link: Link) -> None:
    found = await models(link)

    assert ModelSeen("glm/glm-5.1", "loopback", tier="free") in found
    assert ModelSeen(CLAUDE, "loopback", tier="premium") in found


@pytest.mark.parametrize(
    "fault",
    [
        Fault.NOT_FOUND,
        Fault.FORBIDDEN,
        Fault.BROKEN,
        Fault.EMPTY,
        Fault.GARBAGE,
        Fault.WRONG_TYPE,
        Fault.NO_CHOICES,
        Fault.TRUNCATED,
    ],
)
async def test_without_the_full_catalogue_the_plain_one_is_read(
    link: Link, upstream: LoopbackFreeTheAI, fault: Fault
) -> None:
    upstream.aside.next(fault)

    found = await models(link)

    assert found[0] == ModelSeen("glm/glm-5.1", "loopback", tier=None)
    assert len(found) == len(upstream.models)


@pytest.mark.parametrize(("fault", "expected"), LISTS)
async def test_without_either_catalogue_the_failure_is_the_plain_ones(
    link: Link, upstream: LoopbackFreeTheAI, fault: Fault | Trouble, expected: type[UpstreamFailure]
) -> None:
    upstream.aside.every(fault)

    with pytest.raises(UpstreamFailure) as caught:
        await models(link)

    assert type(caught.value) is expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            {"models": [{"id": "a/b", "metadata": {"tier": "pro"}}]},
            [ModelSeen("a/b", None, tier="pro")],
        ),
        (
            {"data": [{"id": "a", "owned_by": "x", "tier": None}, {"tier": "free"}, 5]},
            [ModelSeen("a", "x", tier=None)],
        ),
        ({"data": [{"id": "a", "tier": {"name": "pro"}}]}, [ModelSeen("a", None, tier=None)]),
    ],
)
async def test_the_full_catalogue_is_read_in_several_shapes(
    answer: dict[str, Any], expected: list[ModelSeen]
) -> None:
    assert await models(answering(httpx.Response(200, json=answer))) == expected


# Chat.


async def test_a_chat_is_answered_whole_and_streamed(
    link: Link, upstream: LoopbackFreeTheAI
) -> None:
    answer = await complete(link)
    chunks = await stream(link)

    words = [c.body["choices"][0]["delta"].get("content") for c in chunks if c.content]
    assert answer.body["choices"][0]["message"]["content"] == "".join(words)
    assert answer.usage == chunks[-1].usage == Usage(prompt=6, completion=5)
    assert [seen.path for seen in upstream.seen] == ["/v1/chat/completions"] * 2


async def test_a_tool_is_called(link: Link) -> None:
    tool = {"type": "function", "function": {"name": "get_weather", "parameters": WEATHER}}

    answer = await FREETHEAI.complete(link, asked("The weather in Paris?", tools=[tool]))

    [call] = answer.body["choices"][0]["message"]["tool_calls"]
    assert orjson.loads(call["function"]["arguments"]) == {"city": "Paris"}


async def test_a_picture_is_described_through_a_chat(
    link: Link, upstream: LoopbackFreeTheAI
) -> None:
    assert (await see(link)).startswith("I see a picture.")

    [part] = [p for p in upstream.seen[0].body["messages"][0]["content"] if "image_url" in p]
    assert part["image_url"] == {"url": "https://example.com/a.png"}


# Messages.


async def test_a_message_is_answered_as_anthropic_does(
    link: Link, upstream: LoopbackFreeTheAI
) -> None:
    answer = await FREETHEAI.message(link, told("Hello", brand_new={"deep": 1}))

    assert answer.body["type"] == "message"
    assert answer.body["content"][0]["text"].startswith("Hello!")
    assert (answer.body["stop_reason"], answer.usage) == ("end_turn", Usage(4, 16))
    assert upstream.seen[0].path == "/v1/messages"
    assert upstream.seen[0].body["brand_new"] == {"deep": 1}


async def test_a_message_is_streamed_in_anthropics_order(link: Link) -> None:
    events = await message_stream(link, told("Hello"))

    kinds = [event.body["type"] for event in events]
    said = [e.body["delta"]["text"] for e in events if e.body["type"] == "content_block_delta"]
    assert kinds == [
        "message_start",
        "content_block_start",
        *["content_block_delta"] * 16,
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    assert "".join(said).startswith("Hello! I am the sandbox's assistant.")
    assert [event.usage for event in events if event.usage] == [Usage(4, 16)]


async def test_thoughts_and_a_tools_use_are_streamed(link: Link) -> None:
    tool = {"name": "get_weather", "input_schema": WEATHER}
    thinking = {"type": "enabled", "budget_tokens": 1_024}
    body = told("The weather in Paris?", tools=[tool], thinking=thinking, max_tokens=2_048)

    events = await message_stream(link, body)

    deltas = [e.body["delta"] for e in events if e.body["type"] == "content_block_delta"]
    given = "".join(delta.get("partial_json", "") for delta in deltas)
    assert list(dict.fromkeys(delta["type"] for delta in deltas)) == [
        "thinking_delta",
        "signature_delta",
        "input_json_delta",
    ]
    assert orjson.loads(given) == {"city": "Paris"}
    [ending] = [e.body for e in events if e.body["type"] == "message_delta"]
    assert ending["delta"]["stop_reason"] == "tool_use"


@pytest.mark.parametrize("fault", [Fault.NO_USAGE, Fault.NULL_USAGE, Fault.NONSENSE_USAGE])
async def test_a_messages_usage_that_is_missing_or_makes_no_sense_is_none(
    link: Link, upstream: LoopbackFreeTheAI, fault: Fault
) -> None:
    upstream.faults.every(fault)

    answer = await message(link)
    events = await message_stream(link)

    assert answer.usage is None
    assert [event.usage for event in events if event.usage] == []


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.TRUNCATED, Fault.ERROR_OBJECT])
async def test_a_message_cut_in_the_middle_gives_what_came_and_then_says_so(
    link: Link, upstream: LoopbackFreeTheAI, fault: Fault
) -> None:
    upstream.faults.next(Trouble(fault, 5))  # start, block, ping, and two words
    said = ""

    with pytest.raises(Cut):
        async with FREETHEAI.message_stream(link, told("Hello")) as events:
            async for event in events:
                said += event.body.get("delta", {}).get("text", "")

    assert said == "Hello! I "


async def test_a_message_that_stopped_needs_no_message_stop(
    link: Link, upstream: LoopbackFreeTheAI
) -> None:
    upstream.faults.next(Fault.NO_DONE)

    events = await message_stream(link)

    assert events[-1].finish


@pytest.mark.parametrize("open_one", [FREETHEAI.stream, FREETHEAI.message_stream])
async def test_a_stream_that_is_left_hangs_up(
    link: Link, upstream: LoopbackFreeTheAI, open_one: Any
) -> None:
    upstream.faults.next(Trouble(Fault.SLOW, 4))

    async with open_one(link, told("Hello")) as pieces:
        assert await anext(pieces)

    await upstream.until(lambda u: u.hangups == 1)


# Pictures.


async def test_a_picture_may_come_as_a_link(link: Link, upstream: LoopbackFreeTheAI) -> None:
    [picture] = await paint(link)

    assert upstream.seen[0].body == {"model": "vhr/gpt_image_2", "prompt": "A neon sports car"}
    assert picture.url is not None
    async with httpx.AsyncClient() as client:
        shown = await client.get(picture.url)
    with Image.open(BytesIO(shown.content)) as opened:
        assert (shown.headers["content-type"], opened.format) == ("image/png", "PNG")


async def test_a_picture_may_come_as_base64(link: Link) -> None:
    [picture] = await paint(link, "img/gpt-image-2")

    assert picture.data is not None
    with Image.open(BytesIO(picture.data)) as opened:
        assert opened.size == (256, 256)


async def test_several_pictures_are_one_a_request(link: Link, upstream: LoopbackFreeTheAI) -> None:
    pictures = await paint(link, n=4, wants_url=True, extra={"quality": "high"})

    assert len(pictures) == len(upstream.seen) == 1
    assert upstream.seen[0].body == {
        "model": "vhr/gpt_image_2",
        "prompt": "A neon sports car",
        "quality": "high",
    }


@pytest.mark.parametrize(
    ("model", "size", "sent"),
    [
        ("img/gpt-image-2", "16:9", "1536x1024"),
        ("vhr/gpt_image_2", "9:16", "1024x1536"),
        ("vhr/flux_dev", "16:9", "1792x1024"),
        ("vhr/flux_dev", "512x512", "512x512"),
    ],
)
async def test_a_size_is_sent_as_the_model_knows_sizes(
    link: Link, upstream: LoopbackFreeTheAI, model: str, size: str, sent: str
) -> None:
    await paint(link, model, size=size)

    assert upstream.seen[0].body["size"] == sent


async def test_an_edit_is_json_with_the_picture_as_a_data_url(
    link: Link, upstream: LoopbackFreeTheAI
) -> None:
    [picture] = await edit(link, size="1:1")

    seen = upstream.seen[0]
    assert (seen.path, seen.headers["content-type"]) == ("/v1/images/edits", "application/json")
    assert seen.body == {
        "model": "img/gpt-image-2",
        "prompt": "Improve this logo",
        "image": "data:image/png;base64,iVBORw0KGgo=",
        "size": "1024x1024",
    }
    assert picture.data is not None
    assert picture.data.startswith(PNG)


async def test_a_mask_is_refused_rather_than_passed_over(
    link: Link, upstream: LoopbackFreeTheAI
) -> None:
    with pytest.raises(Refused):
        await edit(link, mask=PNG)

    assert not upstream.seen


async def test_a_model_that_cannot_edit_is_the_callers_to_change(link: Link) -> None:
    ask = EditAsk("vhr/flux_dev", "Improve this logo", PNG, "image/png")

    with pytest.raises(Refused) as caught:
        await FREETHEAI.edit(link, ask)

    assert caught.value.reason == "This model does not support image edits."


@pytest.mark.parametrize(
    "data",
    [
        [],
        [{}],
        [{"b64_json": "no base64!"}],
        [{"b64_json": "bm8gcGljdHVyZQ=="}],
        [{"url": "ftp://example.com/a.png"}],
        None,
    ],
)
@pytest.mark.parametrize("act", [paint, edit])
async def test_what_is_no_picture_is_none(act: Act, data: Any) -> None:
    with pytest.raises(Empty):
        await act(answering(httpx.Response(200, json={"data": data})))


# Failures, of each of them.


@pytest.mark.parametrize(("fault", "expected"), WHOLE)
@pytest.mark.parametrize("act", WHOLES)
async def test_each_fault_of_a_whole_answer_is_one_fact_and_over(
    link: Link,
    upstream: LoopbackFreeTheAI,
    act: Act,
    fault: Fault | Trouble,
    expected: type[UpstreamFailure],
) -> None:
    upstream.faults.next(fault)

    with pytest.raises(UpstreamFailure) as caught:
        await act(link)

    assert type(caught.value) is expected
    assert await act(link)


@pytest.mark.parametrize(("fault", "expected"), STREAMS)
@pytest.mark.parametrize("act", STREAMED)
async def test_each_fault_before_a_streams_content_is_one_fact_and_over(
    link: Link,
    upstream: LoopbackFreeTheAI,
    act: Act,
    fault: Fault | Trouble,
    expected: type[UpstreamFailure],
) -> None:
    upstream.faults.next(fault)

    with pytest.raises(UpstreamFailure) as caught:
        await act(link)

    assert type(caught.value) is expected
    assert await act(link)


@pytest.mark.parametrize("act", [*WHOLES, *STREAMED])
async def test_silence_is_waited_for_no_longer_than_patience_lasts(
    address: str, http: Http, upstream: LoopbackFreeTheAI, act: Act
) -> None:
    upstream.faults.next(Fault.SLOW)

    with pytest.raises(TimedOut):
        await act(Link("loopback", address, KEY, http, 5, 0.05))


@pytest.mark.parametrize("act", [*WHOLES, *STREAMED])
async def test_a_rate_or_concurrency_limit_says_how_long_to_rest(
    link: Link, upstream: LoopbackFreeTheAI, act: Act
) -> None:
    upstream.faults.next(Trouble(Fault.RATE_LIMITED, 9))

    with pytest.raises(RateLimited) as caught:
        await act(link)

    assert caught.value.retry_after == 9


@pytest.mark.parametrize("act", [*WHOLES, *STREAMED])
async def test_a_wrong_key_is_ours_to_mend(address: str, http: Http, act: Act) -> None:
    with pytest.raises(Misconfigured) as caught:
        await act(Link("loopback", address, "sk-another-key-123", http, 5, 5))

    assert caught.value.status == 401


@pytest.mark.parametrize("act", [*WHOLES, *STREAMED])
async def test_a_model_above_our_tier_is_ours_to_mend(
    link: Link, upstream: LoopbackFreeTheAI, act: Act
) -> None:
    upstream.faults.next(Fault.FORBIDDEN)

    with pytest.raises(Misconfigured) as caught:
        await act(link)

    assert caught.value.status == 403


@pytest.mark.parametrize("act", [*WHOLES, *STREAMED])
async def test_nobody_listening_is_broken(http: Http, act: Act) -> None:
    with pytest.raises(Broken):
        await act(Link("loopback", f"{nobody()}/v1", KEY, http, 5, 5))


@pytest.mark.parametrize("act", [paint, edit])
async def test_an_answer_beyond_all_measure_is_none(
    link: Link, upstream: LoopbackFreeTheAI, act: Act
) -> None:
    upstream.faults.next(Trouble(Fault.HUGE, 97))

    with pytest.raises(Empty):
        await act(link)
