"""The transport over real sockets: every way a connection can go wrong, and what is kept open."""

import asyncio
import gzip
import socket
from collections.abc import Callable
from contextlib import suppress

import httpx
import pytest

from bot.core.guard import inside_transaction
from bot.upstreams import http as seam
from bot.upstreams.dialect import Link
from bot.upstreams.failures import Broken, Empty, TimedOut, UpstreamFailure
from bot.upstreams.http import Http, let_go, pieces, whole
from tests.fakes.serve import bound_socket, nobody, request_read, scripted

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter
Linked = Callable[..., Link]
OK = b"HTTP/1.1 200 OK\r\n"
BODY = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}


def answer(body: bytes, *headers: bytes) -> bytes:
    head = b"".join(header + b"\r\n" for header in headers)
    return OK + head + b"content-length: %d\r\n\r\n" % len(body) + body


def replying(raw: bytes, *, reset: bool = False) -> Callable[[Reader, Writer], object]:
    """Answer every request with the same bytes, then close; `reset`: without good manners."""

    async def script(reader: Reader, writer: Writer) -> None:
        await request_read(reader)
        writer.write(raw)
        await writer.drain()
        if reset:
            linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()

    return script


async def test_a_refused_connection_is_broken(linked: Linked) -> None:
    with pytest.raises(Broken) as caught:
        await linked(nobody()).post("/chat/completions", BODY)

    assert caught.value.status is None


async def test_an_unknown_host_is_broken_and_not_named(linked: Linked) -> None:
    with pytest.raises(Broken) as caught:
        await linked("http://no-such-host.invalid").post("/chat/completions", BODY)

    assert "no-such-host" not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("raw", [b"", b"HTTP/1.1 200 OK\r\ncontent-le"])
@pytest.mark.parametrize("reset", [False, True])
async def test_a_connection_lost_before_the_headers_is_broken(
    linked: Linked, raw: bytes, reset: bool
) -> None:
    async with scripted(replying(raw, reset=reset)) as url:
        with pytest.raises(Broken):
            await linked(url).post("/chat/completions", BODY)


@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        OK + b"x: " + b"y" * 100_000 + b"\r\n\r\n",
    ],
)
async def test_an_answer_that_is_not_http_is_broken(linked: Linked, raw: bytes) -> None:
    async with scripted(replying(raw)) as url:
        with pytest.raises(Broken):
            await linked(url).post("/chat/completions", BODY)


async def test_a_connection_that_is_never_accepted_times_out(linked: Linked) -> None:
    # A listener whose backlog is full lets nobody finish the handshake.
    with bound_socket() as listening, socket.socket() as first, socket.socket() as second:
        listening.listen(0)
        port = listening.getsockname()[1]
        for filler in (first, second):
            filler.setblocking(False)
            with suppress(BlockingIOError):
                filler.connect(("127.0.0.1", port))
        link = linked(f"http://127.0.0.1:{port}", connect=0.2)

        with pytest.raises(TimedOut):
            await link.post("/chat/completions", BODY)


async def test_silence_before_the_first_byte_times_out(linked: Linked) -> None:
    async def script(reader: Reader, writer: Writer) -> None:
        await request_read(reader)
        await reader.read()

    async with scripted(script) as url:
        with pytest.raises(TimedOut):
            await linked(url, idle=0.1).post("/chat/completions", BODY)


async def test_an_upstream_that_does_not_read_a_large_request_times_out(
    linked: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seam, "_SLOWEST", 1e12)
    left = asyncio.Event()

    async def script(reader: Reader, writer: Writer) -> None:
        writer.transport.pause_reading()
        await left.wait()

    async with scripted(script) as url:
        large = {**BODY, "pad": "x" * 20_000_000}
        with pytest.raises(TimedOut):
            await linked(url, connect=0.1, idle=0.1).post("/chat/completions", large)
        left.set()


async def test_silence_in_the_middle_times_out_after_what_had_come(linked: Linked) -> None:
    async def script(reader: Reader, writer: Writer) -> None:
        await request_read(reader)
        writer.write(OK + b"content-length: 10\r\n\r\nhalf")
        await reader.read()

    async with scripted(script) as url:
        response = await linked(url, idle=0.1).post("/chat/completions", BODY)
        coming = pieces(response)

        assert await anext(coming) == b"half"
        with pytest.raises(TimedOut):
            await anext(coming)
        await response.aclose()


