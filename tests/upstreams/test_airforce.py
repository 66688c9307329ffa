"""The airforce dialect against its seed on loopback: each route, each quirk, each failure."""

from collections.abc import AsyncIterator, Awaitable, Callable
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image

from bot.sandbox.upstreams.airforce import FINDING, SOURCES, LoopbackAirforce
from bot.sandbox.upstreams.troubles import Fault, Trouble
from bot.settings.serving import Capability
from bot.upstreams.dialect import Chunk, Link, ModelSeen, Usage
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
from bot.upstreams.goods import (
    Finding,
    Picture,
    PictureAsk,
    SightAsk,
    Song,
    SongAsk,
    SpeechAsk,
)
from bot.upstreams.http import Http
from bot.upstreams.registry import DIALECTS
from tests.fakes.serve import nobody, serving
from tests.upstreams.conftest import KEY
from tests.upstreams.faults import LISTS, PIECES, STREAMS, WHOLE

AIRFORCE = DIALECTS["airforce"]
PNG = b"\x89PNG\r\n\x1a\n"
SONG = SongAsk("chirp-v3-5", "A catchy pop song with upbeat rhythm")
NASTY = (
    "a+b & c=d; #e % %20 %2B",
    " two  spaces and\ta tab\r\nlines ",
    "日本語 и русский 😀 e\u0301 é \u200d",
    "\"quotes\" 'single' <tags> {braces} [brackets] \\ | ^ ` ~ ? / : @ ! $ * ( ) ,",
    "x&prompt=other&size=2:1",
    "word " * 6_000,
)


@pytest.fixture
def upstream() -> LoopbackAirforce:
    """An airforce, with its key."""
    return LoopbackAirforce(key=KEY)


@pytest.fixture
async def address(upstream: LoopbackAirforce) -> AsyncIterator[str]:
    """Where `upstream` is being served: its host's root."""
    async with serving(upstream.app()) as url:
        yield url


@pytest.fixture
def link(address: str, http: Http) -> Link:
    """A link to `upstream`."""
    return Link("loopback", address, KEY, http, 5, 20)


def answering(answer: httpx.Response) -> Link:
    """Link to an upstream that gives this answer."""
    http = Http(httpx.MockTransport(lambda request: answer))
    return Link("loopback", "http://upstream.test", KEY, http, 5, 5)


class Pieces(httpx.AsyncByteStream):
    """A body that comes in pieces of one size."""

    def __init__(self, body: bytes, size: int) -> None:
        self.pieces = [body[at : at + size] for at in range(0, len(body), size)]

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece


