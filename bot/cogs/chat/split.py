"""Cuts an answer into messages: at paragraphs, lines, sentences or words, code blocks kept whole.

Pure. A code block that has to be cut is closed in one part and reopened, language and all, in the
next one.
Cutting is greedy from the left, so a growing text never moves a cut once made.
"""

import re
from collections.abc import Iterator
from itertools import islice

PART = 1_900  # characters, below Discord's 2,000
FENCE = "```"
CLOSE = f"\n{FENCE}"
LONGEST_LANGUAGE = 20
_LANGUAGE = re.compile(rf"[\w+#.-]{{0,{LONGEST_LANGUAGE}}}(?=\n)")
_MARKER = re.compile(r"`{3,}")
_WHOLE = re.compile(  # what must not be cut: links, addresses, mentions, emoji, runs of backticks
    r"\[[^\]\n]{0,200}\]\([^)\s]{1,300}\)|<[@#:at/][^>\s]{0,80}>|https?://\S{1,400}|`+"
)
_SENTENCE = re.compile(r"[.!?…。!?][\"')\]]?\s")
_GLUE = re.compile("[\u200d\ufe0f\u0300-\u036f\U0001f3fb-\U0001f3ff\udc00-\udfff]")
EARLIEST = 0.4  # of a part: a cut before that wastes the message


def split(text: str, most: int = PART, *, limit: int | None = None) -> list[str]:
    """Return the first `limit` parts, each at most `most` characters with every fence closed."""
    return list(islice(_parts(text.strip("\n"), most), limit))


def _parts(rest: str, most: int) -> Iterator[str]:
    fence: str | None = None  # the open fence's language
    while rest:
        head = "" if fence is None else f"{FENCE}{fence}\n"
        room = most - len(head) - len(CLOSE)
        cut = len(rest) if len(rest) <= room else _cut(rest, room, in_code=fence is not None)
        piece, rest = rest[:cut], rest[cut:]
        fence = _fence_after(fence, piece)
        part = head + piece.rstrip()
        if fence is not None:
            part += CLOSE if piece.rstrip() else FENCE
        if rest:
            rest = rest.removeprefix("\n") if fence is not None else rest.lstrip()
        if part.strip():
            yield part


def _fence_after(fence: str | None, piece: str) -> str | None:
    """Return the language of the fence that is open after a piece, if one is."""
    for marker in _MARKER.finditer(piece):
        if fence is None:
            named = _LANGUAGE.match(piece, marker.end())
            fence = named[0] if named else ""
        else:
            fence = None
    return fence


def _cut(text: str, room: int, *, in_code: bool) -> int:
    """Return where to cut a text that is longer than `room`."""
    least = int(room * EARLIEST)
    window = text[:room]
    spans = [found.span() for found in _WHOLE.finditer(text, 0, room + 500)]
    code = [] if in_code else _code(window)
    torn = None  # the best place there is inside a code block
    for place in _places(window, least, in_code=in_code):
        if _inside(place, spans):
            continue
        if not _inside(place, code):
            return place
        torn = torn or place
    return torn or _hard_cut(text, room, spans, least)


def _inside(place: int, spans: list[tuple[int, int]]) -> bool:
    return any(start < place < end for start, end in spans)


def _code(window: str) -> list[tuple[int, int]]:
    """Return where the code blocks are; one that is not closed goes to the end."""
    marks = [found.span() for found in _MARKER.finditer(window)]
    opened, closed = marks[::2], marks[1::2]
    ends = [end for _, end in closed] + [len(window) + 1]
    return [(start, end) for (start, _), end in zip(opened, ends, strict=False)]


def _places(window: str, least: int, *, in_code: bool) -> Iterator[int]:
    """Yield good places to cut, best first; inside code only line ends are good."""
    paragraphs = [] if in_code else ["\n\n"]
    for mark in [*paragraphs, "\n"]:
        at = window.rfind(mark, least)
        while at > least:
            yield at
            at = window.rfind(mark, least, at)
    if in_code:
        return
    sentences = [found.end() - 1 for found in _SENTENCE.finditer(window, least)]
    yield from reversed(sentences)
    at = window.rfind(" ", least)
    while at > least:
        yield at
        at = window.rfind(" ", least, at)


def _hard_cut(text: str, room: int, spans: list[tuple[int, int]], least: int) -> int:
    """Cut where nothing invites to: before a link that would tear, never inside a character."""
    place = room
    for start, end in spans:
        if start < place < end and start > least:
            place = start
    while place > least and (_GLUE.match(text, place) or text[place - 1] == "\u200d"):
        place -= 1
    return max(place, 1)