@pytest.mark.parametrize(
    "tail",
    [
        b"transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        b"transfer-encoding: chunked\r\n\r\n9\r\nhalf",
        b"content-length: 10\r\n\r\nhalf",
    ],
)
async def test_a_body_that_breaks_off_still_gives_what_had_come(
    linked: Linked, tail: bytes
) -> None:
    async with scripted(replying(OK + tail)) as url:
        response = await linked(url, idle=2).post("/chat/completions", BODY)
        await asyncio.sleep(0)
        coming = pieces(response)
        came = b""

        with pytest.raises(Broken):
            while True:
                came += await anext(coming)

        await response.aclose()
        assert came == b"half"


async def test_chunks_that_turn_to_nonsense_are_not_waited_for_longer_than_silence(
    linked: Linked,
) -> None:
    begun = asyncio.Event()

    async def script(reader: Reader, writer: Writer) -> None:
        await request_read(reader)
        writer.write(OK + b"transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n")
        await begun.wait()
        writer.write(b"nonsense\r\n")
        await reader.read()

    async with scripted(script) as url:
        response = await linked(url, idle=0.2).post("/chat/completions", BODY)
        coming = pieces(response)
        assert await anext(coming) == b"half"
        begun.set()

        with pytest.raises(TimedOut):
            await anext(coming)

        await response.aclose()


async def test_what_waits_to_be_read_survives_a_connection_that_breaks(linked: Linked) -> None:
    begun = asyncio.Event()

    async def script(reader: Reader, writer: Writer) -> None:
        await request_read(reader)
        writer.write(OK + b"transfer-encoding: chunked\r\n\r\n3\r\none\r\n")
        await begun.wait()
        writer.write(b"3\r\ntwo\r\n")

    async with scripted(script) as url:
        response = await linked(url).post("/chat/completions", BODY)
        begun.set()
        for _ in range(5000):
            if response.stream._answer.content.exception() is not None:
                break
            await asyncio.sleep(0.001)

        assert await anext(pieces(response)) == b"onetwo"
        with pytest.raises(Broken):
            await anext(pieces(response))
        await response.aclose()


async def test_an_answer_without_a_length_ends_with_its_connection(linked: Linked) -> None:
    async with scripted(replying(OK + b"\r\nall of it")) as url:
        response = await linked(url).post("/chat/completions", BODY)

        assert await whole(response) == b"all of it"


async def test_a_huge_answer_is_given_up(linked: Linked) -> None:
    async def script(reader: Reader, writer: Writer) -> None:
        await request_read(reader)
        writer.write(OK + b"\r\n")
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()

    async with scripted(script) as url:
        response = await linked(url).post("/chat/completions", BODY)

        with pytest.raises(Empty):
            await whole(response, 1_000_000)


async def test_a_compressed_answer_is_decoded_although_none_was_asked_for(linked: Linked) -> None:
    heads: list[bytes] = []

    async def script(reader: Reader, writer: Writer) -> None:
        heads.append((await request_read(reader))[0].lower())
        writer.write(answer(gzip.compress(b"hello"), b"content-encoding: gzip"))
        await writer.drain()

    async with scripted(script) as url:
        response = await linked(url).post("/chat/completions", BODY)

        assert await whole(response) == b"hello"
    assert "content-encoding" not in response.headers
    assert b"accept-encoding: identity" in heads[0]


async def test_a_broken_compression_is_broken(linked: Linked) -> None:
    async with scripted(replying(answer(b"no gzip", b"content-encoding: gzip"))) as url:
        with pytest.raises(Broken):
            await whole(await linked(url).post("/chat/completions", BODY))