def body(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    told = messages or ({"role": "user", "content": "Hello"},)
    return {"model": "gpt-4o", "messages": list(told), **more}


async def complete(link: Link) -> Any:
    return await AIRFORCE.complete(link, body())


async def stream(link: Link) -> list[Chunk]:
    async with AIRFORCE.stream(link, body()) as chunks:
        return [chunk async for chunk in chunks]


async def paint(link: Link, prompt: str = "A beautiful landscape", **wishes: Any) -> list[Picture]:
    return await AIRFORCE.paint(link, PictureAsk("flux", prompt, **wishes))


async def search(link: Link, question: str = "What is ChatGPT") -> list[Finding]:
    async with AIRFORCE.ask(link, "gpt-4o", question) as findings:
        return [finding async for finding in findings]


async def see(link: Link, url: str = "https://example.com/image.png") -> str:
    return await AIRFORCE.see(link, SightAsk("gemini-pro-vision", url=url))


async def sing(link: Link) -> tuple[str, ...]:
    return await AIRFORCE.sing(link, SONG)


async def song(link: Link) -> Song:
    return await AIRFORCE.song(link, "uuid1")


async def speak(link: Link, text: str = "Hello world", voice: str = "sophia") -> bytes:
    async with AIRFORCE.speak(link, SpeechAsk("tts", text, voice)) as sound:
        return b"".join([piece async for piece in sound.pieces])


Act = Callable[[Link], Awaitable[Any]]
WHOLES: list[Act] = [complete, paint, see, sing, song]
STREAMED: list[Act] = [stream, search, speak]


# What it offers.


def test_it_offers_what_the_seed_describes() -> None:
    assert AIRFORCE.name == "airforce"
    assert {
        Capability.CHAT,
        Capability.STREAM,
        Capability.IMAGE,
        Capability.ASK,
        Capability.SIGHT,
        Capability.SONG,
        Capability.SPEECH,
    } == AIRFORCE.offers


async def test_models_are_listed(link: Link, upstream: LoopbackAirforce) -> None:
    found = await AIRFORCE.models(link)

    assert found[0] == ModelSeen("gpt-4o", "provider")
    assert [model.id for model in found] == list(upstream.models)


@pytest.mark.parametrize(("fault", "expected"), LISTS)
async def test_each_fault_of_the_models_list_is_one_fact(
    link: Link, upstream: LoopbackAirforce, fault: Fault | Trouble, expected: type[UpstreamFailure]
) -> None:
    upstream.aside.next(fault)

    with pytest.raises(UpstreamFailure) as caught:
        await AIRFORCE.models(link)

    assert type(caught.value) is expected


# The key.


@pytest.mark.parametrize("act", [*WHOLES, *STREAMED])
async def test_the_key_travels_in_its_header_and_nowhere_else(
    link: Link, upstream: LoopbackAirforce, act: Act, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    upstream.songs.begun("uuid1")

    await act(link)

    [asked] = upstream.seen
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in f"{asked.path} {asked.body} {caplog.text}"


@pytest.mark.parametrize("act", [*WHOLES, *STREAMED])
async def test_without_a_key_none_is_sent(
    address: str, http: Http, upstream: LoopbackAirforce, act: Act
) -> None:
    upstream.songs.begun("uuid1")

    await act(Link("loopback", address, None, http, 5, 20))

    assert "authorization" not in upstream.seen[0].headers


# Chat.


async def test_a_chat_is_answered_in_the_seeds_shape(link: Link) -> None:
    answer = await AIRFORCE.complete(
        link, body(max_tokens=2048, temperature=0.7, top_p=0.5, top_k=0)
    )

    assert answer.body["system_fingerprint"] == "fp_44709d6fcb"
    assert answer.body["choices"][0]["message"]["content"].startswith("Hello!")
    assert answer.usage == Usage(prompt=4, completion=16)


async def test_a_chat_is_streamed(link: Link) -> None:
    chunks = await stream(link)

    words = [c.body["choices"][0]["delta"].get("content") for c in chunks if c.content]
    assert "".join(words).startswith("Hello! I am the sandbox's assistant.")
    assert chunks[-1].usage == Usage(prompt=4, completion=16)


async def test_fields_we_do_not_know_reach_the_upstream(
    link: Link, upstream: LoopbackAirforce
) -> None:
    await AIRFORCE.complete(link, body(top_k=3, brand_new={"deep": [1]}))

    asked = upstream.seen[0].body
    assert (asked["top_k"], asked["brand_new"]) == (3, {"deep": [1]})


async def test_system_messages_become_one_and_the_first(
    link: Link, upstream: LoopbackAirforce
) -> None:
    asked = body(
        {"role": "user", "content": "Hello"},
        {"role": "system", "content": "Be brief."},
        {"role": "assistant", "content": "Hi."},
        {"role": "developer", "content": [{"type": "text", "text": "Be kind."}]},
        {"role": "user", "content": "Hello again"},
    )

    await AIRFORCE.complete(link, asked)
    async with AIRFORCE.stream(link, asked) as chunks:
        assert [chunk async for chunk in chunks]

    for seen in upstream.seen:
        assert seen.body["messages"] == [
            {"role": "system", "content": "Be brief.\n\nBe kind."},
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": "Hi."},
            {"role": "user", "content": "Hello again"},
        ]
    assert len(asked["messages"]) == 5  # the caller's own body is left as it was


# Pictures.


async def test_a_picture_is_a_png_of_the_ratio_asked_for(
    link: Link, upstream: LoopbackAirforce
) -> None:
    [picture] = await AIRFORCE.paint(
        link, PictureAsk("flux-realism", "A beautiful landscape", size="1:1", seed=123456)
    )

    asked = upstream.seen[0]
    assert (asked.method, asked.path) == ("GET", "/v1/imagine")
    assert asked.body == {
        "prompt": "A beautiful landscape",
        "size": "1:1",
        "seed": "123456",
        "model": "flux-realism",
    }
    assert picture.data is not None
    with Image.open(BytesIO(picture.data)) as opened:
        assert (opened.format, opened.size) == ("PNG", (256, 256))


async def test_a_fast_picture_comes_from_imagine2(link: Link, upstream: LoopbackAirforce) -> None:
    await paint(link, fast=True, size="1792x1024", seed=-1)

    asked = upstream.seen[0]
    assert asked.path == "/v1/imagine2"
    assert (asked.body["size"], asked.body["seed"]) == ("16:9", "-1")


async def test_several_pictures_are_one_a_request(link: Link, upstream: LoopbackAirforce) -> None:
    pictures = await paint(link, n=4)

    assert len(pictures) == len(upstream.seen) == 1


async def test_wishes_that_the_route_does_not_know_are_left_out(
    link: Link, upstream: LoopbackAirforce
) -> None:
    await paint(link, size="auto", wants_url=True, extra={"quality": "hd", "style": "vivid"})

    assert set(upstream.seen[0].body) == {"prompt", "model"}


@pytest.mark.parametrize("prompt", NASTY)
async def test_any_words_arrive_as_they_were_written(
    link: Link, upstream: LoopbackAirforce, prompt: str
) -> None:
    await paint(link, prompt)
    await search(link, prompt)
    await speak(link, prompt)
    await see(link, f"https://example.com/i.png?q={prompt}")

    painted, searched, spoken, seen = (asked.body for asked in upstream.seen)
    assert painted == {"prompt": prompt, "model": "flux"}
    assert searched == {"prompt": prompt}
    assert spoken == {"text": prompt, "voice": "sophia"}
    assert seen == {"url": f"https://example.com/i.png?q={prompt}", "model": "gemini-pro-vision"}


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, headers={"content-type": "text/plain"}, content=PNG + b"more"),
        httpx.Response(200, content=PNG + b"more"),
        httpx.Response(200, headers={"content-type": "image/png"}, content=b""),
        httpx.Response(200, headers={"content-type": "image/png"}, content=b"<html>no</html>"),
        httpx.Response(200, headers={"content-type": "image/svg+xml"}, content=b"<svg/>"),
        httpx.Response(200, json={"status": "queued"}),
    ],
)
async def test_what_is_no_picture_is_none(answer: httpx.Response) -> None:
    with pytest.raises(Empty):
        await paint(answering(answer))


