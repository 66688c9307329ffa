"""OpenAI's pictures, edits, speech, embeddings and sight, against an upstream on loopback."""

import asyncio
import base64
import math
import struct
import wave
from collections.abc import Callable
from io import BytesIO
from typing import Any

import httpx
import openai
import orjson
import pytest
from PIL import Image

from bot.sandbox.upstreams.drawing import drawn, mark_of
from bot.sandbox.upstreams.openai import LoopbackOpenAI
from bot.sandbox.upstreams.troubles import Fault, Trouble
from bot.upstreams.dialect import Link
from bot.upstreams.failures import Cut, Empty, RateLimited, UpstreamFailure
from bot.upstreams.goods import EditAsk, Embedded, PictureAsk, SightAsk, SpeechAsk
from bot.upstreams.pictures import media_of
from bot.upstreams.registry import DIALECTS
from tests.fakes.serve import request_read, scripted, serving
from tests.upstreams.conftest import KEY
from tests.upstreams.faults import PIECES, WHOLE

OPENAI = DIALECTS["openai"]
CAT = PictureAsk("dall-e-2", "a white siamese cat", size="1024x1024", wants_url=True)
PNG = drawn(mark_of("a logo"), (8, 8))
EDIT = EditAsk("dall-e-2", "make it cleaner", PNG, "image/png", size="512x512")
SPEECH = SpeechAsk("tts-1", "hi there", "alloy")
WORDS = {"model": "text-embedding-3-small", "input": ["one word", "two"]}
SIGHT = SightAsk("gpt-4o", data=PNG, media="image/png")


async def heard(link: Link, ask: SpeechAsk) -> tuple[str, bytes]:
    async with OPENAI.speak(link, ask) as sound:
        return sound.media, b"".join([piece async for piece in sound.pieces])


