"""Request bodies: announced or chunked, too large, broken, slow."""

import asyncio
import gzip

import orjson
import pytest

from tests.doors.api.conftest import Opening
from tests.doors.api.wire import Wire, chat, get, post, wire
from tests.fakes.house import House

SMALL = {"body_bytes": 2_000}
CHUNKED = "Transfer-Encoding: chunked"


def head(key: str, *extra: str) -> bytes:
    """Return a POST's head without a length."""
    lines = [
        "POST /v1/chat/completions HTTP/1.1",
        "Host: loopback",
        f"Authorization: Bearer {key}",
        *extra,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


async def chunks(line: Wire, raw: bytes, size: int) -> None:
    """Send a body in pieces of `size` bytes."""
    for at in range(0, len(raw), size):
        piece = raw[at : at + size]
        await line.send(b"%x\r\n%b\r\n" % (len(piece), piece))
    await line.send(b"0\r\n\r\n")


async def test_a_chunked_body_is_read_whole(house: House) -> None:
    async with wire(house.url) as line:
        await line.send(head(await house.key(), CHUNKED))
        await chunks(line, orjson.dumps(chat("Hello " * 50)), 7)
        reply = await line.reply()

    assert reply.status == 200


async def test_a_body_at_the_limit_is_read_and_one_byte_more_is_refused(
    opening: Opening,
) -> None:
    raw = orjson.dumps(chat())
    async with opening(limits={"body_bytes": len(raw)}) as house:
        key = await house.key()
        async with wire(house.url) as line:
            await line.send(post(key, raw))
            fits = await line.reply()
            await line.send(post(key, raw + b" "))
            refused = await line.reply()
            closed = await line.closed()

    assert fits.status == 200
    assert refused.status == 413
    assert refused.error()["type"] == "invalid_request_error"
    assert refused.error()["code"] == "request_too_large"
    assert refused.headers["connection"] == "close"
    assert closed


async def test_a_body_announced_as_too_large_is_refused_before_it_is_sent(
    opening: Opening,
) -> None:
    async with opening(limits=SMALL) as house, wire(house.url) as line:
        key = await house.key()
        await line.send(head(key, "Content-Length: 99999999", "Expect: 100-continue"))
        reply = await line.reply()

    assert reply.status == 413
    assert "2,000 bytes" in reply.error()["message"]
    assert reply.headers["x-ratelimit-remaining-tokens"] == "80000"


async def test_a_client_that_may_send_is_told_to_continue(house: House) -> None:
    raw = orjson.dumps(chat())
    key = await house.key()
    async with wire(house.url) as line:
        await line.send(head(key, f"Content-Length: {len(raw)}", "Expect: 100-continue"))
        status, _ = await line.head()
        await line.send(raw)
        reply = await line.reply()

    assert (status, reply.status) == (100, 200)


async def test_a_body_that_grows_too_large_without_announcement_is_refused(
    opening: Opening,
) -> None:
    async with opening(limits=SMALL) as house, wire(house.url) as line:
        await line.send(head(await house.key(), CHUNKED))
        await chunks(line, b"x" * 3_000, 500)
        reply = await line.reply()

    assert reply.status == 413


async def test_a_client_that_only_reads_after_sending_everything_still_gets_its_413(
    opening: Opening,
) -> None:
    async with opening(limits={"body_bytes": 8_000_000}) as house, wire(house.url) as line:
        await line.send(post(await house.key(), b"x" * 12_000_000))
        reply = await line.reply()

    assert reply.status == 413


async def test_a_body_without_end_is_not_read_for_ever(opening: Opening) -> None:
    async with opening(limits=SMALL) as house, wire(house.url) as line:
        await line.send(head(await house.key(), CHUNKED))
        sent = 0
        with pytest.raises(ConnectionError):
            while sent < 400_000_000:
                await line.send(b"10000\r\n" + b"x" * 65536 + b"\r\n")
                sent += 65536

    assert sent < 100_000_000


async def test_who_calls_is_decided_before_the_body_is_read(opening: Opening) -> None:
    async with opening(limits=SMALL) as house, wire(house.url) as line:
        await line.send(head("lk_nobody", "Content-Length: 5000"))
        reply = await line.reply()

    assert reply.status == 401


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "empty"),
        (b"   ", "empty"),
        (b"{", "character"),
        (b"[]", "a list"),
        (b'"text"', "a string"),
        (b"null", "null"),
        (b"true", "a boolean"),
        (b"17", "a number"),
        (b'{"model": NaN}', "character"),
        (b"\xff\xfe{}", "character"),
        (b'{"model": "\xed\xa0\x80"}', "character"),
        (b"model=gpt-4o&stream=1", "character"),
        (b"[" * 100_000, "character"),
    ],
)
async def test_a_body_that_is_no_json_object_says_what_it_is(
    house: House, raw: bytes, words: str
) -> None:
    async with wire(house.url) as line:
        await line.send(post(await house.key(), raw))
        reply = await line.reply()

    assert reply.status == 400
    assert reply.error()["code"] == "invalid_request"
    assert words in reply.error()["message"]
    assert house.first.asked == 0


