"""Who gets a place at an upstream that takes only so many calls."""

import asyncio

from bot.core.clock import HandClock
from bot.relay.gate import SOON, Gate, Ticket

LONG = 30.0  # seconds that nobody waits for here


def entered(gate: Gate, times: int = 1) -> Gate:
    for _ in range(times):
        assert gate.admits()
        gate.enter()
    return gate


async def waiting(ticket: Ticket, seconds: float = LONG) -> "asyncio.Task[bool]":
    task = asyncio.create_task(ticket.called(seconds))
    await asyncio.sleep(0)
    return task


def test_a_gate_without_limits_lets_everybody_in() -> None:
    gate = entered(Gate(HandClock()), 100)

    assert gate.admits()


def test_only_so_many_are_in_at_once() -> None:
    gate = entered(Gate(HandClock(), concurrency=2), 2)

    assert not gate.admits()
    assert gate.wait() == SOON

    gate.leave()
    assert gate.admits()


def test_only_so_many_begin_in_any_minute() -> None:
    clock = HandClock()
    gate = entered(Gate(clock, per_minute=2))
    clock.move(seconds=40)
    entered(gate)

    for _ in range(2):
        gate.leave()
    assert gate.wait() == 20

    clock.move(seconds=20)
    entered(gate)
    assert gate.wait() == 40


async def test_whoever_waits_longest_is_called_first() -> None:
    gate = entered(Gate(HandClock(), concurrency=1))
    with Ticket([gate]) as first, Ticket([gate]) as second:
        one, other = await waiting(first), await waiting(second)

        gate.leave()

        assert await one
        assert not other.done()
        other.cancel()


async def test_who_comes_later_does_not_overtake_who_waits() -> None:
    gate = entered(Gate(HandClock(), concurrency=1))
    with Ticket([gate]) as ticket:
        called = await waiting(ticket)
        gate.leave()
        assert await called

        assert not gate.admits()
        assert gate.admits(ticket)

    assert gate.admits()


async def test_a_place_that_is_not_taken_goes_to_the_next() -> None:
    gate = entered(Gate(HandClock(), concurrency=1))
    with Ticket([gate]) as second:
        with Ticket([gate]) as first:
            # They stand in line as they came: the second one first.
            one, other = await waiting(second), await waiting(first)
            gate.leave()
            assert await one

        assert not other.done()
        other.cancel()
        called = await waiting(second)
        assert await called


async def test_who_gives_up_leaves_the_place_to_others() -> None:
    gate = entered(Gate(HandClock(), concurrency=1))
    with Ticket([gate]) as patient:
        with Ticket([gate]) as hasty:
            assert not await hasty.called(0.001)
        called = await waiting(patient)

        gate.leave()

        assert await called


async def test_whoever_waits_for_several_is_called_by_the_first_that_has_room() -> None:
    one, other = (entered(Gate(HandClock(), concurrency=1)) for _ in range(2))
    with Ticket([one, other]) as ticket:
        called = await waiting(ticket)

        other.leave()

        assert await called
        assert (one.admits(ticket), other.admits(ticket)) == (False, True)


async def test_a_minutes_place_comes_by_itself() -> None:
    clock = HandClock()
    gate = entered(Gate(clock, per_minute=1))
    gate.leave()
    clock.move(seconds=59.99)

    with Ticket([gate]) as ticket:
        called = await waiting(ticket)
        clock.move(seconds=0.01)

        assert await called
