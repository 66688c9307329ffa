"""What a Responses body asks of a chat, and which of its fields are refused by name."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from bot.api.responses.request import translated
from bot.api.responses.shapes import SCHEMAS
from bot.core.errors import Invalid
from bot.relay.ask import read

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)
KINDS = st.sampled_from(
    ["message", "function_call", "function_call_output", "reasoning", "input_text", "function"]
)
ROUGH = st.fixed_dictionaries(
    {},
    optional={
        "type": KINDS | JSON,
        "role": st.sampled_from(["user", "assistant", "developer"]) | JSON,
        "content": JSON | st.lists(st.fixed_dictionaries({"type": KINDS, "text": JSON})),
        "call_id": JSON,
        "name": JSON,
        "arguments": JSON,
        "output": JSON,
        "parameters": JSON,
    },
)
FIELDS = set(SCHEMAS["ResponsesRequest"]["properties"]) - {"model", "input"}
REQUEST = Draft202012Validator(SCHEMAS["ResponsesRequest"])
BODIES = st.fixed_dictionaries(
    {
        "model": st.just("gpt-4o") | JSON,
        "input": st.just("Hi") | st.lists(ROUGH, max_size=3) | JSON,
    },
    optional={name: st.lists(ROUGH, max_size=2) | JSON for name in FIELDS},
)
LOOK = {"type": "function", "name": "look", "parameters": {"type": "object", "properties": {}}}
SENT_LOOK = {"type": "function", "function": {k: v for k, v in LOOK.items() if k != "type"}}
PNG = "data:image/png;base64,iVBORw0KGgo="


def body(**fields: Any) -> dict[str, Any]:
    return {"model": "gpt-4o", "input": "Hi"} | fields


def tried(rough: dict[str, Any]) -> tuple[dict[str, Any] | None, Any]:
    """Return the chat a body asks for, or the field that is to blame."""
    try:
        return translated(rough).chat, None
    except Invalid as refused:
        return None, refused.params["param"]


def chat(**fields: Any) -> dict[str, Any]:
    return translated(body(**fields)).chat


def said(*items: dict[str, Any]) -> list[dict[str, Any]]:
    return chat(input=list(items))["messages"]


def called(call_id: str, arguments: str = "{}") -> dict[str, Any]:
    return {"type": "function_call", "call_id": call_id, "name": "look", "arguments": arguments}


def sent_call(call_id: str, arguments: str = "{}") -> dict[str, Any]:
    function = {"name": "look", "arguments": arguments}
    return {"id": call_id, "type": "function", "function": function}


def result(call_id: str, output: Any) -> dict[str, Any]:
    return {"type": "function_call_output", "call_id": call_id, "output": output}


@given(BODIES)
def test_every_body_is_a_chat_or_is_refused_in_words(rough: dict[str, Any]) -> None:
    found, blamed = tried(rough)

    if found is None:
        assert isinstance(blamed, str)
    else:
        read(found)


@given(st.sampled_from(sorted(FIELDS)), JSON)
def test_a_field_is_taken_exactly_where_openapi_allows_it(name: str, value: Any) -> None:
    rough = body(**{name: value})
    allowed = REQUEST.is_valid(rough)

    _, blamed = tried(rough)

    assert (blamed is None) == allowed


@given(st.lists(st.tuples(st.sampled_from(["user", "assistant", "system"]), st.text())))
def test_no_word_of_a_talk_is_lost(talk: list[tuple[str, str]]) -> None:
    messages = said(
        {"role": "user", "content": "Hi"}, *({"role": r, "content": t} for r, t in talk)
    )

    assert [(m["role"], m["content"]) for m in messages[1:]] == talk


def test_instructions_come_first_and_developers_speak_as_the_system() -> None:
    found = chat(instructions="Be kind.", input=[{"role": "developer", "content": "Be brief."}])

    assert found["messages"] == [
        {"role": "system", "content": "Be kind."},
        {"role": "system", "content": "Be brief."},
    ]


def test_parts_become_a_chats() -> None:
    [message] = said(
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "What is this?"},
                {"type": "input_image", "image_url": PNG, "detail": "original"},
                {"type": "input_file", "file_data": PNG, "filename": "a.png"},
                {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}},
            ],
        }
    )

    assert message["content"] == [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": PNG, "detail": "high"}},
        {"type": "file", "file": {"file_data": PNG, "filename": "a.png"}},
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}},
    ]


def test_an_answers_own_items_can_be_sent_back() -> None:
    talk = said(
        {"role": "user", "content": "Hi"},
        {"type": "reasoning", "id": "rs_1", "summary": [], "content": []},
        {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "status": "completed",
            "content": [
                {"type": "output_text", "text": "I ", "annotations": []},
                {"type": "output_text", "text": "look.", "annotations": []},
            ],
        },
        called("call_1"),
        called("call_2", '{"at": 2}'),
        result("call_1", "a cat"),
        result(
            "call_2", [{"type": "input_text", "text": "a"}, {"type": "input_text", "text": "dog"}]
        ),
        {"role": "user", "content": "And?"},
    )

    assert talk[1:] == [
        {
            "role": "assistant",
            "content": "I look.",
            "tool_calls": [sent_call("call_1"), sent_call("call_2", '{"at": 2}')],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "a cat"},
        {"role": "tool", "tool_call_id": "call_2", "content": "a\ndog"},
        {"role": "user", "content": "And?"},
    ]


def test_pictures_that_functions_return_are_shown_after_the_last_of_their_results() -> None:
    talk = said(
        called("call_1"),
        called("call_2"),
        result("call_1", [{"type": "input_image", "image_url": PNG}]),
        result("call_2", "nothing"),
        called("call_3"),
    )

    assert [message["role"] for message in talk] == [
        "assistant",
        "tool",
        "tool",
        "user",
        "assistant",
    ]
    assert talk[3]["content"] == [{"type": "image_url", "image_url": {"url": PNG}}]


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("auto", "auto"),
        ("required", "required"),
        ({"type": "function", "name": "look"}, {"type": "function", "function": {"name": "look"}}),
        (
            {
                "type": "allowed_tools",
                "mode": "required",
                "tools": [{"type": "function", "name": "look"}],
            },
            "required",
        ),
    ],
)
def test_the_choice_of_a_tool_is_a_chats(choice: Any, sent: Any) -> None:
    other = LOOK | {"name": "other"}
    found = chat(tools=[LOOK, other], tool_choice=choice, parallel_tool_calls=False)

    assert found["tool_choice"] == sent
    assert found["parallel_tool_calls"] is False
    only = isinstance(choice, dict) and choice["type"] == "allowed_tools"
    assert len(found["tools"]) == (1 if only else 2)
    assert found["tools"][0] == SENT_LOOK


def test_a_chat_without_tools_does_not_speak_of_them() -> None:
    found = chat(tools=[], tool_choice="auto", parallel_tool_calls=True)

    assert not {"tools", "tool_choice", "parallel_tool_calls"} & set(found)


@pytest.mark.parametrize(
    ("fields", "model"),
    [
        ({"tools": [{"type": "web_search"}]}, "gpt-4o+web"),
        ({"tools": [{"type": "web_search_preview_2025_03_11"}]}, "gpt-4o+web"),
        ({"tools": [{"type": "web_search"}], "model": "gpt-4o+web"}, "gpt-4o+web"),
        ({"tools": [{"type": "web_search"}], "tool_choice": "none"}, "gpt-4o"),
        ({"tools": [{"type": "web_search"}], "tool_choice": {"type": "web_search"}}, "gpt-4o+web"),
        ({}, "gpt-4o"),
    ],
)
def test_web_search_is_the_models_web_kind(fields: dict[str, Any], model: str) -> None:
    assert chat(**fields)["model"] == model


@pytest.mark.parametrize(
    ("form", "sent"),
    [
        ({"type": "text"}, None),
        ({"type": "json_object"}, {"type": "json_object"}),
        (
            {"type": "json_schema", "name": "Town", "schema": {"type": "object"}, "strict": True},
            {
                "type": "json_schema",
                "json_schema": {"name": "Town", "schema": {"type": "object"}, "strict": True},
            },
        ),
    ],
)
def test_the_form_of_a_text_is_a_chats_response_format(form: Any, sent: Any) -> None:
    found = translated(body(text={"format": form, "verbosity": "low"}))

    assert found.chat.get("response_format") == sent
    assert found.chat["verbosity"] == "low"
    assert found.echo["text"] == {"format": form, "verbosity": "low"}


def test_how_to_think_and_to_sample_is_passed_on() -> None:
    found = translated(
        body(
            reasoning={"effort": "low", "summary": "auto"},
            temperature=0.3,
            top_p=0.9,
            max_output_tokens=77,
            top_logprobs=3,
            seed=5,
            user="ada",
        )
    )

    wanted = {
        "reasoning_effort": "low",
        "temperature": 0.3,
        "top_p": 0.9,
        "max_completion_tokens": 77,
        "logprobs": True,
        "top_logprobs": 3,
        "seed": 5,
        "user": "ada",
    }
    assert wanted.items() <= found.chat.items()
    assert found.echo["reasoning"] == {"effort": "low", "summary": "auto"}
    assert found.echo["user"] == "ada"


def test_a_stream_asks_for_its_usage() -> None:
    found = translated(body(stream=True))

    assert found.streams
    assert found.chat["stream_options"] == {"include_usage": True}


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"model": ""}, "model"),
        ({"input": None}, "input"),
        ({"input": 7}, "input"),
        ({"input": ["Hi"]}, "input[0]"),
        ({"input": [{"type": "reasoning"}]}, "input"),
        ({"input": [{"content": "Hi"}]}, "input[0].role"),
        ({"input": [{"role": "tool", "content": "Hi"}]}, "input[0].role"),
        ({"input": [{"role": "user"}]}, "input[0].content"),
        ({"input": [{"role": "user", "content": ["Hi"]}]}, "input[0].content[0]"),
        ({"input": [{"role": "user", "content": [{"type": "x"}]}]}, "input[0].content[0].type"),
        ({"input": [{"type": "computer_call"}]}, "input[0].type"),
        ({"input": [{"type": "item_reference", "id": "1"}]}, "input[0]"),
        ({"input": [called("")]}, "input[0].call_id"),
        ({"input": [result("call_1", None)]}, "input[0].output"),
        (
            {"input": [{"role": "user", "content": [{"type": "input_image", "file_id": "f"}]}]},
            "input[0].content[0].file_id",
        ),
        (
            {"input": [{"role": "user", "content": [{"type": "input_file", "file_url": "f"}]}]},
            "input[0].content[0].file_url",
        ),
        ({"tools": {}}, "tools"),
        ({"tools": [7]}, "tools[0]"),
        ({"tools": [{"type": "function"}]}, "tools[0].name"),
        ({"tools": [{"type": "custom", "name": "x"}]}, "tools[0].type"),
        ({"tools": [LOOK], "tool_choice": {"type": "function", "name": "no"}}, "tool_choice.name"),
        ({"tools": [LOOK], "tool_choice": {"type": "mcp"}}, "tool_choice.type"),
        ({"tool_choice": "maybe"}, "tool_choice"),
        ({"tool_choice": {"type": "allowed_tools"}}, "tool_choice.tools"),
        ({"tool_choice": {"type": "allowed_tools", "tools": [{}]}}, "tool_choice.tools[0].type"),
        ({"text": {"format": {"type": "xml"}}}, "text.format.type"),
        ({"text": {"format": {"type": "json_schema", "name": "a"}}}, "text.format.schema"),
        ({"reasoning": {"effort": "huge"}}, "reasoning.effort"),
        ({"metadata": {"a": 1}}, "metadata"),
        ({"temperature": "hot"}, "temperature"),
        ({"temperature": True}, "temperature"),
        ({"max_output_tokens": 1.5}, "max_output_tokens"),
        ({"top_logprobs": 21}, "top_logprobs"),
        ({"include": "all"}, "include"),
        ({"stream": "yes"}, "stream"),
        ({"background": True}, "background"),
        ({"previous_response_id": "resp_1"}, "previous_response_id"),
        ({"prompt": {"id": "pmpt_1"}}, "prompt"),
        ({"user": 7}, "user"),
    ],
)
def test_a_field_that_cannot_be_done_is_named(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(Invalid) as refused:
        translated(body(**fields))

    assert refused.value.params["param"] == param
