"""The dialect most upstreams speak: OpenAI's chat completions."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, NoReturn

import orjson

from bot.upstreams.chunks import EXCUSES, Chunks, has_content
from bot.upstreams.dialect import Capability, Chunk, Completion, Dialect, Link, ModelSeen, Usage
from bot.upstreams.failures import Broken, Empty, UpstreamFailure
from bot.upstreams.http import Response, let_go, whole
from bot.upstreams.refusals import of_error, of_status, retry_after, sentence

LARGEST_ERROR = 64 * 1024  # bytes of an error's body that are read
_CHAT = "/chat/completions"


class OpenAI(Dialect):
    """Speaks OpenAI's chat completions; fields it does not know pass through."""

    name = "openai"
    offers = frozenset(
        {
            Capability.CHAT,
            Capability.STREAM,
            Capability.TOOLS,
            Capability.VISION,
            Capability.AUDIO,
        }
    )

    async def complete(self, link: Link, body: dict[str, Any]) -> Completion:
        """Answer a chat body in one piece."""
        asked = {name: value for name, value in body.items() if name != "stream_options"}
        asked["stream"] = False
        response = await link.post(_CHAT, asked)
        if response.status_code != 200:
            await refuse(link, response)
        answer = await _object(link, response)
        if not (isinstance(choices := answer.get("choices"), list) and choices):
            raise Empty
        delivered = any(map(_delivers, choices))
        if not delivered and not any(map(_excused, choices)):
            raise Empty
        return Completion(answer, Usage.read(answer.get("usage"), delivered=delivered))

    @asynccontextmanager
    async def stream(self, link: Link, body: dict[str, Any]) -> AsyncIterator[AsyncIterator[Chunk]]:
        """Answer a chat body in chunks, usage always asked for."""
        options = body.get("stream_options")
        options = {**options, "include_usage": True} if options else {"include_usage": True}
        response = await link.post(_CHAT, {**body, "stream": True, "stream_options": options})
        chunks = Chunks(response, link.unsaid)
        try:
            if response.status_code != 200:
                await refuse(link, response)
            kind = response.headers.get("content-type", "").lower()
            if "json" in kind:
                await _object(link, response)  # an error, or an answer nobody asked for in one
                raise Empty
            if "html" in kind:
                raise Empty
            yield chunks
        finally:
            await let_go(response, over=chunks.over)

    async def models(self, link: Link) -> list[ModelSeen]:
        """List the models the upstream says it serves."""
        response = await link.get("/models")
        if response.status_code != 200:
            await refuse(link, response)
        answer = await _object(link, response)
        data = answer.get("data")
        if not isinstance(data, list):
            raise Empty
        return [
            ModelSeen(model["id"], str(model.get("owned_by") or "") or None)
            for model in data
            if isinstance(model, dict) and isinstance(model.get("id"), str)
        ]


async def refuse(link: Link, response: Response) -> NoReturn:
    """Raise what an answer other than 200 means."""
    status, body = response.status_code, b""
    with suppress(UpstreamFailure):  # the status says enough
        body = await whole(response, LARGEST_ERROR)
    if 200 <= status < 300:
        raise Empty
    rest = retry_after(response.headers)
    raise of_status(status, sentence(body), rest=rest, unsaid=link.unsaid)


async def _object(link: Link, response: Response) -> dict[str, Any]:
    """Read an answer that must be a JSON object, and no error."""
    try:
        answer = orjson.loads(await whole(response))
    except (orjson.JSONDecodeError, Broken):
        raise Empty from None
    if not isinstance(answer, dict):
        raise Empty
    if error := answer.get("error"):
        raise of_error(error, link.unsaid)
    return answer


def _delivers(choice: Any) -> bool:
    message = choice.get("message") if isinstance(choice, dict) else None
    return isinstance(message, dict) and has_content(message)


def _excused(choice: Any) -> bool:
    """Say whether a choice is an answer without content: a finish explains its absence."""
    if not isinstance(choice, dict) or not isinstance(choice.get("message"), dict):
        return False
    return choice.get("finish_reason") in EXCUSES
