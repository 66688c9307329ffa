"""Answers are cut where a reader would, and never torn."""

import re

from hypothesis import given
from hypothesis import strategies as st

from bot.cogs.chat.split import split

TEXTS = st.lists(
    st.one_of(
        st.sampled_from(["\n", "\n\n", " ", "`", "```", "```py\n", ". ", "<@123456789>"]),
        st.text(max_size=8),
    ),
    max_size=12,
).map("".join)
PIECES = st.lists(
    st.one_of(
        TEXTS,
        st.sampled_from(
            ["```python\nprint(1)\n```\n", "word " * 30, "https://example.org/" + "a" * 60 + " "]
        ),
    ),
    max_size=40,
)


def _letters(text: str) -> str:
    return re.sub(r"\W", "", text)


@given(PIECES, st.integers(120, 400))
def test_parts_fit_and_lose_nothing(pieces: list[str], most: int) -> None:
    text = "".join(pieces)

    parts = split(text, most)

    assert all(0 < len(part) <= most for part in parts)
    if "```" not in text:
        assert _letters("".join(parts)) == _letters(text)


@given(PIECES, st.integers(120, 400))
def test_every_part_closes_its_fences(pieces: list[str], most: int) -> None:
    for part in split("".join(pieces), most):
        assert len(re.findall(r"`{3,}", part)) % 2 == 0


@given(PIECES, st.integers(150, 400))
def test_a_growing_text_keeps_its_finished_parts(pieces: list[str], most: int) -> None:
    text = "".join(pieces)
    before = split(text[: len(text) * 2 // 3], most)

    after = split(text, most)

    assert after[: max(0, len(before) - 2)] == before[: max(0, len(before) - 2)]


def test_a_code_block_goes_on_with_its_language() -> None:
    code = "\n".join(f"line_{n} = {n}" for n in range(40))

    first, *others = split(f"Look:\n```python\n{code}\n```\nDone.", 200)

    assert first.startswith("Look:\n```python\n")
    assert first.endswith("\n```")
    assert all(part.startswith("```python\n") for part in others[:-1])
    assert others[-1].endswith("Done.")


def test_a_paragraph_is_the_best_place_to_cut() -> None:
    first, second = split("a" * 60 + "\n\n" + "b. " * 30, 120)

    assert first == "a" * 60
    assert second.startswith("b. b.")


def test_links_and_mentions_stay_whole() -> None:
    link = "[the manual](https://example.org/manual)"

    parts = split("x" * 90 + " " + link + " <@123456789012345678>", 120)

    assert link in parts[1]
    assert any("<@123456789012345678>" in part for part in parts)


def test_an_emoji_family_is_one_character() -> None:
    family = "\U0001f469\u200d\U0001f469\u200d\U0001f467"

    parts = split(family * 40, 100)

    assert all(not part.startswith("\u200d") and not part.endswith("\u200d") for part in parts)