async def test_a_picture_of_another_type_is_a_picture() -> None:
    jpeg = b"\xff\xd8\xff\xe0 and so on"
    answer = httpx.Response(200, headers={"content-type": "Image/JPEG"}, content=jpeg)

    assert await paint(answering(answer)) == [Picture(data=jpeg)]


# Search.


async def test_findings_come_line_by_line(link: Link, upstream: LoopbackAirforce) -> None:
    found = await search(link)

    assert upstream.seen[0].path == "/v1/ask"
    assert "".join(finding.message for finding in found) == FINDING.format(
        question="What is ChatGPT"
    )
    assert {f.url for f in found if f.message} == {None}
    assert [f.url for f in found[-3:-1]] == list(SOURCES)
    assert found[-1].url is not None
    async with httpx.AsyncClient() as client:
        picture = await client.get(found[-1].url)
    assert picture.content.startswith(PNG)


async def test_findings_may_come_as_events(link: Link, upstream: LoopbackAirforce) -> None:
    upstream.frames_lines = True

    found = await search(link)

    assert "".join(finding.message for finding in found) == FINDING.format(
        question="What is ChatGPT"
    )


LINES = (
    '\ufeff{"message": "Né", "url": null}\r\n'
    "\r\n: a comment\nevent: message\nid: 5\n"
    'data: {"message": " two", "url": "https://example.com/é"}\n\n'
    'data:{"message": "", "url": ""}\n'
    '{"message": 5, "url": ["no"]}\n[1, 2]\nnoise\n'
    ' {"message": " three"} '
).encode()
FOUND = [
    Finding("Né", None),
    Finding(" two", "https://example.com/é"),
    Finding(" three", None),
]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 16, 1_000])
@pytest.mark.parametrize(
    "ending", [b"", b"\n", b'\n[DONE]\n{"message": "late"}', b"\ndata: [DONE]"]
)
async def test_lines_are_read_in_any_form_and_in_any_pieces(size: int, ending: bytes) -> None:
    answer = httpx.Response(200, stream=Pieces(LINES + ending, size))

    assert await search(answering(answer)) == FOUND


