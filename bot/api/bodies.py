"""A request's body: read up to a limit, whether its length is announced or not, then parsed."""

import asyncio
from collections.abc import Iterable
from typing import Any

import orjson
from starlette.types import Message, Receive, Scope

from bot.api.connection import connection_of
from bot.api.errors import BodyIncomplete, NotJson, TooLarge
from bot.api.presence import ClientLeft

# Levels of lists and objects: JSON may not be written deeper than 254, and some is wrapped.
DEEPEST = 200
PACKINGS = ("gzip", "x-gzip", "deflate", "br", "zstd")
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
LARGE = 1024 * 1024  # bytes; a longer body is parsed beside the event loop
LINGER_SECONDS = 5.0  # in which a client that was refused may finish sending


async def read(scope: Scope, receive: Receive, *, limit: int, idle: float) -> bytes:
    """Return the whole body of at most `limit` bytes; `idle` seconds of silence end it."""
    headers, connection = scope["headers"], connection_of(scope)
    if announced(headers) > limit:
        raise TooLarge(limit=limit)
    pieces: list[bytes] = []
    received = 0
    while True:
        if connection.body_is_here:
            message = await receive()
        else:
            message = await _patiently(receive, idle, received)
        if message["type"] == "http.disconnect":
            raise ClientLeft
        pieces.append(message["body"])
        received += len(message["body"])
        if received > limit:
            raise TooLarge(limit=limit)
        if not message["more_body"]:
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)


async def _patiently(receive: Receive, idle: float, received: int) -> Message:
    try:
        async with asyncio.timeout(idle):
            return await receive()
    except TimeoutError:
        raise BodyIncomplete(received=received) from None


def announced(headers: Iterable[tuple[bytes, bytes]]) -> int:
    """Return the announced length in bytes, 0 where there is none."""
    for name, value in headers:
        if name == b"content-length":
            return int(value)
    return 0


async def linger(receive: Receive, limit: int) -> None:
    """Take and forget more of a refused body, so that the refusal is read, not a reset."""
    try:
        async with asyncio.timeout(LINGER_SECONDS):
            while limit > 0:
                message = await receive()
                if message["type"] == "http.disconnect" or not message["more_body"]:
                    return
                limit -= len(message["body"])
    except TimeoutError:
        return


async def parsed(body: bytes, headers: Iterable[tuple[bytes, bytes]] = ()) -> dict[str, Any]:
    """Return the JSON object that the body is, or say why it is none, as its headers tell."""
    if len(body) <= LARGE:
        return parse(body, headers)
    return await asyncio.to_thread(parse, body, headers)


def parse(body: bytes, headers: Iterable[tuple[bytes, bytes]] = ()) -> dict[str, Any]:
    """Return the same as `parsed`, at once."""
    if not body.strip():
        raise NotJson(reason="it is empty")
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as fault:
        reason = packed(headers) or _form(headers) or f"{fault.msg}, at character {fault.pos}"
        raise NotJson(reason=reason) from None
    if not isinstance(parsed, dict):
        raise NotJson(reason=f"it is {_named(parsed)}")
    if body.count(b"[") + body.count(b"{") > DEEPEST and _deep(parsed):
        raise NotJson(reason=f"it is more than {DEEPEST} levels deep")
    return parsed


def packed(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Return what is wrong with a body that is compressed; "" where it is not."""
    said = _said(headers, b"content-encoding")
    if said in ("", "identity"):
        return ""
    named = said if said in PACKINGS else "packed"
    return f"it is compressed ({named}), which is not taken here. Send it as it is"


def _form(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Return what is wrong with a body that is a form of some sort; "" where it is none."""
    kind = _said(headers, b"content-type").partition(";")[0].strip()
    if kind not in FORMS:
        return ""
    return (
        f"it is a form, {kind}. Send JSON as application/json; /v1/images/edits also takes "
        "multipart/form-data"
    )


def _said(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> str:
    found = next((value for name, value in headers if name == wanted), b"")
    return found.decode("latin-1").strip().lower()


def _deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        inner = (one.values() if isinstance(one, dict) else one for one in level)
        level = [one for many in inner for one in many if isinstance(one, dict | list)]
        if not level:
            return False
    return True


def _named(value: object) -> str:
    match value:
        case list():
            return "a list"
        case str():
            return "a string"
        case None:
            return "null"
        case bool():
            return "a boolean"
        case _:
            return "a number"
