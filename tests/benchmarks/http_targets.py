"""The processes that the HTTP benchmark loads: an upstream, the bare proxy, the product.

`python -m tests.benchmarks.http_targets upstream|bare|product [upstream's address]` serves on a
free port, prints its address (the product also its keys) as one line of JSON, and runs until
its stdin is closed.
"""

import asyncio
import gc
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import uvicorn
import uvloop
from starlette.routing import Route, Router

from bot.app.doors import api_of
from bot.app.services import house as opened_house
from bot.core.health import Health, State
from bot.core.redaction import Redactor
from bot.members.people import Person
from bot.settings.community import CommunityFile
from bot.settings.environment import Part
from bot.settings.load import Settings, load
from bot.upstreams.http import Door, Http, close, pieces, whole

MEMBERS = 1_000
EVENTS = 50  # content events of a stream
CORE = int(os.environ.get("BENCH_CORE", "0"))
USAGE = {"prompt_tokens": 12, "completion_tokens": EVENTS, "total_tokens": 12 + EVENTS}
FRAME = {"id": "chatcmpl-1", "created": 1_700_000_000, "model": "their-gpt"}


def whole_answer() -> bytes:
    """Return a canned answer of about 400 bytes, with its head."""
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": "A key opens one door. " * 6},
        "finish_reason": "stop",
    }
    body = orjson.dumps(FRAME | {"object": "chat.completion", "choices": [choice], "usage": USAGE})
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (
        len(body),
        body,
    )


def streamed_answer() -> bytes:
    """Return a canned stream: a role, 50 words, a finish, usage, [DONE]; chunked by event."""

    def event(choices: list[Any], **more: Any) -> bytes:
        body = FRAME | {"object": "chat.completion.chunk", "choices": choices} | more
        return b"data: " + orjson.dumps(body) + b"\n\n"

    def part(delta: dict[str, Any], reason: str | None = None) -> list[Any]:
        return [{"index": 0, "delta": delta, "finish_reason": reason}]

    events = [event(part({"role": "assistant", "content": ""}))]
    events += [event(part({"content": f"word{at} "})) for at in range(EVENTS)]
    events += [event(part({}, "stop")), event([], usage=USAGE), b"data: [DONE]\n\n"]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(raw), raw) for raw in events)
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n"
    return head + b"\r\n" + chunks + b"0\r\n\r\n"


class Upstream(asyncio.Protocol):
    """Answers every request with the same bytes; it must never be the limit."""

    WHOLE, STREAMED = whole_answer(), streamed_answer()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.got = b""

    def data_received(self, data: bytes) -> None:
        self.got += data
        while (at := self.got.find(b"\r\n\r\n")) >= 0:
            head = self.got[:at].lower()
            length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
            if len(self.got) < at + 4 + length:
                return
            body, self.got = self.got[at + 4 : at + 4 + length], self.got[at + 4 + length :]
            self.transport.write(self.STREAMED if b'"stream":true' in body else self.WHOLE)


async def upstream() -> None:
    """Serve the upstream."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Upstream, "127.0.0.1", 0)
    ready({"url": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"})
    await stdin_closed()


async def bare(base: str) -> None:
    """Serve a proxy of the same stack that does nothing but pass bytes."""
    async with Http() as http:
        door = Door.prepare(http, f"{base}/v1", "sk-bench", connect=5, idle=60)

        async def proxy(_scope: Any, receive: Any, send: Any) -> None:
            body = b""
            while True:
                message = await receive()
                body += message["body"]
                if not message["more_body"]:
                    break
            response = await door.post("/chat/completions", body)
            kind = response.headers["content-type"]
            head = [(b"content-type", kind.encode())]
            try:
                if kind == "text/event-stream":
                    await send({"type": "http.response.start", "status": 200, "headers": head})
                    async for piece in pieces(response):
                        await send({"type": "http.response.body", "body": piece, "more_body": True})
                    await send({"type": "http.response.body", "body": b""})
                    return
                answer = await whole(response)
            finally:
                await close(response)
            head.append((b"content-length", b"%d" % len(answer)))
            await send({"type": "http.response.start", "status": 200, "headers": head})
            await send({"type": "http.response.body", "body": answer})

        router = Router([Route("/v1/chat/completions", Plain(proxy), methods=["POST"])])
        config = uvicorn.Config(
            router, port=0, lifespan="off", log_level="warning", access_log=False, ws="none"
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110  # uvicorn tells nobody
            await asyncio.sleep(0.01)
        settle_down()
        ready({"url": f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"})
        await stdin_closed()
        server.should_exit = True
        await serving


class Plain:
    """Tells Starlette that an endpoint is an ASGI callable."""

    def __init__(self, call: Any) -> None:
        self.call = call

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.call(scope, receive, send)


async def product(base: str) -> None:
    """Serve Latchkey itself: auth, hold, route, settle, record, on SQLite with synchronous FULL."""
    with tempfile.TemporaryDirectory() as folder:
        settings = _settings(base, Path(folder))
        async with opened_house(settings, Redactor()) as house:

            async def vitals() -> Health:
                return Health(State.OK, State.OFF, State.OFF, {}, 1)

            api = api_of(house, vitals, lambda: "http://127.0.0.1", calls=True)
            keys = []
            for number in range(MEMBERS):
                person = Person(300_000_000_000_000_000 + number, at_home=True)
                keys.append((await house.keys.first(person)).plain)
            await api.start()
            settle_down()
            ready({"url": api.url, "keys": keys})
            await stdin_closed()
            await house.relay.drain(1)
            await api.stop()


def _settings(base: str, folder: Path) -> Settings:
    environ = {"LATCHKEY_DATA": str(folder), "LATCHKEY_PORT": "0", "LATCHKEY_LOG": "json"}
    settings = load(environ, parts=frozenset({Part.API}), cwd=folder)
    upstream = {"name": "bench", "dialect": "openai", "base_url": f"{base}/v1", "api_key": "sk-b"}
    file = CommunityFile.model_validate(
        {
            "limits": {"daily_tokens": 1_000_000_000, "in_flight": 1_000},
            "upstreams": [upstream],
            "models": [{"id": "gpt-4o", "routes": [{"upstream": "bench"}]}],
        }
    )
    return replace(settings, file=file)


def settle_down() -> None:
    """Do what the application does once everything is loaded."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def ready(said: dict[str, Any]) -> None:
    """Tell the benchmark that the port answers."""
    sys.stdout.write(orjson.dumps(said).decode() + "\n")
    sys.stdout.flush()


async def stdin_closed() -> None:
    """Wait for the end."""
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    await reader.read()


def main() -> None:
    """Serve what the command line names."""
    os.sched_setaffinity(0, {CORE % (os.cpu_count() or 1)})
    match sys.argv[1:]:
        case ["upstream"]:
            uvloop.run(upstream())
        case ["bare", base]:
            uvloop.run(bare(base))
        case ["product", base]:
            uvloop.run(product(base))


if __name__ == "__main__":
    main()
