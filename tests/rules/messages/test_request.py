"""A Messages body as the chat that means the same."""

from typing import Any

import orjson
import pytest

from bot.core.errors import Kind
from bot.upstreams.messages.request import AsChat, InvalidBlock, as_chat
from bot.words.say import explain

PNG = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}}
PNG_PART = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}
WEATHER = {
    "name": "get_weather",
    "description": "Look at the sky",
    "input_schema": {"type": "object", "properties": {"place": {"type": "string"}}},
}


def chat(*content: Any, role: str = "user", **fields: Any) -> AsChat:
    turn = content[0] if len(content) == 1 and isinstance(content[0], str) else list(content)
    messages = [{"role": role, "content": turn}]
    return as_chat({"model": "m", "max_tokens": 50, "messages": messages} | fields)


def messages(*content: Any, role: str = "user", **fields: Any) -> list[dict[str, Any]]:
    return chat(*content, role=role, **fields).body["messages"]


def text(said: str) -> dict[str, Any]:
    return {"type": "text", "text": said}


def test_a_plain_question_stays_what_it_is():
    asked = chat("Hello there", temperature=0.5, top_p=0.9, top_k=3, stream=True)

    assert asked.body == {
        "model": "m",
        "max_tokens": 50,
        "temperature": 0.5,
        "top_p": 0.9,
        "stream": True,
        "messages": [{"role": "user", "content": "Hello there"}],
    }
    assert asked.alien == ()


@pytest.mark.parametrize(
    "system",
    ["Be brief.\n\nBe kind.", [text("Be brief."), text("Be kind.") | {"cache_control": {}}]],
    ids=["text", "blocks"],
)
def test_the_system_prompt_comes_first_as_one_text(system):
    found = messages("Hi", system=system)

    assert found[0] == {"role": "system", "content": "Be brief.\n\nBe kind."}


def test_a_system_message_among_the_turns_stays_where_it_is():
    found = messages(text("Now be brief."), role="system")

    assert found == [{"role": "system", "content": "Now be brief."}]


def test_several_texts_become_one_that_every_upstream_takes():
    assert messages(text("one"), text("two")) == [{"role": "user", "content": "one\n\ntwo"}]


def test_pictures_are_parts_by_bytes_and_by_address():
    away = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}

    [turn] = messages(text("Look"), PNG, away)

    assert turn["content"] == [
        text("Look"),
        PNG_PART,
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
    ]


def test_documents_are_texts_or_files():
    plain = {"type": "document", "title": "Notes", "source": {"type": "text", "data": "Buy milk"}}
    made = {"type": "document", "source": {"type": "content", "content": [text("Inside"), PNG]}}
    pdf = {"type": "base64", "media_type": "application/pdf", "data": "JVBERg=="}

    [turn] = messages(plain, made, {"type": "document", "title": "a.pdf", "source": pdf})

    assert turn["content"] == [
        text("Notes"),
        text("Buy milk"),
        text("Inside"),
        PNG_PART,
        {
            "type": "file",
            "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERg=="},
        },
    ]


def test_found_texts_keep_their_title_and_where_they_are_from():
    found = {
        "type": "search_result",
        "title": "Keys",
        "source": "https://example.com",
        "content": [text("A key opens one door.")],
    }

    [turn] = messages(found)

    assert turn["content"] == "Keys\n\nhttps://example.com\n\nA key opens one door."


def test_calls_and_their_results_become_tool_calls_and_tool_messages():
    call = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"place": "Oslo"}}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "Rain"}
    turns = [
        {"role": "assistant", "content": [text("I will look."), call]},
        {"role": "user", "content": [text("And tomorrow?"), result]},
    ]

    found = as_chat({"model": "m", "messages": turns}).body["messages"]

    arguments = found[0]["tool_calls"][0]["function"].pop("arguments")
    assert orjson.loads(arguments) == {"place": "Oslo"}
    assert found == [
        {
            "role": "assistant",
            "content": "I will look.",
            "tool_calls": [
                {"id": "toolu_1", "type": "function", "function": {"name": "get_weather"}}
            ],
        },
        # Right behind the calls, whatever stood before it.
        {"role": "tool", "tool_call_id": "toolu_1", "content": "Rain"},
        {"role": "user", "content": "And tomorrow?"},
    ]


