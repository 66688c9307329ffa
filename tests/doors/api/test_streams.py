"""Streamed answers: each chunk as it comes, and an honest end."""

import asyncio
from typing import Any

import orjson
import pytest

from bot.ledger.rules import Flag
from bot.sandbox.upstreams.troubles import Fault, Trouble
from tests.doors.api.conftest import Opening
from tests.doors.api.wire import chat, eventually, post, wire
from tests.fakes.house import House
from tests.fakes.serve import request_read, scripted


def events(raw: bytes) -> list[Any]:
    """Return a stream's events; [DONE] as text."""
    found = [block.removeprefix(b"data: ") for block in raw.split(b"\n\n") if block]
    return [block.decode() if block == b"[DONE]" else orjson.loads(block) for block in found]


def said(chunks: list[Any]) -> str:
    """Return the text of a stream's chunks."""
    parts = [chunk["choices"][0]["delta"] for chunk in chunks if chunk["choices"]]
    return "".join(part.get("content") or "" for part in parts)


async def test_a_stream_arrives_in_events_and_ends_with_done(house: House) -> None:
    client = house.client(await house.key())

    answer = await client.post("/v1/chat/completions", json=chat(stream=True))

    *chunks, done = events(answer.content)
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["x-accel-buffering"] == "no"
    assert done == "[DONE]"
    assert said(chunks).startswith("Hello! I am")
    assert {chunk["model"] for chunk in chunks} == {"gpt-4o"}
    assert not any("usage" in chunk for chunk in chunks)


async def test_a_chunk_arrives_before_the_upstream_has_sent_the_next(house: House) -> None:
    key = await house.key()
    house.first.faults.next(Trouble(Fault.SLOW, 2))  # a role, a word, then it waits for its gate

    async with wire(house.url) as line:
        await line.send(post(key, chat(stream=True)))
        status, _ = await line.head()
        early = await line.piece()
        while b"Hello" not in early:
            early += await line.piece()
        waiting = not house.first.gate.is_set()
        house.first.gate.set()
        rest = b""
        while piece := await line.piece():
            rest += piece

    assert (status, waiting) == (200, True)
    assert said(events(early)) == "Hello! "
    assert events(rest)[-1] == "[DONE]"


async def test_the_first_headers_say_what_is_left_while_the_call_holds(house: House) -> None:
    client = house.client(await house.key())

    answer = await client.post("/v1/chat/completions", json=chat(stream=True, max_tokens=100))

    left = int(answer.headers["x-ratelimit-remaining-tokens"])
    assert 80_000 - 100 - 20 <= left < 80_000 - 100
    assert answer.headers["x-latchkey-remaining"] == str(left)
    assert answer.headers["x-latchkey-upstream"] == "first"
    assert "x-latchkey-cost" not in answer.headers


async def test_in_request_mode_a_stream_knows_its_price_from_the_start(house: House) -> None:
    client = house.client(await house.key())
    await house.requests_mode()

    answer = await client.post("/v1/chat/completions", json=chat(stream=True))

    assert answer.headers["x-latchkey-cost"] == "800"
    assert await house.spent() == 800


async def test_usage_comes_to_whoever_asked_for_it(house: House) -> None:
    client = house.client(await house.key())
    options = {"include_usage": True}

    answer = await client.post(
        "/v1/chat/completions", json=chat(stream=True, stream_options=options)
    )

    *_, usage, done = events(answer.content)
    assert done == "[DONE]"
    assert usage["choices"] == []
    assert usage["usage"]["total_tokens"] == await house.spent()


async def test_done_comes_once_the_call_is_settled(house: House) -> None:
    client = house.client(await house.key())

    await client.post("/v1/chat/completions", json=chat(stream=True))
    account = (await client.get("/v1/usage")).json()

    assert account["held"] == 0
    assert account["spent"] > 0


