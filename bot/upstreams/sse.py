"""Server-sent events out of bytes: incremental, any chunking, any line ending, bounded."""

from typing import NamedTuple

LARGEST_EVENT = 4 * 1024 * 1024  # bytes; a picture or a second of audio in base64 fits
_BOM = b"\xef\xbb\xbf"


class Event(NamedTuple):
    """One event: its type (empty where none was given) and its data."""

    name: bytes
    data: bytes


class EventTooLarge(Exception):
    """An event grew past the bound without ending."""


class Events:
    """Cuts a stream of bytes into events as they arrive."""

    __slots__ = ("_after_cr", "_largest", "_parts", "_size", "_start")

    def __init__(self, largest: int = LARGEST_EVENT) -> None:
        """Bound an event to `largest` bytes."""
        self._largest = largest
        self._parts: list[bytes] = []  # of an event whose end has not come
        self._size = 0
        self._after_cr = False  # a CR ended the last piece: an LF that follows belongs to it
        self._start: bytes | None = b""  # a byte order mark may still be arriving

    def feed(self, piece: bytes) -> list[Event]:
        """Take the bytes that came and return the events they complete."""
        if self._start is not None and not (piece := self._without_mark(piece)):
            return []
        if self._after_cr or b"\r" in piece:
            piece = self._one_line_ending(piece)
        parts = self._parts
        # Joining only once the blank line has come keeps a large event in small pieces linear.
        if b"\n\n" not in piece and not (parts and piece[:1] == b"\n" == parts[-1][-1:]):
            self._keep(piece)
            return []
        if parts:
            parts.append(piece)
            piece = b"".join(parts)
            parts.clear()
            self._size = 0
        *blocks, rest = piece.split(b"\n\n")
        self._keep(rest)
        return _events(blocks)

    def end(self) -> list[Event]:
        """Return the last event where the stream ended without its blank line."""
        rest = (self._start or b"") + b"".join(self._parts)
        self._parts.clear()
        self._size = 0
        return _events([rest])

    def _keep(self, rest: bytes) -> None:
        if rest:
            self._size += len(rest)
            if self._size > self._largest:
                raise EventTooLarge
            self._parts.append(rest)

    def _without_mark(self, piece: bytes) -> bytes:
        start = (self._start or b"") + piece
        if len(start) < len(_BOM) and _BOM.startswith(start):
            self._start = start
            return b""
        self._start = None
        return start.removeprefix(_BOM)

    def _one_line_ending(self, piece: bytes) -> bytes:
        if self._after_cr and piece[:1] == b"\n":
            piece = piece[1:]
            self._after_cr = False
        if piece:
            self._after_cr = piece[-1:] == b"\r"
        return piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _events(blocks: list[bytes]) -> list[Event]:
    found = []
    for block in blocks:
        if block[:5] == b"data:" and b"\n" not in block:
            found.append(Event(b"", block[6:] if block[5:6] == b" " else block[5:]))
        elif block and (event := _slowly(block)) is not None:
            found.append(event)
    return found


def _slowly(block: bytes) -> Event | None:
    """Read a block of several lines; one without data is no event."""
    name = b""
    data: list[bytes] = []
    for line in block.split(b"\n"):
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            data.append(value)
        elif field == b"event":
            name = value
    return Event(name, b"\n".join(data)) if data else None
