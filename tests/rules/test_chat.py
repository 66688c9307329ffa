"""How an answer is laid out and paced, which model is offered: pure rules of /chat."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cogs.chat.layout import LONGEST, MOST_PARTS, finished, growing, quoted
from bot.cogs.chat.pace import USUAL, sentence_in, worth_an_edit
from bot.cogs.chat.split import PART, split

WORDS = st.lists(
    st.one_of(
        st.sampled_from(["word ", "\n", "\n\n", "```py\n", "```", "> ", "a. ", "<@1> ", "  - "]),
        st.text(max_size=6),
        st.integers(1, 700).map(lambda count: "x" * count),
        st.integers(1, 200).map(lambda count: "word " * count),
    ),
    max_size=30,
).map("".join)
ENDINGS = st.integers(1, 600).map(lambda count: "\n-# " + "e" * count)


@given(WORDS, WORDS, ENDINGS)
def test_every_message_of_an_answer_fits_and_its_end_is_said(
    prompt: str, text: str, ending: str
) -> None:
    layout = finished(quoted(prompt), text, ending)

    assert all(len(part) <= LONGEST for part in layout.parts)
    assert layout.parts[-1].endswith(ending.strip())
    assert layout.whole in (None, text)


@given(WORDS, WORDS)
def test_every_message_of_a_growing_answer_fits(prompt: str, text: str) -> None:
    assert all(0 < len(part) <= LONGEST for part in growing(quoted(prompt), text).parts)


@given(WORDS)
def test_a_quote_marks_every_line_and_opens_no_code_block(prompt: str) -> None:
    quote = quoted(prompt)

    assert all(part.startswith("> ") for part in split(quote))
    assert all(line.startswith("> ") for line in quote.splitlines())
    assert "```" not in quote


@pytest.mark.parametrize(("parts", "files"), [(MOST_PARTS, 0), (MOST_PARTS + 1, 1)])
def test_what_fills_more_than_four_messages_becomes_a_file(parts: int, files: int) -> None:
    text = "\n\n".join(["x" * 1_800] * parts)

    layout = finished("> Why?\n", text, "\n-# end")

    assert (layout.whole is not None) == files
    assert len(layout.parts) == (1 if files else MOST_PARTS)


def test_what_is_shown_of_a_file_does_not_end_in_a_bare_heading() -> None:
    parts = [f"## Part {part}\n\n" + "word " * 360 for part in range(MOST_PARTS + 2)]

    bare = finished("> Why?\n", "\n\n".join(parts), "\n-# end")
    alone = finished("", "\n\n".join(["# " + "x" * 1_800] * 6), "\n-# end")

    assert bare.whole is not None
    assert "## Part 0" in bare.parts[-1]
    assert "## Part 1" not in bare.parts[-1]
    assert alone.parts[-1].startswith("# xxx")


def test_a_code_block_that_fits_a_message_is_not_cut() -> None:
    code = "```py\n" + "\n\n".join(["x = 1"] * 150) + "\n```"

    parts = split("Some words before it. " * 50 + "\n" + code + "\nAnd after it.")

    assert len(code) < PART
    assert any(code in part for part in parts)


def test_edits_slow_down_and_stay_slow() -> None:
    assert [USUAL.gap(edits) for edits in range(1, 7)] == [1.0, 1.5, 2.0, 2.5, 2.5, 2.5]


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("", False),
        ("Half a", False),
        ("3.14", False),
        ("Yes.", True),
        ("Really? Yes", True),
        ("A line\n", True),
        ("好。", True),
    ],
)
def test_the_first_words_are_shown_once_a_sentence_is_there(text: str, whole: bool) -> None:
    assert sentence_in(text) is whole


@pytest.mark.parametrize(
    ("fresh", "worth"), [("x" * 39, False), ("x" * 40, True), ("x\n", True), ("", False)]
)
def test_an_edit_is_worth_forty_characters_or_a_line(fresh: str, worth: bool) -> None:
    assert worth_an_edit(fresh) is worth