@pytest.mark.parametrize("lines", [b"", b"\n\n", b"data: [DONE]\n", b'{"message": ""}', b"hello"])
async def test_a_search_that_finds_nothing_is_no_answer(lines: bytes) -> None:
    answer = httpx.Response(200, headers={"content-type": "text/event-stream"}, content=lines)

    with pytest.raises(Empty):
        await search(answering(answer))


@pytest.mark.parametrize("after", [b'{"message": "half', b'{"error": {"code": 429}}\n'])
async def test_a_search_that_breaks_off_after_a_finding_is_cut(after: bytes) -> None:
    link = answering(httpx.Response(200, content=b'{"message": "one"}\n' + after))
    said = ""

    with pytest.raises(Cut):
        async with AIRFORCE.ask(link, "gpt-4o", "?") as findings:
            async for finding in findings:
                said += finding.message

    assert said == "one"


async def test_an_error_in_the_first_line_says_what_it_means() -> None:
    error = {"error": {"code": 429, "message": "Slow down."}}

    with pytest.raises(RateLimited):
        await search(answering(httpx.Response(200, json=error)))


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.TRUNCATED, Fault.ERROR_OBJECT])
async def test_a_search_cut_in_the_middle_gives_what_came_and_then_says_so(
    link: Link, upstream: LoopbackAirforce, fault: Fault
) -> None:
    upstream.faults.next(Trouble(fault, 2))
    said = ""

    with pytest.raises(Cut):
        async with AIRFORCE.ask(link, "gpt-4o", "Hello") as findings:
            async for finding in findings:
                said += finding.message

    assert said == "I am "


async def test_a_search_that_falls_silent_after_a_finding_is_cut(
    address: str, http: Http, upstream: LoopbackAirforce
) -> None:
    upstream.faults.next(Trouble(Fault.SLOW, 1))

    with pytest.raises(Cut):
        await search(Link("loopback", address, KEY, http, 5, 0.1))


async def test_a_search_that_is_left_hangs_up(link: Link, upstream: LoopbackAirforce) -> None:
    upstream.faults.next(Trouble(Fault.SLOW, 1))

    async with AIRFORCE.ask(link, "gpt-4o", "Hello") as findings:
        assert await anext(findings) == Finding("I ", None)

    await upstream.until(lambda u: u.hangups == 1)


# Sight.


async def test_a_picture_is_described_by_its_address(
    link: Link, upstream: LoopbackAirforce
) -> None:
    said = await see(link)

    asked = upstream.seen[0]
    assert said.startswith("I see a picture.")
    assert (asked.method, asked.path) == ("GET", "/v1/images/vision")
    assert asked.body == {
        "url": "https://example.com/image.png",
        "model": "gemini-pro-vision",
    }