async def test_the_request_carries_the_key_and_nothing_that_was_not_asked_for(
    linked: Linked,
) -> None:
    heads: list[bytes] = []

    async def script(reader: Reader, writer: Writer) -> None:
        while True:
            heads.append((await request_read(reader))[0])
            writer.write(answer(b"{}", b"set-cookie: a=b"))

    async with scripted(script) as url:
        # A name, because addresses have no cookies anyway.
        link = linked(url.replace("127.0.0.1", "localhost"))
        for _ in range(2):
            await whole(await link.post("/chat/completions", BODY))

    lines = sorted(line.split(b":")[0].lower() for line in heads[1].split(b"\r\n")[1:-2])
    assert heads[1].startswith(b"POST /v1/chat/completions HTTP/1.1\r\n")
    assert b"authorization: Bearer sk-loopback-0123456789abcdef\r\n" in heads[1]
    assert lines == sorted(
        [
            b"host",
            b"accept",
            b"accept-encoding",
            b"authorization",
            b"content-length",
            b"content-type",
            b"user-agent",
        ]
    )


async def test_proxies_of_the_environment_are_not_used(
    linked: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, nobody())

    async with scripted(replying(answer(b"{}"))) as url:
        assert await whole(await linked(url).post("/chat/completions", BODY)) == b"{}"


async def test_a_redirect_is_not_followed(linked: Linked) -> None:
    asked = 0

    async def script(reader: Reader, writer: Writer) -> None:
        nonlocal asked
        while True:
            await request_read(reader)
            asked += 1
            writer.write(b"HTTP/1.1 307 Moved\r\nlocation: /other\r\ncontent-length: 0\r\n\r\n")

    async with scripted(script) as url:
        response = await linked(url).post("/chat/completions", BODY)
        await response.aclose()

    assert (response.status_code, asked) == (307, 1)


async def test_a_query_in_the_base_address_stays(http: Http) -> None:
    heads: list[bytes] = []

    async def script(reader: Reader, writer: Writer) -> None:
        heads.append((await request_read(reader))[0])
        writer.write(answer(b"{}"))

    async with scripted(script) as url:
        link = Link("azure", f"{url}/deployments/x/?api-version=1", "k" * 8, http, 5, 5)
        await whole(await link.post("/chat/completions", BODY))

    assert heads[0].startswith(b"POST /deployments/x/chat/completions?api-version=1 HTTP/1.1")


class Counting:
    """Answers on connections that stay open, counting them."""

    def __init__(self, raw: bytes, *, tail: bytes = b"") -> None:
        self.raw, self.tail = raw, tail
        self.connections = self.requests = 0
        self.gone = asyncio.Event()
        self.read = asyncio.Event()  # the caller has what comes before the tail

    async def __call__(self, reader: Reader, writer: Writer) -> None:
        self.connections += 1
        try:
            while True:
                await request_read(reader)
                self.requests += 1
                writer.write(self.raw)
                await writer.drain()
                if self.tail:
                    await self.read.wait()
                    writer.write(self.tail)
        finally:
            self.gone.set()


async def test_a_connection_is_kept_and_used_again(linked: Linked) -> None:
    server = Counting(answer(b"{}"))
    async with scripted(server) as url:
        link = linked(url)
        for _ in range(5):
            await whole(await link.post("/chat/completions", BODY))

    assert (server.connections, server.requests) == (1, 5)


async def test_a_stream_that_is_over_leaves_its_connection_usable(linked: Linked) -> None:
    # The last chunk comes after [DONE] in a packet of its own, as from most servers.
    server = Counting(OK + b"transfer-encoding: chunked\r\n\r\n4\r\ndone\r\n", tail=b"0\r\n\r\n")
    async with scripted(server) as url:
        link = linked(url)
        for _ in range(3):
            response = await link.post("/chat/completions", BODY)
            assert await anext(pieces(response)) == b"done"
            server.read.set()
            await let_go(response, over=True)
            server.read.clear()

    assert server.connections == 1


async def test_an_answer_closed_early_closes_its_connection_at_once(linked: Linked) -> None:
    server = Counting(OK + b"transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n")
    async with scripted(server) as url:
        response = await linked(url).post("/chat/completions", BODY)
        await anext(pieces(response))

        await let_go(response, over=False)

        await asyncio.wait_for(server.gone.wait(), 5)


