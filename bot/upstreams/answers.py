"""An upstream's answer that came whole: a JSON object, or what its absence means."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

import orjson

from bot.upstreams.dialect import Link
from bot.upstreams.failures import Broken, Empty, UpstreamFailure
from bot.upstreams.http import LARGEST_ANSWER, Response, whole
from bot.upstreams.refusals import of_error, of_status, retry_after, sentence

LARGEST_ERROR = 64 * 1024  # bytes of an error's body that are read
LARGE = 1024 * 1024  # bytes; a longer answer is parsed beside the event loop


async def refuse(link: Link, response: Response) -> NoReturn:
    """Raise what an answer other than 200 means."""
    status, body = response.status_code, b""
    with suppress(UpstreamFailure):  # the status says enough
        body = await whole(response, LARGEST_ERROR)
    if 200 <= status < 300:
        raise Empty
    rest = retry_after(response.headers)
    raise of_status(status, sentence(body), rest=rest, unsaid=link.unsaid)


async def read_object(
    link: Link,
    response: Response,
    most: int = LARGEST_ANSWER,
    parse: Callable[[bytes], Any] = orjson.loads,
) -> dict[str, Any]:
    """Read an answer that must be a 200 with a JSON object, and no error; `most` bytes of it."""
    if response.status_code != 200:
        await refuse(link, response)
    try:
        raw = await whole(response, most)
        answer = parse(raw) if len(raw) <= LARGE else await asyncio.to_thread(parse, raw)
    except (orjson.JSONDecodeError, Broken):
        raise Empty from None
    if not isinstance(answer, dict):
        raise Empty
    if error := answer.get("error"):
        raise of_error(error, link.unsaid)
    return answer
