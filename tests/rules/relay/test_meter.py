"""What an answer came to: the upstream's usage where it makes sense, else our own count."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.tokens import count
from bot.relay.meter import KEPT, Count, Delivered, Meter, answered
from bot.upstreams.dialect import Chunk, Completion, Usage


def said(text: str, index: int = 0, **delta: Any) -> Chunk:
    choice = {"index": index, "delta": {"content": text} | delta, "finish_reason": None}
    return Chunk({"id": "1", "choices": [choice]}, None, content=True, finish=False)


def counted(prompt: int, completion: int) -> Chunk:
    usage = {"prompt_tokens": prompt, "completion_tokens": completion}
    return Chunk({"choices": [], "usage": usage}, Usage(prompt, completion), False, False)


def test_the_last_usage_counts_and_never_a_sum():
    meter = Meter(prompt=9)
    for number in (1, 2, 3):
        meter.handed(said("word "))
        meter.saw(counted(7, number))

    assert meter.whole() == Count(7, 3, estimated=False)


def test_without_usage_our_own_count_is_marked_as_estimated():
    meter = Meter(prompt=9)
    meter.handed(said("Hello there"))

    assert meter.whole() == Count(9, 2, estimated=True)


def test_usage_that_denies_what_was_delivered_is_replaced():
    meter = Meter(prompt=9)
    meter.saw(counted(7, 0))
    meter.handed(said("Hello there"))

    assert meter.whole() == Count(9, 2, estimated=True)


def test_a_broken_answer_costs_what_was_delivered_even_where_usage_had_come_early():
    meter = Meter(prompt=9)
    meter.saw(counted(7, 1))
    meter.handed(said("Hello there, all of you"))

    assert meter.part() == Count(7, count("Hello there, all of you"), estimated=False)


def test_an_answer_that_delivered_nothing_costs_the_prompt():
    assert Meter(prompt=9).part() == Count(9, 0, estimated=True)


def test_words_that_arrive_in_pieces_count_as_whole_words():
    meter = Meter(prompt=9)
    for piece in ("Inter", "nation", "ali", "zation"):
        meter.handed(said(piece))

    assert meter.whole().completion == count("Internationalization")


def test_choices_that_arrive_by_turns_are_counted_apart():
    meter = Meter(prompt=9)
    for piece in ("Inter", "nation", "ali", "zation"):
        for index in range(3):
            meter.handed(said(piece, index))

    assert meter.whole().completion == 3 * count("Internationalization")


@pytest.mark.parametrize(
    "delta",
    [
        {"reasoning_content": "Hello there"},
        {"reasoning": "Hello there"},
        {"reasoning": "Hello there", "reasoning_content": "Hello there"},
        {"refusal": "Hello there"},
        {"tool_calls": [{"index": 0, "function": {"name": "Hello", "arguments": " there"}}]},
        {"function_call": {"name": "Hello", "arguments": " there"}},
        {"audio": {"transcript": "Hello there", "data": "AAAA"}},
        {"content": [{"type": "text", "text": "Hello there"}]},
    ],
)
@pytest.mark.parametrize("role", [{}, {"role": "assistant"}])
def test_everything_a_client_can_read_counts(delta: dict[str, Any], role: dict[str, Any]):
    meter = Meter(prompt=9)
    chunk = {"choices": [{"index": 0, "delta": role | delta}]}

    meter.handed(Chunk(chunk, None, content=True, finish=False))

    assert meter.whole().completion == 2


@pytest.mark.parametrize(
    "choices",
    [[None], [{}], [{"delta": None}], [{"index": "x", "delta": {"content": "Hello"}}]],
)
def test_odd_choices_break_nothing(choices: list[Any]):
    meter = Meter(prompt=5)

    meter.handed(Chunk({"choices": choices}, None, content=True, finish=False))

    assert meter.whole().prompt == 5


@given(st.lists(st.text(max_size=40), max_size=60))
def test_a_text_in_pieces_counts_as_the_whole_text(pieces: list[str]):
    delivered = Delivered()
    for piece in pieces:
        delivered.add(piece)

    assert delivered.tokens == count("".join(pieces))


def test_a_long_stream_keeps_little_of_its_text():
    delivered = Delivered()
    for _ in range(20_000):
        delivered.add("word ")
        assert sum(map(len, delivered._parts)) <= KEPT

    assert abs(delivered.tokens - 20_000) <= 20_000 * 5 // KEPT + 2


async def test_an_answer_in_one_piece_without_usage_counts_all_its_choices():
    message = {"role": "assistant", "content": "Hello there"}
    body = {"choices": [{"message": message}, {"message": message}, {"message": None}, 7]}

    assert await answered(Completion(body, None), prompt=9) == Count(9, 4, estimated=True)
    assert await answered(Completion(body, Usage(5, 6)), prompt=9) == Count(5, 6, estimated=False)