def answering(body: bytes, kind: bytes = b"application/json") -> Any:
    """Answer one request with a body of a type, its length given."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_read(reader)
        said = b"content-type: %b\r\n" % kind if kind else b""
        writer.write(b"HTTP/1.1 200 OK\r\n%bcontent-length: %d\r\n\r\n" % (said, len(body)) + body)
        await writer.drain()

    return answer


ASKS: dict[str, Callable[[Link], Any]] = {
    "pictures": lambda link: OPENAI.paint(link, CAT),
    "edits": lambda link: OPENAI.edit(link, EDIT),
    "embeddings": lambda link: OPENAI.embed(link, WORDS),
    "sight": lambda link: OPENAI.see(link, SIGHT),
}


@pytest.mark.parametrize("what", ASKS)
@pytest.mark.parametrize(("fault", "expected"), WHOLE)
async def test_each_fault_of_a_whole_answer_is_one_fact(
    link: Link,
    openai_upstream: LoopbackOpenAI,
    what: str,
    fault: Fault | Trouble,
    expected: type[UpstreamFailure],
) -> None:
    openai_upstream.faults.next(fault)

    with pytest.raises(UpstreamFailure) as caught:
        await ASKS[what](link)

    assert type(caught.value) is expected
    assert not isinstance(caught.value, RateLimited) or caught.value.retry_after == 7


# Pictures.


async def test_a_picture_is_a_link_whose_bytes_the_upstream_keeps(link: Link) -> None:
    [picture] = await OPENAI.paint(link, CAT)
    async with httpx.AsyncClient() as plain:
        shown = await plain.get(picture.url)

    assert picture.data is None
    assert picture.revised_prompt == "A picture: a white siamese cat"
    assert shown.headers["content-type"] == "image/png"
    assert Image.open(BytesIO(shown.content)).size == (256, 256)


async def test_pictures_come_as_bytes_where_bytes_are_wanted(link: Link) -> None:
    ask = PictureAsk("dall-e-2", "a cat", n=3, size="16:9")

    found = await OPENAI.paint(link, ask)

    assert [picture.url for picture in found] == [None, None, None]
    assert len({picture.data for picture in found}) == 3
    assert {Image.open(BytesIO(picture.data)).size for picture in found} == {(256, 146)}


async def test_a_picture_is_asked_for_in_openais_words(
    link: Link, openai_upstream: LoopbackOpenAI
) -> None:
    ask = PictureAsk("flux", "a cat", n=2, size="9:16", seed=7, extra={"style": "vivid"})

    await OPENAI.paint(link, ask)

    assert openai_upstream.seen[0].path == "/v1/images/generations"
    assert openai_upstream.seen[0].body == {
        "style": "vivid",
        "model": "flux",
        "prompt": "a cat",
        "size": "1024x1792",
        "n": 2,
        "response_format": "b64_json",
        "seed": 7,
    }


async def test_a_model_that_gives_bytes_alone_is_not_asked_for_a_form(
    link: Link, openai_upstream: LoopbackOpenAI
) -> None:
    ask = PictureAsk("gpt-image-1", "a cat", size="2:1", wants_url=True)

    [picture] = await OPENAI.paint(link, ask)

    assert media_of(picture.data) == "image/png"
    assert "response_format" not in openai_upstream.seen[0].body
    assert openai_upstream.seen[0].body["size"] == "1536x1024"


async def test_a_model_that_makes_one_picture_is_asked_for_one(link: Link) -> None:
    assert len(await OPENAI.paint(link, PictureAsk("dall-e-3", "a cat", n=4))) == 1


@pytest.mark.parametrize(
    ("size", "sent"),
    [
        ("1:1", "1024x1024"),
        ("21:9", "1792x1024"),
        ("1:2", "1024x1792"),
        ("256x256", "256x256"),
        ("wide:er", "wide:er"),
        (None, None),
    ],
)
async def test_ratios_are_asked_for_in_pixels(
    link: Link, openai_upstream: LoopbackOpenAI, size: str | None, sent: str | None
) -> None:
    await OPENAI.paint(link, PictureAsk("flux", "a cat", size=size))

    assert openai_upstream.seen[0].body.get("size") == sent


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        [None],
        [{}],
        [{"url": None, "b64_json": None}],
        [{"url": "file:///etc/passwd"}],
        [{"url": "/relative.png"}],
        [{"url": ["https://example.com"]}],
        [{"url": "https://example.com/" + "x" * 9_000}],
        [{"b64_json": "not base64 at all!"}],
        [{"b64_json": "bm8gcGljdHVyZQ=="}],
        [{"b64_json": "data:image/png,plain"}],
    ],
)
async def test_an_answer_without_a_picture_is_empty(linked: Callable[..., Link], data: Any) -> None:
    async with scripted(answering(orjson.dumps({"data": data}))) as url:
        with pytest.raises(Empty):
            await OPENAI.paint(linked(url), CAT)


async def test_pictures_among_things_that_are_none_are_kept(linked: Callable[..., Link]) -> None:
    inside = base64.b64encode(PNG).decode()
    data = [
        None,
        {"url": "HTTPS://example.com/a.png", "revised_prompt": ""},
        {"b64_json": f"data:image/png;base64,{inside}", "revised_prompt": 5},
        {"url": f"data:image/png;base64,{inside}"},
        {"b64_json": "\n".join((inside[:20], inside[20:]))},
        {"url": "https://example.com/one-too-many.png"},
    ]
    ask = PictureAsk("m", "four", n=4)
    async with scripted(answering(orjson.dumps({"data": data}))) as url:
        found = await OPENAI.paint(linked(url), ask)

    assert [picture.url for picture in found] == ["HTTPS://example.com/a.png", None, None, None]
    assert [picture.data for picture in found] == [None, PNG, PNG, PNG]
    assert {picture.revised_prompt for picture in found} == {None}


async def test_a_picture_larger_than_a_chats_answer_comes_whole(
    linked: Callable[..., Link],
) -> None:
    large = PNG + bytes(30 * 1024 * 1024)
    body = orjson.dumps({"data": [{"b64_json": base64.b64encode(large).decode()}]})
    async with scripted(answering(body)) as url:
        [picture] = await OPENAI.paint(linked(url), CAT)

    assert len(picture.data) == len(large)


# Edits.


async def test_an_edit_goes_up_as_a_form_with_its_files(
    link: Link, openai_upstream: LoopbackOpenAI
) -> None:
    ask = EditAsk(
        "dall-e-2",
        "a flamingo ☃",
        PNG,
        "image/webp",
        mask=b"\r\n--\r\n\x00mask",
        n=2,
        size="1:1",
        extra={"quality": "high", "deep": {"a": [1]}, "user": None},
    )

    found = await OPENAI.edit(link, ask)

    [seen] = openai_upstream.seen
    assert len(found) == 2
    assert seen.path == "/v1/images/edits"
    assert seen.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert seen.files == {"image": PNG, "mask": b"\r\n--\r\n\x00mask"}
    assert seen.body == {
        "model": "dall-e-2",
        "prompt": "a flamingo ☃",
        "n": "2",
        "size": "1024x1024",
        "response_format": "b64_json",
        "quality": "high",
        "deep": '{"a":[1]}',
    }


async def test_an_edit_shows_what_it_was_made_from(link: Link) -> None:
    other = drawn(mark_of("another"), (8, 8))

    [first] = await OPENAI.edit(link, EDIT)
    [second] = await OPENAI.edit(link, EditAsk("dall-e-2", EDIT.prompt, other, "image/png"))

    assert first.data != second.data


async def test_a_large_picture_is_edited_too(link: Link, openai_upstream: LoopbackOpenAI) -> None:
    large = PNG + bytes(5 * 1024 * 1024)

    await OPENAI.edit(link, EditAsk("dall-e-2", "smaller", large, "image/png", wants_url=True))

    assert openai_upstream.seen[0].files["image"] == large


# Speech.


@pytest.mark.parametrize(("fault", "expected"), PIECES)
async def test_each_fault_before_the_first_sound_is_one_fact(
    link: Link,
    openai_upstream: LoopbackOpenAI,
    fault: Fault | Trouble,
    expected: type[UpstreamFailure],
) -> None:
    openai_upstream.faults.next(fault)

    with pytest.raises(UpstreamFailure) as caught:
        await heard(link, SPEECH)

    assert type(caught.value) is expected


async def test_speech_is_mp3_by_default(link: Link, openai_upstream: LoopbackOpenAI) -> None:
    media, sound = await heard(link, SPEECH)

    assert media == "audio/mpeg"
    assert sound[:2] == b"\xff\xf3"
    assert len(sound) == 2 * 5 * 52  # two words of five frames
    assert openai_upstream.seen[0].body == {
        "model": "tts-1",
        "input": "hi there",
        "voice": "alloy",
        "response_format": "mp3",
    }


async def test_speech_in_another_form_is_what_the_upstream_says_it_is(
    link: Link, openai_upstream: LoopbackOpenAI
) -> None:
    ask = SpeechAsk("tts-1", "hi", "nova", "flac", 1.5, {"instructions": "whisper"})

    media, sound = await heard(link, ask)

    assert media == "audio/wav"
    with wave.open(BytesIO(sound)) as played:
        assert (played.getnchannels(), played.getframerate()) == (1, 8_000)
        assert played.getnframes() == 960
    assert openai_upstream.seen[0].body["speed"] == 1.5
    assert openai_upstream.seen[0].body["instructions"] == "whisper"


async def test_the_first_sound_comes_before_the_last_was_made(
    link: Link, openai_upstream: LoopbackOpenAI
) -> None:
    openai_upstream.faults.next(Trouble(Fault.SLOW, 1))

    async with OPENAI.speak(link, SPEECH) as sound:
        first = await anext(sound.pieces)
        openai_upstream.gate.set()
        rest = b"".join([piece async for piece in sound.pieces])

    assert len(first) == len(rest) == 5 * 52


async def test_a_sound_that_breaks_off_is_cut_after_what_had_come(
    link: Link, openai_upstream: LoopbackOpenAI
) -> None:
    openai_upstream.faults.next(Trouble(Fault.CUT, 1), Trouble(Fault.TRUNCATED, 0))

    for most in (5 * 52, 5 * 26):
        came = b""
        async with OPENAI.speak(link, SPEECH) as sound:
            with pytest.raises(Cut):
                async for piece in sound.pieces:
                    came += piece
            with pytest.raises(Cut):
                await anext(sound.pieces)
        assert len(came) == most


async def test_leaving_a_sound_hangs_up(link: Link, openai_upstream: LoopbackOpenAI) -> None:
    openai_upstream.faults.next(Trouble(Fault.SLOW, 1))

    async with OPENAI.speak(link, SPEECH) as sound:
        await anext(sound.pieces)

    async with asyncio.timeout(30):
        await openai_upstream.until(lambda upstream: upstream.hangups == 1)


@pytest.mark.parametrize(
    ("body", "kind", "form"),
    [
        (b"", b"audio/mpeg", "mp3"),
        (b'{"error": {"message": "no"}}', b"audio/mpeg", "mp3"),
        (b" \n<html>busy</html>", b"application/octet-stream", "mp3"),
        (b"plain words", b"text/plain", "mp3"),
        (b"\x89PNG", b"image/png", "mp3"),
        (b'{"audio": "AAAA"}', b"application/json; charset=utf-8", "pcm"),
    ],
)
async def test_an_answer_that_is_no_sound_is_empty(
    linked: Callable[..., Link], body: bytes, kind: bytes, form: str
) -> None:
    async with scripted(answering(body, kind)) as url:
        with pytest.raises(Empty):
            await heard(linked(url), SpeechAsk("m", "hi", "alloy", form))


@pytest.mark.parametrize(
    ("body", "kind", "form", "media"),
    [
        (b"ID3\x04", b"audio/mpeg; rate=1", "wav", "audio/mpeg"),
        (b"ID3\x04", b"application/octet-stream", "wav", "audio/mpeg"),
        (b"OggS", b"", "opus", "audio/ogg"),
        (b"\xff\xfb", b"", "mp3", "audio/mpeg"),
        (b"\x00\x01", b"binary/octet-stream", "aac", "audio/aac"),
        (b"{\x00", b"audio/pcm", "pcm", "audio/pcm"),
    ],
)
async def test_what_a_sound_is_comes_from_its_type_its_bytes_or_the_wish(
    linked: Callable[..., Link], body: bytes, kind: bytes, form: str, media: str
) -> None:
    async with scripted(answering(body, kind)) as url:
        assert await heard(linked(url), SpeechAsk("m", "hi", "alloy", form)) == (media, body)


# Embeddings.


def vectors_of(answer: Embedded) -> list[list[float]]:
    """Return the vectors as a client reads them."""
    data = orjson.loads(orjson.dumps(answer.body))["data"]
    return [entry["embedding"] for entry in data]


async def test_texts_become_unit_vectors_the_same_every_time(link: Link) -> None:
    first = await OPENAI.embed(link, WORDS)
    again = await OPENAI.embed(link, WORDS)

    vectors = vectors_of(first)
    assert [len(vector) for vector in vectors] == [1536, 1536]
    assert [round(math.hypot(*vector), 9) for vector in vectors] == [1, 1]
    assert vectors[0] != vectors[1]
    assert vectors == vectors_of(again)
    assert first.tokens == 3


@pytest.mark.parametrize(("given", "many"), [("text", 1), ([1, 2, 3], 1), ([[1], [2, 3]], 2)])
async def test_every_form_of_input_is_answered(link: Link, given: Any, many: int) -> None:
    answer = await OPENAI.embed(link, {"model": "m", "input": given, "dimensions": 8})

    assert [len(vector) for vector in vectors_of(answer)] == [8] * many


async def test_vectors_may_come_as_base64(link: Link) -> None:
    body = {"model": "m", "input": "text", "dimensions": 4, "encoding_format": "base64"}

    answer = await OPENAI.embed(link, body)

    written = base64.b64decode(answer.body["data"][0]["embedding"])
    assert round(math.hypot(*struct.unpack("<4f", written)), 6) == 1


@pytest.mark.parametrize("fault", [Fault.NO_USAGE, Fault.NULL_USAGE, Fault.NONSENSE_USAGE])
async def test_tokens_that_are_missing_or_make_no_sense_are_none(
    link: Link, openai_upstream: LoopbackOpenAI, fault: Fault
) -> None:
    openai_upstream.faults.next(fault)

    assert (await OPENAI.embed(link, WORDS)).tokens is None


VECTOR = {"object": "embedding", "index": 0, "embedding": [0.5]}


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        [VECTOR],
        [VECTOR, VECTOR, VECTOR],
        [VECTOR, None],
        [VECTOR, {"embedding": []}],
        [VECTOR, {"embedding": ["0.5"]}],
        [VECTOR, {"embedding": [True]}],
        [VECTOR, {"embedding": ""}],
    ],
)
async def test_an_answer_without_a_vector_for_each_text_is_empty(
    linked: Callable[..., Link], data: Any
) -> None:
    async with scripted(answering(orjson.dumps({"data": data}))) as url:
        with pytest.raises(Empty):
            await OPENAI.embed(linked(url), WORDS)


# Sight.


async def test_a_picture_is_described_by_a_chat_that_holds_it(
    link: Link, openai_upstream: LoopbackOpenAI
) -> None:
    said = await OPENAI.see(link, SIGHT)

    text, picture = openai_upstream.seen[0].body["messages"][0]["content"]
    inside = base64.b64encode(PNG).decode()
    assert said.startswith("I see a picture.")
    assert text == {"type": "text", "text": "Describe this picture."}
    assert picture["image_url"]["url"] == f"data:image/png;base64,{inside}"


async def test_a_question_about_a_linked_picture_is_passed_on(
    link: Link, openai_upstream: LoopbackOpenAI
) -> None:
    await OPENAI.see(link, SightAsk("gpt-4o", "How many cats?", "https://example.com/cats.png"))

    text, picture = openai_upstream.seen[0].body["messages"][0]["content"]
    assert text["text"] == "How many cats?"
    assert picture["image_url"]["url"] == "https://example.com/cats.png"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([{"type": "text", "text": "a "}, {"type": "x"}, {"type": "text", "text": "cat"}], "a cat"),
        ("a cat", "a cat"),
    ],
)
async def test_a_description_may_come_in_parts(
    linked: Callable[..., Link], content: Any, said: str
) -> None:
    body = {"choices": [{"message": {"content": content}, "finish_reason": "stop"}]}
    async with scripted(answering(orjson.dumps(body))) as url:
        assert await OPENAI.see(linked(url), SIGHT) == said


async def test_an_answer_without_words_describes_nothing(linked: Callable[..., Link]) -> None:
    body = {"choices": [{"message": {"content": None, "refusal": "I will not."}}]}
    async with scripted(answering(orjson.dumps(body))) as url:
        with pytest.raises(Empty):
            await OPENAI.see(linked(url), SIGHT)


# The upstream itself, as the official SDK sees it.


async def test_an_sdk_is_content_with_the_loopbacks_media(openai_upstream: LoopbackOpenAI) -> None:
    async with (
        serving(openai_upstream.app()) as url,
        openai.AsyncOpenAI(base_url=f"{url}/v1", api_key=KEY, max_retries=0) as sdk,
    ):
        painted = await sdk.images.generate(model="dall-e-3", prompt="a cat", size="1024x1024")
        edited = await sdk.images.edit(
            model="gpt-image-1", prompt="a hat", image=("a.png", PNG, "image/png")
        )
        spoken = await sdk.audio.speech.create(model="tts-1", voice="alloy", input="hi")
        embedded = await sdk.embeddings.create(model="text-embedding-3-large", input="hi")
        audible = await sdk.chat.completions.create(
            model="gpt-4o-audio-preview",
            messages=[{"role": "user", "content": "Hello"}],
            modalities=["text", "audio"],
            audio={"voice": "alloy", "format": "wav"},
        )

    assert painted.data[0].url.startswith(url)
    assert media_of(base64.b64decode(edited.data[0].b64_json)) == "image/png"
    assert spoken.content[:2] == b"\xff\xf3"
    assert len(embedded.data[0].embedding) == 3072
    assert audible.choices[0].message.audio.transcript.startswith("Hello!")


async def test_audio_is_content_in_whole_answers_and_in_streams(link: Link) -> None:
    body = {
        "model": "gpt-4o-audio-preview",
        "messages": [{"role": "user", "content": "Hello"}],
        "modalities": ["text", "audio"],
        "audio": {"voice": "alloy", "format": "pcm16"},
    }

    answer = await OPENAI.complete(link, body)
    async with OPENAI.stream(link, body) as chunks:
        streamed = [chunk async for chunk in chunks]

    [choice] = answer.body["choices"]
    parts = [c.body["choices"][0]["delta"]["audio"] for c in streamed if c.content]
    assert choice["message"]["content"] is None
    assert base64.b64decode(choice["message"]["audio"]["data"])
    assert "".join(part.get("transcript", "") for part in parts).startswith("Hello!")
    assert parts[-1]["data"] == choice["message"]["audio"]["data"]


async def test_links_fail_apart_from_the_calls_and_unknown_ones_lead_nowhere(
    link: Link, openai_upstream: LoopbackOpenAI
) -> None:
    root = link.base_url.removesuffix("/v1")
    openai_upstream.aside.next(Fault.GARBAGE)
    [picture] = await OPENAI.paint(link, CAT)
    async with httpx.AsyncClient() as plain:
        broken = await plain.get(picture.url)
        unknown = await plain.get(f"{root}/pictures/none.png")

    assert broken.content.startswith(b"\x00")
    assert unknown.status_code == 404


async def test_a_models_list_fails_apart_from_the_calls(
    link: Link, openai_upstream: LoopbackOpenAI
) -> None:
    openai_upstream.faults.next(Fault.BROKEN)
    openai_upstream.aside.next(Fault.RATE_LIMITED)

    with pytest.raises(RateLimited):
        await OPENAI.models(link)

    assert len(await OPENAI.models(link)) == 3
    assert openai_upstream.asked == 0


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("images/generations", {"model": "flux", "prompt": "a cat", "n": 11}),
        ("images/generations", {"model": "gpt-image-1", "prompt": "a", "response_format": "url"}),
        ("images/generations", {"model": "flux"}),
        ("images/edits", {"model": "flux", "prompt": "a cat"}),
        ("audio/speech", {"model": "tts-1", "input": "hi"}),
        ("embeddings", {"model": "m", "input": []}),
        ("embeddings", ["no object"]),
    ],
)
async def test_the_loopback_refuses_what_openai_would(link: Link, path: str, body: Any) -> None:
    async with httpx.AsyncClient(headers={"authorization": f"Bearer {KEY}"}) as plain:
        answer = await plain.post(f"{link.base_url}/{path}", json=body)

    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"


async def test_bare_samples_and_endless_sound_come_piece_by_piece(
    link: Link, openai_upstream: LoopbackOpenAI
) -> None:
    openai_upstream.pace = 0.001
    media, samples = await heard(link, SpeechAsk("tts-1", "hi", "nova", "pcm"))
    openai_upstream.faults.next(Trouble(Fault.HUGE, 2))
    _, endless = await heard(link, SPEECH)

    assert (media, len(samples)) == ("audio/pcm", 2 * 960)
    assert len(endless) == 2 * 1024 * 1024 + 2 * 5 * 52


@pytest.mark.parametrize(
    ("data", "media"),
    [
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", None),
        (b"\x00\x00\x00\x1cftypavif", "image/avif"),
        (b"\x00\x00\x00\x1cftypisom", None),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"", None),
    ],
)
def test_a_pictures_first_bytes_show_its_type(data: bytes, media: str | None) -> None:
    assert media_of(data) == media
