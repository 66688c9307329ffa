"""The openai dialect against an upstream on loopback: answers, streams, and each way of failing."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.upstreams.openai import LoopbackOpenAI
from bot.sandbox.upstreams.troubles import Fault, Trouble
from bot.settings.serving import Capability
from bot.upstreams import chunks as reading
from bot.upstreams.dialect import PING, Chunk, Link, ModelSeen, Usage
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
from bot.upstreams.registry import DIALECTS
from tests.fakes.serve import nobody, request_read, scripted

OPENAI = DIALECTS["openai"]
OK = b"HTTP/1.1 200 OK\r\n"
EVENTS = b"content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
JSON = b"content-type: application/json\r\n"


def ask(text: str = "Hello", **more: Any) -> dict[str, Any]:
    return {"model": "gpt-4o", "messages": [{"role": "user", "content": text}], **more}


async def streamed(link: Link, body: dict[str, Any]) -> list[Chunk]:
    async with OPENAI.stream(link, body) as chunks:
        return [chunk async for chunk in chunks]


async def until_it_fails(link: Link, body: dict[str, Any]) -> tuple[str, UpstreamFailure]:
    """Stream until the failure that must come; return the text before it, and the failure."""
    text = ""
    with pytest.raises(UpstreamFailure) as caught:
        async with OPENAI.stream(link, body) as chunks:
            async for chunk in chunks:
                text += text_of([chunk])
    return text, caught.value


def text_of(chunks: list[Chunk]) -> str:
    parts = [c["delta"].get("content") for chunk in chunks for c in chunk.body["choices"]]
    return "".join(part for part in parts if part)


def part(content: str | None = None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    """Return a chunk's body."""
    delta = {} if content is None else {"content": content}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"object": "chat.completion.chunk", "choices": [choice], **more}


def chunked(*events: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(event), event) for event in events) + end


def data(*bodies: object) -> list[bytes]:
    done = [b if isinstance(b, bytes) else orjson.dumps(b) for b in bodies]
    return [b"data: " + body + b"\n\n" for body in done]


