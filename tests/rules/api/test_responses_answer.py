"""Whatever a chat streams, its response is told in order, whole, and as OpenAI's SDK expects."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from bot.api.responses.answer import Frame, Telling, usage_of, whole

EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
ECHO = {
    "model": "gpt-4o",
    "tools": [],
    "tool_choice": "auto",
    "parallel_tool_calls": True,
    "instructions": None,
}
FRAME = Frame("0a", 1_700_000_000, ECHO)
TEXTS = st.text(max_size=8)
FINISHES = st.sampled_from([None, "stop", "length", "tool_calls", "content_filter", "odd"])
NOISE = st.sampled_from([None, 7, [], {}, [None], "", [{"type": "text"}]])
CALLS = st.fixed_dictionaries(
    {"function": st.fixed_dictionaries({}, optional={"name": TEXTS, "arguments": TEXTS})},
    optional={
        "index": st.one_of(st.integers(-1, 3), st.none()),
        "id": st.one_of(st.sampled_from(["", "call_1", "call_2"]), st.none()),
    },
)
DELTAS = st.fixed_dictionaries(
    {},
    optional={
        "content": st.one_of(TEXTS, NOISE),
        "reasoning_content": st.one_of(TEXTS, st.none()),
        "reasoning": st.one_of(TEXTS, st.none()),
        "refusal": st.one_of(TEXTS, st.none()),
        "tool_calls": st.one_of(st.lists(CALLS, max_size=3), NOISE),
        "function_call": st.one_of(st.fixed_dictionaries({"name": TEXTS}), NOISE),
    },
)
CHOICES = st.fixed_dictionaries({"delta": DELTAS}, optional={"finish_reason": FINISHES})
CHUNKS = st.fixed_dictionaries({"choices": st.one_of(st.lists(CHOICES, max_size=2), NOISE)})


def chunk(finish: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def call(index: int | None, name: str = "", arguments: str = "", id: str = "") -> dict[str, Any]:  # noqa: A002
    function = {"name": name, "arguments": arguments}
    return {"index": index, "id": id, "type": "function", "function": function}


def told(*chunks: dict[str, Any]) -> list[dict[str, Any]]:
    telling = Telling(FRAME)
    events = telling.begin()
    for one in chunks:
        events += telling.take(one)
    return events + telling.end(1_700_000_009)


class Reader:
    """Follows a stream as strictly as it can be followed."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []
        self.done: dict[int, dict[str, Any]] = {}
        self.texts: dict[tuple[int, int], list[str]] = {}
        self.open_part: dict[int, int] = {}

    def follow(self, events: list[dict[str, Any]]) -> dict[str, Any]:
        numbers = [event["sequence_number"] for event in events]
        assert numbers == list(range(len(events)))
        kinds = [event["type"] for event in events]
        assert kinds[:2] == ["response.created", "response.in_progress"]
        assert kinds[-1] in ("response.completed", "response.incomplete")
        for event in events[2:-1]:
            self._read(event)
        assert self.open_part == {}
        assert sorted(self.done) == list(range(len(self.items)))
        last = events[-1]["response"]
        assert last["output"] == [self.done[at] for at in sorted(self.done)]
        for event in events:
            EVENT.validate_python(event)
        return last

    def _read(self, event: dict[str, Any]) -> None:
        kind, at = event["type"], event["output_index"]
        if kind == "response.output_item.added":
            assert at == len(self.items)
            self.items.append(event["item"])
            return
        assert at not in self.done
        if kind == "response.output_item.done":
            assert at not in self.open_part
            assert event["item"]["id"] == self.items[at]["id"]
            self.done[at] = event["item"]
            return
        assert event["item_id"] == self.items[at]["id"]
        self._read_part(kind, at, event)

    def _read_part(self, kind: str, at: int, event: dict[str, Any]) -> None:
        where = event.get("content_index", 0)
        if kind == "response.content_part.added":
            assert at not in self.open_part
            self.open_part[at] = where
            self.texts[at, where] = []
        elif kind == "response.content_part.done":
            assert self.open_part.pop(at) == where
            text = event["part"].get("text", event["part"].get("refusal"))
            assert text == "".join(self.texts[at, where])
        elif kind.endswith(".delta"):
            if "arguments" not in kind:
                assert self.open_part[at] == where
            self.texts.setdefault((at, where), []).append(event["delta"])
        else:
            [text] = (event[name] for name in ("text", "refusal", "arguments") if name in event)
            assert text == "".join(self.texts.get((at, where), []))


