"""The HTTP API against a bare proxy of the same stack, in one interleaved run.

`python -m tests.benchmarks.http [--seconds 2] [--rounds 3]` prints medians and ratios. The target
has one core to itself, the load and the upstream share another. On a busy machine the ratio of CPU
is the steadier one: a target that waits for its disk lets others have the core. Asserts no time.
"""

import argparse
import os
import random
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median

import orjson
import psutil

from tests.benchmarks.load import Measured, Target, load

CONNECTIONS = (1, 32, 128)
WARM_UP = 4.0  # seconds, in which every key is read once


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
                load(target, 8, WARM_UP, stream=stream)
        cases = [
            (target, stream, connections)
            for target in targets
            for stream in (False, True)
            for connections in CONNECTIONS
        ]
        for _ in range(rounds):
            random.shuffle(cases)
            for target, stream, connections in cases:
                measured = load(target, connections, seconds, stream=stream)
                runs[target.name, stream, connections].append(measured)
    return runs


def show(runs: Runs) -> None:
    """Print medians, and the product's ratio to the bare proxy."""
    print(
        "| calls | c | target | per second | x bare | p50 ms | p99 ms | cpu ms/1k | bare's / its "
        "| RSS MB |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for stream in (False, True):
        for connections in CONNECTIONS:
            bare = median(m.rate for m in runs["bare", stream, connections])
            bare_cpu = median(m.cpu_per_thousand for m in runs["bare", stream, connections])
            for name in ("upstream", "bare", "product"):
                found = runs[name, stream, connections]
                rate = median(m.rate for m in found)
                cpu = median(m.cpu_per_thousand for m in found)
                assert not sum(m.failed for m in found), f"{name} failed calls"
                print(
                    f"| {'streamed' if stream else 'whole'} | {connections} | {name} "
                    f"| {rate:,.0f} | {rate / bare:.2f} "
                    f"| {median(m.p50 for m in found) * 1e3:.2f} "
                    f"| {median(m.p99 for m in found) * 1e3:.2f} "
                    f"| {cpu * 1e3:.0f} | {bare_cpu / cpu:.2f} "
                    f"| {max(m.resident for m in found) / 2**20:.0f} |",
                    flush=True,
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
