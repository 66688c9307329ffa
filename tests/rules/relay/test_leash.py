"""Waking whoever waits for a call that is to end, without losing a cancellation."""

import asyncio

import pytest

from bot.core.errors import Draining
from bot.core.signals import Signals, Topic
from bot.relay.running import Leash, Running, Stop, Stopped


async def for_ever() -> None:
    await asyncio.get_running_loop().create_future()


async def test_a_pull_ends_the_wait_and_leaves_the_task_uncancelled():
    leash = Leash()
    asyncio.get_running_loop().call_soon(leash.pull, Stop.TIME)

    with pytest.raises(Stopped) as stopped:
        await leash.wait(for_ever)

    assert stopped.value.reason is Stop.TIME
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    await asyncio.sleep(0)


async def test_a_leash_that_was_pulled_lets_nothing_begin():
    leash = Leash()
    assert not leash.pull(Stop.SLOW)
    begun = []

    with pytest.raises(Stopped):
        await leash.wait(lambda: begun.append(1))

    assert begun == []


async def test_a_cancellation_from_elsewhere_passes():
    leash = Leash()
    task = asyncio.create_task(leash.wait(for_ever))
    await asyncio.sleep(0)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("pull_first", [True, False])
async def test_a_cancellation_beside_a_pull_is_not_lost(pull_first: bool):
    leash = Leash()
    task = asyncio.create_task(leash.wait(for_ever))
    await asyncio.sleep(0)

    strikes = [lambda: leash.pull(Stop.SHUTDOWN), task.cancel]
    for strike in strikes if pull_first else reversed(strikes):
        strike()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_what_is_there_already_when_the_leash_is_pulled_does_not_leave_a_cancellation():
    leash = Leash()

    async def shrug() -> str:
        try:
            await for_ever()
        except asyncio.CancelledError:
            return "done all the same"
        return "never"

    asyncio.get_running_loop().call_soon(leash.pull, Stop.TIME)

    assert await leash.wait(shrug) == "done all the same"
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_the_first_reason_holds():
    leash = Leash()
    leash.pull(Stop.SLOW)
    leash.pull(Stop.TIME)

    assert leash.reason is Stop.SLOW


class Runner:
    """A running call that ends when it is told to."""

    def __init__(self, running: Running, member_id: int) -> None:
        self.running, self.member_id = running, member_id
        self.reasons: list[Stop] = []

    def stop(self, reason: Stop) -> None:
        self.reasons.append(reason)
        self.running.discard(self)


async def test_draining_an_idle_process_is_over_at_once_and_admits_nobody():
    running = Running(Signals())

    await running.drain(patience=60)

    with pytest.raises(Draining):
        running.add(Runner(running, 1))


async def test_draining_waits_for_calls_and_then_stops_them():
    running = Running(Signals())
    calls = [Runner(running, number) for number in (1, 2)]
    for call in calls:
        running.add(call)
    asyncio.get_running_loop().call_soon(running.discard, calls[0])

    await running.drain(patience=0.05)

    assert [call.reasons for call in calls] == [[], [Stop.SHUTDOWN]]
    assert len(running) == 0


async def test_a_suspension_stops_the_calls_of_that_member():
    signals = Signals()
    running = Running(signals)
    calls = [Runner(running, number) for number in (1, 2, 1)]
    for call in calls:
        running.add(call)

    signals.fire(Topic.SUSPENDED, 1)

    assert [call.reasons for call in calls] == [[Stop.SUSPENDED], [], [Stop.SUSPENDED]]
