"""Sounds that a loopback upstream makes: a tone a word, as MP3, WAV or bare samples."""

import math
import re
import struct
import zlib
from array import array
from collections.abc import Iterator
from functools import lru_cache

WAV_RATE = 8_000  # samples a second
WAV_SAMPLES = 960  # a word: 120 ms
LOUD = 9_000  # of 32,767

MP3 = "audio/mpeg"
MP3_FRAMES = 5  # a word: 130 ms
_MP3_HEAD = bytes((0xFF, 0xF3, 0x20, 0xC0))  # MPEG-2 layer III, 16 kbit/s, 22,050 Hz, mono
_MP3_FRAME = 52  # bytes, by that head
_MP3_LINE = 11_025 / 576  # hertz from one spectral line to the next
_MP3_GAIN = 202  # 210 is full loudness; four less halve it


def spoken(text: str, form: str) -> tuple[str, Iterator[bytes]]:
    """Say a text in a form such as "mp3": what the sound is, and its pieces, a word each."""
    words = re.findall(r"\S+", text) or ["?"]
    if form == "mp3":
        return MP3, map(_mp3, words)
    samples = map(_samples, words)
    if form == "pcm":
        return "audio/pcm", samples
    return "audio/wav", _wav(samples, len(words))


def _hertz(word: str) -> float:
    """Return a word's tone, out of two octaves of a scale of five."""
    octave, step = divmod(zlib.crc32(word.encode()) % 10, 5)
    return float(220 * 2 ** (octave + (0, 2, 4, 7, 9)[step] / 12))


def _samples(word: str) -> bytes:
    turn = math.tau * _hertz(word) / WAV_RATE
    wave = array("h")
    for at in range(WAV_SAMPLES):
        fade = min(1.0, at / 80, (WAV_SAMPLES - at) / 80)
        wave.append(int(LOUD * fade * math.sin(turn * at)))
    return struct.pack(f"<{len(wave)}h", *wave)


def _wav(samples: Iterator[bytes], words: int) -> Iterator[bytes]:
    size = words * WAV_SAMPLES * 2
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, WAV_RATE, WAV_RATE * 2, 2, 16)
    yield (
        struct.pack("<4sI4s", b"RIFF", 36 + size, b"WAVE")
        + form
        + struct.pack("<4sI", b"data", size)
    )
    yield from samples


@lru_cache(maxsize=16)
def _tone(line: int) -> bytes:
    """Return an MP3 frame whose only coefficient is the one at an even spectral line."""
    pairs = line // 2
    # Huffman table 1: a pair of zeros is "1", (1, 0) is "01", and a sign follows.
    coded = "1" * pairs + "01" + "0"
    side = (
        (0, 8),  # main_data_begin
        (0, 1),  # private
        (len(coded), 12),  # part2_3_length
        (pairs + 1, 9),  # big_values
        (_MP3_GAIN, 8),  # global_gain
        (0, 9),  # scalefac_compress: no scale factors
        (0, 1),  # window_switching
        (0b00001_00001_00001, 15),  # table_select, region by region
        (0, 4),  # region0_count
        (0, 3),  # region1_count
        (0, 1),  # scalefac_scale
        (0, 1),  # count1table_select
    )
    bits = "".join(f"{value:0{width}b}" for value, width in side) + coded
    body = int(bits.ljust((_MP3_FRAME - len(_MP3_HEAD)) * 8, "0"), 2)
    return _MP3_HEAD + body.to_bytes(_MP3_FRAME - len(_MP3_HEAD), "big")


def _mp3(word: str) -> bytes:
    return _tone(round(_hertz(word) / _MP3_LINE / 2) * 2) * MP3_FRAMES
