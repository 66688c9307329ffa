"""The HTTP API against a bare proxy of the same stack, in one interleaved run.

`python -m tests.benchmarks.http [--seconds 2] [--rounds 3]` prints medians and ratios. The target
has one core to itself, the load and the upstream share another. Nothing here asserts time.
"""

import argparse
import asyncio
import os
import random
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import cycle
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import orjson
import psutil
import uvloop

CONNECTIONS = (1, 32, 128)
PROMPT = "Tell me, in one sentence, what a key is for. " * 4
WARM_UP = 1.0  # seconds


@dataclass
class Target:
    """A process under load."""

    name: str
    url: str
    process: psutil.Process
    keys: list[str]

    def requests(self, *, stream: bool) -> list[bytes]:
        """Return the requests it is asked, one a key."""
        body: dict[str, Any] = {
            "model": "gpt-4o",
            "messages": [{"role": "user", "content": PROMPT}],
            "stream": stream,
        }
        raw = orjson.dumps(body)
        head = (
            "POST /v1/chat/completions HTTP/1.1\r\nhost: bench\r\n"
            "content-type: application/json\r\nauthorization: Bearer {key}\r\n"
            f"content-length: {len(raw)}\r\n\r\n"
        )
        return [head.format(key=key).encode() + raw for key in self.keys]


@dataclass
class Measured:
    """One run; seconds."""

    rate: float
    p50: float
    p99: float
    cpu_per_thousand: float
    resident: int
    failed: int


class Caller(asyncio.Protocol):
    """A client that asks again as soon as it is answered."""

    def __init__(self, requests: Iterator[bytes], until: float, took: list[float]) -> None:
        self.requests, self.until, self.took = requests, until, took
        self.failed = 0
        self.over = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.ask()

    def ask(self) -> None:
        self.got = bytearray()
        self.began = time.perf_counter()
        self.transport.write(next(self.requests))

    def data_received(self, data: bytes) -> None:
        self.got += data
        if not self._complete():
            return
        now = time.perf_counter()
        self.took.append(now - self.began)
        self.failed += not self.got.startswith(b"HTTP/1.1 200")
        if now < self.until:
            self.ask()
        else:
            self.transport.close()
            self.over.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.over.done():
            self.failed += 1
            self.over.set_result(None)

    def _complete(self) -> bool:
        if (at := self.got.find(b"\r\n\r\n")) < 0:
            return False
        if (length := self.got.find(b"content-length: ", 0, at)) < 0:
            return self.got.endswith(b"\r\n0\r\n\r\n")
        end = self.got.index(b"\r\n", length)
        return len(self.got) >= at + 4 + int(self.got[length + 16 : end])


async def load(target: Target, connections: int, seconds: float, *, stream: bool) -> Measured:
    """Keep so many connections busy for so long."""
    # In turn, not at random: the warm-up has to reach every key once.
    at, requests = urlsplit(target.url), cycle(target.requests(stream=stream))
    took: list[float] = []
    loop = asyncio.get_running_loop()
    before, began = target.process.cpu_times(), time.perf_counter()
    callers = []
    for _ in range(connections):
        _, caller = await loop.create_connection(
            lambda: Caller(requests, began + seconds, took), at.hostname, at.port
        )
        callers.append(caller)
    await asyncio.gather(*(caller.over for caller in callers))
    lasted, after = time.perf_counter() - began, target.process.cpu_times()
    used = after.user + after.system - before.user - before.system
    took.sort()
    return Measured(
        rate=len(took) / lasted,
        p50=took[len(took) // 2],
        p99=took[int(len(took) * 0.99)],
        cpu_per_thousand=used / len(took) * 1_000,
        resident=target.process.memory_info().rss,
        failed=sum(caller.failed for caller in callers),
    )


@contextmanager
def started(name: str, core: int, *args: str) -> Iterator[Target]:
    """Start a target process on a core."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.http_targets", name, *args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"BENCH_CORE": str(core)},
    )
    assert child.stdout is not None
    assert child.stdin is not None
    try:
        said = orjson.loads(child.stdout.readline())
        keys = said.get("keys", ["lk_any"])
        yield Target(name, said["url"], psutil.Process(child.pid), keys)
    finally:
        child.stdin.close()
        child.wait(30)


Runs = dict[tuple[str, bool, int], list[Measured]]


def measure(seconds: float, rounds: int) -> Runs:
    """Load the targets in shuffled order, round after round."""
    runs: Runs = defaultdict(list)
    with ExitStack() as stack:
        upstream = stack.enter_context(started("upstream", 1))
        targets = [
            stack.enter_context(started(name, 0, upstream.url)) for name in ("bare", "product")
        ]
        targets.append(upstream)
        for target in targets:
            for stream in (False, True):
                uvloop.run(load(target, 8, WARM_UP, stream=stream))
        cases = [
            (target, stream, connections)
            for target in targets
            for stream in (False, True)
            for connections in CONNECTIONS
        ]
        for _ in range(rounds):
            random.shuffle(cases)
            for target, stream, connections in cases:
                measured = uvloop.run(load(target, connections, seconds, stream=stream))
                runs[target.name, stream, connections].append(measured)
    return runs


def show(runs: Runs) -> None:
    """Print medians, and the product's ratio to the bare proxy."""
    print("| calls | c | target | per second | x bare | p50 ms | p99 ms | cpu ms/1k | RSS MB |")
    print("|---|---|---|---|---|---|---|---|---|")
    for stream in (False, True):
        for connections in CONNECTIONS:
            bare = median(m.rate for m in runs["bare", stream, connections])
            for name in ("upstream", "bare", "product"):
                found = runs[name, stream, connections]
                rate = median(m.rate for m in found)
                assert not sum(m.failed for m in found), f"{name} failed calls"
                print(
                    f"| {'streamed' if stream else 'whole'} | {connections} | {name} "
                    f"| {rate:,.0f} | {rate / bare:.2f} "
                    f"| {median(m.p50 for m in found) * 1e3:.2f} "
                    f"| {median(m.p99 for m in found) * 1e3:.2f} "
                    f"| {median(m.cpu_per_thousand for m in found) * 1e3:.0f} "
                    f"| {max(m.resident for m in found) / 2**20:.0f} |"
                )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="HTTP API against a bare proxy")
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    os.sched_setaffinity(0, {1 % (os.cpu_count() or 1)})
    show(measure(given.seconds, given.rounds))


if __name__ == "__main__":
    main()
