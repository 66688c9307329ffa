"""spafe against its document (seeds/002_13c8f910d2aceccb.txt): each example, quirk and fault."""

import json
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from io import BytesIO
from typing import Any

import httpx
import orjson
import pytest
from PIL import Image

from bot.sandbox.upstreams.spafe import LoopbackSpafe
from bot.sandbox.upstreams.troubles import Fault, Trouble
from bot.settings.serving import Capability
from bot.upstreams.dialect import Link
from bot.upstreams.failures import Cut, Empty, NoModelsList, UpstreamFailure
from bot.upstreams.goods import Picture, PictureAsk
from bot.upstreams.markdown import addresses
from bot.upstreams.registry import DIALECTS
from tests.fakes.serve import scripted
from tests.upstreams.faults import STREAMS, WHOLE
from tests.upstreams.test_openai_media import PNG, answering

SPAFE = DIALECTS["spafe"]
HI = {
    "messages": [{"role": "user", "content": "Hi"}],
    "stream": False,
    "model": "gpt-4o",
    "temperature": 0.5,
    "presence_penalty": 0,
    "frequency_penalty": 0,
    "top_p": 1,
}
FLUX = PictureAsk("flux", "a lighthouse", n=2, size="16:9", seed=7, extra={"quality": "hd"})


@pytest.fixture
def upstream() -> LoopbackSpafe:
    """A spafe on loopback."""
    return LoopbackSpafe()


@pytest.fixture
async def link(upstream: LoopbackSpafe, reached: Callable[..., Any]) -> AsyncIterator[Link]:
    """A link to it, while it is served."""
    async with reached(upstream) as found:
        yield found


async def streamed(link: Link, **more: Any) -> list[dict[str, Any]]:
    async with SPAFE.stream(link, {**HI, **more}) as chunks:
        return [chunk.body async for chunk in chunks]


def saying(content: Any) -> Any:
    """Answer one request with a chat that says this."""
    message = {"role": "assistant", "content": content}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return answering(orjson.dumps({"choices": [choice], "usage": None}))


def test_it_offers_what_its_document_names() -> None:
    assert SPAFE.offers == {Capability.CHAT, Capability.STREAM, Capability.IMAGE}


# Its examples, as they stand there but for the address.


async def test_its_text_example_has_null_for_usage(link: Link) -> None:
    async with httpx.AsyncClient() as plain:
        answer = (await plain.post(f"{link.base_url}/chat/completions", json=HI)).json()

    assert link.base_url.endswith("/api/v1")
    assert list(answer) == ["id", "object", "created", "model", "choices", "usage"]
    assert answer["choices"][0]["message"]["content"].startswith("Hello!")
    assert (answer["object"], answer["usage"]) == ("chat.completion", None)


async def test_its_picture_example_is_markdown(link: Link) -> None:
    async with httpx.AsyncClient() as plain:
        answer = await plain.post(f"{link.base_url}/chat/completions", json={**HI, "model": "flux"})
        said = answer.json()["choices"][0]["message"]["content"]
        shown = await plain.get(addresses(said)[0])

    assert said.startswith("![Generated Image](http://127.0.0.1:")
    assert Image.open(BytesIO(shown.content)).format == "PNG"


async def test_its_streaming_example_has_the_role_beside_the_content(link: Link) -> None:
    async with httpx.AsyncClient() as plain:
        body = {**HI, "stream": True}
        text = (await plain.post(f"{link.base_url}/chat/completions", json=body)).text

    first, *_, last, done, rest = text.split("\n\n")
    begun, ended = json.loads(first[6:])["choices"][0], json.loads(last[6:])["choices"][0]
    assert (begun["delta"], begun["finish_reason"]) == (
        {"content": "Hello! ", "role": "assistant"},
        None,
    )
    assert (ended["delta"], ended["finish_reason"]) == (
        {"content": "", "role": "assistant"},
        "stop",
    )
    assert first.endswith("} ")
    assert json.loads(last[6:])["usage"] is None
    assert (done, rest) == ("data: [DONE]", "")


