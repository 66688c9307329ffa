"""A chat's stream as Anthropic's events: always well-formed, and nothing lost."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.upstreams.dialect import Usage
from bot.upstreams.messages.events import Translation
from tests.rules.messages.stream import told
from tests.rules.messages.test_response import INPUTS


def chunk(delta: dict[str, Any], finish: str | None = None, **fields: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish} | fields
    return {"id": "chatcmpl-7", "model": "their-gpt", "choices": [choice]}


def call(index: int | None, arguments: str = "", **start: Any) -> dict[str, Any]:
    function = {"arguments": arguments}
    if "name" in start:
        function["name"] = start.pop("name")
    made = {"function": function} | start
    return {"tool_calls": [made if index is None else made | {"index": index}]}


def translated(
    *chunks: dict[str, Any], usage: Usage | None = None, raw: Any = None
) -> list[dict[str, Any]]:
    translation = Translation()
    events = [event for body in chunks for event in translation.feed(body)]
    return events + translation.end(raw, usage)


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events]


def test_a_plain_answer_has_every_event_in_its_place():
    events = translated(
        chunk({"role": "assistant", "content": ""}),
        chunk({"content": "Hel"}),
        chunk({"content": "lo"}),
        chunk({}, "stop"),
        {"choices": [], "usage": {}},
        usage=Usage(5, 2),
    )

    assert kinds(events) == [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    assert told(events) == {
        "id": "msg_7",
        "type": "message",
        "role": "assistant",
        "model": "their-gpt",
        "content": [{"type": "text", "text": "Hello"}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 5, "output_tokens": 2},
    }


def test_words_go_out_with_the_chunk_that_brings_them():
    translation = Translation()
    translation.feed(chunk({"content": "Hel"}))

    events = translation.feed(chunk({"content": "lo"}))

    delta = {"type": "text_delta", "text": "lo"}
    assert events == [{"type": "content_block_delta", "index": 0, "delta": delta}]


def test_thoughts_words_and_calls_are_blocks_of_their_own():
    events = translated(
        chunk({"reasoning_content": "Hm. "}),
        chunk({"reasoning_content": "Yes."}),
        chunk({"content": "I will look."}),
        chunk(call(0, id="call-1", name="get_weather")),
        chunk(call(0, '{"place":')),
        chunk(call(0, '"Oslo"}')),
        chunk({}, "tool_calls"),
    )

    message = told(events)
    assert message["content"] == [
        {"type": "thinking", "thinking": "Hm. Yes.", "signature": ""},
        {"type": "text", "text": "I will look."},
        {"type": "tool_use", "id": "call-1", "name": "get_weather", "input": {"place": "Oslo"}},
    ]
    assert message["stop_reason"] == "tool_use"


def test_a_call_streams_its_input_as_it_comes():
    translation = Translation()
    translation.feed(chunk(call(0, id="call-1", name="now")))

    events = translation.feed(chunk(call(0, '{"a"')))

    delta = {"type": "input_json_delta", "partial_json": '{"a"'}
    assert events == [{"type": "content_block_delta", "index": 0, "delta": delta}]


def test_calls_one_after_the_other_stream_without_waiting():
    translation = Translation()
    translation.feed(chunk(call(0, '{"a":1}', id="call-1", name="add")))

    events = translation.feed(chunk(call(1, '{"b":', id="call-2", name="add")))

    assert kinds(events) == ["content_block_stop", "content_block_start", "content_block_delta"]


def test_mixed_pieces_of_parallel_calls_are_put_in_order():
    events = translated(
        chunk(call(0, id="call-1", name="one")),
        chunk(call(1, id="call-2", name="two")),
        chunk(call(0, '{"a"')),
        chunk(call(1, '{"b":')),
        chunk(call(0, ":1}")),
        chunk(call(1, "2}")),
        chunk({}, "tool_calls"),
    )

    assert [(b["name"], b["input"]) for b in told(events)["content"]] == [
        ("one", {"a": 1}),
        ("two", {"b": 2}),
    ]


def test_words_between_the_pieces_of_a_call_wait_for_its_end():
    events = translated(
        chunk(call(0, '{"a":', id="call-1", name="one")),
        chunk({"content": "\n"}),
        chunk(call(0, "1}")),
        chunk({}, "tool_calls"),
    )

    content = told(events)["content"]
    assert [block["type"] for block in content] == ["tool_use", "text"]
    assert content[0]["input"] == {"a": 1}


def test_calls_without_an_index_are_told_apart_by_their_ids():
    events = translated(
        chunk(call(None, '{"a":', id="call-1", name="one")),
        chunk(call(None, "1}")),
        chunk(call(None, "{}", id="call-2", name="two")),
        chunk({}, "tool_calls"),
    )

    content = told(events)["content"]
    assert [(block["id"], block["input"]) for block in content] == [
        ("call-1", {"a": 1}),
        ("call-2", {}),
    ]


def test_calls_that_share_an_index_are_told_apart_by_their_ids():
    events = translated(
        chunk(call(0, '{"a":1}', id="call-1", name="one")),
        chunk(call(0, '{"b":2}', id="call-2", name="two")),
        chunk({}, "stop"),
    )

    message = told(events)
    assert [block["input"] for block in message["content"]] == [{"a": 1}, {"b": 2}]
    assert message["stop_reason"] == "tool_use"


def test_a_call_whose_id_changes_on_the_way_is_one_call():
    events = translated(
        chunk(call(0, '{"a"', id="call-1", name="one")),
        chunk(call(0, ":1}", id="call-x")),
        chunk({}, "tool_calls"),
    )

    assert [block["input"] for block in told(events)["content"]] == [{"a": 1}]


def test_a_name_that_comes_late_opens_the_block_then():
    translation = Translation()

    before = translation.feed(chunk(call(0, '{"a"', id="call-1")))
    after = translation.feed(chunk(call(0, ":1}", name="one")))

    assert kinds(before) == ["message_start"]
    assert kinds(after) == ["content_block_start", "content_block_delta", "content_block_delta"]
    assert told(before + after + translation.end(None, None))["content"][0]["input"] == {"a": 1}


def test_a_call_without_an_id_gets_one():
    [block] = told(translated(chunk(call(0, "{}", name="now"))))["content"]

    assert block["id"].startswith("toolu_")


def test_a_function_call_of_the_older_kind_is_a_call_too():
    first = {"function_call": {"name": "get_weather", "arguments": ""}}
    rest = [{"function_call": {"arguments": piece}} for piece in ('{"city": ', '"Oslo"}')]

    events = translated(chunk(first), *map(chunk, rest), chunk({}, "function_call"))

    message = told(events)
    [block] = message["content"]
    assert (block["name"], block["input"]) == ("get_weather", {"city": "Oslo"})
    assert block["id"].startswith("toolu_")
    assert message["stop_reason"] == "tool_use"


def test_a_refusal_is_told_as_one():
    message = told(translated(chunk({"refusal": "I cannot."}), chunk({}, "stop")))

    assert message["content"] == [{"type": "text", "text": "I cannot."}]
    assert message["stop_reason"] == "refusal"


@pytest.mark.parametrize("name", ["stop_reason", "matched_stop"])
def test_a_stop_sequence_is_named_where_the_upstream_names_it(name):
    message = told(translated(chunk({"content": "Hi"}), chunk({}, "stop", **{name: "END"})))

    assert (message["stop_reason"], message["stop_sequence"]) == ("stop_sequence", "END")


def test_an_answer_without_a_word_is_well_formed():
    assert told(translated(chunk({"role": "assistant"}), chunk({}, "length")))["content"] == []
    assert told(translated())["stop_reason"] == "end_turn"


@st.composite
def answers(draw: st.DrawFn) -> tuple[list[dict[str, Any]], str, str, list[dict[str, Any]]]:
    """Draw the chunks of an answer, mixed as badly as can be, and what they hold."""
    texts = draw(st.lists(st.text(min_size=1), max_size=4))
    thoughts = draw(st.lists(st.text(min_size=1), max_size=3))
    inputs = draw(st.lists(INPUTS, max_size=3))
    lanes = [[{"content": text} for text in texts], [{"reasoning": one} for one in thoughts]]
    for index, value in enumerate(inputs):
        raw = orjson.dumps(value).decode()
        cut = sorted(draw(st.lists(st.integers(0, len(raw)), max_size=3)))
        pieces = [raw[a:b] for a, b in zip([0, *cut], [*cut, len(raw)], strict=True)]
        start = call(index, id=f"call-{index}", name=f"tool-{index}")
        lanes.append([start, *(call(index, piece) for piece in pieces)])
    deltas: list[dict[str, Any]] = []
    while any(lanes):
        lane = draw(st.sampled_from([lane for lane in lanes if lane]))
        deltas.append(lane.pop(0))
    chunks = [chunk(delta) for delta in deltas]
    return chunks, "".join(texts), "".join(thoughts), inputs


@given(answer=answers(), finish=st.sampled_from(["stop", "length", "tool_calls", None]))
def test_whatever_comes_is_told_whole_and_in_order(answer, finish):
    chunks, said, thought, inputs = answer

    message = told(translated(*chunks, chunk({}, finish)))

    content = message["content"]
    assert "".join(b["text"] for b in content if b["type"] == "text") == said
    assert "".join(b["thinking"] for b in content if b["type"] == "thinking") == thought
    calls = {b["id"]: b["input"] for b in content if b["type"] == "tool_use"}
    assert calls == {f"call-{n}": given for n, given in enumerate(inputs)}


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "delta", "index", "tool_calls", "function", "content", "id", "name"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(bodies=st.lists(st.dictionaries(st.sampled_from(["choices", "id"]), JUNK), max_size=4))
def test_garbage_is_told_well_formed_too(bodies):
    told(translated(*bodies))