async def test_a_small_picture_is_described_from_its_bytes(
    link: Link, upstream: LoopbackAirforce
) -> None:
    await AIRFORCE.see(link, SightAsk("gpt-4o", data=PNG, media="image/png"))

    assert upstream.seen[0].body["url"] == "data:image/png;base64,iVBORw0KGgo="


async def test_a_large_picture_without_an_address_is_refused_before_it_is_sent(
    link: Link, upstream: LoopbackAirforce
) -> None:
    with pytest.raises(Refused) as caught:
        await AIRFORCE.see(link, SightAsk("gpt-4o", data=bytes(5_000), media="image/png"))

    assert caught.value.status == 413
    assert not upstream.seen


async def test_a_question_is_refused_rather_than_passed_over(
    link: Link, upstream: LoopbackAirforce
) -> None:
    ask = SightAsk("gpt-4o", question="Which colour is it?", url="https://example.com/a.png")

    with pytest.raises(Refused):
        await AIRFORCE.see(link, ask)

    assert not upstream.seen


@pytest.mark.parametrize(
    ("kind", "said", "expected"),
    [
        ("text/plain", "  A cat.\n", "A cat."),
        ("text/html; charset=utf-8", "A cat.", "A cat."),  # as some frameworks call any text
        ("application/json", '"A \\u00e9clair."', "A éclair."),
        ("text/plain", '{"name": "a cat"}', '{"name": "a cat"}'),
        ("text/plain", "5", "5"),
    ],
)
async def test_a_description_may_be_plain_or_quoted(kind: str, said: str, expected: str) -> None:
    answer = httpx.Response(200, headers={"content-type": kind}, content=said.encode())

    assert await see(answering(answer)) == expected


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("text/plain", b" \n"),
        ("text/plain", b"\xff\xfe\x00"),
        ("text/html", b"<!doctype html><title>Welcome</title>"),
        ("application/json", b'{"status": "ok"}'),
        ("application/json", b'""'),
        ("application/json", b"{"),
    ],
)
async def test_a_description_without_words_is_none(kind: str, said: bytes) -> None:
    with pytest.raises(Empty):
        await see(answering(httpx.Response(200, headers={"content-type": kind}, content=said)))


async def test_an_error_in_place_of_a_description_says_what_it_means() -> None:
    error = {"error": {"message": "No such picture.", "type": "invalid_request_error"}}
    answer = httpx.Response(200, headers={"content-type": "text/plain"}, json=error)

    with pytest.raises(Refused) as caught:
        await see(answering(answer))

    assert caught.value.reason == "No such picture."


# Songs.


async def test_a_song_begins_with_two_clips(link: Link, upstream: LoopbackAirforce) -> None:
    clips = await sing(link)

    asked = upstream.seen[0]
    assert len(set(clips)) == 2
    assert (asked.method, asked.path) == ("POST", "/v1/suno")
    assert asked.body == {
        "model": "chirp-v3-5",
        "prompt": "A catchy pop song with upbeat rhythm",
        "instrumental": "false",
        "custom": "false",
    }


async def test_a_custom_song_says_its_style_and_its_flags_as_texts(
    link: Link, upstream: LoopbackAirforce
) -> None:
    ask = SongAsk("chirp-v3-0", "word " * 200, "jazz & blues", instrumental=True, custom=True)

    assert await AIRFORCE.sing(link, ask)

    asked = upstream.seen[0].body
    assert (asked["style"], asked["instrumental"], asked["custom"]) == (
        "jazz & blues",
        "true",
        "true",
    )


