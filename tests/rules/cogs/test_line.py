"""A line of people: everybody has a turn, in the order in which they came, once at a time."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from bot.cogs.media import line as lines
from bot.cogs.media.errors import LineFull, StillMaking
from bot.cogs.media.line import Line


def ignored(_ahead: int) -> None:
    """Look at nothing."""


class Person:
    """Somebody who wants a place and keeps it until told to go."""

    def __init__(self, line: Line, number: int) -> None:
        self.ahead: list[int] = []
        self.in_place = asyncio.Event()
        self.go = asyncio.Event()
        self.task = asyncio.create_task(self._come(line, number))

    async def _come(self, line: Line, number: int) -> None:
        async with line.place(number, self.ahead.append):
            self.in_place.set()
            await self.go.wait()

    async def leave(self) -> None:
        """Give the place back."""
        self.go.set()
        await self.task


async def settle() -> None:
    """Let everybody who can move do so."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_places_go_to_who_came_first_and_everybody_knows_how_many_are_before_them() -> None:
    line = Line(at_once=1)
    people = [Person(line, number) for number in range(3)]
    await settle()
    first, second, third = people
    waiting = (second.in_place.is_set(), third.in_place.is_set())
    await first.leave()
    await settle()
    moved = (second.in_place.is_set(), third.in_place.is_set())
    await second.leave()
    await third.leave()

    assert waiting == (False, False)
    assert moved == (True, False)
    assert (first.ahead, second.ahead, third.ahead) == ([], [0], [1, 0])


async def test_nobody_has_two_places() -> None:
    line = Line()

    async with line.place(1, ignored):
        with pytest.raises(StillMaking):
            async with line.place(1, ignored):
                pass
    async with line.place(1, ignored):
        pass


async def test_a_line_that_is_full_takes_nobody_and_a_place_given_up_is_the_next_ones() -> None:
    line = Line(at_once=1, most_waiting=2)
    first, second, third = (Person(line, number) for number in range(3))
    await settle()
    with pytest.raises(LineFull):
        async with line.place(9, ignored):
            pass
    second.task.cancel()
    await settle()
    await first.leave()
    await settle()

    assert second.task.cancelled()
    assert third.ahead == [1, 0]
    assert third.in_place.is_set()
    await third.leave()


async def test_a_turn_that_comes_when_nobody_wants_it_any_more_goes_on_to_the_next() -> None:
    line = Line(at_once=1)
    first, second, third = (Person(line, number) for number in range(3))
    await settle()
    first.go.set()
    await first.task  # the second one's turn has come, and they have not noticed yet
    second.task.cancel()
    await settle()

    assert second.task.cancelled()
    assert third.in_place.is_set()
    await third.leave()
    async with AsyncExitStack() as places:
        await places.enter_async_context(line.place(1, ignored))


async def test_nobody_waits_longer_than_their_picture_could_still_be_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lines, "LONGEST_WAIT", 0.0)
    line = Line(at_once=1)

    async with line.place(1, ignored):
        with pytest.raises(LineFull):
            async with line.place(2, ignored):
                pass
    async with line.place(2, ignored):
        pass
