"""Messages spoken natively: what upstreams send, and what it comes to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson
import pytest

from bot.upstreams.dialect import Chunk, Link, Usage
from bot.upstreams.failures import Broken, Cut, Empty, Misconfigured, RateLimited, Refused
from bot.upstreams.http import Http
from bot.upstreams.messages import native
from tests.rules.messages.stream import told

BODY = {"model": "m", "max_tokens": 50, "messages": [{"role": "user", "content": "Hi"}]}
START = {
    "type": "message_start",
    "message": {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "content": [],
        "usage": {"input_tokens": 7, "cache_read_input_tokens": 3, "output_tokens": 1},
    },
}
OPEN = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
CLOSE = {"type": "content_block_stop", "index": 0}
STOP = {"type": "message_stop"}


def said(text: str) -> dict[str, Any]:
    delta = {"type": "text_delta", "text": text}
    return {"type": "content_block_delta", "index": 0, "delta": delta}


def ending(reason: str | None = "end_turn", **usage: Any) -> dict[str, Any]:
    delta = {"stop_reason": reason, "stop_sequence": None}
    return {"type": "message_delta", "delta": delta, "usage": usage}


def raw(*events: dict[str, Any]) -> bytes:
    named = (b"event: %b\ndata: %b\n\n" % (e["type"].encode(), orjson.dumps(e)) for e in events)
    return b"".join(named)


@asynccontextmanager
async def linked(answer: httpx.Response, seen: list[httpx.Request]) -> AsyncIterator[Link]:
    def given(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answer

    http = Http(httpx.MockTransport(given))
    yield Link("loopback", "http://upstream.test/v1", "sk-upstream-key-1", http, 5, 5)


async def whole(answer: Any, status: int = 200, **headers: str) -> Any:
    response = httpx.Response(status, json=answer, headers=headers)
    async with linked(response, []) as link:
        return await native.message(link, BODY)


async def streamed(content: bytes, kind: str = "text/event-stream", status: int = 200) -> Any:
    response = httpx.Response(status, content=content, headers={"content-type": kind})
    chunks: list[Chunk] = []
    async with linked(response, []) as link, native.message_stream(link, BODY) as events:
        try:
            async for chunk in events:
                chunks += [chunk]
        except Cut:
            return chunks, True
    return chunks, False


def message(*content: dict[str, Any], **fields: Any) -> dict[str, Any]:
    usage = {"input_tokens": 7, "output_tokens": 2}
    made = {"id": "msg_1", "type": "message", "role": "assistant", "content": list(content)}
    return made | {"stop_reason": "end_turn", "usage": usage} | fields


async def test_what_is_asked_goes_out_untouched():
    odd = {"type": "thinking", "thinking": "Hm.", "signature": "sig", "later": {"a": 1}}
    body = BODY | {
        "messages": [{"role": "assistant", "content": [odd]}],
        "thinking": {"type": "enabled", "budget_tokens": 1_024},
        "something_new": [1],
    }
    seen: list[httpx.Request] = []
    answer = httpx.Response(200, json=message({"type": "text", "text": "Hello"}))

    async with linked(answer, seen) as link:
        await native.message(link, body)

    assert str(seen[0].url) == "http://upstream.test/v1/messages"
    assert seen[0].headers["authorization"] == "Bearer sk-upstream-key-1"
    assert orjson.loads(seen[0].content) == body | {"stream": False}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({}, {"anthropic-version": "2023-06-01"}),
        ({"anthropic-version": "2024-10-22"}, {"anthropic-version": "2024-10-22"}),
        ({"anthropic-version": "x\r\nhost: evil"}, {"anthropic-version": "2023-06-01"}),
        ({"anthropic-version": "7" * 65}, {"anthropic-version": "2023-06-01"}),
        (
            {"anthropic-beta": "context-1m-2025-08-07, files-api, né, a b,,x" + "," * 9},
            {
                "anthropic-version": "2023-06-01",
                "anthropic-beta": "context-1m-2025-08-07,files-api,x",
            },
        ),
        (
            {
                "anthropic-beta": ",".join(["beta"] * 21),
                "x-other": "1",
                "authorization": "Bearer 7",
            },
            {"anthropic-version": "2023-06-01", "anthropic-beta": ",".join(["beta"] * 20)},
        ),
    ],
)
@pytest.mark.parametrize("streams", [False, True])
async def test_of_a_clients_headers_version_and_betas_are_told(said, told, streams):
    seen: list[httpx.Request] = []
    events = raw(START, OPEN, {**CLOSE}, ending(), STOP)
    answer = httpx.Response(200, json=message({"type": "text", "text": "Hello"}))
    if streams:
        answer = httpx.Response(200, content=events, headers={"content-type": "text/event-stream"})

    async with linked(answer, seen) as link:
        if streams:
            async with native.message_stream(link, BODY, said):
                pass
        else:
            await native.message(link, BODY, said)

    sent = seen[0].headers
    assert {name: value for name, value in sent.items() if name.startswith("anthropic")} == told
    assert "x-other" not in sent
    assert sent["authorization"] == "Bearer sk-upstream-key-1"


async def test_a_message_comes_back_untouched_with_its_usage():
    answer = message(
        {"type": "thinking", "thinking": "Hm.", "signature": "sig"},
        {"type": "text", "text": "Hello", "citations": None},
        usage={
            "input_tokens": 7,
            "cache_creation_input_tokens": 2,
            "cache_read_input_tokens": 3,
            "output_tokens": 4,
        },
        container=None,
    )

    completion = await whole(answer)

    assert completion.body == answer
    assert completion.usage == Usage(12, 4)


@pytest.mark.parametrize(
    "usage",
    [None, {}, {"input_tokens": -1, "output_tokens": 2}, {"input_tokens": 7, "output_tokens": 0}],
)
async def test_usage_that_makes_no_sense_is_none(usage):
    completion = await whole(message({"type": "text", "text": "Hello"}, usage=usage))

    assert completion.usage is None


@pytest.mark.parametrize(
    "answer",
    [
        message(),
        message({"type": "text", "text": ""}),
        {"id": "msg_1", "stop_reason": "end_turn"},
        {"content": "Hello"},
        [],
        None,
    ],
    ids=str,
)
async def test_an_answer_with_nothing_in_it_is_empty(answer):
    with pytest.raises(Empty):
        await whole(answer)


@pytest.mark.parametrize("reason", ["max_tokens", "refusal", "stop_sequence"])
async def test_an_answer_without_content_that_says_why_is_an_answer(reason):
    assert (await whole(message(stop_reason=reason))).body["content"] == []


@pytest.mark.parametrize(
    ("status", "kind", "failure"),
    [
        (400, "invalid_request_error", Refused),
        (413, "request_too_large", Refused),
        (401, "authentication_error", Misconfigured),
        (403, "permission_error", Misconfigured),
        (429, "rate_limit_error", RateLimited),
        (500, "api_error", Broken),
        (529, "overloaded_error", Broken),
        (200, "overloaded_error", Broken),
        (200, "invalid_request_error", Refused),
        (200, "rate_limit_error", RateLimited),
    ],
)
async def test_errors_in_anthropics_shape_mean_what_they_mean_elsewhere(status, kind, failure):
    answer = {"type": "error", "error": {"type": kind, "message": "max_tokens: too many"}}

    with pytest.raises(failure) as refused:
        await whole(answer, status)
    with pytest.raises(failure):
        await streamed(orjson.dumps(answer), "application/json", status)

    if failure is Refused:
        assert refused.value.reason == "max_tokens: too many"


async def test_a_stream_passes_through_but_for_pings_before_content():
    thinking = {"type": "thinking", "thinking": "", "signature": ""}
    ping = {"type": "ping"}
    sent = [
        START,
        ping,
        OPEN | {"content_block": thinking},
        said("") | {"delta": {"type": "thinking_delta", "thinking": "Hm."}},
        said("") | {"delta": {"type": "signature_delta", "signature": "sig"}},
        CLOSE,
        ending(output_tokens=9, input_tokens=None),
        STOP,
    ]

    chunks, cut = await streamed(raw(*sent) + b"event: ping\ndata: {}\n\n")

    assert [chunk.body for chunk in chunks] == [e for e in sent if e != ping]
    assert not cut
    assert [chunk.content for chunk in chunks] == [False, False, True, False, False, False, False]
    assert [chunk.finish for chunk in chunks].index(True) == 5
    # What the beginning says of the prompt, and the last count of the answer.
    assert [chunk.usage for chunk in chunks if chunk.usage] == [Usage(10, 9)]


async def test_the_last_usage_counts():
    sent = [START, OPEN, said("Hello"), CLOSE, ending(None, output_tokens=2)]

    chunks, _ = await streamed(raw(*sent, ending(output_tokens=3, input_tokens=8), STOP))

    assert [chunk.usage for chunk in chunks if chunk.usage] == [Usage(10, 2), Usage(11, 3)]
    assert [chunk.finish for chunk in chunks].count(True) == 1


async def test_what_only_the_beginning_counts_is_no_usage():
    end = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}

    chunks, cut = await streamed(raw(START, OPEN, said("Hello"), CLOSE, end, STOP))

    assert not cut
    assert [chunk.usage for chunk in chunks if chunk.usage] == []


async def test_a_stop_reason_without_message_stop_is_a_complete_answer():
    _, cut = await streamed(raw(START, OPEN, said("Hello"), CLOSE, ending(output_tokens=2)))

    assert not cut


async def test_a_stream_that_ends_before_its_stop_reason_is_cut():
    chunks, cut = await streamed(raw(START, OPEN, said("Hello")))

    assert cut
    assert chunks[-1].body == said("Hello")


async def test_an_error_event_after_content_is_a_cut_and_never_shown():
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}

    chunks, cut = await streamed(raw(START, OPEN, said("Hello"), error))

    assert cut
    assert all(chunk.body["type"] != "error" for chunk in chunks)


@pytest.mark.parametrize(
    ("kind", "failure"),
    [("overloaded_error", Broken), ("rate_limit_error", RateLimited)],
)
async def test_an_error_event_before_content_is_what_it_says(kind, failure):
    error = {"type": "error", "error": {"type": kind, "message": "Later"}}

    with pytest.raises(failure):
        await streamed(raw(START, error))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        raw(START),
        raw(START, OPEN, said(""), CLOSE, ending(output_tokens=1), STOP),
        raw(OPEN, said("Hello"), CLOSE, ending(output_tokens=1), STOP),
        raw(STOP),
        b"data: {not json\n\n",
    ],
    ids=["nothing", "a start", "no words", "no start", "an end", "noise"],
)
async def test_a_stream_without_an_answer_is_empty(content):
    with pytest.raises(Empty):
        await streamed(content)


@pytest.mark.parametrize("reason", ["max_tokens", "refusal"])
async def test_a_stream_without_words_that_says_why_is_an_answer(reason):
    chunks, cut = await streamed(raw(START, ending(reason, output_tokens=1), STOP))

    assert not cut
    assert told(chunk.body for chunk in chunks)["stop_reason"] == reason


async def test_an_upstream_that_stalls_with_empty_words_sends_nothing_meanwhile():
    stalling = [said("")] * 100

    chunks, _ = await streamed(
        raw(START, OPEN, *stalling, said("Hello"), CLOSE, ending(output_tokens=1), STOP)
    )

    assert len(chunks) == 6


@pytest.mark.parametrize("kind", ["text/html", "application/json"])
async def test_a_page_or_a_whole_answer_in_place_of_a_stream_is_empty(kind):
    with pytest.raises(Empty):
        await streamed(orjson.dumps(message({"type": "text", "text": "Hello"})), kind)


async def test_pings_amid_the_answer_are_signs_of_life():
    ping = {"type": "ping"}
    begun = raw(START, OPEN, said("Hello"))
    rest = raw(ping, said(" there"), CLOSE, ending(output_tokens=2), STOP)
    pieces = [begun, b"event: ping\ndata: {}\n\n", b": a comment\n\n", rest]

    class Coming(httpx.AsyncByteStream):
        def __aiter__(self) -> AsyncIterator[bytes]:
            return self

        async def __anext__(self) -> bytes:
            if not pieces:
                raise StopAsyncIteration
            return pieces.pop(0)

    headers = {"content-type": "text/event-stream"}
    answer = httpx.Response(200, stream=Coming(), headers=headers)
    async with linked(answer, []) as link, native.message_stream(link, BODY) as events:
        chunks = [chunk.body async for chunk in events]

    assert [body["type"] for body in chunks].count("ping") == 3
    assert told(chunks)["content"] == [{"type": "text", "text": "Hello there"}]
