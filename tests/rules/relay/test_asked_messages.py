"""What is read off a Messages body, what goes out, and what a stream of events came to."""

from collections import deque
from contextlib import AsyncExitStack
from copy import deepcopy
from typing import Any

import pytest

from bot.catalogue.model import Route
from bot.core.tokens import count
from bot.relay.ask import read_message
from bot.relay.errors import InvalidField
from bot.relay.messages import MessageMeter, StreamedMessage
from bot.relay.meter import Count
from bot.relay.streamed import Opened
from bot.upstreams.dialect import Chunk, Usage
from bot.upstreams.messages.request import as_sent
from tests.rules.messages.stream import told

TURN = {"role": "user", "content": "Hello there"}
BODY: dict[str, Any] = {"model": "m", "max_tokens": 50, "messages": [TURN]}


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"model": None}, "model"),
        ({"model": 7}, "model"),
        ({"stream": 1}, "stream"),
        ({"max_tokens": None}, "max_tokens"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": True}, "max_tokens"),
        ({"max_tokens": 1.5}, "max_tokens"),
        ({"messages": None}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": ["Hi"]}, "messages[0]"),
        ({"messages": [{"content": "Hi"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 7}]}, "messages[0].content"),
    ],
    ids=str,
)
def test_a_field_that_is_not_what_it_has_to_be_is_named(fields, param):
    with pytest.raises(InvalidField) as refused:
        read_message(BODY | fields, capped=True)

    assert refused.value.params["param"] == param


def test_counting_needs_no_cap():
    assert read_message({"model": "m", "messages": [TURN]}, capped=False) == ("m", None)


def test_what_goes_out_natively_is_the_body_with_its_cap():
    body = BODY | {"thinking": {"type": "enabled", "budget_tokens": 2_000}, "new": [1]}

    assert as_sent(body | {"max_tokens": 4_000}, 4_000) == body | {"max_tokens": 4_000}
    assert body["max_tokens"] == 50


@pytest.mark.parametrize(
    ("cap", "expected"),
    [
        (3_000, {"type": "enabled", "budget_tokens": 2_000}),
        (2_000, {"type": "enabled", "budget_tokens": 1_999}),
        (1_025, {"type": "enabled", "budget_tokens": 1_024}),
        (1_024, {"type": "disabled"}),
    ],
)
def test_a_cap_that_was_lowered_lowers_the_budget_for_thinking(cap, expected):
    thinking = {"type": "enabled", "budget_tokens": 2_000}

    sent = as_sent(BODY | {"max_tokens": 4_000, "thinking": thinking}, cap)

    assert (sent["max_tokens"], sent["thinking"]) == (cap, expected)


def test_a_budget_that_never_fitted_is_left_for_the_upstream_to_refuse():
    thinking = {"type": "enabled", "budget_tokens": 9_000}

    assert as_sent(BODY | {"thinking": thinking}, 50)["thinking"] == thinking


def event(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind} | fields


def word(said: str) -> Chunk:
    delta = {"type": "text_delta", "text": said}
    body = event("content_block_delta", index=0, delta=delta)
    return Chunk(body, None, content=True, finish=False)


def other(kind: str, told: Usage | None = None, *, finish: bool = False, **fields: Any) -> Chunk:
    return Chunk(event(kind, **fields), told, content=False, finish=finish)


START = {"id": "msg_1", "content": [], "usage": {"input_tokens": 0, "output_tokens": 0}}
BLOCK = {"type": "text", "text": ""}
ENDED = {"stop_reason": "end_turn", "stop_sequence": None}
NO_END = [
    other("message_start", message=START),
    other("content_block_start", index=0, content_block=BLOCK),
    word("Hello "),
    word("there"),
    other("content_block_stop", index=0),
]


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        ({"delta": {"type": "text_delta", "text": "Hello"}}, "Hello"),
        ({"delta": {"type": "thinking_delta", "thinking": "Hello"}}, "Hello"),
        ({"delta": {"type": "input_json_delta", "partial_json": '{"a"'}}, '{"a"'),
        ({"delta": {"type": "signature_delta", "signature": "abcdefgh"}}, ""),
    ],
)
def test_everything_a_client_can_read_counts(content, texts):
    meter = MessageMeter(prompt=9)

    meter.handed(Chunk(event("content_block_delta", **content), None, True, False))

    assert meter.whole() == Count(9, count(texts), estimated=True)


def test_a_call_that_begins_counts_its_name():
    block = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {}}
    meter = MessageMeter(prompt=9)

    meter.handed(Chunk(event("content_block_start", content_block=block), None, True, False))

    assert meter.part().completion == count("get_weather")


class Ended:
    """A call as far as showing its stream asks for one."""

    stopped = None

    def __init__(self) -> None:
        terms = type("Terms", (), {"prompt": 9})
        self.ask = type("Ask", (), {"terms": terms})
        self.when_stopped: Any = None


def shown(*chunks: Chunk) -> list[dict[str, Any]]:
    """Return what the client sees of a stream that ends well."""
    stream = Opened(deque(deepcopy(chunks)), iter(()), AsyncExitStack())
    at = Route("first", "their-model", 1, 0)
    streamed = StreamedMessage("m", Ended(), None, stream, at)
    return [*streamed.come(), *streamed._last()]


def test_what_ends_the_answer_comes_last_with_our_count_where_there_is_no_other():
    end = other("message_delta", finish=True, delta=ENDED, usage={"output_tokens": 0})

    message = told(shown(*NO_END, end, other("message_stop")))

    assert message["usage"] == {"input_tokens": 9, "output_tokens": count("Hello there")}
    assert (message["model"], message["stop_reason"]) == ("m", "end_turn")


def test_the_upstreams_own_usage_is_left_as_it_is():
    usage = {"input_tokens": 5, "output_tokens": 7, "cache_read_input_tokens": 2}
    end = other("message_delta", Usage(7, 7), finish=True, delta=ENDED, usage=usage)

    message = told(shown(*NO_END, end, other("message_stop")))

    assert message["usage"] == usage


@pytest.mark.parametrize("stop", [True, False])
def test_an_end_that_an_upstream_leaves_out_is_put_in(stop):
    end = other("message_delta", finish=True, delta=ENDED, usage={"output_tokens": 0})

    without_reason = told(shown(*NO_END, other("message_stop")))
    without_stop = told(shown(*NO_END, end, *([other("message_stop")] if stop else [])))

    assert without_reason["stop_reason"] == without_stop["stop_reason"] == "end_turn"
