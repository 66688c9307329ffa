"""The watchdog over tests' event loops tells what keeps them busy, and of nothing else."""

import asyncio
import time

from tests.fakes.watchdog import TOO_LONG, Watchdog


def busy() -> None:
    """Use the processor for longer than a handler may."""
    until = time.thread_time() + 2 * TOO_LONG
    while time.thread_time() < until:
        pass


def test_a_handler_that_keeps_the_loop_busy_is_told() -> None:
    watchdog = Watchdog(where="here")

    watchdog.run(busy)
    watchdog.run(len, ())

    told = "\n".join(watchdog.report())
    assert "1 times, worst in here" in told
    assert "2 callbacks: 1 places" in told


async def test_the_callbacks_of_a_running_loop_are_seen() -> None:
    watchdog = Watchdog()

    with watchdog.watching():
        for _ in range(10):
            await asyncio.sleep(0)

    assert watchdog.callbacks >= 9  # the one that began before is nobody's