async def test_a_stream_that_the_upstream_cuts_says_so_and_is_never_done(house: House) -> None:
    client = house.client(await house.key())
    house.first.faults.next(Trouble(Fault.CUT, 4))

    answer = await client.post("/v1/chat/completions", json=chat(stream=True))

    *chunks, last = events(answer.content)
    assert answer.status_code == 200
    assert said(chunks)
    assert last["error"]["type"] == "upstream_error"
    assert last["error"]["code"] == "stream_incomplete"
    assert last["error"]["param"] is None
    assert "[DONE]" not in answer.text
    [record] = await house.records()
    assert (record.status, record.cost) == ("partial", await house.spent())


async def test_a_stream_that_dies_before_content_goes_to_the_next_route(house: House) -> None:
    client = house.client(await house.key())
    house.first.faults.every(Trouble(Fault.CUT, 1))  # after its role chunk

    answer = await client.post("/v1/chat/completions", json=chat(stream=True))

    assert answer.headers["x-latchkey-upstream"] == "second"
    assert events(answer.content)[-1] == "[DONE]"


async def test_a_stream_that_never_brings_content_is_an_error_with_a_status(house: House) -> None:
    client = house.client(await house.key())
    for upstream in (house.first, house.second):
        upstream.faults.every(Fault.EMPTY)

    answer = await client.post("/v1/chat/completions", json=chat(stream=True))

    assert answer.status_code == 502
    assert answer.json()["error"]["code"] == "upstream_failed"
    assert await house.spent() == 0


async def test_suspending_a_member_ends_their_stream(house: House) -> None:
    key = await house.key()
    house.first.faults.next(Trouble(Fault.SLOW, 3))

    async with wire(house.url) as line:
        await line.send(post(key, chat(stream=True)))
        await line.head()
        await line.piece()
        await house.inner.members.suspend(await house.member(), "spam")
        rest = b""
        while piece := await line.piece():
            rest += piece

    error = events(rest)[-1]["error"]
    assert (error["type"], error["code"]) == ("api_error", "stream_incomplete")
    assert "suspended" in error["message"]
    assert [record.status for record in await house.records()] == ["partial"]


async def test_draining_cuts_a_stream_that_does_not_end_by_itself(house: House) -> None:
    key = await house.key()
    house.first.faults.next(Trouble(Fault.SLOW, 3))

    async with wire(house.url) as line:
        await line.send(post(key, chat(stream=True)))
        await line.head()
        await line.piece()
        house.api.drain()
        await house.inner.relay.drain(0)
        rest = b""
        while piece := await line.piece():
            rest += piece

    error = events(rest)[-1]["error"]
    assert (error["type"], error["code"]) == ("api_error", "stream_incomplete")
    assert "restarting" in error["message"]
    assert await house.spent() > 0


async def test_a_stream_without_its_finish_line_is_still_complete(house: House) -> None:
    client = house.client(await house.key())
    house.first.faults.next(Fault.NO_DONE)

    answer = await client.post("/v1/chat/completions", json=chat(stream=True))

    assert events(answer.content)[-1] == "[DONE]"


async def test_a_client_that_stops_reading_is_cut_and_pays_for_what_it_was_sent(
    opening: Opening,
) -> None:
    wide = {"id": "wide", "context": 2_000_000, "routes": [{"upstream": "first"}]}
    async with opening(idle=0.2, models=[wide], limits={"daily_tokens": 10_000_000}) as house:
        key = await house.key()
        house.first.faults.next(Trouble(Fault.HUGE, 4))

        async with wire(house.url, receive_buffer=4_096, limit=1_024) as line:
            await line.send(post(key, chat(model="wide", stream=True, max_tokens=800_000)))
            await line.head()
            line.writer.transport.pause_reading()
            [record] = await eventually(house.records)

    assert record.status == "partial"
    assert not record.flags & Flag.LEFT
    assert record.cost > 0


@pytest.mark.parametrize("stream", [True, False])
async def test_usage_that_makes_no_sense_is_replaced_by_our_own_count(
    house: House, stream: bool
) -> None:
    client = house.client(await house.key())
    house.first.faults.next(Fault.NONSENSE_USAGE)

    answer = await client.post("/v1/chat/completions", json=chat(stream=stream))

    [record] = await house.records()
    assert answer.status_code == 200
    assert record.completion_tokens > 0
    assert record.cost == await house.spent() > 0