async def test_a_song_is_generating_and_then_finished_with_links_that_work(
    link: Link, upstream: LoopbackAirforce
) -> None:
    upstream.songs.looks = 2
    clip, _ = await sing(link)

    looks = [await AIRFORCE.song(link, clip) for _ in range(3)]

    assert looks[:2] == [Song("generating", None, None, None)] * 2
    last = looks[2]
    assert last.status == "finished"
    async with httpx.AsyncClient() as client:
        image, audio, video = [
            (await client.get(url)).content
            for url in (last.image_url, last.audio_url, last.video_url)
        ]
    assert image.startswith(PNG)
    assert audio[:2] == b"\xff\xf3"
    assert video[4:8] == b"ftyp"


async def test_a_song_that_nobody_began_is_not_there(link: Link) -> None:
    with pytest.raises(Refused) as caught:
        await song(link)

    assert caught.value.status == 404


@pytest.mark.parametrize("clip", ["", "..", "a/b", "a?b", "a#b", "é", "x" * 101])
async def test_a_name_that_is_no_clips_is_never_put_into_a_path(
    link: Link, upstream: LoopbackAirforce, clip: str
) -> None:
    with pytest.raises(Refused):
        await AIRFORCE.song(link, clip)

    assert not upstream.seen


@pytest.mark.parametrize(
    "answer",
    [
        {"status": "success"},
        {"status": "success", "clips": "uuid1"},
        {"status": "success", "clips": [1, None, "a/b", ""]},
    ],
)
async def test_a_song_without_clips_is_no_song(answer: dict[str, Any]) -> None:
    with pytest.raises(Empty):
        await sing(answering(httpx.Response(200, json=answer)))


async def test_a_clips_links_are_links_or_nothing() -> None:
    answer = {
        "status": "finished",
        "image_url": "javascript:alert(1)",
        "audio_url": "https://example.com/a.mp3",
        "video_url": "",
    }

    found = await song(answering(httpx.Response(200, json=answer)))

    assert found == Song("finished", None, "https://example.com/a.mp3", None)


@pytest.mark.parametrize("status", [None, "queued", 5])
async def test_a_clip_of_a_status_that_is_not_in_the_seed_is_no_answer(status: Any) -> None:
    with pytest.raises(Empty):
        await song(answering(httpx.Response(200, json={"status": status})))


# Speech.


async def test_a_text_is_said_as_mp3(link: Link, upstream: LoopbackAirforce) -> None:
    async with AIRFORCE.speak(link, SpeechAsk("tts", "Hello world", "alex")) as sound:
        heard = b"".join([piece async for piece in sound.pieces])

    asked = upstream.seen[0]
    assert sound.media == "audio/mpeg"
    assert heard[:2] == b"\xff\xf3"
    assert (asked.method, asked.path) == ("GET", "/get-audio")
    assert asked.body == {"text": "Hello world", "voice": "alex"}


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ("alloy", "alex"),
        ("Onyx", "alex"),
        ("nova", "sophia"),
        ("SHIMMER", "sophia"),
        ("Sophia", "sophia"),
    ],
)
async def test_openais_voices_become_the_nearer_of_the_two(
    link: Link, upstream: LoopbackAirforce, asked: str, sent: str
) -> None:
    await speak(link, voice=asked)

    assert upstream.seen[0].body["voice"] == sent


async def test_a_voice_that_came_since_passes(link: Link, upstream: LoopbackAirforce) -> None:
    with pytest.raises(Refused) as caught:
        await speak(link, voice="maria")

    assert upstream.seen[0].body["voice"] == "maria"
    assert caught.value.reason == "voice must be one of alex, sophia, not maria."


@pytest.mark.parametrize("wish", [{"format": "wav"}, {"speed": 1.5}])
async def test_speech_it_cannot_make_is_refused_before_it_is_sent(
    link: Link, upstream: LoopbackAirforce, wish: dict[str, Any]
) -> None:
    with pytest.raises(Refused):
        async with AIRFORCE.speak(link, SpeechAsk("tts", "Hello", "alex", **wish)):
            pass

    assert not upstream.seen


