"""Speech over HTTP: POST /v1/audio/speech by OpenAI's SDK and by raw sockets, GET /get-audio."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from bot.ledger.rules import Flag
from bot.relay.voices import MOST_TEXT
from bot.sandbox.upstreams.airforce import LoopbackAirforce
from bot.sandbox.upstreams.troubles import Fault, Trouble
from tests.doors.api.conftest import Opening
from tests.doors.api.test_sdks import sdk
from tests.doors.api.wire import eventually, post, wire
from tests.fakes.house import MODELS, UPSTREAM_KEY, House
from tests.fakes.serve import serving

SPEAKER = {
    "id": "tts-1",
    "kind": "speech",
    "coefficient": 1.5,
    "routes": [{"upstream": "first", "model": "their-tts"}],
}
AIR = {"id": "alex-tts", "kind": "speech", "routes": [{"upstream": "air"}]}
PRICE = 1_200
WORD = 260  # bytes of sound that the loopback upstream makes of a word
PATH = "/v1/audio/speech"
FIVE = "Say these five words slowly"


@pytest.fixture
async def house(opening: Opening) -> AsyncIterator[House]:
    """A house with a model that speaks."""
    async with opening(models=[*MODELS, SPEAKER]) as opened:
        yield opened


@asynccontextmanager
async def with_airforce(
    opening: Opening, *models: dict[str, Any]
) -> AsyncIterator[tuple[House, LoopbackAirforce]]:
    """Open a house whose only upstream is airforce's."""
    airforce = LoopbackAirforce(key=UPSTREAM_KEY)
    async with serving(airforce.app()) as url:
        entry = {
            "name": "air",
            "dialect": "airforce",
            "base_url": url,
            "api_key": UPSTREAM_KEY,
        }
        async with opening(models=list(models), upstreams=[entry]) as house:
            yield house, airforce
            airforce.gate.set()


def speech(**fields: Any) -> dict[str, Any]:
    return {"model": "tts-1", "input": FIVE, "voice": "alloy"} | fields


async def gone(house: House) -> None:
    await house.first.until(lambda upstream: upstream.hangups == 1)


# By the SDK


async def test_openai_speaks(house: House) -> None:
    async with sdk(house, await house.key()) as client:
        raw = await client.audio.speech.with_raw_response.create(**speech())

    assert len(raw.content) == 5 * WORD
    assert raw.headers["content-type"] == "audio/mpeg"
    assert raw.headers["x-latchkey-cost"] == str(PRICE) == str(await house.spent())
    assert raw.headers["x-latchkey-upstream"] == "first"
    assert raw.headers["x-ratelimit-remaining-tokens"] == str(80_000 - PRICE)
    assert raw.headers["cache-control"] == "no-store"
    assert house.first.seen[0].body == {
        "model": "their-tts",
        "input": FIVE,
        "voice": "alloy",
        "response_format": "mp3",
    }
    [record] = await house.records()
    assert (record.endpoint, record.model, record.cost) == ("audio.speech", "tts-1", PRICE)


async def test_openai_streams_speech_to_a_file(house: House, tmp_path: Any) -> None:
    file = tmp_path / "speech.mp3"
    async with (
        sdk(house, await house.key()) as client,
        client.audio.speech.with_streaming_response.create(**speech()) as answer,
    ):
        await answer.stream_to_file(file)

    assert len(file.read_bytes()) == 5 * WORD


@pytest.mark.parametrize(("form", "media"), [("wav", "audio/wav"), ("pcm", "audio/pcm")])
async def test_the_type_of_the_sound_is_what_came(house: House, form: str, media: str) -> None:
    async with sdk(house, await house.key()) as client:
        raw = await client.audio.speech.with_raw_response.create(**speech(response_format=form))

    assert raw.headers["content-type"] == media


async def test_wishes_for_the_voice_pass_through(house: House) -> None:
    wishes = {"speed": 1.25, "instructions": "Whisper.", "response_format": "wav"}
    async with sdk(house, await house.key()) as client:
        await client.audio.speech.create(**speech(voice="Nova"), **wishes)

    body = house.first.seen[0].body
    assert {name: body[name] for name in wishes} == wishes
    assert body["voice"] == "nova"


async def test_without_a_voice_the_models_first_one_speaks(opening: Opening) -> None:
    custom = SPEAKER | {"voices": ["Ada", "bo"]}
    async with opening(models=[custom]) as house:
        client = house.client(await house.key())
        plain = await client.post(PATH, json={"model": "tts-1", "input": "Hi"})
        unknown = await client.post(PATH, json=speech())

    assert plain.status_code == 200
    assert house.first.seen[0].body["voice"] == "Ada"
    assert unknown.status_code == 400
    assert "Ada, bo" in unknown.json()["error"]["message"]


