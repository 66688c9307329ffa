"""Whatever is thrown at a route is answered in words: never a fault of ours."""

import copy
from collections.abc import AsyncIterator, Iterator
from typing import Any

import orjson
import pytest

from bot.api.operation import Operation, shown
from tests.doors.api.conftest import Opening
from tests.doors.api.wire import Reply, get, post, wire
from tests.fakes.bazaar import FITTING, bazaar
from tests.fakes.house import House

NUL, SURROGATE = b'"\\u0000"', b'"\\ud800"'
VALUES = [
    b"null",
    b"true",
    b"-1",
    b"1e308",
    b"9" * 40,
    b'""',
    NUL,
    SURROGATE,
    b'"\xff"',
    b"[]",
    b"{}",
    b"[null]",
    b'[{"type": 1, "role": [], "content": {}}]',
    b"[" * 150 + b"]" * 150,
    b'{"a":' * 300 + b"1" + b"}" * 300,
]
BODIES = [b"", b" ", b"\x00", b"\xff\xfe", b"[]", b"null", b"{", b'{"a":', b"[" * 5000]
QUERIES = [
    "%ff=%fe",
    "prompt=%00&model=%00",
    "prompt=a&prompt=b&model=a&model=b&key=a&key=b",
    "%",
    "&&==",
    "prompt=%ed%a0%80",
    "size=99999999999999999999&seed=1e999",
    "prompt=" + "a" * 3000,
]
SEGMENTS = ["%00", "%ff", "%ed%a0%80", "%2e%2e", "%2F%2F", "a%0d%0ab", "9" * 400, "%F0%9F%94%91"]


@pytest.fixture
async def house(opening: Opening) -> AsyncIterator[House]:
    """A house that has everything, and a member to whom nothing is refused."""
    async with bazaar() as goods, opening(**goods.settings) as opened:
        yield opened


async def open_key(house: House) -> str:
    key = await house.key()
    await house.grant(unlimited=True)
    return key


def bodied(house: House) -> list[Operation]:
    return [one for one in house.api.app.operations if one.takes is not None]


def filled(operation: Operation) -> dict[str, Any]:
    """Return the operation's example with a model that fits."""
    body = copy.deepcopy(operation.example or {})
    if body.get("model") == "MODEL":
        body["model"] = FITTING[operation.kind]
    return body


def spoiled(operation: Operation, fields: set[str]) -> Iterator[tuple[str, bytes]]:
    """Yield bodies of which one field is something else."""
    whole = {name: orjson.dumps(value) for name, value in filled(operation).items()}
    for name in sorted(fields | set(whole) | {"tools", "what_nobody_knows"}):
        for value in VALUES:
            parts = [b'"%b": %b' % (n.encode(), v) for n, v in (whole | {name: value}).items()]
            yield f"{name}={value[:30]!r}", b"{" + b", ".join(parts) + b"}"


def sound(reply: Reply, path: str) -> bool:
    """Say whether an answer is a success, or a refusal in the errors' shape."""
    if reply.status < 400:
        return True
    told = orjson.loads(reply.body)
    return reply.status != 500 and isinstance(told["error"]["message"], str)


async def test_a_body_with_an_odd_field_is_never_a_fault(house: House) -> None:
    key, schemas = await open_key(house), await described(house)
    faults, sent = [], 0

    async with wire(house.url) as line:
        for operation in bodied(house):
            fields = set(schemas[operation.takes.json].get("properties", {}))
            for what, raw in spoiled(operation, fields - {"stream"}):
                await line.send(post(key, raw, path=operation.path))
                reply = await line.reply()
                sent += 1
                if not sound(reply, operation.path):
                    faults.append((operation.path, what, reply.status))

    assert faults == []
    assert sent > 500


async def test_a_body_that_is_no_json_is_refused_everywhere(house: House) -> None:
    key = await open_key(house)
    found = {}

    async with wire(house.url) as line:
        for operation in bodied(house):
            for raw in BODIES:
                await line.send(post(key, raw, path=operation.path))
                reply = await line.reply()
                found[operation.path, raw] = reply.status

    lenient = {"/v1/temp_mail/generate"}  # takes an empty body
    statuses = {
        status for (path, raw), status in found.items() if raw.strip() or path not in lenient
    }
    assert statuses == {400}


@pytest.mark.parametrize(
    "form",
    [
        b"",
        b"--x",
        b"--x\r\n\r\n--x--",
        b"\xff" * 99,
        b'--x\r\nContent-Disposition: form-data; name="\xff"\r\n\r\n\xff\r\n--x--\r\n',
    ],
)
@pytest.mark.parametrize(
    "kind",
    [
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "text/\xe9",
        "application/json; charset=utf-16",
    ],
)
async def test_a_form_that_is_none_is_never_a_fault(house: House, form: bytes, kind: str) -> None:
    key = await open_key(house)

    async with wire(house.url) as line:
        for operation in bodied(house):
            await line.send(post(key, form, f"Content-Type: {kind}", path=operation.path))
            reply = await line.reply()
            assert sound(reply, operation.path), operation.path


async def test_an_odd_query_or_path_is_never_a_fault(house: House) -> None:
    key = await open_key(house)
    paths = [shown(path) for one in house.api.app.operations for path in one.paths]
    asked = [f"{path}?{query}" for path in paths if "{" not in path for query in QUERIES]
    asked += [
        path.partition("{")[0] + segment for path in paths if "{" in path for segment in SEGMENTS
    ]
    faults = []

    async with wire(house.url) as line:
        for target in asked:
            await line.send(get(target, f"Authorization: Bearer {key}"))
            reply = await line.reply()
            if not sound(reply, target):
                faults.append((target[:60], reply.status))

    assert faults == []
    assert len(asked) > 100


async def test_a_look_at_a_calls_headers_makes_no_call(house: House) -> None:
    client = house.client(await open_key(house))

    for operation in house.api.app.operations:
        if operation.metered and operation.method == "GET":
            answer = await client.head(operation.path, params=operation.example)

            assert answer.status_code == 405
            assert answer.headers["allow"] == "GET"
    assert await house.records() == []


@pytest.mark.parametrize(
    "header",
    [
        "Authorization: Bearer \xff\xfe",
        "Authorization: Bearer lk_\xed\xa0\x80",
        "Authorization: \xff",
        "Authorization: Bearer " + "a" * 9000,
        "x-api-key: \xff",
        "Content-Type: \xff; charset=\xff",
        "Content-Length: 0",
        "Origin: \xff",
        "X-Forwarded-For: \xff",
    ],
)
async def test_an_odd_header_is_never_a_fault(house: House, header: str) -> None:
    for path in ("/v1/chat/completions", "/v1/messages", "/v1/images/edits"):
        raw = b"POST " + path.encode() + b" HTTP/1.1\r\nHost: loopback\r\n"
        length = b"" if header.startswith("Content-Length") else b"Content-Length: 2\r\n"
        end = b"\r\n\r\n" + (b"{}" if length else b"")
        async with wire(house.url) as line:
            await line.send(raw + length + header.encode("latin-1") + end)
            reply = await line.reply()

        assert 400 <= reply.status < 500
        assert sound(reply, path)


async def described(house: House) -> dict[str, Any]:
    document = (await house.client().get("/openapi.json")).json()
    return document["components"]["schemas"]
