"""POST /v1/images/generations and /v1/images/edits: pictures as links or as base64, as asked."""

import asyncio
import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from bot.api import bodies, forms
from bot.api.counter import Counter
from bot.api.operation import Answer, Body, Operation
from bot.api.parts import ApiParts
from bot.api.schema import TEXT, Schema, choice, either, many, maybe, record, text, whole
from bot.ledger.calls import Settled
from bot.relay.flat import Served
from bot.relay.pictures import (
    AUTO,
    LARGEST_SEED,
    MOST_PICTURES,
    MOST_PROMPT,
    Pictures,
    number_in,
)
from bot.upstreams.airforce_asks import RATIOS
from bot.upstreams.goods import Picture

GENERATIONS, EDITS = "images.generations", "images.edits"
PIXEL = (  # the smallest of pictures, for the example
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2"
    "FAAAAABJRU5ErkJggg=="
)
_NUMBERS = ("n", "seed")
_COMMON: dict[str, Schema] = {
    "prompt": text("what to show", least=1, most=MOST_PROMPT),
    "model": maybe(text("left out: flux, or else the first model that makes pictures", least=1)),
    "n": maybe(whole(1, MOST_PICTURES, words="how many; each is paid", default=1)),
    "size": maybe(
        text('"1024x1024" and its like, a ratio as "16:9", or auto')
        | {"pattern": f"^({'|'.join((AUTO, *RATIOS))}|[1-9][0-9]{{1,3}}x[1-9][0-9]{{1,3}})$"}
    ),
    "seed": maybe(whole(0, LARGEST_SEED)),
    "response_format": maybe(
        choice("url", "b64_json", words="left out: as the upstream gives them")
    ),
}
_WORDS = "Every field that is not named here passes through."
_FORM_NUMBERS: dict[str, Schema] = {
    "n": whole(1, MOST_PICTURES),
    "seed": whole(0, LARGEST_SEED),
}
_LINK = text("one picture: a data: URL, or a public address", least=1)
_FILE: Schema = {"type": "string", "format": "binary", "minLength": 1}
_EDITED = _COMMON | {
    "model": maybe(text("left out: flux where it edits, else the first model that does", least=1))
}
SCHEMAS: dict[str, Schema] = {
    "ImageRequest": record("prompt", words=_WORDS, has=_COMMON),
    "ImageEdit": record(
        "prompt",
        "image",
        words=_WORDS,
        has=_EDITED | {"image": either(_LINK, many(_LINK, least=1, most=1)), "mask": maybe(_LINK)},
    ),
    "ImageEditForm": record(
        "prompt",
        "image",
        words=(
            "As OpenAI's SDKs send it; the picture, one at a time, may also be named image[]. "
            f"{_WORDS}"
        ),
        has=_EDITED | _FORM_NUMBERS | {"image": _FILE, "mask": _FILE},
    ),
    "Images": record(
        "created",
        "data",
        has={
            "created": whole(),
            "data": many(
                record(
                    has={
                        "url": text("a link of the upstream's, or a data: URL"),
                        "b64_json": TEXT,
                        "revised_prompt": text("the prompt as the upstream understood it"),
                    }
                ),
                least=1,
            ),
        },
    ),
}


@dataclass(frozen=True)
class Generations:
    """Makes pictures."""

    counter: Counter
    pictures: Pictures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        counter, visit = self.counter, self.counter.visit(scope)
        caller = await counter.caller(scope)
        wish = self.pictures.read(await counter.json(scope, receive))
        with counter.present(scope):
            served = await self.pictures.paint(caller, wish, GENERATIONS, visit.arrived)
            await give(counter, send, served)


@dataclass(frozen=True)
class Edits:
    """Changes pictures, that come in JSON or in a form."""

    counter: Counter
    pictures: Pictures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        counter, visit = self.counter, self.counter.visit(scope)
        caller = await counter.caller(scope)
        wish = self.pictures.read_edit(await _fields(scope, await counter.body(scope, receive)))
        with counter.present(scope):
            served = await self.pictures.edit(caller, wish, EDITS, visit.arrived)
            await give(counter, send, served)


async def give(counter: Counter, send: Send, served: Served[list[Picture]]) -> None:
    """Answer with pictures in OpenAI's shape."""
    settled: Settled = served.settled
    created = int(counter.clock.now().timestamp())
    body = await asyncio.to_thread(_written, created, served.value)  # it may be megabytes
    await counter.answer(send, body, settled, served.upstream)


def _written(created: int, pictures: Sequence[Picture]) -> bytes:
    return orjson.dumps({"created": created, "data": [_entry(picture) for picture in pictures]})


def _entry(picture: Picture) -> dict[str, Any]:
    revised = {"revised_prompt": picture.revised_prompt} if picture.revised_prompt else {}
    if picture.data is None:
        return {"url": picture.url} | revised
    return {"b64_json": base64.b64encode(picture.data).decode()} | revised


async def _fields(scope: Scope, raw: bytes) -> dict[str, Any]:
    """Read a body that is a form or JSON."""
    if forms.is_form(scope):
        return _typed(await forms.parse(scope, raw))
    return await bodies.parsed(raw, scope["headers"])


def _typed(fields: dict[str, Any]) -> dict[str, Any]:
    """Give a form's fields the types that they have in JSON; an empty one is left out."""
    found = {name: value for name, value in fields.items() if value not in ("", b"")}
    for name in _NUMBERS:
        if isinstance(value := found.get(name), str):
            found[name] = number_in(value)
    if found.get("stream") in ("false", "0"):
        del found["stream"]
    return found


def operations(parts: ApiParts, counter: Counter) -> tuple[Operation, ...]:
    """Describe pictures, and serve them."""
    return (
        Operation(
            name="images",
            method="POST",
            path="/v1/images/generations",
            endpoint=Generations(counter, parts.pictures),
            summary="Make pictures",
            words=(
                "Each picture that is delivered costs one request unit times the coefficient. A "
                "link is the upstream's own, or a data: URL where it gives bytes alone."
            ),
            answer=Answer("The pictures.", "Images"),
            keyed=True,
            metered=True,
            takes=Body("ImageRequest"),
            example={"model": "MODEL", "prompt": "A white siamese cat", "size": "1024x1024"},
            kind="image",
        ),
        Operation(
            name="image_edits",
            method="POST",
            path="/v1/images/edits",
            endpoint=Edits(counter, parts.pictures),
            summary="Change a picture",
            words=(
                "One picture at a time: PNG, JPEG, WebP or GIF, as a data: URL, at a public "
                "address, or as a file in a form; several are refused. Priced as pictures are."
            ),
            answer=Answer("The pictures.", "Images"),
            keyed=True,
            metered=True,
            takes=Body("ImageEdit", form="ImageEditForm"),
            example={"model": "MODEL", "prompt": "Make it blue", "image": PIXEL},
            kind="edit",
        ),
    )
