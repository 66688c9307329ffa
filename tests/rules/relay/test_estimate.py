"""What a call may take, before it is made."""

import base64
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalogue.model import Model
from bot.core.tokens import count
from bot.core.units import Mode
from bot.ledger.rules import Day, Limits, Pace, decide
from bot.relay.ask import MOST_CAP, Wish, read
from bot.relay.errors import PromptTooLong
from bot.relay.estimate import Rates, audio_seconds, prompt_tokens, terms
from bot.settings.serving import ModelEntry
from bot.words.say import explain

RATES = Rates(image=1_000, audio_second=25)
FRAME = 3 + 4  # the reply's opening and one message's frame
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 400_000}}


def model(**fields: Any) -> Model:
    entry = {"id": "gpt-4o", "routes": [{"upstream": "first"}]} | fields
    return Model.of(ModelEntry.model_validate(entry), created=0)


async def counted(*contents: Any, **fields: Any) -> int:
    messages = [{"role": "user", "content": content} for content in contents]
    body = {"model": "gpt-4o", "messages": messages} | fields
    return await prompt_tokens(body, read(body), RATES)


async def test_a_text_counts_its_tokens_and_its_message_a_frame():
    assert await counted("Hello there") == FRAME + 2
    assert await counted("Hello there", "Hello there") == FRAME + 4 + 2 + 2


async def test_text_parts_count_like_texts():
    assert await counted([{"type": "text", "text": "Hello"}, " there"]) == FRAME + 2


async def test_an_image_counts_flat_and_never_its_base64():
    assert await counted([PICTURE, PICTURE]) == FRAME + 2_000


async def test_audio_counts_by_the_second_and_never_its_base64():
    second = base64.b64encode(b"\0" * 8_000).decode()
    part = {"type": "input_audio", "input_audio": {"data": second * 3, "format": "mp3"}}

    assert FRAME + 3 * 25 <= await counted([part]) <= FRAME + 4 * 25


async def test_parts_we_do_not_know_count_like_an_image():
    assert await counted([{"type": "file", "file": {"file_data": "A" * 9_000}}]) == FRAME + 1_000


async def test_tool_definitions_and_schemas_are_part_of_the_prompt():
    tools = [{"type": "function", "function": {"name": "look", "parameters": {"a": "b " * 100}}}]

    assert await counted("Hello", tools=tools) > FRAME + 100
    assert await counted("Hello", response_format={"type": "json_schema", "a": "b " * 100}) > 100


async def test_tool_calls_of_earlier_answers_are_part_of_the_prompt():
    call = {"id": "1", "function": {"name": "look", "arguments": "word " * 50}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    body = {"model": "gpt-4o", "messages": [message]}

    assert await prompt_tokens(body, read(body), RATES) > FRAME + 50


@pytest.mark.parametrize(
    "odd",
    [
        [None, 7, [], {}],
        [{"type": "text", "text": 5}],
        [{"type": "input_audio", "input_audio": {"data": 5}}],
        [{"type": "input_audio", "input_audio": "no"}],
    ],
)
async def test_odd_parts_break_nothing(odd: list[Any]):
    assert await counted(odd) >= FRAME


def test_a_wav_file_lasts_as_long_as_its_header_says():
    pcm = b"\0" * 88_200 * 3
    fmt = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 44_100, 88_200, 2, 16)
    wav = b"RIFF" + struct.pack("<I", 36 + len(pcm)) + b"WAVE" + fmt
    wav += b"data" + struct.pack("<I", len(pcm)) + pcm

    assert audio_seconds({"data": base64.b64encode(wav).decode(), "format": "wav"}) in (3, 4)


def test_a_wav_header_cannot_make_audio_cheap():
    fmt = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 44_100, 2**31, 2, 16)
    wav = b"RIFF\0\0\0\0WAVE" + fmt + b"\0" * 384_000 * 10

    assert audio_seconds({"data": base64.b64encode(wav).decode(), "format": "wav"}) >= 10


@given(st.text(max_size=200), st.sampled_from(["wav", "mp3", "pcm16", "odd"]))
def test_no_audio_part_breaks_the_estimate(data: str, form: str):
    assert 0 <= audio_seconds({"data": data, "format": form}) <= 200


def test_the_models_own_cap_holds_where_the_caller_gives_none():
    wish = Wish("gpt-4o", [], 1, None, False)

    asked = terms(wish, model(max_output=777), 10, Mode.TOKENS, request_unit=800, floor=16)

    assert (asked.prompt, asked.cap, asked.flat) == (10, 777, None)


def test_the_cap_is_clamped_to_what_the_prompt_leaves_of_the_context():
    wish = Wish("gpt-4o", [], 1, 900, False)

    def clamped(prompt: int) -> tuple[int, int]:
        asked = terms(wish, model(context=1_000), prompt, Mode.TOKENS, request_unit=800, floor=16)
        return asked.prompt, asked.cap

    assert clamped(50) == (50, 900)
    assert clamped(400) == (400, 600)
    assert clamped(1_000) == (1_000, 1)


@pytest.mark.parametrize("mode", Mode)
def test_a_prompt_longer_than_the_context_is_refused(mode: Mode):
    wish = Wish("gpt-4o", [], 1, None, False)

    with pytest.raises(PromptTooLong) as refused:
        terms(wish, model(context=1_000), 1_001, mode, request_unit=800, floor=16)

    assert "longer than `gpt-4o`'s context of 1,000 tokens" in explain(refused.value)


def test_in_request_mode_the_price_is_a_unit_times_the_coefficient_whatever_the_choices():
    wish = Wish("gpt-4o", [], 8, None, False)

    asked = terms(wish, model(coefficient=0.125), 10, Mode.REQUESTS, request_unit=800, floor=16)

    assert asked.flat == 100


@given(
    share=st.floats(0, 1),
    cap=st.none() | st.integers(1, MOST_CAP),
    choices=st.integers(1, 8),
    context=st.integers(1, 10**6),
    coefficient=st.integers(0, 10**4),
    left=st.none() | st.integers(0, 10**7),
    mode=st.sampled_from(Mode),
)
def test_whatever_is_granted_stays_within_the_context_and_the_day(
    share, cap, choices, context, coefficient, left, mode
):
    known = model(context=context, coefficient=coefficient / 1000)
    wish = Wish("gpt-4o", [], choices, cap, False)
    prompt = round(share * context)
    asked = terms(wish, known, prompt, mode, request_unit=800, floor=16)

    granted = decide(Day(), Pace(), 0, asked, Limits(left, 4, None))

    if not isinstance(granted, str):
        assert 1 <= granted.cap <= max(1, context - asked.prompt)
        assert left is None or granted.amount <= left


async def test_a_huge_prompt_is_counted():
    assert await counted("word " * 300_000) == pytest.approx(300_000 + FRAME, abs=60)
    assert count("word ") == 2
