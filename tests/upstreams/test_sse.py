"""Events are the same however the bytes that carry them were cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.upstreams.sse import Event, Events, EventTooLarge


def by_the_book(stream: bytes) -> list[Event]:
    """Read a whole stream as the standard words it, a line at a time."""
    lines = stream.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    found: list[Event] = []
    name, data = b"", []
    for line in lines.split(b"\n"):
        if line == b"":
            if data:
                found.append(Event(name, b"\n".join(data)))
            name, data = b"", []
        elif not line.startswith(b":"):
            field, _, value = line.partition(b":")
            value = value[1:] if value.startswith(b" ") else value
            if field == b"data":
                data.append(value)
            elif field == b"event":
                name = value
    if data:
        found.append(Event(name, b"\n".join(data)))
    return found


def read(stream: bytes, cuts: list[int]) -> list[Event]:
    events, found, last = Events(), [], 0
    for cut in [*sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]:
        found += events.feed(stream[last:cut])
        last = cut
    return found + events.end()


LINES = st.one_of(
    st.sampled_from([b"", b"data", b"data:", b": ping", b"event: error", b"id: 7", b"retry: 9"]),
    st.builds(
        lambda field, value: field + b":" + value,
        st.sampled_from([b"data", b"data", b"data", b"event", b"other"]),
        st.binary(max_size=12).map(lambda b: b.replace(b"\n", b"").replace(b"\r", b"")),
    ),
)
STREAMS = st.builds(
    lambda mark, pairs: mark + b"".join(line + ending for line, ending in pairs),
    st.sampled_from([b"", b"\xef\xbb\xbf"]),
    st.lists(st.tuples(LINES, st.sampled_from([b"\n", b"\n", b"\r", b"\r\n", b"\n\n"]))),
)


@given(STREAMS, st.lists(st.integers(0, 500), max_size=30))
def test_any_cutting_gives_the_events_of_the_standard(stream: bytes, cuts: list[int]) -> None:
    assert read(stream, cuts) == by_the_book(stream)


@given(st.binary(max_size=60), st.lists(st.integers(0, 60), max_size=10))
def test_noise_never_breaks_the_reader(stream: bytes, cuts: list[int]) -> None:
    assert read(stream, cuts) == read(stream, [])


@pytest.mark.parametrize("ending", [b"\n", b"\r", b"\r\n"])
def test_an_event_is_there_as_soon_as_its_blank_line_is(ending: bytes) -> None:
    events = Events()

    found = events.feed(b"data: a" + ending + ending)

    assert found == [Event(b"", b"a")]


def test_a_line_feed_after_a_pieces_carriage_return_is_no_second_line_end() -> None:
    events = Events()

    found = events.feed(b"data: a\r") + events.feed(b"\ndata: b\r") + events.feed(b"\n\r")

    assert found == [Event(b"", b"a\nb")]


def test_an_event_may_name_itself_and_speak_in_several_lines() -> None:
    found = Events().feed(b": hello\nevent: error\ndata: one\ndata: two\nid: 3\n\n")

    assert found == [Event(b"error", b"one\ntwo")]


def test_a_large_event_in_small_pieces_is_put_together() -> None:
    events, text = Events(), b"x" * 300_000

    found = [e for i in range(0, len(text), 1000) for e in events.feed(text[i : i + 1000])]
    found += events.feed(b"\ndata: y\n\n")

    assert found == [Event(b"", b"y")]


def test_an_event_that_never_ends_is_not_kept_for_ever() -> None:
    events = Events(largest=1000)
    events.feed(b"data: " + b"x" * 900)

    with pytest.raises(EventTooLarge):
        events.feed(b"x" * 200)


def test_many_events_pass_although_together_they_are_larger_than_one_may_be() -> None:
    events = Events(largest=1000)

    found = [event for _ in range(50) for event in events.feed(b"data: " + b"x" * 90 + b"\n\n")]

    assert len(found) == 50
