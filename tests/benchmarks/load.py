"""Load for the HTTP benchmarks: wrk where it is installed, else a generator of our own.

Every call asks something new behind the same system prompt, as calls do; the callers take turns.
"""

import asyncio
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import orjson
import psutil
import uvloop

PATH = "/v1/chat/completions"
SYSTEM = "You help the members of a small community with their homework, in one sentence each."
NUMBER = "{number:08d}"
SCRIPT = """
local keys, calls = {%s}, 0
local body = [[%s]]
request = function()
  calls = calls + 1
  local headers = {["content-type"] = "application/json"}
  headers["authorization"] = "Bearer " .. keys[calls %% #keys + 1]
  local asked = body:gsub("{number:08d}", string.format("%%08d", calls))
  return wrk.format("POST", "%s", headers, asked)
end
"""
UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


@dataclass
class Target:
    """A process under load."""

    name: str
    url: str
    process: psutil.Process
    keys: list[str]


@dataclass
class Measured:
    """One run; seconds."""

    calls: int
    rate: float
    p50: float
    p99: float
    cpu_per_thousand: float
    resident: int
    failed: int


@dataclass
class Told:
    """What a generator saw; seconds."""

    calls: int
    failed: int
    p50: float
    p99: float


def load(target: Target, connections: int, seconds: float, *, stream: bool) -> Measured:
    """Keep so many connections busy for so long."""
    drive = _wrk if shutil.which("wrk") else _own
    before, began = target.process.cpu_times(), time.perf_counter()
    told = drive(target, connections, seconds, stream)
    lasted, after = time.perf_counter() - began, target.process.cpu_times()
    used = after.user + after.system - before.user - before.system
    return Measured(
        calls=told.calls,
        rate=told.calls / lasted,
        p50=told.p50,
        p99=told.p99,
        cpu_per_thousand=used / told.calls * 1_000,
        resident=target.process.memory_info().rss,
        failed=told.failed,
    )


def body(*, stream: bool) -> str:
    """Return a chat of about 300 bytes, with a place for the call's number."""
    asked = f"Question {NUMBER}: what is a key for, and who may have one?"
    messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": asked}]
    return orjson.dumps({"model": "gpt-4o", "messages": messages, "stream": stream}).decode()


def _wrk(target: Target, connections: int, seconds: float, stream: bool) -> Told:
    keys = ",".join(f'"{key}"' for key in target.keys)
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(SCRIPT % (keys, body(stream=stream), PATH))
        script.flush()
        asked = ["-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--latency"]
        command = ["wrk", *asked, "-s", script.name, target.url]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    calls = re.search(r"(\d+) requests in", said)
    assert calls is not None, said
    return Told(
        int(calls[1]), int(failed[1]) if failed else 0, _quantile(said, 50), _quantile(said, 99)
    )


def _quantile(said: str, percent: int) -> float:
    found = re.search(rf"{percent}%\s+([\d.]+)([a-z]+)", said)
    return float(found[1]) * UNITS[found[2]] if found else float("nan")


def _own(target: Target, connections: int, seconds: float, stream: bool) -> Told:
    return uvloop.run(_callers(target, connections, seconds, requests(target, stream=stream)))


def requests(target: Target, *, stream: bool) -> Iterator[bytes]:
    """Yield request after request."""
    raw = body(stream=stream)
    length = len(raw) - len(NUMBER) + 8
    for number in count():
        key = target.keys[number % len(target.keys)]
        head = (
            f"POST {PATH} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n"
            f"authorization: Bearer {key}\r\ncontent-length: {length}\r\n\r\n"
        )
        yield (head + raw.replace(NUMBER, f"{number:08d}")).encode()


async def _callers(
    target: Target, connections: int, seconds: float, asked: Iterator[bytes]
) -> Told:
    at = urlsplit(target.url)
    took: list[float] = []
    loop = asyncio.get_running_loop()
    until = time.perf_counter() + seconds
    callers = []
    for _ in range(connections):
        _, caller = await loop.create_connection(
            lambda: Caller(asked, until, took), at.hostname or "", at.port or 80
        )
        callers.append(caller)
    await asyncio.gather(*(caller.over for caller in callers))
    took.sort()
    failed = sum(caller.failed for caller in callers)
    return Told(len(took), failed, took[len(took) // 2], took[int(len(took) * 0.99)])


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
        """Send the next request."""
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
