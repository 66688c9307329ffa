"""How long a sound is, read off its bytes: frame by frame of an MP3, by the head of a WAV. Pure."""

import struct
from collections.abc import Iterator

# By MPEG version 1, and 2 with its half rates; kilobits a second of layers I, II, III.
_FIRST = (
    (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
)
_LOW = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_SECOND = ((32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256), _LOW, _LOW)
_RATES = (44_100, 48_000, 32_000)  # hertz of version 1
_DIVISORS = {3: 1, 2: 2, 0: 4}  # by the bits of the version: 1, 2 and 2.5
_TAG = 10  # bytes of an ID3 tag's head
_NOTES = (b"Xing", b"Info")  # a first frame that holds notes and no sound


def seconds(data: bytes) -> float | None:
    """Return how long an MP3 or a WAV sounds; None for anything else. Slow for long ones."""
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return _wav(data)
    return sum(_frames(data)) or None


def _wav(data: bytes) -> float | None:
    form, begins = data.find(b"fmt "), data.find(b"data")
    if form < 0 or begins < 0 or len(data) < form + 20:
        return None
    (rate,) = struct.unpack_from("<I", data, form + 16)  # bytes a second
    return (len(data) - begins - 8) / rate if rate else None


def _frames(data: bytes) -> Iterator[float]:
    """Yield the seconds of every whole frame; what is between frames is skipped."""
    at = _after_tag(data)
    while 0 <= at <= len(data) - 4:
        frame = _frame(data[at : at + 4])
        if frame is None:
            at = data.find(b"\xff", at + 1)
            continue
        length, lasts = frame
        if at + length > len(data):
            return
        if not any(note in data[at : at + 48] for note in _NOTES):
            yield lasts
        at += length


def _after_tag(data: bytes) -> int:
    """Return where the sound begins: an ID3 tag's size has seven bits a byte."""
    if data[:3] != b"ID3" or len(data) < _TAG:
        return 0
    size = 0
    for byte in data[6:10]:
        size = size << 7 | byte & 0x7F
    return _TAG + size


def _frame(head: bytes) -> tuple[int, float] | None:
    """Return a frame's length in bytes and seconds; None where no frame begins."""
    if head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)
    rate_at, speed_at = head[2] >> 2 & 3, head[2] >> 4
    if version == 1 or layer == 4 or rate_at == 3 or speed_at in (0, 15):
        return None
    first = version == 3
    speed = (_FIRST if first else _SECOND)[layer - 1][speed_at - 1] * 1000
    rate, padded = _RATES[rate_at] // _DIVISORS[version], head[2] >> 1 & 1
    if layer == 1:
        return (12 * speed // rate + padded) * 4, 384 / rate
    samples = 1152 if first or layer == 2 else 576
    return samples // 8 * speed // rate + padded, samples / rate