@given(st.lists(CHUNKS, max_size=12))
def test_every_stream_is_well_formed_and_repeats_itself_whole_at_its_end(chunks: Any) -> None:
    final = Reader().follow(told(*chunks))

    ids = [item["id"] for item in final["output"]]
    calls = [item["call_id"] for item in final["output"] if item["type"] == "function_call"]
    assert len(set(ids)) == len(ids)
    assert len(set(calls)) == len(calls)
    Response.model_validate(final)


@given(st.lists(st.tuples(st.sampled_from(["content", "reasoning", "refusal"]), TEXTS)))
def test_no_word_is_lost_whatever_order_words_come_in(said: list[tuple[str, str]]) -> None:
    final = Reader().follow(told(*(chunk(**{name: text}) for name, text in said)))

    parts = [part for item in final["output"] for part in item["content"]]
    for name, kind in (
        ("content", "output_text"),
        ("reasoning", "reasoning_text"),
        ("refusal", "refusal"),
    ):
        kept = "".join(
            part.get("text", part.get("refusal")) for part in parts if part["type"] == kind
        )
        assert kept == "".join(text for sort, text in said if sort == name)


@given(st.lists(st.tuples(st.integers(0, 3), st.text(min_size=1, max_size=5)), max_size=20))
def test_calls_that_take_turns_each_keep_their_arguments(pieces: list[tuple[int, str]]) -> None:
    begun = chunk(tool_calls=[call(n, f"tool_{n}", id=f"call_{n}") for n in range(4)])

    final = Reader().follow(
        told(begun, *(chunk(tool_calls=[call(n, arguments=text)]) for n, text in pieces))
    )

    assert {item["name"]: item["arguments"] for item in final["output"]} == {
        f"tool_{n}": "".join(text for at, text in pieces if at == n) for n in range(4)
    }


@given(st.lists(CHUNKS, max_size=8))
def test_a_cut_answer_ends_with_its_failure_and_nothing_is_said_to_be_done(chunks: Any) -> None:
    telling = Telling(FRAME)
    events = telling.begin()
    for one in chunks:
        events += telling.take(one)
    error = {
        "message": "Cut.",
        "type": "upstream_error",
        "param": None,
        "code": "stream_incomplete",
    }
    events += telling.fail(error)

    failed, last = events[-2:]
    for event in events:
        EVENT.validate_python(event)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert (failed["type"], failed["response"]["status"]) == ("response.failed", "failed")
    assert {item["status"] for item in failed["response"]["output"]} <= {"incomplete"}
    assert (last["type"], last["error"]) == ("error", error)


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([call(0, "a", "1", "x"), call(0, "b", "2", "y")], id="all are numbered 0"),
        pytest.param(
            [call(None, "a", "1", "x"), call(None, "b", "2", "y")], id="none has a number"
        ),
        pytest.param([call(None, "a", "1"), call(None, "b", "2")], id="neither number nor id"),
        pytest.param([call(0, "", "1", "x"), call(0, "a"), call(1, "b", "2", "y")], id="late name"),
        pytest.param([call(0, "a", "1", "x"), call(1, "b", "2", "x")], id="the same id twice"),
        pytest.param(
            [call(0, "a", "", "x"), call(0, "a", "1", "x"), call(1, "b", "2", "y")], id="name again"
        ),
    ],
)
def test_calls_of_sloppy_upstreams_are_told_apart(pieces: list[dict[str, Any]]) -> None:
    final = Reader().follow(told(*(chunk(tool_calls=[piece]) for piece in pieces)))

    assert [(item["name"], item["arguments"]) for item in final["output"]] == [
        ("a", "1"),
        ("b", "2"),
    ]
    assert len({item["call_id"] for item in final["output"]}) == 2