def test_a_turn_of_calls_alone_has_no_content():
    call = {"type": "tool_use", "id": "toolu_1", "name": "now", "input": {}}

    [turn] = messages(call, role="assistant")

    assert turn["content"] is None
    assert turn["tool_calls"][0]["function"]["arguments"] == "{}"


def test_a_failed_tool_says_so():
    failed = {
        "type": "tool_result",
        "tool_use_id": "toolu_1",
        "is_error": True,
        "content": [text("no such place"), text("try Oslo")],
    }

    assert messages(failed) == [
        {
            "role": "tool",
            "tool_call_id": "toolu_1",
            "content": "Error: no such place\n\ntry Oslo",
        }
    ]


def test_a_tool_that_shows_a_picture_shows_it_in_the_turn_that_follows():
    shown = {"type": "tool_result", "tool_use_id": "toolu_1", "content": [PNG]}

    assert messages(shown) == [
        {"role": "tool", "tool_call_id": "toolu_1", "content": "(shown below)"},
        {"role": "user", "content": [text("What tool call toolu_1 showed:"), PNG_PART]},
    ]


def test_a_result_without_content_is_an_empty_one():
    assert messages({"type": "tool_result", "tool_use_id": "toolu_1"}) == [
        {"role": "tool", "tool_call_id": "toolu_1", "content": ""}
    ]


def test_thoughts_stay_behind():
    thoughts = [
        {"type": "thinking", "thinking": "Hm.", "signature": "abc"},
        {"type": "redacted_thinking", "data": "x"},
    ]

    assert messages(*thoughts, text("Yes."), role="assistant")[0]["content"] == "Yes."
    assert messages(*thoughts, role="assistant")[0]["content"] == ""


def test_tools_become_functions():
    tools = [WEATHER | {"type": "custom", "strict": True, "cache_control": {}}, {"name": "now"}]

    found = chat("Hi", tools=tools).body

    assert found["tools"] == [
        {
            "type": "function",
            "function": {
                "name": "get_weather",
                "description": "Look at the sky",
                "strict": True,
                "parameters": WEATHER["input_schema"],
            },
        },
        {
            "type": "function",
            "function": {"name": "now", "parameters": {"type": "object", "properties": {}}},
        },
    ]
    assert "tool_choice" not in found


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({"type": "auto"}, "auto"),
        ({"type": "any"}, "required"),
        ({"type": "none"}, "none"),
        (
            {"type": "tool", "name": "get_weather"},
            {"type": "function", "function": {"name": "get_weather"}},
        ),
    ],
)
def test_the_choice_of_tools_is_passed_on(choice, expected):
    found = chat("Hi", tools=[WEATHER], tool_choice=choice).body
    alone = chat(
        "Hi", tools=[WEATHER], tool_choice=choice | {"disable_parallel_tool_use": True}
    ).body

    assert found["tool_choice"] == alone["tool_choice"] == expected
    assert "parallel_tool_calls" not in found
    assert alone["parallel_tool_calls"] is False


def test_a_choice_without_tools_is_left_out():
    assert "tool_choice" not in chat("Hi", tool_choice={"type": "auto"}).body


def test_stops_and_whom_it_is_for_are_passed_on():
    found = chat("Hi", stop_sequences=["END"], metadata={"user_id": "u-1"}).body

    assert (found["stop"], found["user"]) == (["END"], "u-1")