async def test_speech_at_its_own_speed_is_made(link: Link) -> None:
    async with AIRFORCE.speak(link, SpeechAsk("tts", "Hello", "alex", speed=1.0)) as sound:
        assert await anext(sound.pieces)


async def test_speech_cut_in_the_middle_gives_what_came_and_then_says_so(
    link: Link, upstream: LoopbackAirforce
) -> None:
    upstream.faults.next(Trouble(Fault.CUT, 2))
    heard = b""

    with pytest.raises(Cut):
        async with AIRFORCE.speak(link, SpeechAsk("tts", "one two three", "alex")) as sound:
            async for piece in sound.pieces:
                heard += piece

    assert len(heard) == 2 * 260  # two words


async def test_speech_that_is_left_hangs_up(link: Link, upstream: LoopbackAirforce) -> None:
    upstream.faults.next(Trouble(Fault.SLOW, 1))

    async with AIRFORCE.speak(link, SpeechAsk("tts", "one two", "alex")) as sound:
        assert await anext(sound.pieces)

    await upstream.until(lambda u: u.hangups == 1)


# Failures, of each of them.


@pytest.mark.parametrize(("fault", "expected"), WHOLE)
@pytest.mark.parametrize("act", WHOLES)
async def test_each_fault_of_a_whole_answer_is_one_fact_and_over(
    link: Link,
    upstream: LoopbackAirforce,
    act: Act,
    fault: Fault | Trouble,
    expected: type[UpstreamFailure],
) -> None:
    upstream.songs.begun("uuid1")
    upstream.faults.next(fault)

    with pytest.raises(UpstreamFailure) as caught:
        await act(link)

    assert type(caught.value) is expected
    assert await act(link)


@pytest.mark.parametrize(
    ("act", "fault", "expected"),
    [(act, *pair) for act in (stream, search) for pair in STREAMS]
    + [(speak, *pair) for pair in PIECES],
)
async def test_each_fault_before_a_streams_content_is_one_fact_and_over(
    link: Link,
    upstream: LoopbackAirforce,
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
    address: str, http: Http, upstream: LoopbackAirforce, act: Act
) -> None:
    upstream.faults.next(Fault.SLOW)

    with pytest.raises(TimedOut):
        await act(Link("loopback", address, KEY, http, 5, 0.05))


@pytest.mark.parametrize("act", [*WHOLES, *STREAMED])
async def test_a_rate_limit_says_how_long_to_rest(
    link: Link, upstream: LoopbackAirforce, act: Act
) -> None:
    upstream.faults.next(Trouble(Fault.RATE_LIMITED, 9))

    with pytest.raises(RateLimited) as caught:
        await act(link)

    assert caught.value.retry_after == 9


@pytest.mark.parametrize("act", [*WHOLES, *STREAMED])
async def test_nobody_listening_is_broken(http: Http, act: Act) -> None:
    with pytest.raises(Broken):
        await act(Link("loopback", nobody(), KEY, http, 5, 5))


@pytest.mark.parametrize("act", [*WHOLES, *STREAMED])
async def test_a_wrong_key_is_ours_to_mend(address: str, http: Http, act: Act) -> None:
    with pytest.raises(Misconfigured):
        await act(Link("loopback", address, "sk-another-key-123", http, 5, 5))


@pytest.mark.parametrize(("act", "mebibytes"), [(paint, 33), (see, 2), (sing, 33), (search, 2)])
async def test_an_answer_beyond_all_measure_is_none(
    link: Link, upstream: LoopbackAirforce, act: Act, mebibytes: int
) -> None:
    upstream.faults.next(Trouble(Fault.HUGE, mebibytes))

    with pytest.raises(Empty):
        await act(link)


@pytest.mark.parametrize("act", [paint, search, see, speak])
async def test_words_too_long_for_an_address_are_refused_as_the_upstream_says(act: Act) -> None:
    with pytest.raises(Refused) as caught:
        await act(answering(httpx.Response(414)))

    assert caught.value.status == 414
