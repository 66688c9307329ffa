"""What is read back out of answers, and how one that broke off is joined: pure rules of /chat."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cogs.chat.layout import CURSOR, finished, growing, quoted
from bot.cogs.chat.papers import fenced
from bot.cogs.chat.reading import told, unquoted
from bot.cogs.chat.rooms import REMEMBERED, Rooms
from bot.cogs.chat.seam import joined, kept
from bot.cogs.chat.split import FENCE

LINES = st.lists(
    st.one_of(
        st.sampled_from(["", "Why?", "```py", "x = 1", "```", "a. b", "  - c", "word " * 300]),
        st.text("abc äß漢 .!?", max_size=30),
    ),
    min_size=1,
    max_size=8,
).map("\n".join)
ENDING = "\n-# one\n-# gpt-4o · cost 12"


def plain(text: str) -> str:
    """Return a text without what laying out may change: blanks, and fences that were cut."""
    return "".join(text.replace(FENCE, "").replace("py", "").split())


@given(LINES.filter(str.strip), LINES.filter(lambda text: not text.lstrip().startswith("-#")))
def test_a_question_and_its_answer_are_read_back_from_what_was_shown(
    prompt: str, answer: str
) -> None:
    layout = finished(quoted(prompt), answer, ENDING)

    asked, said = unquoted(told(layout.parts))

    assert plain(asked) == plain(prompt)
    if layout.whole is None:
        assert plain(said) == plain(answer)


@given(LINES.filter(str.strip))
def test_an_answer_without_a_quote_is_read_back_whole(answer: str) -> None:
    layout = finished("", answer, ENDING)

    if layout.whole is None:
        assert plain(told(layout.parts)) == plain(answer)


def test_an_answer_that_begins_with_a_quote_stays_apart_from_its_question() -> None:
    layout = finished(quoted("Who said it?"), "> To be\n\nShakespeare.", ENDING)

    assert layout.parts[0].startswith("> Who said it?\n\n> To be")
    assert unquoted(told(layout.parts)) == ("Who said it?", "> To be\n\nShakespeare.")


@pytest.mark.parametrize("text", ["", "Half", "Half a sentence."])
def test_a_growing_answer_is_read_without_its_cursor(text: str) -> None:
    (part,) = growing("> Why?\n", text).parts

    assert CURSOR in part
    assert unquoted(told([part])) == ("Why?", text)


def test_what_an_answer_was_about_is_no_part_of_it() -> None:
    shown = f"> Why?\n-# about https://discord.com/x\nBecause.{ENDING}"

    assert unquoted(told([shown])) == ("Why?", "Because.")


@pytest.mark.parametrize(
    ("text", "stands"),
    [
        ("One two thr", "One two "),
        ("One two.", "One two."),
        ("One two ", "One two "),
        ("Word", "Word"),
        ("See https://x.y/" + "z" * 80, "See https://x.y/" + "z" * 80),
        ("```py\nx = 1\ny =", "```py\nx = 1\n"),
        ("Look:\n```py\nx = 1\n```\nDone he", "Look:\n```py\nx = 1\n```\nDone "),
        ("Look: ```py", "Look: ```py"),
        ("", ""),
    ],
)
def test_what_broke_off_is_cut_back_to_what_is_whole(text: str, stands: str) -> None:
    assert kept(text) == stands


@pytest.mark.parametrize(
    ("before", "more", "whole"),
    [
        ("One ", "two", "One two"),
        ("One ", " two", "One two"),
        ("One.", "Two", "One. Two"),
        ("One.", "\n\nTwo", "One.\n\nTwo"),
        ("", "One", "One"),
        ("One", "", "One"),
        ("```py\nx = 1\n", "    y = 2\n```", "```py\nx = 1\n    y = 2\n```"),
        ("```py\nx = 1\n", "```python\ny = 2\n```", "```py\nx = 1\ny = 2\n```"),
    ],
)
def test_the_rest_is_joined_without_a_seam(before: str, more: str, whole: str) -> None:
    assert joined(before, more) == whole


@given(LINES, LINES)
def test_what_was_kept_stays_and_a_growing_rest_never_changes_it(before: str, more: str) -> None:
    stands = kept(before)

    assert before.startswith(stands)
    assert joined(stands, more).startswith(stands)


@given(st.text("`ab\n", max_size=40))
def test_no_text_breaks_out_of_its_fence(text: str) -> None:
    name, opening, *body, closing = fenced("x.md", text).split("\n")

    assert name == "x.md:"
    assert opening == closing
    assert not any(line.startswith(opening) for line in body)


def test_a_thread_is_somebodys_until_others_speak_in_it() -> None:
    rooms = Rooms()
    rooms.open(1, 7)

    heard = [rooms.heard(1, 7), rooms.heard(2, 7), rooms.heard(1, 8), rooms.heard(1, 7)]

    assert heard == [True, False, False, False]


def test_everybody_is_told_once_everywhere_and_not_everything_is_remembered() -> None:
    rooms = Rooms()

    told_once = [rooms.first_time(1, 7), rooms.first_time(1, 7), rooms.first_time(2, 7)]
    for channel in range(10, 10 + REMEMBERED):
        rooms.first_time(channel, 7)
        rooms.open(channel, 7)

    assert told_once == [True, False, True]
    assert rooms.first_time(1, 7)
    assert not rooms.heard(9, 7)
