"""fresed against its document (seeds/000_5dd2345b75d5eb73.txt): each example, quirk and fault."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import openai
import orjson
import pytest

from bot.sandbox.upstreams.fresed import LoopbackFresed
from bot.sandbox.upstreams.troubles import Fault, Trouble
from bot.settings.serving import Capability
from bot.upstreams.dialect import Link, ModelSeen, Unoffered
from bot.upstreams.failures import Cut, Empty, RateLimited, Refused, UpstreamFailure
from bot.upstreams.goods import EditAsk, Finding, PictureAsk, SightAsk, SpeechAsk
from bot.upstreams.registry import DIALECTS
from tests.fakes.serve import scripted
from tests.upstreams.conftest import KEY
from tests.upstreams.faults import LISTS, PIECES, STREAMS, WHOLE
from tests.upstreams.test_openai_media import answering

FRESED = DIALECTS["fresed"]
HI = {"model": "gpt-4", "messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture
def upstream() -> LoopbackFresed:
    """A fresed on loopback that accepts one key."""
    return LoopbackFresed(key=KEY)


@pytest.fixture
async def link(upstream: LoopbackFresed, reached: Callable[..., Any]) -> AsyncIterator[Link]:
    """A link to it, while it is served."""
    async with reached(upstream) as found:
        yield found


@pytest.fixture
async def sdk(link: Link) -> AsyncIterator[openai.AsyncOpenAI]:
    """The SDK of its examples, pointed at it."""
    async with openai.AsyncOpenAI(base_url=link.base_url, api_key=KEY, max_retries=0) as client:
        yield client


async def found(link: Link, model: str = "gpt-4o+web") -> list[Finding]:
    async with FRESED.ask(link, model, "Is it raining?") as findings:
        return [finding async for finding in findings]


async def heard(link: Link) -> tuple[str, bytes]:
    async with FRESED.speak(link, SpeechAsk("tts-1", "hi", "alloy")) as sound:
        return sound.media, b"".join([piece async for piece in sound.pieces])


async def streamed(link: Link) -> str:
    async with FRESED.stream(link, HI) as chunks:
        parts = [c["delta"].get("content") async for chunk in chunks for c in chunk.body["choices"]]
    return "".join(filter(None, parts))


def test_it_offers_what_its_document_names() -> None:
    assert FRESED.offers == {
        Capability.CHAT,
        Capability.STREAM,
        Capability.TOOLS,
        Capability.VISION,
        Capability.SIGHT,
        Capability.WEB,
        Capability.ASK,
        Capability.IMAGE,
        Capability.SPEECH,
        Capability.TEMP_MAIL,
    }


# Its examples, as they stand there but for the address.


async def test_its_chat_example_streams(sdk: openai.AsyncOpenAI) -> None:
    stream = await sdk.chat.completions.create(
        messages=[{"role": "user", "content": "hi"}], model="gpt-4", stream=True
    )

    said = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
    assert said.startswith("Hello!")


async def test_its_picture_example_gives_one_link(sdk: openai.AsyncOpenAI) -> None:
    answer = await sdk.images.generate(
        model="midjourney", prompt="a white siamese cat", size="1024x1024"
    )

    [picture] = answer.data
    assert picture.url.endswith("-256x256.png")
    assert picture.revised_prompt is None


async def test_its_speech_example_gives_an_mp3(sdk: openai.AsyncOpenAI) -> None:
    response = await sdk.audio.speech.create(model="tts-1", voice="alloy", input="hi")

    assert response.content[:2] == b"\xff\xf3"


async def test_its_mail_example_gives_a_mailbox_with_a_letter(link: Link) -> None:
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    async with httpx.AsyncClient(headers=headers) as client:
        made = (await client.post(f"{link.base_url}/temp_mail/generate")).json()
        read = await client.get(f"{link.base_url}/temp_mail/messages/{made['identifier']}")

    assert made["email"].endswith("@1secmail.com")
    [letter] = read.json()["messages"]
    assert letter["subject"] == "Welcome to your mailbox"


# What it does, and how it fails.


async def test_it_chats_whole_and_in_a_stream(link: Link) -> None:
    answer = await FRESED.complete(link, HI)

    assert answer.usage is not None
    assert answer.body["choices"][0]["message"]["content"] == await streamed(link)


async def test_it_sees_pictures(link: Link) -> None:
    said = await FRESED.see(link, SightAsk("gpt-4o", url="https://example.com/a.png"))

    assert said.startswith("I see a picture.")


async def test_its_models_list_tells_their_coefficients(
    link: Link, upstream: LoopbackFresed
) -> None:
    upstream.coefficients["gpt-4"] = 0.125

    models = {model.id: model for model in await FRESED.models(link)}

    assert models["gpt-4"] == ModelSeen("gpt-4", "fresed", 125)
    assert models["gpt-4o+web"].coefficient == 1_500


@pytest.mark.parametrize(
    ("price", "thousandths"),
    [
        ({"coefficient": 0.2}, 200),
        ({"coefficient": "1.5"}, 1_500),
        ({"token_coefficient": 3}, 3_000),
        ({"coefficient": 0}, 0),
        ({"coefficient": 0.00001}, 1),
        ({"coefficient": None}, None),
        ({"coefficient": True}, None),
        ({"coefficient": "free"}, None),
        ({"coefficient": "NaN"}, None),
        ({"coefficient": -1}, None),
        ({"coefficient": 1e30}, None),
        ({}, None),
    ],
)
async def test_a_coefficient_without_sense_is_none(
    linked: Callable[..., Link], price: dict[str, Any], thousandths: int | None
) -> None:
    body = orjson.dumps({"object": "list", "data": [{"id": "m"} | price]})
    async with scripted(answering(body)) as url:
        [model] = await FRESED.models(linked(url))

    assert model.coefficient == thousandths


async def test_a_picture_is_asked_for_as_in_its_example(
    link: Link, upstream: LoopbackFresed
) -> None:
    ask = PictureAsk("midjourney", "a cat", n=4, size="1:1", extra={"quality": "hd"})

    [picture] = await FRESED.paint(link, ask)

    assert picture.url is not None
    assert upstream.seen[0].body == {
        "model": "midjourney",
        "prompt": "a cat",
        "size": "1024x1024",
        "quality": "hd",
    }


async def test_it_speaks_in_mp3(link: Link) -> None:
    media, sound = await heard(link)

    assert (media, sound[:2]) == ("audio/mpeg", b"\xff\xf3")


@pytest.mark.parametrize("model", ["gpt-4o", "gpt-4o+web"])
async def test_a_question_goes_to_a_model_with_web_access(
    link: Link, upstream: LoopbackFresed, model: str
) -> None:
    findings = await found(link, model)

    assert upstream.seen[0].body["model"] == "gpt-4o+web"
    assert len(findings) > 5  # piece by piece
    assert "".join(f.message for f in findings).startswith("I looked on the web (https://")
    assert {f.url for f in findings} == {None}


async def test_a_question_whose_answer_breaks_off_is_cut(
    link: Link, upstream: LoopbackFresed
) -> None:
    upstream.faults.next(Trouble(Fault.CUT, 4))
    said = ""

    with pytest.raises(Cut):
        async with FRESED.ask(link, "gpt-4o+web", "Is it raining?") as findings:
            async for finding in findings:
                said += finding.message

    assert said == "I looked on "


async def test_what_is_no_text_is_not_found(linked: Callable[..., Link]) -> None:
    events = [
        {"choices": [{"delta": {"reasoning_content": "hm"}}]},
        {"choices": []},
        {"choices": [None]},
        {"choices": [{"delta": None}]},
        {"choices": [{"delta": {"content": "yes"}, "finish_reason": "stop"}]},
    ]
    body = b"".join(b"data: " + orjson.dumps(event) + b"\n\n" for event in events)
    async with scripted(answering(body, b"text/event-stream")) as url:
        assert await found(linked(url)) == [Finding("yes", None)]


async def test_a_mailbox_is_made_at_the_domain_that_was_asked_for(
    link: Link, upstream: LoopbackFresed
) -> None:
    at = await FRESED.mailbox(link, "gmail.com")
    somewhere = await FRESED.mailbox(link, "")

    assert at.email.endswith("@gmail.com")
    assert somewhere.email.endswith("@1secmail.com")
    assert at.identifier not in repr(at)
    assert [seen.body for seen in upstream.seen] == [{"domain": "gmail.com"}, {}]


async def test_a_domain_it_does_not_have_is_refused(link: Link) -> None:
    with pytest.raises(Refused):
        await FRESED.mailbox(link, "no domain")


async def test_a_mailbox_is_read_by_its_identifier(link: Link, upstream: LoopbackFresed) -> None:
    box = await FRESED.mailbox(link, "1secmail.net")
    other = await FRESED.mailbox(link, "1secmail.net")
    upstream.mail.deliver(box.identifier, "Your code", "1234")

    letters = await FRESED.letters(link, box.identifier)

    assert [letter["subject"] for letter in letters] == ["Welcome to your mailbox", "Your code"]
    assert len(await FRESED.letters(link, other.identifier)) == 1


@pytest.mark.parametrize("identifier", ["nobody", "../models", "a/b?c#d", "%2e%2e", "ключ"])
async def test_an_identifier_is_nothing_but_an_identifier(
    link: Link, upstream: LoopbackFresed, identifier: str
) -> None:
    upstream.mail.kept["nobody else"] = []

    with pytest.raises(Refused) as caught:
        await FRESED.letters(link, identifier)

    assert caught.value.status == 404


async def test_an_identifier_goes_up_as_it_is(link: Link, upstream: LoopbackFresed) -> None:
    upstream.mail.kept["a b+c%20=?"] = [{"subject": "found"}]

    assert await FRESED.letters(link, "a b+c%20=?") == [{"subject": "found"}]


@pytest.mark.parametrize(
    "body",
    [
        {"email": "a@b.c"},
        {"identifier": "x"},
        {"email": "no address", "identifier": "x"},
        {"email": "a@b.c", "identifier": ""},
        {"email": "a@b.c", "identifier": ".."},
        {"email": "a@b.c", "identifier": ["x"]},
        {"email": None, "identifier": True},
        [],
    ],
)
async def test_a_mailbox_without_address_or_identifier_is_none(
    linked: Callable[..., Link], body: Any
) -> None:
    async with scripted(answering(orjson.dumps(body))) as url:
        with pytest.raises(Empty):
            await FRESED.mailbox(linked(url), "1secmail.com")


async def test_an_identifier_may_be_a_number(linked: Callable[..., Link]) -> None:
    body = orjson.dumps({"email": "a@b.c", "identifier": 7})
    async with scripted(answering(body)) as url:
        assert (await FRESED.mailbox(linked(url), "b.c")).identifier == "7"


async def test_letters_may_be_text_or_none_at_all(linked: Callable[..., Link]) -> None:
    async with scripted(answering(b'{"messages": [{"id": 1}, "hello"]}')) as url:
        some = await FRESED.letters(linked(url), "x")
    async with scripted(answering(b'{"messages": []}')) as url:
        none = await FRESED.letters(linked(url), "x")

    assert some == [{"id": 1}, {"text": "hello"}]
    assert none == []


async def test_a_flood_of_mail_is_given_up(link: Link, upstream: LoopbackFresed) -> None:
    box = await FRESED.mailbox(link, "")
    upstream.faults.next(Trouble(Fault.HUGE, 33))

    with pytest.raises(Empty):
        await FRESED.letters(link, box.identifier)


WHOLES: dict[str, Callable[[Link], Any]] = {
    "chat": lambda link: FRESED.complete(link, HI),
    "pictures": lambda link: FRESED.paint(link, PictureAsk("midjourney", "a cat")),
    "sight": lambda link: FRESED.see(link, SightAsk("gpt-4o", url="https://example.com/a.png")),
    "mailbox": lambda link: FRESED.mailbox(link, "gmail.com"),
    "letters": lambda link: FRESED.letters(link, "some"),
}


@pytest.mark.parametrize("what", WHOLES)
@pytest.mark.parametrize(("fault", "expected"), WHOLE)
async def test_each_fault_of_a_whole_answer_is_one_fact(
    link: Link,
    upstream: LoopbackFresed,
    what: str,
    fault: Fault | Trouble,
    expected: type[UpstreamFailure],
) -> None:
    upstream.mail.kept["some"] = []
    upstream.faults.next(fault)

    with pytest.raises(UpstreamFailure) as caught:
        await WHOLES[what](link)

    assert type(caught.value) is expected
    assert not isinstance(caught.value, RateLimited) or caught.value.retry_after == 7


@pytest.mark.parametrize(("fault", "expected"), LISTS)
async def test_each_fault_of_the_models_list_is_one_fact(
    link: Link,
    upstream: LoopbackFresed,
    fault: Fault | Trouble,
    expected: type[UpstreamFailure],
) -> None:
    upstream.aside.next(fault)

    with pytest.raises(UpstreamFailure) as caught:
        await FRESED.models(link)

    assert type(caught.value) is expected


@pytest.mark.parametrize("what", [streamed, found])
@pytest.mark.parametrize(("fault", "expected"), STREAMS)
async def test_each_fault_before_the_first_words_is_one_fact(
    link: Link,
    upstream: LoopbackFresed,
    what: Callable[[Link], Any],
    fault: Fault | Trouble,
    expected: type[UpstreamFailure],
) -> None:
    upstream.faults.next(fault)

    with pytest.raises(UpstreamFailure) as caught:
        await what(link)

    assert type(caught.value) is expected


@pytest.mark.parametrize(("fault", "expected"), PIECES)
async def test_each_fault_before_the_first_sound_is_one_fact(
    link: Link,
    upstream: LoopbackFresed,
    fault: Fault | Trouble,
    expected: type[UpstreamFailure],
) -> None:
    upstream.faults.next(fault)

    with pytest.raises(UpstreamFailure) as caught:
        await heard(link)

    assert type(caught.value) is expected


async def test_what_it_does_not_offer_is_inherited_and_never_asked_for(link: Link) -> None:
    with pytest.raises(Refused) as caught:
        await FRESED.edit(link, EditAsk("m", "p", b"x", "image/png"))
    with pytest.raises(Unoffered):
        await FRESED.song(link, "clip")

    assert caught.value.status == 404
