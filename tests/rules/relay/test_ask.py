"""Which bodies are understood, and which field is to blame where one is not."""

from typing import Any

import pytest

from bot.relay.ask import read
from bot.relay.errors import InvalidField

HELLO = [{"role": "user", "content": "Hello"}]


def body(**fields: Any) -> dict[str, Any]:
    return {"model": "gpt-4o", "messages": HELLO} | fields


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"model": None}, "model"),
        ({"model": ""}, "model"),
        ({"model": 4}, "model"),
        ({"messages": None}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": "Hello"}, "messages"),
        ({"messages": [*HELLO, "Hello"]}, "messages[1]"),
        ({"messages": [{"role": "user", "content": 7}]}, "messages[0].content"),
        ({"messages": [{"foo": 1}]}, "messages[0].role"),
        ({"messages": [*HELLO, {"content": "Hello"}]}, "messages[1].role"),
        ({"messages": [{"role": 7, "content": "Hello"}]}, "messages[0].role"),
        ({"n": 0}, "n"),
        ({"n": 9}, "n"),
        ({"n": True}, "n"),
        ({"n": "2"}, "n"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": 1.0}, "max_tokens"),
        ({"max_completion_tokens": -5}, "max_completion_tokens"),
        ({"stream": "yes"}, "stream"),
        ({"stream": 1}, "stream"),
        ({"stream_options": ["include_usage"]}, "stream_options"),
        ({"stream_options": {"include_usage": 1}}, "stream_options.include_usage"),
    ],
)
def test_a_field_that_is_not_what_it_has_to_be_is_named(fields: dict[str, Any], param: str):
    with pytest.raises(InvalidField) as refused:
        read(body(**fields))

    assert refused.value.params["param"] == param


def test_fields_that_are_null_are_left_out():
    wish = read(
        body(n=None, max_tokens=None, max_completion_tokens=None, stream=None, stream_options=None)
    )

    assert (wish.choices, wish.cap, wish.usage) == (1, None, False)


def test_fields_we_do_not_use_are_not_looked_at():
    assert read(body(temperature="hot", tools=7, logit_bias=[None])).model == "gpt-4o"


def test_the_newer_name_of_the_cap_wins():
    assert read(body(max_tokens=10, max_completion_tokens=20)).cap == 20
    assert read(body(max_tokens=10)).cap == 10


@pytest.mark.parametrize("wanted", [True, False])
def test_whether_a_stream_shows_its_usage_is_the_callers_choice(wanted: bool):
    assert read(body(stream=True, stream_options={"include_usage": wanted})).usage is wanted


def test_a_message_may_have_no_content_beside_its_tool_calls():
    assert read(body(messages=[{"role": "assistant", "tool_calls": []}])).choices == 1
    assert read(body(messages=[{"role": "user", "content": None}])).choices == 1
