"""Counting tokens: exactly, in pieces, and off the event loop where it would stall it."""

import asyncio
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import tokens


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 0),
        ("Hello there", 2),
        ("antidisestablishmentarianism", 6),
        ("2 + 2 = 4", 7),
        ("お誕生日おめでとう", 8),
    ],
)
def test_texts_are_counted_as_o200k_counts_them(text: str, number: int):
    assert tokens.count(text) == number


def test_special_tokens_in_a_text_are_plain_text():
    assert tokens.count("<|endoftext|>") > 1


def test_half_a_surrogate_pair_can_be_counted():
    assert tokens.count("a\ud83dz") > 0


@given(st.text(min_size=1))
def test_every_text_counts_at_least_one_token_and_at_most_its_bytes(text: str):
    assert 1 <= tokens.count(text) <= len(text.encode(errors="replace")) + 2


def test_cutting_a_long_text_costs_at_most_a_token_a_cut():
    text = "The quick brown fox jumps over the lazy dog. " * 2_000
    whole = tokens._counter()(text)

    counted = tokens.count(text)

    assert 0 <= counted - whole <= len(text) // tokens.PIECE + 1


@pytest.mark.parametrize("text", [" " * 1_200_000, "a" * 1_200_000, "字" * 400_000])
def test_texts_that_stall_other_tokenizers_are_counted(text: str):
    assert tokens.count(text) > 0


async def test_a_huge_prompt_is_counted_while_the_event_loop_goes_on():
    text = "".join(f"word {number} " for number in range(500_000))
    counting = asyncio.create_task(tokens.count_many([text]))
    turns = 0

    while not counting.done():
        turns += 1
        await asyncio.sleep(0)

    assert counting.result() > 1_000_000
    assert turns > 10


def test_a_text_that_comes_again_counts_as_before():
    text = "You are the voice of a lighthouse; answer in beams. "

    assert tokens.count(text) == tokens.count("".join(text)) == tokens._counter()(text) > 5


async def test_small_texts_are_counted_without_a_thread():
    tokens.warm()
    before = threading.active_count()

    assert await tokens.count_many(["Hello", " there"]) == 2

    assert threading.active_count() == before


@pytest.mark.parametrize("text", ["", "a", "Hello there", "字" * 9, "a\ud83dz"])
def test_without_the_tokenizer_bytes_are_counted(text: str):
    assert tokens.by_bytes(text) == -(-len(text.encode(errors="replace")) // 4)


def test_a_process_without_the_tokenizer_still_counts(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "splintr", None)
    tokens._counter.cache_clear()

    counted = tokens.count("Hello there")
    tokens._counter.cache_clear()

    assert counted == 3
    assert "bytes / 4" in caplog.text