def script(raw: bytes, *, hold: bool = False) -> Any:
    """Answer one request with raw bytes and close, or `hold` the connection open."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_read(reader)
        writer.write(raw)
        await writer.drain()
        if hold:
            await reader.read()

    return answer


# Whole answers.


async def test_an_answer_comes_back_as_the_upstream_wrote_it_with_its_usage(link: Link) -> None:
    answer = await OPENAI.complete(link, ask("My name is Ada"))

    [choice] = answer.body["choices"]
    assert choice["message"]["content"].startswith("Nice to meet you, Ada.")
    assert answer.usage == Usage(prompt=7, completion=9)


async def test_fields_we_do_not_know_reach_the_upstream(
    link: Link, openai_upstream: LoopbackOpenAI
) -> None:
    await OPENAI.complete(link, ask(seed=7, logit_bias={"50": 1}, brand_new={"deep": [1]}))

    sent = openai_upstream.seen[0].body
    assert (sent["seed"], sent["brand_new"], sent["stream"]) == (7, {"deep": [1]}, False)


async def test_a_whole_answer_is_never_asked_for_with_stream_options(
    link: Link, openai_upstream: LoopbackOpenAI
) -> None:
    await OPENAI.complete(link, ask(stream=True, stream_options={"include_usage": True}))

    assert "stream_options" not in openai_upstream.seen[0].body


async def test_the_cap_is_honoured_and_said(link: Link) -> None:
    answer = await OPENAI.complete(link, ask("a long answer please", max_tokens=5, n=2))

    assert [c["finish_reason"] for c in answer.body["choices"]] == ["length", "length"]
    assert answer.usage == Usage(prompt=7, completion=10)


async def test_a_tool_call_is_content(link: Link) -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    tool = {"type": "function", "function": {"name": "get_weather", "parameters": schema}}

    answer = await OPENAI.complete(link, ask("What is the weather in Paris?", tools=[tool]))

    [call] = answer.body["choices"][0]["message"]["tool_calls"]
    assert orjson.loads(call["function"]["arguments"]) == {"city": "Paris"}


async def test_an_upstream_that_ignores_the_cap_tells_what_it_really_used(
    link: Link, openai_upstream: LoopbackOpenAI
) -> None:
    openai_upstream.faults.next(Fault.IGNORE_CAP)

    answer = await OPENAI.complete(link, ask("some code please", max_tokens=3))

    assert answer.usage is not None
    assert answer.usage.completion > 3


@pytest.mark.parametrize("fault", [Fault.NO_USAGE, Fault.NULL_USAGE, Fault.NONSENSE_USAGE])
async def test_usage_that_is_missing_or_makes_no_sense_is_none(
    link: Link, openai_upstream: LoopbackOpenAI, fault: Fault
) -> None:
    openai_upstream.faults.every(fault)

    answer = await OPENAI.complete(link, ask())
    chunks = await streamed(link, ask())

    assert answer.usage is None
    assert [chunk.usage for chunk in chunks if chunk.usage] == []


FAILURES = [
    (Fault.REFUSE, Broken),
    (Fault.BAD_REQUEST, Refused),
    (Fault.UNAUTHORIZED, Misconfigured),
    (Fault.NOT_FOUND, Refused),
    (Fault.RATE_LIMITED, RateLimited),
    (Fault.BROKEN, Broken),
    (Fault.UNAVAILABLE, Broken),
    (Fault.EMPTY, Empty),
    (Fault.GARBAGE, Empty),
    (Fault.NO_CHOICES, Empty),
    (Fault.WRONG_TYPE, Empty),
    (Fault.ERROR_OBJECT, Broken),
    (Fault.TRUNCATED, Empty),
]


@pytest.mark.parametrize(("fault", "expected"), FAILURES)
async def test_each_fault_of_a_whole_answer_is_one_fact(
    link: Link, openai_upstream: LoopbackOpenAI, fault: Fault, expected: type[UpstreamFailure]
) -> None:
    openai_upstream.faults.next(fault)

    with pytest.raises(UpstreamFailure) as caught:
        await OPENAI.complete(link, ask())

    assert type(caught.value) is expected


@pytest.mark.parametrize(
    ("fault", "expected"),
    [(f, Broken if f is Fault.TRUNCATED else kind) for f, kind in FAILURES],
)
async def test_each_fault_before_a_streams_content_is_one_fact(
    link: Link, openai_upstream: LoopbackOpenAI, fault: Fault, expected: type[UpstreamFailure]
) -> None:
    openai_upstream.faults.next(fault)

    text, failure = await until_it_fails(link, ask())

    assert (text, type(failure)) == ("", expected)


async def test_nobody_listening_is_broken(linked: Callable[..., Link]) -> None:
    link = linked(nobody())

    with pytest.raises(Broken):
        await OPENAI.complete(link, ask())
    with pytest.raises(Broken):
        await streamed(link, ask())


async def test_a_refusal_carries_its_status_and_a_clean_reason(
    linked: Callable[..., Link],
) -> None:
    error = {"error": {"message": "No. Ask 127.0.0.1 or http://x.example with sk-abcdefgh1."}}
    raw = orjson.dumps(error)
    head = b"HTTP/1.1 422 Unprocessable\r\ncontent-length: %d\r\n\r\n" % len(raw)
    async with scripted(script(head + raw)) as url:
        with pytest.raises(Refused) as caught:
            await OPENAI.complete(linked(url), ask())

    assert caught.value.status == 422
    assert caught.value.reason == "No. Ask [hidden] or [hidden] with [hidden]"


async def test_a_refusal_whose_body_never_comes_is_still_a_refusal(
    linked: Callable[..., Link],
) -> None:
    head = b"HTTP/1.1 404 Not Found\r\ncontent-length: 1000\r\n\r\n"
    async with scripted(script(head, hold=True)) as url:
        with pytest.raises(Refused) as caught:
            await OPENAI.complete(linked(url, idle=0.1), ask())

    assert (caught.value.status, caught.value.reason) == (404, "")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        (b"retry-after: 7\r\n", 7.0),
        (
            b"retry-after: Fri, 20 Nov 2026 12:01:30 GMT\r\ndate:Fri, 20 Nov 2026 12:00:00 GMT\r\n",
            90.0,
        ),
        (b"", None),
    ],
)
async def test_a_rate_limit_says_how_long_to_rest(
    linked: Callable[..., Link], headers: bytes, seconds: float | None
) -> None:
    raw = b"HTTP/1.1 429 Too Many\r\n" + headers + b"content-length: 0\r\n\r\n"
    async with scripted(script(raw)) as url:
        with pytest.raises(RateLimited) as caught:
            await OPENAI.complete(linked(url), ask())

    assert caught.value.retry_after == seconds


@pytest.mark.parametrize(
    "body",
    [
        [],
        "text",
        {"choices": None},
        {"choices": [None]},
        {"choices": [{"index": 0}]},
        {"choices": [{"message": None, "finish_reason": "stop"}]},
        {"choices": [{"message": {"role": "assistant"}, "finish_reason": {"odd": 1}}]},
        {"choices": [{"message": {"content": ""}, "finish_reason": "stop"}]},
        {"choices": [{"message": {"content": None, "tool_calls": []}, "finish_reason": "stop"}]},
    ],
)
async def test_a_200_without_an_answer_in_it_is_empty(
    linked: Callable[..., Link], body: object
) -> None:
    raw = orjson.dumps(body)
    head = OK + JSON + b"content-length: %d\r\n\r\n" % len(raw)
    async with scripted(script(head + raw)) as url:
        with pytest.raises(Empty):
            await OPENAI.complete(linked(url), ask())


@pytest.mark.parametrize(
    ("message", "finish"),
    [
        ({"content": ""}, "length"),
        ({"content": None}, "content_filter"),
        ({"content": None, "refusal": "I will not."}, "stop"),
        ({"content": None, "audio": {"data": "AAAA"}}, "stop"),
        ({"content": "", "reasoning_content": "hm"}, "stop"),
    ],
)
async def test_an_answer_needs_no_text_where_something_else_stands_for_it(
    linked: Callable[..., Link], message: dict[str, Any], finish: str
) -> None:
    raw = orjson.dumps({"choices": [{"message": message, "finish_reason": finish}]})
    head = OK + JSON + b"content-length: %d\r\n\r\n" % len(raw)
    async with scripted(script(head + raw)) as url:
        answer = await OPENAI.complete(linked(url), ask())

    assert answer.body["choices"][0]["message"] == message


@pytest.mark.parametrize("status", [b"204 No Content", b"202 Accepted"])
async def test_a_yes_of_another_kind_is_empty(linked: Callable[..., Link], status: bytes) -> None:
    raw = b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\n\r\n"
    async with scripted(script(raw)) as url:
        with pytest.raises(Empty):
            await OPENAI.complete(linked(url), ask())


async def test_a_huge_answer_is_no_answer(link: Link, openai_upstream: LoopbackOpenAI) -> None:
    openai_upstream.faults.next(Trouble(Fault.HUGE, 33))

    with pytest.raises(Empty):
        await OPENAI.complete(link, ask())


async def test_a_large_answer_is_an_answer(link: Link, openai_upstream: LoopbackOpenAI) -> None:
    openai_upstream.faults.next(Trouble(Fault.HUGE, 4))

    answer = await OPENAI.complete(link, ask())

    assert len(answer.body["choices"][0]["message"]["content"]) > 4_000_000


async def test_models_are_listed_by_the_names_the_upstream_gives(link: Link) -> None:
    models = await OPENAI.models(link)

    assert models[0] == ModelSeen("gpt-4o", "loopback")
    assert len(models) == 3


async def test_a_wrong_key_cannot_list_models(link: Link, openai_upstream: LoopbackOpenAI) -> None:
    openai_upstream.key = "another"

    with pytest.raises(Misconfigured):
        await OPENAI.models(link)


@pytest.mark.parametrize("raw", [b"[]", b'{"data": 7}', b"no json"])
async def test_a_list_of_models_that_is_none_is_empty(
    linked: Callable[..., Link], raw: bytes
) -> None:
    head = OK + JSON + b"content-length: %d\r\n\r\n" % len(raw)
    async with scripted(script(head + raw)) as url:
        with pytest.raises(Empty):
            await OPENAI.models(linked(url))


# Streams.


async def test_a_stream_gives_the_same_words_and_usage_as_a_whole_answer(link: Link) -> None:
    whole = await OPENAI.complete(link, ask("a list please"))

    chunks = await streamed(link, ask("a list please"))

    assert text_of(chunks) == whole.body["choices"][0]["message"]["content"]
    assert [chunk.usage for chunk in chunks if chunk.usage] == [whole.usage]
    assert [chunk.finish for chunk in chunks] == [False] * (len(chunks) - 2) + [True, False]


async def test_a_stream_always_asks_for_usage_and_keeps_other_options(
    link: Link, openai_upstream: LoopbackOpenAI
) -> None:
    await streamed(link, ask(stream_options={"include_usage": False, "include_x": 1}))
    await streamed(link, ask())

    assert [call.body["stream_options"] for call in openai_upstream.seen] == [
        {"include_usage": True, "include_x": 1},
        {"include_usage": True},
    ]


async def test_the_role_alone_is_no_content(link: Link) -> None:
    first, second, *_ = await streamed(link, ask())

    assert first.body["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert (first.content, second.content) == (False, True)


async def test_a_streamed_tool_call_is_content_and_ends_the_answer(link: Link) -> None:
    tool = {"type": "function", "function": {"name": "get_weather", "parameters": {}}}

    chunks = await streamed(link, ask("weather?", tools=[tool]))

    assert any(chunk.content for chunk in chunks)
    assert next(c for c in chunks if c.finish).body["choices"][0]["finish_reason"] == "tool_calls"


async def test_chunks_come_as_they_are_sent_and_not_at_the_end(
    link: Link, openai_upstream: LoopbackOpenAI
) -> None:
    openai_upstream.faults.next(Trouble(Fault.SLOW, 3))

    async with OPENAI.stream(link, ask()) as chunks:
        came = [await anext(chunks) for _ in range(3)]
        openai_upstream.gate.set()
        rest = [chunk async for chunk in chunks]

    assert text_of(came) == "Hello! I "
    assert text_of(rest).startswith("am the sandbox's assistant")


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.TRUNCATED])
async def test_a_stream_that_breaks_after_content_is_cut_and_keeps_what_came(
    link: Link, openai_upstream: LoopbackOpenAI, fault: Fault
) -> None:
    openai_upstream.faults.next(Trouble(fault, 4))

    text, failure = await until_it_fails(link, ask())

    assert (text, type(failure)) == ("Hello! I am ", Cut)


async def test_a_stream_that_breaks_after_its_role_is_broken_not_cut(
    link: Link, openai_upstream: LoopbackOpenAI
) -> None:
    openai_upstream.faults.next(Trouble(Fault.CUT, 1))

    text, failure = await until_it_fails(link, ask())

    assert (text, type(failure)) == ("", Broken)


async def test_an_error_event_after_content_is_a_cut_without_its_text(
    link: Link, openai_upstream: LoopbackOpenAI
) -> None:
    openai_upstream.faults.next(Trouble(Fault.ERROR_OBJECT, 3))

    text, failure = await until_it_fails(link, ask())

    assert (text, type(failure)) == ("Hello! I ", Cut)
    assert "went away" not in repr(failure)


async def test_a_finish_without_done_is_complete(
    link: Link, openai_upstream: LoopbackOpenAI
) -> None:
    openai_upstream.faults.next(Fault.NO_DONE)

    chunks = await streamed(link, ask())

    assert chunks[-1].finish
    assert chunks[-1].usage is None


async def test_leaving_a_stream_hangs_up_at_once(
    link: Link, openai_upstream: LoopbackOpenAI
) -> None:
    openai_upstream.faults.next(Trouble(Fault.SLOW, 3))

    async with OPENAI.stream(link, ask()) as chunks:
        await anext(chunks)

    await asyncio.wait_for(openai_upstream.until(lambda u: u.hangups == 1), 5)


async def test_a_cancelled_stream_hangs_up_at_once(
    link: Link, openai_upstream: LoopbackOpenAI
) -> None:
    openai_upstream.faults.next(Trouble(Fault.SLOW, 2))
    reader = asyncio.create_task(streamed(link, ask()))
    await openai_upstream.until(lambda u: u.asked == 1)

    reader.cancel()

    with pytest.raises(asyncio.CancelledError):
        await reader
    await asyncio.wait_for(openai_upstream.until(lambda u: u.hangups == 1), 5)


async def test_a_cancelled_whole_answer_hangs_up_at_once(
    link: Link, openai_upstream: LoopbackOpenAI
) -> None:
    openai_upstream.faults.next(Fault.SLOW)
    call = asyncio.create_task(OPENAI.complete(link, ask()))
    await openai_upstream.until(lambda u: u.asked == 1)

    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    await asyncio.wait_for(openai_upstream.until(lambda u: u.hangups == 1), 5)


async def test_streams_that_are_over_do_not_count_as_hang_ups(
    link: Link, openai_upstream: LoopbackOpenAI
) -> None:
    for _ in range(3):
        await streamed(link, ask())

    assert (openai_upstream.asked, openai_upstream.hangups) == (3, 0)


CASES: dict[str, tuple[list[bytes], str, type[UpstreamFailure] | None]] = {
    "usage before, in the middle and at the end": (
        data(
            part(usage={"prompt_tokens": 5, "completion_tokens": 0}),
            part("a", usage={"prompt_tokens": 5, "completion_tokens": 1}),
            part("b", "stop", usage={"prompt_tokens": 5, "completion_tokens": 2}),
            b"[DONE]",
        ),
        "ab",
        None,
    ),
    "an error before anything": (data({"error": {"message": "x", "code": 429}}), "", RateLimited),
    "an error after the role": (
        data(part(""), {"error": {"message": "too long", "code": "context_length_exceeded"}}),
        "",
        Refused,
    ),
    "an error by the event's name": (
        [b'event: error\ndata: {"message": "x", "type": "rate_limit_error"}\n\n'],
        "",
        RateLimited,
    ),
    "an error after content": (data(part("a"), {"error": {"message": "x"}}), "a", Cut),
    "an error after the finish": (data(part("a", "stop"), {"error": {"message": "x"}}), "a", None),
    "an error that is null": (data(part("a", "stop", error=None), b"[DONE]"), "a", None),
    "done without a finish": (data(part("a"), b"[DONE]"), "a", None),
    "done with nothing before it": (data(b"[DONE]"), "", Empty),
    "an end without done or finish": (data(part("a")), "a", Cut),
    "a finish and nothing said": (data(part(None, "stop"), b"[DONE]"), "", Empty),
    "nothing said for want of room": (data(part(None, "length"), b"[DONE]"), "", None),
    "no events at all": ([b": ping\n\n"], "", Empty),
    "pings and noise between": (
        [b": ping\n\n", *data(b"ping", part("a"), b"", part("b", "stop"), b"[DONE]")],
        "ab",
        None,
    ),
    "words after done": (data(part("a", "stop"), b"[DONE]", part("b")), "a", None),
    "a chunk that is not JSON": (data(part("a"), b'{"choices": [{'), "a", Cut),
    "a first chunk that is not JSON": (data(b'{"choices": [{'), "", Empty),
    "carriage returns and no last blank line": (
        [b"data: " + orjson.dumps(part("a", "stop")) + b"\r\n\r\ndata: [DONE]"],
        "a",
        None,
    ),
    "a byte order mark": ([b"\xef\xbb\xbf", *data(part("a", "stop"), b"[DONE]")], "a", None),
    "odd shapes": (
        data(
            {"choices": None},
            {"choices": [None, 7]},
            {"choices": [{"index": "x", "delta": None}]},
            {"choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": ["stop"]}]},
        ),
        "a",
        None,
    ),
    "one of two choices unfinished": (
        data(
            {"choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": "stop"}]},
            {"choices": [{"index": 1, "delta": {"content": "b"}, "finish_reason": None}]},
        ),
        "ab",
        Cut,
    ),
    "an event larger than any may be": (data(part("a"), part("b" * 5_000_000)), "a", Cut),
}


def safe_text(chunks: list[Chunk]) -> str:
    """Return the text of chunks that may have odd shapes."""
    text = ""
    for chunk in chunks:
        for choice in chunk.body["choices"] or ():
            if isinstance(choice, dict) and isinstance(choice.get("delta"), dict):
                text += choice["delta"].get("content") or ""
    return text


@pytest.mark.parametrize("case", CASES)
async def test_a_stream_of_any_make_ends_as_it_should(
    linked: Callable[..., Link], case: str
) -> None:
    events, text, expected = CASES[case]
    chunks: list[Chunk] = []
    failure: UpstreamFailure | None = None

    async with scripted(script(OK + EVENTS + chunked(*events))) as url:
        try:
            async with OPENAI.stream(linked(url), ask()) as coming:
                while (chunk := await anext(coming, None)) is not None:
                    chunks.append(chunk)
        except UpstreamFailure as raised:
            failure = raised

    assert safe_text(chunks) == text
    assert type(failure) is (expected or type(None))


async def test_the_last_usage_that_makes_sense_can_be_told_from_an_early_one(
    linked: Callable[..., Link],
) -> None:
    events, _, _ = CASES["usage before, in the middle and at the end"]
    async with scripted(script(OK + EVENTS + chunked(*events))) as url:
        chunks = await streamed(linked(url), ask())

    seen = [chunk.usage for chunk in chunks]
    assert seen == [Usage(5, 0), Usage(5, 1), Usage(5, 2)]
    assert [usage.fits(delivered=True) for usage in seen if usage] == [False, True, True]


async def test_a_finished_answer_whose_connection_breaks_is_complete(
    linked: Callable[..., Link],
) -> None:
    raw = OK + EVENTS + chunked(*data(part("a", "stop")), end=b"")
    async with scripted(script(raw)) as url:
        chunks = await streamed(linked(url), ask())

    assert text_of(chunks) == "a"


async def test_a_finished_answer_is_not_waited_for_much_longer(
    linked: Callable[..., Link], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "AFTER_FINISH", 0.05)
    raw = OK + EVENTS + chunked(*data(part("a", "stop")), end=b"")
    async with scripted(script(raw, hold=True)) as url:
        chunks = await streamed(linked(url, idle=30), ask())

    assert text_of(chunks) == "a"


@pytest.mark.parametrize(
    ("events", "expected"), [([], TimedOut), ([part("")], TimedOut), ([part("a")], Cut)]
)
async def test_silence_in_a_stream_is_late_before_content_and_a_cut_after_it(
    linked: Callable[..., Link], events: list[Any], expected: type[UpstreamFailure]
) -> None:
    raw = OK + EVENTS + chunked(*data(*events), end=b"")
    async with scripted(script(raw, hold=True)) as url:
        _, failure = await until_it_fails(linked(url, idle=0.1), ask())

    assert type(failure) is expected


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        (b"application/json", b'{"error": {"message": "x", "code": 429}}', RateLimited),
        (b"application/json", b'{"choices": [{"message": {"content": ""}}]}', Empty),
        (b"application/json", b'{"choices": []}', Empty),
        (b"application/json", b"", Empty),
        (b"text/html; charset=utf-8", b"<html>data: x</html>", Empty),
        (b"text/plain", b"hello there", Empty),
    ],
)
async def test_a_stream_that_is_no_stream_is_read_for_what_it_is(
    linked: Callable[..., Link], kind: bytes, body: bytes, expected: type[UpstreamFailure]
) -> None:
    head = OK + b"content-type: " + kind + b"\r\ncontent-length: %d\r\n\r\n" % len(body)
    async with scripted(script(head + body)) as url:
        _, failure = await until_it_fails(linked(url), ask())

    assert type(failure) is expected


async def test_a_whole_answer_where_a_stream_was_asked_for_is_spelled_out(
    linked: Callable[..., Link],
) -> None:
    call = {"id": "c", "type": "function", "function": {"name": "now", "arguments": "{}"}}
    message = {"role": "assistant", "content": "whole", "tool_calls": [call]}
    usage = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    body = orjson.dumps(
        {"id": "1", "object": "chat.completion", "created": 7, "choices": [choice], "usage": usage}
    )
    head = OK + b"content-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)

    async with scripted(script(head + body)) as url:
        said, ended, counted = await streamed(linked(url), ask())

    assert said.body == {
        "id": "1",
        "object": "chat.completion.chunk",
        "created": 7,
        "choices": [
            {
                "index": 0,
                "delta": message | {"tool_calls": [{"index": 0} | call]},
                "finish_reason": None,
            }
        ],
    }
    assert [(one.content, one.finish, one.usage) for one in (said, ended, counted)] == [
        (True, False, None),
        (False, True, None),
        (False, False, Usage(5, 2)),
    ]
    assert ended.body["choices"] == [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]
    assert (counted.body["choices"], counted.body["usage"]) == ([], usage)


async def test_comments_amid_an_answer_are_signs_of_life_and_no_others(
    linked: Callable[..., Link],
) -> None:
    answers = iter([b": early\n\n", *data(part("a")), b": ping\n\n", *data(part("b", "stop"))])
    taken = asyncio.Event()

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_read(reader)
        writer.write(OK + EVENTS)
        for piece in answers:
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            await writer.drain()
            await taken.wait()  # so that each comes alone
            taken.clear()
        writer.write(b"0\r\n\r\n")

    async with scripted(speak) as url, OPENAI.stream(linked(url), ask()) as chunks:
        taken.set()  # of the comment that nobody is told of
        seen = []
        async for chunk in chunks:
            seen.append(chunk)
            taken.set()

    assert [chunk is PING for chunk in seen] == [False, True, False]
    assert text_of(seen) == "ab"


async def test_events_of_an_unnamed_type_are_a_stream(linked: Callable[..., Link]) -> None:
    raw = OK + b"\r\n" + b"".join(data(part("a", "stop"), b"[DONE]"))
    async with scripted(script(raw)) as url:
        assert text_of(await streamed(linked(url), ask())) == "a"


async def test_failures_of_every_kind_name_no_address_and_no_key(
    link: Link, openai_upstream: LoopbackOpenAI
) -> None:
    told = ""
    for fault, _ in FAILURES:
        openai_upstream.faults.next(fault, fault)
        with pytest.raises(UpstreamFailure) as caught:
            await OPENAI.complete(link, ask())
        _, failure = await until_it_fails(link, ask())
        told += repr((caught.value, failure, caught.value.params, failure.params))

    assert "127.0.0.1" not in told
    assert link.base_url.split(":")[2].split("/")[0] not in told
    assert str(link.api_key) not in told


# Usage.


@pytest.mark.parametrize(
    ("raw", "delivered", "expected"),
    [
        ({"prompt_tokens": 3, "completion_tokens": 4}, True, Usage(3, 4)),
        ({"prompt_tokens": 3, "completion_tokens": 0}, False, Usage(3, 0)),
        ({"prompt_tokens": 3, "completion_tokens": 0}, True, None),
        ({"prompt_tokens": 0, "completion_tokens": 4}, True, None),
        ({"prompt_tokens": -3, "completion_tokens": 4}, True, None),
        ({"prompt_tokens": 3, "completion_tokens": -4}, True, None),
        ({"prompt_tokens": "3", "completion_tokens": 4}, True, None),
        ({"prompt_tokens": 3.5, "completion_tokens": 4}, True, None),
        ({"prompt_tokens": True, "completion_tokens": 4}, True, None),
        ({"prompt_tokens": 3, "completion_tokens": 10**15}, True, None),
        ({"completion_tokens": 4}, True, None),
        ({}, True, None),
        (None, True, None),
        ([3, 4], True, None),
    ],
)
def test_only_usage_that_makes_sense_is_usage(
    raw: object, delivered: bool, expected: Usage | None
) -> None:
    assert Usage.read(raw, delivered=delivered) == expected


JSONISH = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "delta", "content", "index", "finish_reason", "usage", "error", "code"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


class Sent:
    """An answer whose bytes are at hand."""

    def __init__(self, raw: bytes) -> None:
        self.stream = self._pieces(raw)

    async def _pieces(self, raw: bytes) -> AsyncIterator[bytes]:
        yield raw


@given(st.lists(JSONISH, max_size=6), st.booleans())
def test_whatever_an_upstream_says_a_stream_ends_or_fails_in_our_words(
    bodies: list[Any], done: bool
) -> None:
    raw = b"".join(data(*bodies, *([b"[DONE]"] if done else [])))

    async def read() -> None:
        sent = Sent(raw)
        async with aclosing(sent.stream):
            chunks = reading.Chunks(sent, ())
            try:
                async for chunk in chunks:
                    assert isinstance(chunk.body, dict)
            except UpstreamFailure:
                pass

    asyncio.run(read())


def test_the_dialect_offers_what_openais_api_has_and_no_more() -> None:
    assert OPENAI.offers == {
        Capability.CHAT,
        Capability.STREAM,
        Capability.TOOLS,
        Capability.VISION,
        Capability.AUDIO,
        Capability.IMAGE,
        Capability.EDIT,
        Capability.SPEECH,
        Capability.EMBEDDINGS,
        Capability.SIGHT,
    }