# What it does, and how it fails.


async def test_an_answer_without_usage_is_an_answer(link: Link, upstream: LoopbackSpafe) -> None:
    answer = await SPAFE.complete(link, HI)

    assert answer.body["choices"][0]["message"]["content"].startswith("Hello!")
    assert answer.usage is None
    assert upstream.seen[0].body == HI
    assert "authorization" not in upstream.seen[0].headers


async def test_the_first_chunk_is_content_although_it_tells_the_role(link: Link) -> None:
    async with SPAFE.stream(link, HI) as chunks:
        found = [chunk async for chunk in chunks]

    assert found[0].content
    assert [chunk.usage for chunk in found] == [None] * len(found)
    assert (found[-1].content, found[-1].finish) == (False, True)


async def test_a_stream_is_never_asked_for_usage(link: Link, upstream: LoopbackSpafe) -> None:
    await streamed(link, stream_options={"include_usage": True}, max_tokens=3)

    assert upstream.seen[0].body == {**HI, "stream": True, "max_tokens": 3}


async def test_the_loopback_refuses_to_be_asked_for_usage(link: Link) -> None:
    body = {**HI, "stream": True, "stream_options": {"include_usage": True}}
    async with httpx.AsyncClient() as plain:
        answer = await plain.post(f"{link.base_url}/chat/completions", json=body)

    assert answer.status_code == 422


async def test_a_name_with_slashes_goes_up_as_it_is(link: Link, upstream: LoopbackSpafe) -> None:
    await streamed(link, model="google/gemma-2-9b-it")

    assert upstream.seen[0].body["model"] == "google/gemma-2-9b-it"


async def test_it_has_no_models_list(link: Link) -> None:
    with pytest.raises(NoModelsList) as caught:
        await SPAFE.models(link)

    assert caught.value.status == 404


async def test_a_picture_is_painted_by_a_chat(link: Link, upstream: LoopbackSpafe) -> None:
    [picture] = await SPAFE.paint(link, FLUX)
    async with httpx.AsyncClient() as plain:
        shown = await plain.get(picture.url)

    assert Image.open(BytesIO(shown.content)).format == "PNG"
    assert upstream.seen[0].body == {
        "model": "flux",
        "messages": [{"role": "user", "content": "a lighthouse"}],
        "stream": False,
    }


async def test_a_model_that_only_talks_paints_nothing(link: Link) -> None:
    with pytest.raises(Empty):
        await SPAFE.paint(link, PictureAsk("gpt-4o", "a lighthouse"))


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("![Generated Image](https://a.example/i.jpg)", ["https://a.example/i.jpg"]),
        (
            "Here: ![a](http://x/1.png)![b](http://x/2.png) done",
            ["http://x/1.png", "http://x/2.png"],
        ),
        ('![a](http://x/1.png "A (nice) title")', ["http://x/1.png"]),
        ("![a](http://x/1.png 'title')", ["http://x/1.png"]),
        ("![a](http://x/1.png (title))", ["http://x/1.png"]),
        ("![a](http://x/1.png 'it''s')", ["http://x/1.png"]),
        ("![a](http://x/y_(1).png)", ["http://x/y_(1).png"]),
        ("![a](http://x/(a(b)c).png)", ["http://x/(a(b)c).png"]),
        (r"![a](http://x/\(1\).png)", ["http://x/(1).png"]),
        ("![a [b] c](<http://x/a b.png> 'x')", ["http://x/a%20b.png"]),
        ("![](  http://x/1.png\n)", ["http://x/1.png"]),
        ("![two\nlines](http://x/1.png?a=1&amp;b=2)", ["http://x/1.png?a=1&b=2"]),
        ("[![a](http://x/1.png)](http://x/page)", ["http://x/1.png"]),
        ("![a](data:image/png;base64,AAAA==)", ["data:image/png;base64,AAAA=="]),
        ("[no picture](http://x/1.png)", []),
        ("![a][b]\n\n[b]: http://x/1.png", []),
        ("![a]()", []),
        ("![a](<>)", []),
        ("![a](http://x/(open.png", []),
        ("", []),
    ],
)
def test_pictures_are_found_in_markdown(said: str, found: list[str]) -> None:
    assert addresses(said) == found


