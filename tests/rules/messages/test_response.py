"""A chat's whole answer as the Message that means the same."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.upstreams.dialect import Usage
from bot.upstreams.messages.request import as_chat
from bot.upstreams.messages.response import as_message

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
INPUTS = st.dictionaries(st.text(), JSON, max_size=4)


def answered(
    message: dict[str, Any], finish: str = "stop", usage: Usage | None = None, **fields: Any
) -> dict[str, Any]:
    choice = {"index": 0, "message": message, "finish_reason": finish} | fields
    body = {"id": "chatcmpl-7", "model": "their-gpt", "choices": [choice]}
    return as_message(body, usage)


def call(name: str, arguments: Any, number: int = 1) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {"id": f"call-{number}", "type": "function", "function": function}


def test_an_answer_is_a_message():
    found = answered({"role": "assistant", "content": "Hello!"}, usage=Usage(5, 2))

    assert found == {
        "id": "msg_7",
        "type": "message",
        "role": "assistant",
        "model": "their-gpt",
        "content": [{"type": "text", "text": "Hello!"}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 5, "output_tokens": 2},
    }


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_reasoning_is_thinking_and_comes_first(name):
    found = answered({"content": "Yes.", name: "Hm."})

    assert found["content"] == [
        {"type": "thinking", "thinking": "Hm.", "signature": ""},
        {"type": "text", "text": "Yes."},
    ]


@pytest.mark.parametrize(
    ("finish", "reason"),
    [
        ("stop", "end_turn"),
        ("length", "max_tokens"),
        ("tool_calls", "tool_use"),
        ("content_filter", "refusal"),
        ("whatever", "end_turn"),
        (None, "end_turn"),
    ],
)
def test_why_it_stopped_is_said_in_anthropics_words(finish, reason):
    assert answered({"content": "Hi"}, finish)["stop_reason"] == reason


@pytest.mark.parametrize("name", ["stop_reason", "matched_stop"])
def test_a_stop_sequence_is_named_where_the_upstream_names_it(name):
    found = answered({"content": "Hi"}, **{name: "END"})

    assert (found["stop_reason"], found["stop_sequence"]) == ("stop_sequence", "END")


def test_calls_of_tools_are_blocks_though_the_upstream_says_it_just_stopped():
    message = {"content": None, "tool_calls": [call("now", ""), call("add", '{"a": 1}', 2)]}

    found = answered(message, "stop")

    assert found["content"] == [
        {"type": "tool_use", "id": "call-1", "name": "now", "input": {}},
        {"type": "tool_use", "id": "call-2", "name": "add", "input": {"a": 1}},
    ]
    assert found["stop_reason"] == "tool_use"


def test_a_function_call_of_the_older_kind_is_a_call_too():
    function = {"name": "add", "arguments": '{"a": 1}'}

    found = answered({"content": None, "function_call": function}, "function_call")

    [block] = found["content"]
    assert (block["type"], block["name"], block["input"]) == ("tool_use", "add", {"a": 1})
    assert block["id"].startswith("toolu_")
    assert found["stop_reason"] == "tool_use"


@pytest.mark.parametrize("arguments", ['{"a": ', "[1]", "none"])
def test_arguments_that_are_no_object_are_kept_as_they_came(arguments):
    found = answered({"tool_calls": [call("add", arguments)]}, "length")

    assert found["content"][0]["input"] == {"arguments": arguments}
    assert found["stop_reason"] == "max_tokens"


def test_a_refusal_is_told_as_one():
    found = answered({"content": None, "refusal": "I cannot."})

    assert found["content"] == [{"type": "text", "text": "I cannot."}]
    assert found["stop_reason"] == "refusal"


def test_cached_input_stands_apart():
    body = {
        "choices": [{"message": {"content": "Hi"}}],
        "usage": {"prompt_tokens_details": {"cached_tokens": 4}},
    }

    found = as_message(body, Usage(10, 2))

    assert found["usage"] == {
        "input_tokens": 6,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 4,
        "output_tokens": 2,
    }


def test_every_answer_has_an_id_of_its_own():
    bodies = [{"choices": [{"message": {"content": "Hi"}}]} for _ in range(2)]

    first, second = (as_message(body, None)["id"] for body in bodies)

    assert first.startswith("msg_")
    assert first != second


@given(said=st.text(min_size=1), inputs=st.lists(INPUTS, max_size=3))
def test_texts_and_inputs_survive_there_and_back(said, inputs):
    calls = [call("tool", orjson.dumps(given).decode(), n) for n, given in enumerate(inputs)]
    message = {"role": "assistant", "content": said, "tool_calls": calls}

    blocks = answered(message)["content"]
    [back] = as_chat({"messages": [{"role": "assistant", "content": blocks}]}).body["messages"]

    assert back["content"] == said
    told = [one["function"] for one in back.get("tool_calls", ())]
    assert [orjson.loads(one["arguments"]) for one in told] == inputs
    assert [block["input"] for block in blocks if block["type"] == "tool_use"] == inputs
