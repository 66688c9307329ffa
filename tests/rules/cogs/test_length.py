"""How long a sound is, read off its bytes."""

import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cogs.media.length import seconds
from bot.sandbox.upstreams.sounding import spoken

WORD_MP3 = 5 * 576 / 22_050  # seconds that the loopback's word takes


def sound(words: int, form: str = "mp3") -> bytes:
    return b"".join(spoken("word " * words, form)[1])


def frames(head: bytes, length: int, count: int) -> bytes:
    return (head + bytes(length - len(head))) * count


@pytest.mark.parametrize("words", [1, 7, 100])
def test_an_mp3_lasts_as_long_as_its_frames(words: int) -> None:
    assert seconds(sound(words)) == pytest.approx(words * WORD_MP3)


def test_a_wav_lasts_as_its_head_says() -> None:
    assert seconds(sound(10, "wav")) == pytest.approx(1.2)


@pytest.mark.parametrize(
    ("head", "length", "lasts"),
    [
        (b"\xff\xfb\x90\x00", 417, 1152 / 44_100),  # version 1, layer III, 128 kbit/s
        (b"\xff\xfb\x92\x00", 418, 1152 / 44_100),  # the same, padded
        (b"\xff\xfd\x84\x00", 384, 1152 / 48_000),  # version 1, layer II
        (b"\xff\xff\x48\x00", 192, 384 / 32_000),  # version 1, layer I
        (b"\xff\xe3\x48\x00", 288, 576 / 8_000),  # version 2.5, layer III
    ],
)
def test_every_kind_of_frame_is_read(head: bytes, length: int, lasts: float) -> None:
    assert seconds(frames(head, length, 100)) == pytest.approx(100 * lasts)


def test_tags_notes_noise_and_a_torn_end_are_no_sound() -> None:
    tag = b"ID3\x04\x00\x00\x00\x00\x01\x00" + b"\xff\xfb\x90\x00" * 32
    notes = (b"\xff\xfb\x90\x00" + bytes(32) + b"Xing").ljust(417, b"\0")
    whole = frames(b"\xff\xfb\x90\x00", 417, 10)

    assert seconds(tag + notes + b"noise\xff" + whole + whole[:200]) == pytest.approx(
        10 * 1152 / 44_100
    )


@pytest.mark.parametrize("data", [b"", b"ID3", b"RIFF____WAVE", b"RIFF____WAVEfmt data", b"\xff"])
def test_what_is_no_sound_has_no_length(data: bytes) -> None:
    assert seconds(data) is None


@given(st.binary(max_size=2_000))
def test_any_bytes_have_a_length_or_none(data: bytes) -> None:
    lasts = seconds(data)

    assert lasts is None or lasts >= 0


def test_megabytes_of_noise_are_read_through() -> None:
    noise = random.Random(1).randbytes(2_000_000)

    assert seconds(b"\xff\xfb" + noise) != 0


def test_a_wav_without_a_rate_has_no_length() -> None:
    head = b"RIFF____WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 0, 0, 2, 16)

    assert seconds(head + b"data" + bytes(100)) is None