@pytest.mark.parametrize(
    ("fields", "effort"),
    [
        ({"thinking": {"type": "enabled", "budget_tokens": 1_024}}, "low"),
        ({"thinking": {"type": "enabled", "budget_tokens": 10_000}}, "medium"),
        ({"thinking": {"type": "enabled", "budget_tokens": 32_000}}, "high"),
        ({"thinking": {"type": "disabled"}}, None),
        ({"thinking": {"type": "adaptive"}}, None),
        ({"output_config": {"effort": "max"}}, "high"),
        (
            {
                "output_config": {"effort": "low"},
                "thinking": {"type": "enabled", "budget_tokens": 32_000},
            },
            "low",
        ),
    ],
    ids=str,
)
def test_how_hard_to_think_is_an_effort(fields, effort):
    assert chat("Hi", **fields).body.get("reasoning_effort") == effort


def test_the_answers_schema_is_passed_on():
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}

    found = chat("Hi", output_config={"format": {"type": "json_schema", "schema": schema}}).body

    assert found["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": schema, "strict": True},
    }


@pytest.mark.parametrize(
    ("content", "fields", "alien"),
    [
        ([{"type": "container_upload", "file_id": "f"}], {}, ("container_upload",)),
        ([{"type": "image", "source": {"type": "file", "file_id": "f"}}], {}, ("image",)),
        ([{"type": "document", "source": {"type": "url", "url": "u"}}], {}, ("document",)),
        (
            [text("Hi")],
            {"tools": [{"type": "web_search_20250305", "name": "web_search"}]},
            ("web_search_20250305",),
        ),
        ([text("Hi")], {"mcp_servers": [{"url": "u"}]}, ("mcp_servers",)),
    ],
    ids=str,
)
def test_what_no_chat_can_carry_is_named_and_still_counted(content, fields, alien):
    found = chat(*content, **fields)

    assert found.alien == alien
    kept = [found.body["messages"][0]["content"], found.body.get("tools")]
    raw = content[0] if content[0]["type"] != "text" else fields.get("tools", [None])[0]
    assert raw is None or any(raw in part for part in kept if isinstance(part, list))


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"messages": [{"role": "user", "content": ["Hi"]}]}, "messages[0].content[0]"),
        ({"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}, "messages[0].content[0]"),
        (
            {"messages": [{"role": "user", "content": [{"type": "text"}]}]},
            "messages[0].content[0].text",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "image"}]}]},
            "messages[0].content[0].source",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "tool_result"}]}]},
            "messages[0].content[0].tool_use_id",
        ),
        (
            {"messages": [{"role": "assistant", "content": [{"type": "tool_use", "name": "now"}]}]},
            "messages[0].content[0].id",
        ),
        ({"messages": [{"role": "tool", "content": "Hi"}]}, "messages[0].role"),
        ({"messages": [], "system": 7}, "system"),
        ({"messages": [], "tools": {}, "tool_choice": 1} | {"tools": {"a": 1}}, "tools"),
        ({"messages": [], "tools": ["now"]}, "tools[0]"),
        ({"messages": [], "tools": [{}]}, "tools[0].name"),
        ({"messages": [], "tools": [WEATHER], "tool_choice": "auto"}, "tool_choice"),
        ({"messages": [], "tools": [WEATHER], "tool_choice": {"type": "x"}}, "tool_choice.type"),
        ({"messages": [], "tool_choice": {"type": "x"}}, "tool_choice.type"),
        ({"messages": [], "thinking": [None]}, "thinking"),
        ({"messages": [], "metadata": ""}, "metadata"),
        ({"messages": [], "metadata": {"user_id": {}}}, "metadata.user_id"),
        ({"messages": [], "stop_sequences": "END"}, "stop_sequences"),
        ({"messages": [], "stop_sequences": [7]}, "stop_sequences"),
        ({"messages": [], "temperature": True}, "temperature"),
        ({"messages": [], "top_p": "1"}, "top_p"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_malformed_is_named_by_its_place(body, param):
    with pytest.raises(InvalidBlock) as refused:
        as_chat(body)

    assert refused.value.params["param"] == param
    assert refused.value.kind is Kind.INVALID
    assert param in explain(refused.value)
