"""A loopback upstream's pictures, speech and embeddings, in OpenAI's shapes."""

import asyncio
import base64
import hashlib
import math
import re
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from starlette.routing import Route

from bot.sandbox.upstreams.answers import NONSENSE
from bot.sandbox.upstreams.call import Call
from bot.sandbox.upstreams.drawing import PNG, drawn, mark_of, shape_of
from bot.sandbox.upstreams.loopback import Endpoint, Loopback
from bot.sandbox.upstreams.sounding import spoken
from bot.sandbox.upstreams.troubles import Fault

LINKS = "/pictures/{name}"
MOST_PICTURES = 10
DIMENSIONS = {"text-embedding-3-large": 3072}
USUAL_DIMENSIONS = 1536

_NAME = re.compile(r"([0-9a-f]{32})-(\d{1,3})x(\d{1,3})\.png")
_BAD = "invalid_request_error"


@dataclass(frozen=True)
class Pictures:
    """Draws what is asked for; a link to a picture is all that need be kept of it."""

    upstream: Loopback
    revises: bool = True  # says in which words it understood the prompt
    most: int = MOST_PICTURES

    def links(self) -> Route:
        """Return the route that its links lead to, open to everybody."""
        return Route(LINKS, Endpoint(self.upstream, self._show, aside=True, public=True))

    async def paint(self, call: Call) -> None:
        """Answer POST /images/generations."""
        await self._give(call, "")

    async def edit(self, call: Call) -> None:
        """Answer POST /images/edits, a form with the picture as a file."""
        if not (image := call.files.get("image")):
            await call.refuse(400, _BAD, "image is required.")
            return
        mask = call.files.get("mask", b"")
        await self._give(call, hashlib.sha256(image + b"\0" + mask).hexdigest())

    async def _give(self, call: Call, before: str) -> None:
        body = call.body
        model, wanted = str(body.get("model", "")), body.get("response_format")
        many = int(body.get("n") or 1)
        if many > self.most:
            await call.refuse(400, _BAD, f"n must be at most {self.most}.")
        elif model.startswith("gpt-image") and wanted is not None:
            await call.refuse(400, _BAD, "Unknown parameter: 'response_format'.")
        else:
            inside = wanted == "b64_json" or model.startswith("gpt-image")
            data = [self._one(call, f"{before}{index}", inside=inside) for index in range(many)]
            await call.give({"created": call.at, "data": data})

    def _one(self, call: Call, variant: str, *, inside: bool) -> dict[str, Any]:
        prompt = call.body["prompt"]
        mark = mark_of(prompt, call.body.get("seed") or call.number, variant)
        shape = shape_of(call.body.get("size"))
        entry: dict[str, Any] = {"revised_prompt": f"A picture: {prompt}"} if self.revises else {}
        if inside:
            return entry | {"b64_json": base64.b64encode(drawn(mark, shape)).decode()}
        return entry | {"url": link_to(call, mark, shape)}

    async def _show(self, call: Call) -> None:
        if (found := _NAME.fullmatch(call.part["name"])) is None:
            await call.refuse(404, "not_found_error", "There is no such picture.")
            return
        await call.give(drawn(found[1], (int(found[2]) or 1, int(found[3]) or 1)), PNG)


def link_to(call: Call, mark: str, shape: tuple[int, int]) -> str:
    """Return the address at which the called upstream shows a picture."""
    return f"{call.here}/pictures/{mark}-{shape[0]}x{shape[1]}.png"


@dataclass(frozen=True)
class Speech:
    """Says a text, a tone a word, in the form asked for, else in WAV."""

    upstream: Loopback

    async def __call__(self, call: Call) -> None:
        """Answer POST /audio/speech."""
        media, pieces = spoken(call.body["input"], call.body.get("response_format") or "mp3")

        async def paced() -> AsyncIterator[bytes]:
            if call.trouble.fault is Fault.HUGE:
                yield bytes(call.trouble.number * 1024 * 1024)
            for piece in pieces:
                if self.upstream.pace:
                    await asyncio.sleep(self.upstream.pace)
                yield piece

        await call.give_pieces(paced(), media)


async def embed(call: Call) -> None:
    """Answer POST /embeddings with vectors of length 1, the same for the same text."""
    body = call.body
    given = body["input"]
    several = isinstance(given, list) and not isinstance(given[0], int)
    inputs = given if several else [given]
    model = body.get("model", "")
    size = int(body.get("dimensions") or DIMENSIONS.get(model, USUAL_DIMENSIONS))
    written = body.get("encoding_format") == "base64"
    data = [
        {
            "object": "embedding",
            "index": index,
            "embedding": _written(vector) if written else vector,
        }
        for index, vector in enumerate(vector_of(str(one), size) for one in inputs)
    ]
    answer = {"object": "list", "data": data, "model": model}
    await call.give(answer | _usage(call, sum(map(_tokens, inputs))))


def vector_of(text: str, size: int) -> list[float]:
    """Return a text's vector."""
    raw = hashlib.shake_256(text.encode()).digest(2 * size)
    found = [value - 32_767.5 for value in struct.unpack(f"<{size}H", raw)]
    length = math.hypot(*found)
    return [value / length for value in found]


def _written(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def _tokens(one: Any) -> int:
    return len(one) if isinstance(one, list) else len(str(one).split()) or 1


def _usage(call: Call, tokens: int) -> dict[str, Any]:
    match call.trouble.fault:
        case Fault.NO_USAGE:
            return {}
        case Fault.NULL_USAGE:
            return {"usage": None}
        case Fault.NONSENSE_USAGE:
            return {"usage": NONSENSE}
    return {"usage": {"prompt_tokens": tokens, "total_tokens": tokens}}
