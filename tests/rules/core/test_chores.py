"""Chores end, whoever stops waiting for them."""

import asyncio

import pytest

from bot.core.chores import Chores


async def test_a_chore_s_result_comes_back() -> None:
    async def work() -> int:
        return 7

    assert await Chores().finish(work()) == 7


async def test_a_chore_goes_on_when_its_caller_is_cancelled() -> None:
    chores, go, done = Chores(), asyncio.Event(), []

    async def work() -> None:
        await go.wait()
        done.append(True)

    caller = asyncio.create_task(chores.finish(work()))
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    go.set()
    await chores.drain()

    assert done == [True]


async def test_what_a_chore_raises_reaches_its_caller_and_is_not_logged_twice(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def work() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await Chores().finish(work())

    assert caplog.records == []


async def test_what_a_chore_raises_is_logged_when_nobody_waits_any_more(
    caplog: pytest.LogCaptureFixture,
) -> None:
    chores, go = Chores(), asyncio.Event()

    async def work() -> None:
        await go.wait()
        raise LookupError

    caller = asyncio.create_task(chores.finish(work()))
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.wait([caller])
    go.set()
    chores.start(work())
    await chores.drain()
    await asyncio.sleep(0)

    assert [record.getMessage() for record in caplog.records] == ["a chore failed"] * 2


async def test_draining_waits_for_chores_that_are_added_meanwhile() -> None:
    chores, done = Chores(), []

    async def later() -> None:
        await asyncio.sleep(0)
        done.append("later")

    async def first() -> None:
        await asyncio.sleep(0)
        chores.start(later())
        done.append("first")

    chores.start(first())
    await chores.drain()

    assert done == ["first", "later"]


async def test_a_chore_that_was_cancelled_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    chores = Chores()
    chores.start(asyncio.sleep(60)).cancel()

    await chores.drain()

    assert caplog.records == []