async def test_openai_notices_speech_that_was_cut(house: House) -> None:
    house.first.faults.next(Trouble(Fault.CUT, 2))
    async with sdk(house, await house.key(), max_retries=0) as client:
        with pytest.raises(httpx2.TransportError):
            async with client.audio.speech.with_streaming_response.create(**speech()) as answer:
                await answer.read()

    [record] = await house.records()
    assert (record.status, record.cost) == ("partial", PRICE)


# Byte by byte


async def test_the_first_bytes_leave_before_the_upstream_has_sent_the_rest(house: House) -> None:
    key = await house.key()
    house.first.faults.next(Trouble(Fault.SLOW, 1))

    async with wire(house.url) as line:
        await line.send(post(key, speech(), path=PATH))
        status, headers = await line.head()
        first = await line.piece()
        assert (status, headers["x-latchkey-cost"]) == (200, str(PRICE))
        assert len(first) == WORD
        house.first.gate.set()
        rest = b""
        while piece := await line.piece():
            rest += piece

    assert len(rest) == 4 * WORD
    assert [record.status for record in await house.records()] == ["answered"]


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.TRUNCATED])
async def test_speech_that_is_cut_does_not_end_as_if_it_were_whole(
    house: House, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    key = await house.key()
    caplog.set_level(logging.ERROR, "uvicorn.error")  # which the loopback upstreams silence
    house.first.faults.next(Trouble(fault, 2))

    async with wire(house.url) as line:
        await line.send(post(key, speech(), path=PATH))
        await line.head()
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            while await line.piece():
                pass

    [record] = await house.records()
    assert (record.status, record.cost, record.flags) == ("partial", PRICE, Flag.PARTIAL)
    assert await house.spent() == PRICE
    assert [line for line in caplog.records if line.levelno >= logging.ERROR] == []


@pytest.mark.parametrize("amid", [False, True])
async def test_leaving_ends_the_upstreams_call_at_once_and_costs_its_price(
    house: House, amid: bool
) -> None:
    key = await house.key()
    house.first.faults.next(Trouble(Fault.SLOW, 1 if amid else 0))

    async with wire(house.url) as line:
        await line.send(post(key, speech(), path=PATH))
        await house.first.until(lambda upstream: upstream.asked == 1)
        if amid:
            await line.head()
            await line.piece()
        line.hang_up()
        await gone(house)

    [record] = await house.records()
    assert record.status == ("partial" if amid else "left")
    assert record.flags & Flag.LEFT
    assert await house.spent() == PRICE


async def test_a_client_that_stops_reading_is_cut_and_not_said_to_have_left(
    opening: Opening,
) -> None:
    async with opening(idle=0.2, models=[SPEAKER]) as house:
        key = await house.key()
        house.first.faults.next(Trouble(Fault.HUGE, 12))

        async with wire(house.url, receive_buffer=4_096, limit=1_024) as line:
            await line.send(post(key, speech(), path=PATH))
            await line.head()
            line.writer.transport.pause_reading()
            [record] = await eventually(house.records)

        assert (record.status, record.flags, record.cost) == ("partial", Flag.PARTIAL, PRICE)


async def test_streams_at_once_stay_intact(house: House) -> None:
    client = house.client(await house.key())
    house.first.pace = 0.001
    texts = ["word " * (4 + at) for at in range(4)]

    async def said(text: str) -> int:
        return len((await client.post(PATH, json=speech(input=text))).content)

    for _ in range(4):
        got = await asyncio.gather(*map(said, texts))
        assert got == [(4 + at) * WORD for at in range(4)]

    assert await house.spent() == 16 * PRICE


# Refused


@pytest.mark.parametrize(
    ("fields", "param", "words"),
    [
        ({"model": "gpt-4o"}, "model", "not for speech"),
        ({"model": "tts-9"}, "model", "tts-1"),
        ({"model": None}, "model", "GET /v1/models"),
        ({"input": ""}, "input", "4,096"),
        ({"input": "   "}, "input", "4,096"),
        ({"input": "x" * (MOST_TEXT + 1)}, "input", "4,096"),
        ({"input": ["x"]}, "input", "4,096"),
        ({"voice": "alex"}, "voice", "alloy, echo, fable, onyx, nova, shimmer"),
        ({"voice": {"id": "v"}}, "voice", "name of a voice"),
        ({"response_format": "midi"}, "response_format", "mp3, opus"),
        ({"response_format": ["mp3"]}, "response_format", "mp3, opus"),
        ({"speed": 9}, "speed", "0.25 to 4"),
        ({"speed": True}, "speed", "0.25 to 4"),
        ({"stream_format": "sse"}, "stream_format", "audio"),
    ],
)
async def test_a_body_that_will_not_do_is_refused_in_clear_words(
    house: House, fields: dict[str, Any], param: str, words: str
) -> None:
    client = house.client(await house.key())

    answer = await client.post(PATH, json=speech(**fields))

    error = answer.json()["error"]
    assert answer.status_code == 400
    assert error["param"] == param
    assert words in error["message"]
    assert house.first.asked == 0
    assert await house.spent() == 0


async def test_speech_needs_a_key_and_a_post(house: House) -> None:
    client = house.client()

    assert (await client.post(PATH, json=speech())).status_code == 401
    assert (await client.get(PATH)).status_code == 405
    assert (await client.head("/get-audio?text=Hi")).status_code == 405


async def test_an_upstream_that_fails_is_told_before_any_sound(house: House) -> None:
    client = house.client(await house.key())
    house.first.faults.every(Fault.BROKEN)

    answer = await client.post(PATH, json=speech())

    assert answer.status_code == 502
    assert answer.json()["error"]["code"] == "upstream_failed"
    assert await house.spent() == 0


# By its address


@pytest.mark.parametrize("path", ["/get-audio", "/v1/get-audio"])
async def test_a_text_in_an_address_is_said_as_mp3(opening: Opening, path: str) -> None:
    async with with_airforce(opening, AIR) as (house, air):
        client = house.client(await house.key())

        answer = await client.get(path, params={"text": "Hello world", "voice": "sophia"})

        assert answer.status_code == 200
        assert answer.headers["content-type"] == "audio/mpeg"
        assert len(answer.content) == 2 * WORD
        assert answer.headers["x-latchkey-cost"] == "800" == str(await house.spent())
        assert air.seen[0].body == {"text": "Hello world", "voice": "sophia"}
        assert [record.endpoint for record in await house.records()] == ["get-audio"]


@pytest.mark.parametrize(
    ("asked", "heard"),
    [({}, "alex"), ({"voice": "Sophia"}, "sophia"), ({"voice": "nova"}, "sophia")],
)
async def test_airforce_speaks_with_its_own_voices(
    opening: Opening, asked: dict[str, str], heard: str
) -> None:
    async with with_airforce(opening, AIR) as (house, air):
        client = house.client(await house.key())

        got = await client.get("/get-audio", params={"text": "Hello"} | asked)
        also = await client.post(PATH, json={"model": "alex-tts", "input": "Hello"} | asked)

        assert (got.status_code, also.status_code) == (200, 200)
        assert [seen.body["voice"] for seen in air.seen] == [heard, heard]


@pytest.mark.parametrize(
    ("query", "param", "words"),
    [
        ({}, "text", "4,096"),
        ({"text": ""}, "text", "4,096"),
        ({"text": "x" * (MOST_TEXT + 1)}, "text", "4,096"),
        ({"text": "Hi", "voice": "bob"}, "voice", "alex, sophia"),
    ],
)
async def test_an_address_that_will_not_do_is_refused_in_clear_words(
    opening: Opening, query: dict[str, str], param: str, words: str
) -> None:
    async with with_airforce(opening, AIR) as (house, air):
        client = house.client(await house.key())

        answer = await client.get("/get-audio", params=query)

        assert answer.status_code == 400
        assert answer.json()["error"]["param"] == param
        assert words in answer.json()["error"]["message"]
        assert air.asked == 0


async def test_a_voice_leads_to_the_route_that_has_it(opening: Opening) -> None:
    air = LoopbackAirforce()
    async with serving(air.app()) as url:
        routes = [{"upstream": "openai"}, {"upstream": "air", "priority": 1}]
        model = {"id": "both", "kind": "speech", "routes": routes}
        usual = {"name": "openai", "dialect": "openai", "base_url": "http://127.0.0.1:9/v1"}
        free = {"name": "air", "dialect": "airforce", "base_url": url}
        async with opening(models=[model], upstreams=[usual, free]) as house:
            client = house.client(await house.key())

            answer = await client.post(PATH, json={"model": "both", "input": "Hi", "voice": "alex"})
            unknown = await client.post(PATH, json={"model": "both", "input": "Hi", "voice": "bob"})

    assert answer.headers["x-latchkey-upstream"] == "air"
    assert "alloy, echo, fable, onyx, nova, shimmer, alex, sophia" in unknown.text


async def test_without_an_airforce_upstream_there_is_no_speech_by_address(house: House) -> None:
    client = house.client(await house.key())

    answer = await client.get("/get-audio", params={"text": "Hello"})

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_request"
    assert "speech" in answer.json()["error"]["message"]