async def test_an_upstream_that_never_closes_its_stream_is_not_waited_for(linked: Linked) -> None:
    server = Counting(OK + b"transfer-encoding: chunked\r\n\r\n4\r\ndone\r\n")
    async with scripted(server) as url:
        response = await linked(url).post("/chat/completions", BODY)
        await anext(pieces(response))

        await let_go(response, over=True)

        await asyncio.wait_for(server.gone.wait(), 5)


@pytest.mark.parametrize("size", [10, 100_000])
async def test_a_cancelled_call_closes_its_connection_at_once(linked: Linked, size: int) -> None:
    arrived, gone = asyncio.Event(), asyncio.Event()

    async def script(reader: Reader, writer: Writer) -> None:
        await request_read(reader)
        arrived.set()
        await reader.read()
        gone.set()

    async with scripted(script) as url:
        call = asyncio.create_task(
            linked(url).post("/chat/completions", {**BODY, "pad": "x" * size})
        )
        await arrived.wait()

        call.cancel()

        with pytest.raises(asyncio.CancelledError):
            await call
        await asyncio.wait_for(gone.wait(), 5)


async def test_a_connection_that_went_stale_is_broken_and_the_next_call_is_fine(
    linked: Linked,
) -> None:
    asked = 0

    async def script(reader: Reader, writer: Writer) -> None:
        nonlocal asked
        await request_read(reader)
        asked += 1
        writer.write(answer(b"{}"))
        await request_read(reader)  # the second request on a connection is never answered
        asked += 1

    async with scripted(script) as url:
        link = linked(url)
        await whole(await link.get("/models"))

        with pytest.raises(Broken):
            await link.get("/models")

        assert await whole(await link.get("/models")) == b"{}"
    assert asked == 3


async def test_calls_beyond_the_pool_wait_and_time_out_as_a_connection_would(
    linked: Linked,
) -> None:
    async with Http(seam.AiohttpTransport(connections=1)) as http:
        server = Counting(OK + b"content-length: 9\r\n\r\nhalf")
        async with scripted(server) as url:
            link = Link("small", url, None, http, 0.2, 5)
            held = await link.post("/chat/completions", BODY)

            with pytest.raises(TimedOut):
                await link.post("/chat/completions", BODY)

            await held.aclose()


async def test_hundreds_of_calls_at_once_all_come_back(linked: Linked) -> None:
    server = Counting(answer(b"{}"))
    async with scripted(server) as url:
        link = linked(url)

        async def call() -> bytes:
            return await whole(await link.post("/chat/completions", BODY))

        answers = await asyncio.gather(*(call() for _ in range(300)))

    assert answers == [b"{}"] * 300


async def test_no_call_leaves_while_a_transaction_is_open(linked: Linked) -> None:
    link = linked(nobody())

    with inside_transaction(), pytest.raises(AssertionError):
        await link.post("/chat/completions", BODY)


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (httpx.ConnectTimeout("at host"), TimedOut),
        (httpx.ReadTimeout("at host"), TimedOut),
        (httpx.ConnectError("at host"), Broken),
        (httpx.RemoteProtocolError("at host"), Broken),
    ],
)
async def test_any_httpx_transport_fits_the_seam(
    raised: Exception, expected: type[UpstreamFailure]
) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        raise raised

    async with Http(httpx.MockTransport(handle)) as http:
        with pytest.raises(expected):
            await Link("mock", "http://mock/v1", None, http, 1, 1).get("/models")


async def test_patience_reaches_the_transport() -> None:
    told: list[object] = []

    def handle(request: httpx.Request) -> httpx.Response:
        told.append(request.extensions["timeout"])
        return httpx.Response(200)

    async with Http(httpx.MockTransport(handle)) as http:
        await Link("mock", "http://mock/v1", None, http, 3, 40).get("/models")

    assert told == [{"connect": 3, "read": 40}]


def test_a_link_shows_neither_its_address_nor_its_key() -> None:
    link = Link("fresed", "http://api.secret.example/v1", "sk-secret", Http(), 5, 60)

    assert "secret" not in repr(link)
    assert link.unsaid == (
        "api.secret.example",
        "api.secret.example",
        "secret.example",
        "sk-secret",
    )