def burst(*bodies: dict[str, Any]) -> bytes:
    """Return events as an upstream sends them, in one go."""
    frame = {"id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": "their-gpt"}
    raw = b"".join(b"data: " + orjson.dumps(frame | body) + b"\n\n" for body in bodies)
    return b"%x\r\n%b\r\n" % (len(raw), raw)


def word(text: str) -> dict[str, Any]:
    """Return a chunk with a word in it."""
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}


HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n"
    b"connection: close\r\n\r\n"
)
USAGE = {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}}


async def test_words_that_came_together_are_not_held_back_by_what_follows_them(
    opening: Opening,
) -> None:
    heard = asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_read(reader)
        writer.write(HEAD + burst(word("one "), word("two "), USAGE))
        await heard.wait()
        writer.write(burst({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}))
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    async with (
        scripted(script) as url,
        opening(urls={"first": url}) as house,
        wire(house.url) as line,
    ):
        await line.send(post(await house.key(), chat(stream=True)))
        await line.head()
        early = b""
        while b"two " not in early:
            early += await line.piece()
        heard.set()
        rest = b""
        while more := await line.piece():
            rest += more

    assert said(events(early)) == "one two "
    assert events(rest)[-1] == "[DONE]"


async def test_words_that_came_with_an_error_arrive_before_it(opening: Opening) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_read(reader)
        broken = {"error": {"message": "GPU on fire at 10.0.0.7", "type": "server_error"}}
        writer.write(HEAD + burst(word("one "), word("two "), broken) + b"0\r\n\r\n")
        await writer.drain()

    async with scripted(script) as url, opening(urls={"first": url}) as house:
        client = house.client(await house.key())
        answer = await client.post("/v1/chat/completions", json=chat(stream=True))
        [record] = await house.records()

    *chunks, last = events(answer.content)
    assert said(chunks) == "one two "
    assert last["error"]["code"] == "stream_incomplete"
    assert "10.0.0.7" not in answer.text
    assert record.status == "partial"


@pytest.mark.parametrize(
    ("path", "body", "sign"),
    [
        ("/v1/chat/completions", chat(stream=True), b": ping\n\n"),
        (
            "/v1/messages",
            chat(stream=True, max_tokens=50),
            b'event: ping\ndata: {"type":"ping"}\n\n',
        ),
        (
            "/v1/responses",
            {"model": "gpt-4o", "input": "Hello", "stream": True},
            b": ping\n\n",
        ),
    ],
    ids=["chat", "messages", "responses"],
)
async def test_an_upstreams_sign_of_life_reaches_the_client_amid_silence(
    opening: Opening, path: str, body: dict[str, Any], sign: bytes
) -> None:
    alive, goes_on = asyncio.Event(), asyncio.Event()

    async def upstream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_read(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")
        writer.write(b'data: {"choices": [{"index": 0, "delta": {"content": "Hel"}}]}\n\n')
        await alive.wait()
        writer.write(b": still thinking\n\n")
        await goes_on.wait()
        end = {"index": 0, "delta": {"content": "lo"}, "finish_reason": "stop"}
        writer.write(b"data: %b\n\ndata: [DONE]\n\n" % orjson.dumps({"choices": [end]}))

    async with scripted(upstream) as url, opening(urls={"first": url}) as house:
        key = await house.key()
        async with wire(house.url) as line:
            await line.send(post(key, body, path=path))
            await line.head()
            begun = await line.piece()
            while b"Hel" not in begun:
                begun += await line.piece()
            alive.set()
            silence = await line.piece()
            goes_on.set()
            rest = b""
            while piece := await line.piece():
                rest += piece

    assert sign not in begun
    assert silence == sign
    assert b"lo" in rest
    assert b"error" not in rest.replace(b'"error":null', b"")