def test_a_whole_answer_and_its_stream_come_to_the_same() -> None:
    calls = [call(None, "look", '{"at": 1}', "call_1"), call(None, "look", '{"at": 2}', "call_2")]
    message = {
        "role": "assistant",
        "reasoning_content": "Hm.",
        "content": "I will look.",
        "tool_calls": [{k: v for k, v in one.items() if k != "index"} for one in calls],
    }
    usage = {"prompt_tokens": 3, "completion_tokens": 4}

    answered = whole(
        FRAME,
        {"choices": [{"message": message, "finish_reason": "tool_calls"}], "usage": usage},
        1_700_000_009,
    )
    final = Reader().follow(
        told(
            chunk(reasoning_content="Hm."),
            chunk(content="I will "),
            chunk(content="look."),
            *(chunk(tool_calls=[one | {"index": at}]) for at, one in enumerate(calls)),
            chunk("tool_calls"),
            {"choices": [], "usage": usage},
        )
    )

    assert answered == final
    assert [item["type"] for item in final["output"]] == [
        "reasoning",
        "message",
        "function_call",
        "function_call",
    ]


@pytest.mark.parametrize(
    ("finish", "status", "reason"),
    [
        ("stop", "completed", None),
        ("tool_calls", "completed", None),
        (None, "completed", None),
        ("length", "incomplete", {"reason": "max_output_tokens"}),
        ("content_filter", "incomplete", {"reason": "content_filter"}),
    ],
)
def test_how_the_chat_finished_is_how_the_response_ends(
    finish: str | None, status: str, reason: dict[str, str] | None
) -> None:
    final = Reader().follow(told(chunk(reasoning="Hm."), chunk(content="Yes"), chunk(finish)))

    assert (final["status"], final["incomplete_details"]) == (status, reason)
    assert [item["status"] for item in final["output"]] == ["completed", status]


def test_logprobs_follow_their_words() -> None:
    probability = {"token": "Yes", "logprob": -0.1, "bytes": [89, 101, 115], "top_logprobs": []}
    piece = chunk(content="Yes")
    piece["choices"][0]["logprobs"] = {"content": [probability], "refusal": None}

    final = Reader().follow(told(piece))

    assert final["output"][0]["content"][0]["logprobs"] == [probability]


def test_arguments_that_come_as_an_object_become_json() -> None:
    function = {"name": "look", "arguments": {"at": 1}}

    final = Reader().follow(told(chunk(tool_calls=[{"index": 0, "function": function}])))

    assert final["output"][0]["arguments"] == '{"at":1}'


@pytest.mark.parametrize(
    ("said", "cached", "reasoning"),
    [
        ({}, 0, 0),
        ({"prompt_tokens_details": None, "completion_tokens_details": 5}, 0, 0),
        (
            {
                "prompt_tokens_details": {"cached_tokens": 2},
                "completion_tokens_details": {"reasoning_tokens": 3},
            },
            2,
            3,
        ),
        ({"prompt_tokens_details": {"cached_tokens": -1}}, 0, 0),
    ],
)
def test_usage_has_a_responses_names(said: dict[str, Any], cached: int, reasoning: int) -> None:
    usage = usage_of({"prompt_tokens": 7, "completion_tokens": 5} | said)

    assert (usage["input_tokens"], usage["output_tokens"], usage["total_tokens"]) == (7, 5, 12)
    assert usage["input_tokens_details"]["cached_tokens"] == cached
    assert usage["output_tokens_details"]["reasoning_tokens"] == reasoning