async def test_a_body_that_stops_arriving_is_given_up(opening: Opening) -> None:
    async with opening(idle=0.1) as house, wire(house.url) as line:
        await line.send(head(await house.key(), "Content-Length: 500") + b"{")
        reply = await line.reply()
        closed = await line.closed()

    assert reply.status == 400
    assert "stopped arriving" in reply.error()["message"]
    assert closed


async def test_a_large_prompt_is_counted_and_answered(opening: Opening) -> None:
    model = {"id": "wide", "context": 2_000_000, "routes": [{"upstream": "first"}]}
    async with opening(models=[model], limits={"daily_tokens": 10_000_000}) as house:
        text = "All work and no play. " * 100_000
        answer = await house.client(await house.key()).post(
            "/v1/chat/completions", json=chat(text, model="wide")
        )

        [seen] = house.first.seen
    assert answer.status_code == 200
    assert seen.body["messages"][0]["content"] == text


async def test_a_kept_connection_takes_one_request_after_another(house: House) -> None:
    key = await house.key()
    async with wire(house.url) as line:
        statuses = []
        for raw in (post(key, chat()), get("/v1/models"), post(key, b"{"), post(key, chat())):
            await line.send(raw)
            statuses.append((await line.reply()).status)

    assert statuses == [200, 200, 400, 200]


async def test_pipelined_requests_are_answered_in_order(house: House) -> None:
    key = await house.key()
    async with wire(house.url) as line:
        await line.send(
            post(key, chat()) + get("/nowhere") + post(key, chat(stream=True)) + get("/v1/models")
        )
        replies = [await line.reply() for _ in range(4)]

    assert [reply.status for reply in replies] == [200, 404, 200, 200]
    assert replies[2].body.endswith(b"data: [DONE]\n\n")
    assert len({reply.headers["x-request-id"] for reply in replies}) == 4


async def test_a_request_in_single_bytes_is_a_request(house: House) -> None:
    raw = post(await house.key(), chat())
    async with wire(house.url) as line:
        for at in range(len(raw)):
            line.writer.write(raw[at : at + 1])
            await asyncio.sleep(0)
        reply = await line.reply()

    assert reply.status == 200


async def test_what_is_no_http_is_refused_in_the_errors_shape(house: House) -> None:
    async with wire(house.url) as line:
        await line.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 this is TLS\r\n\r\n")
        reply = await line.reply()

    assert reply.status == 400
    assert reply.error()["code"] == "invalid_request"
    assert reply.headers["x-request-id"].startswith("req_")


async def test_a_head_without_end_is_cut_off(house: House) -> None:
    async with wire(house.url) as line:
        await line.send(b"GET /v1/models HTTP/1.1\r\nHost: loopback\r\nX-Endless: ")
        with pytest.raises(ConnectionError):
            for _ in range(2_000):
                await line.send(b"a" * 1_000)
                await asyncio.sleep(0)


async def test_an_old_client_without_keep_alive_is_served(house: House) -> None:
    key = await house.key()
    async with wire(house.url) as line:
        await line.send(post(key, chat()).replace(b"HTTP/1.1", b"HTTP/1.0", 1))
        reply = await line.reply()
        closed = await line.closed()

    assert (reply.status, closed) == (200, True)


@pytest.mark.parametrize(
    ("path", "kind", "reason"),
    [
        ("/v1/chat/completions", "application/json", "it is compressed (gzip)"),
        ("/v1/images/edits", "application/json", "it is compressed (gzip)"),
        ("/v1/images/edits", "multipart/form-data; boundary=x", "it is compressed (gzip)"),
        ("/v1/temp_mail/generate", "application/json", "it is compressed (gzip)"),
    ],
)
async def test_a_compressed_body_is_refused_for_what_it_is(
    house: House, path: str, kind: str, reason: str
) -> None:
    async with wire(house.url) as line:
        extra = (f"Content-Type: {kind}", "Content-Encoding: GZIP")
        await line.send(post(await house.key(), gzip.compress(b"{}"), *extra, path=path))
        reply = await line.reply()

    assert reply.status == 400
    assert reason in reply.error()["message"]
    assert "Send it as it is." in reply.error()["message"]


@pytest.mark.parametrize("path", ["/v1/images/edits", "/v1/images/generations"])
async def test_a_form_of_a_browser_is_refused_for_what_it_is(house: House, path: str) -> None:
    client = house.client(await house.key())

    answer = await client.post(path, data={"model": "flux", "prompt": "A cat"})

    message = answer.json()["error"]["message"]
    assert answer.status_code == 400
    assert "it is a form, application/x-www-form-urlencoded." in message
    assert "multipart/form-data" in message


async def test_json_is_read_whatever_it_is_called(house: House) -> None:
    async with wire(house.url) as line:
        kind = "Content-Type: application/x-www-form-urlencoded"
        await line.send(post(await house.key(), orjson.dumps(chat()), kind))
        reply = await line.reply()

    assert reply.status == 200