@pytest.mark.parametrize("part", ["![", "![](", "![](((", "![a](b '", "![a](<", "![[", "![a](b ("])
def test_a_text_made_to_be_slow_is_read_at_once(part: str) -> None:
    assert addresses(part * 200_000) == []


async def test_several_pictures_are_one_each_as_many_as_were_asked_for(
    linked: Callable[..., Link],
) -> None:
    said = " ".join(f"![{i}](https://x.example/{i % 3}.png)" for i in (0, 0, 1, 2))
    async with scripted(saying(said)) as url:
        found = await SPAFE.paint(linked(url), FLUX)

    assert found == [
        Picture(url="https://x.example/0.png"),
        Picture(url="https://x.example/1.png"),
    ]


async def test_a_picture_may_be_inside_the_words(linked: Callable[..., Link]) -> None:
    inside = Picture(data=PNG)
    written = f"![a](data:image/png;base64,{b64encode(PNG).decode()})"
    async with scripted(saying([{"type": "text", "text": written}])) as url:
        assert await SPAFE.paint(linked(url), FLUX) == [inside]


@pytest.mark.parametrize(
    "said",
    [
        "I cannot paint that.",
        "https://x.example/1.png",
        "![a](/relative.png)",
        "![a](javascript:alert(1))",
        "![a](data:image/png;base64,bm9uZQ==)",
        None,
    ],
)
async def test_an_answer_without_a_picture_is_empty(
    linked: Callable[..., Link], said: str | None
) -> None:
    async with scripted(saying(said)) as url:
        with pytest.raises(Empty):
            await SPAFE.paint(linked(url), FLUX)


WHOLES: dict[str, Callable[[Link], Any]] = {
    "chat": lambda link: SPAFE.complete(link, HI),
    "pictures": lambda link: SPAFE.paint(link, FLUX),
}


@pytest.mark.parametrize("what", WHOLES)
@pytest.mark.parametrize(("fault", "expected"), WHOLE)
async def test_each_fault_of_a_whole_answer_is_one_fact(
    link: Link,
    upstream: LoopbackSpafe,
    what: str,
    fault: Fault | Trouble,
    expected: type[UpstreamFailure],
) -> None:
    upstream.faults.next(fault)

    with pytest.raises(UpstreamFailure) as caught:
        await WHOLES[what](link)

    assert type(caught.value) is expected


@pytest.mark.parametrize(("fault", "expected"), STREAMS)
async def test_each_fault_before_a_streams_content_is_one_fact(
    link: Link,
    upstream: LoopbackSpafe,
    fault: Fault | Trouble,
    expected: type[UpstreamFailure],
) -> None:
    upstream.faults.next(fault)

    with pytest.raises(UpstreamFailure) as caught:
        await streamed(link)

    assert type(caught.value) is expected


async def test_a_stream_that_breaks_off_is_cut_after_its_first_word(
    link: Link, upstream: LoopbackSpafe
) -> None:
    upstream.faults.next(Trouble(Fault.CUT, 1))
    said = ""

    with pytest.raises(Cut):
        async with SPAFE.stream(link, HI) as chunks:
            async for chunk in chunks:
                said += chunk.body["choices"][0]["delta"]["content"]

    assert said == "Hello! "


async def test_a_stream_without_done_is_complete(link: Link, upstream: LoopbackSpafe) -> None:
    upstream.faults.next(Fault.NO_DONE)

    chunks = await streamed(link)

    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
