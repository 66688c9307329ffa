"""Watches the event loops of tests, and reports what blocks them; it never fails a test.

`Watchdog` times every callback of every loop in the process and looks, from a thread of its own,
at the stack of one that takes too long. Seconds of CPU are told beside those of the clock: on a
busy machine the clock alone accuses the innocent. What the collector of garbage takes is left out:
the product freezes what it starts with, tests make and drop whole houses.
"""

import asyncio
import gc
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, Self

TOO_LONG = 0.05  # seconds a handler may keep everybody else waiting
LOOK = 0.01  # seconds between two looks at what runs
DEPTH = 5  # innermost lines of a stack that are kept, and as many of the product's
ROOT = Path(__file__).parents[2]


@dataclass
class Blocked:
    """One place that blocked a loop: how often, and its worst time in seconds."""

    stack: tuple[str, ...]  # outermost first, each "file:line function"
    where: str  # the test in which it was worst
    times: int = 0
    wall: float = 0.0
    cpu: float = 0.0

    def lines(self) -> Iterator[str]:
        """Draw it as people read it."""
        took = f"{self.cpu * 1e3:.0f} ms of CPU in {self.wall * 1e3:.0f} ms"
        yield f"{took}, {self.times} times, worst in {self.where}"
        yield from (f"    {each}" for each in self.stack or ("too short to be seen",))


@dataclass
class _Turn:
    """The callback that a loop's thread runs now; seconds."""

    thread: int
    wall: float = field(default_factory=time.perf_counter)
    cpu: float = field(default_factory=time.thread_time)
    stack: tuple[str, ...] = ()
    tests: bool = False  # a test itself runs in it


@dataclass
class Watchdog:
    """What blocked a loop so far; `where` is told by whoever runs the tests."""

    where: str = ""
    found: dict[tuple[str, ...], Blocked] = field(default_factory=dict)
    callbacks: int = 0
    _turn: _Turn | None = None
    _collecting: tuple[float, float] | None = None
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def watching(self) -> Iterator[Self]:
        """Watch every loop of this process until the block ends; uvloop's escape it."""
        whole: Any = asyncio.Handle._run
        looking = threading.Thread(target=self._look, name="watchdog", daemon=True)

        def timed(handle: asyncio.Handle) -> None:
            self.run(whole, handle)

        asyncio.Handle._run = timed  # type: ignore[attr-defined]  # there is no other seam
        gc.callbacks.append(self._garbage)
        looking.start()
        try:
            yield self
        finally:
            asyncio.Handle._run = whole  # type: ignore[attr-defined]  # as above
            gc.callbacks.remove(self._garbage)
            self._over.set()
            looking.join()

    def run(self, callback: Callable[..., object], *given: object) -> None:
        """Run a callback, and remember it if it takes too long."""
        before, self._turn = self._turn, (turn := _Turn(threading.get_ident()))
        try:
            callback(*given)
        finally:
            self._turn = before
            self.callbacks += 1
            wall = time.perf_counter() - turn.wall
            if wall >= TOO_LONG and not turn.tests:
                self._remember(turn.stack, wall, time.thread_time() - turn.cpu)

    def report(self, most: int = 20) -> Iterator[str]:
        """Tell what kept a loop busy, the worst first, and how much else took as long."""
        busy = [each for each in self.found.values() if each.cpu >= TOO_LONG]
        waited = sum(each.times for each in self.found.values()) - sum(e.times for e in busy)
        for each in sorted(busy, key=lambda each: -each.cpu)[:most]:
            yield from each.lines()
        limit = f"{TOO_LONG * 1e3:.0f} ms"
        yield f"{self.callbacks} callbacks: {len(busy)} places kept a loop busy for over {limit};"
        yield f"{waited} more took as long with less CPU: they waited, or the machine was busy"

    def _remember(self, stack: tuple[str, ...], wall: float, cpu: float) -> None:
        blocked = self.found.setdefault(stack, Blocked(stack, self.where))
        blocked.times += 1
        if cpu >= blocked.cpu:
            blocked.where, blocked.wall, blocked.cpu = self.where, wall, cpu

    def _garbage(self, phase: str, _: object) -> None:
        """Let what collecting garbage takes count for nobody."""
        now = time.perf_counter(), time.thread_time()
        turn = self._turn
        if phase == "start":
            self._collecting = now
        elif self._collecting and turn is not None and turn.thread == threading.get_ident():
            turn.wall += now[0] - self._collecting[0]
            turn.cpu += now[1] - self._collecting[1]
        if phase == "stop":
            self._collecting = None

    def _look(self) -> None:
        """Keep the stack of what has run for half of what is too long."""
        while not self._over.wait(LOOK):
            turn = self._turn
            if turn is None or turn.stack or self._collecting is not None:
                continue
            frame = sys._current_frames().get(turn.thread)
            if frame is not None and time.perf_counter() - turn.wall >= TOO_LONG / 2:
                turn.stack, turn.tests = _drawn(frame)


def _drawn(frame: FrameType) -> tuple[tuple[str, ...], bool]:
    """Return the innermost lines of a stack and the product's before, and if a test runs it."""
    walked = traceback.StackSummary.extract(traceback.walk_stack(frame), lookup_lines=False)
    lines = [f"{_short(at.filename)}:{at.lineno} {at.name}" for at in reversed(walked)]
    lines = [line for line in lines if not line.startswith("tests/fakes/watchdog.py")]
    ours = [line for line in lines[:-DEPTH] if line.startswith("bot/")]
    tests = any(line.startswith("tests/") for line in lines)
    return (*ours[-DEPTH:], *lines[-DEPTH:]), tests


def _short(path: str) -> str:
    try:
        return str(Path(path).relative_to(ROOT))
    except ValueError:
        return "/".join(Path(path).parts[-2:])
