"""What callers ask for in OpenAI's terms, in airforce's."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.upstreams.airforce_asks import RATIOS, nearest_ratio, one_system

ROLES = ("system", "developer", "user", "assistant", "tool")
CONTENTS = st.one_of(
    st.none(),
    st.text(max_size=5),
    st.lists(
        st.one_of(
            st.fixed_dictionaries({"type": st.just("text"), "text": st.text(max_size=5)}),
            st.fixed_dictionaries({"type": st.just("image_url")}),
            st.text(max_size=2),
        ),
        max_size=3,
    ),
)
MESSAGES = st.lists(
    st.fixed_dictionaries({"role": st.sampled_from(ROLES), "content": CONTENTS}), max_size=8
)


@given(MESSAGES)
def test_a_chat_has_one_system_message_at_most_and_it_is_the_first(
    messages: list[dict[str, Any]],
) -> None:
    merged = one_system({"model": "m", "messages": messages})["messages"]

    assert not {"system", "developer"} & {message["role"] for message in merged[1:]}
    assert "developer" not in {message["role"] for message in merged}


@given(MESSAGES)
def test_everything_else_stays_in_its_order(messages: list[dict[str, Any]]) -> None:
    merged = one_system({"model": "m", "messages": messages})["messages"]

    others = [m for m in messages if m["role"] not in ("system", "developer")]
    assert [m for m in merged if m["role"] != "system"] == others


@given(MESSAGES)
def test_no_instruction_is_lost(messages: list[dict[str, Any]]) -> None:
    merged = one_system({"model": "m", "messages": messages})["messages"]

    said = "".join(m["content"] for m in merged if m["role"] == "system")
    for message in messages:
        if message["role"] in ("system", "developer") and isinstance(message["content"], str):
            assert message["content"] in said


def test_instructions_without_words_are_left_out() -> None:
    messages = [
        {"role": "system", "content": ""},
        {"role": "system", "content": None},
        {"role": "user", "content": "Hello"},
    ]

    assert one_system({"messages": messages})["messages"] == messages[2:]


@pytest.mark.parametrize("body", [{}, {"messages": None}, {"messages": "Hello"}])
def test_a_body_without_messages_is_the_upstreams_to_refuse(body: dict[str, Any]) -> None:
    assert one_system(body) == body


@pytest.mark.parametrize(
    ("size", "ratio"),
    [
        *((ratio, ratio) for ratio in RATIOS),
        ("1024x1024", "1:1"),
        ("512X512", "1:1"),
        ("1792x1024", "16:9"),
        ("1024x1792", "9:16"),
        ("1536x1024", "16:9"),
        ("1024x1536", "9:16"),
        ("3440x1440", "21:9"),
        ("1080x2520", "9:21"),
        ("1000x2000", "1:2"),
        ("4000x2000", "2:1"),
        ("4:3", "16:9"),
        ("768x1024", "9:16"),
        ("5:4", "1:1"),
        ("99999x1", "21:9"),
        ("1x99999", "9:21"),
    ],
)
def test_a_size_becomes_the_nearest_of_the_seven_ratios(size: str, ratio: str) -> None:
    assert nearest_ratio(size) == ratio


@pytest.mark.parametrize("size", [None, "", "auto", "large", "0x5", "5x0", "x", "1:1:1", "-1x1"])
def test_a_size_that_says_nothing_is_left_out(size: str | None) -> None:
    assert nearest_ratio(size) is None


@given(st.integers(1, 99_999), st.integers(1, 99_999))
def test_wide_stays_wide_and_high_stays_high(wide: int, high: int) -> None:
    across, _, up = (nearest_ratio(f"{wide}x{high}") or "").partition(":")

    assert (int(across) - int(up)) * (wide - high) >= 0
