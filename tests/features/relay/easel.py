"""What a test asks of a relaying process for pictures, and upstreams that give odd ones."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.core.clock import HandClock
from bot.relay.caller import Caller
from bot.relay.flat import Flats, Served
from bot.relay.pictures import Pictures
from bot.relay.studio import Studio
from bot.storage.database import Database
from bot.upstreams.fetch import Fetcher
from bot.upstreams.goods import Picture
from tests.features.relay.house import CLAUDE, MODEL, House, opened_house

PAINTER = MODEL | {"id": "flux", "kind": "image"}
ONE_A_CALL = [
    {"upstream": "first", "model": "dall-e-3"},
    {"upstream": "second", "model": "dall-e-3", "priority": 1},
]
MODELS = [
    MODEL,
    PAINTER,
    PAINTER | {"id": "one-a-call", "routes": ONE_A_CALL},
    PAINTER | {"id": "solo-flux", "routes": [{"upstream": "first"}]},
    CLAUDE | {"id": "claude-paints", "kind": "image"},
    PAINTER | {"id": "editor", "kind": ["edit", "image"]},
]
FLAT = 1_600  # a request unit at a coefficient of 2
PROMPT = "A blue square on a white ground"


@asynccontextmanager
async def opened_easel(db: Database, clock: HandClock, **sections: Any) -> AsyncIterator[House]:
    """Open a house that has models for pictures."""
    async with opened_house(db, clock, **({"models": MODELS} | sections)) as house:
        yield house


def pictures(house: House, fetcher: Fetcher | None = None) -> Pictures:
    """Return the house's pictures."""
    relay = house.relay
    flats = Flats(relay.router, relay.callers, relay.community, relay.desk)
    return Pictures(relay.catalogue, flats, Studio(fetcher or Fetcher()))


async def painted(
    house: House, caller: Caller, model: str = "flux", **fields: Any
) -> Served[list[Picture]]:
    """Ask for pictures; fields are those of the body."""
    making = pictures(house)
    wish = making.read({"model": model, "prompt": PROMPT} | fields)
    return await making.paint(caller, wish, "images.generations", house.clock.now())


async def edited(
    house: House, caller: Caller, image: Any, fetcher: Fetcher | None = None, **fields: Any
) -> Served[list[Picture]]:
    """Ask for a picture to be changed; fields are those of the body."""
    making = pictures(house, fetcher)
    wish = making.read_edit({"model": "editor", "prompt": PROMPT, "image": image} | fields)
    return await making.edit(caller, wish, "images.edits", house.clock.now())


def drawing(form: str = "PNG", size: tuple[int, int] = (48, 32)) -> bytes:
    """Return a picture's bytes."""
    written = BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(written, form)
    return written.getvalue()


def size_of(data: bytes) -> tuple[str | None, tuple[int, int]]:
    """Return a picture's format and size."""
    with Image.open(BytesIO(data)) as image:
        image.load()
        return image.format, image.size


def as_data_url(data: bytes, media: str = "image/png") -> str:
    """Return a data URL."""
    return f"data:{media};base64,{base64.b64encode(data).decode()}"


@dataclass
class Gallery:
    """An upstream that answers with these entries, and shows these files."""

    entries: list[dict[str, Any]]
    files: dict[str, bytes] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)  # files that were looked at
    asked: list[dict[str, Any]] = field(default_factory=list)

    def app(self) -> Starlette:
        """Return the ASGI app."""
        return Starlette(
            routes=[
                Route("/v1/images/generations", self._paint, methods=["POST"]),
                Route("/{name}", self._show),
            ]
        )

    async def _paint(self, request: Request) -> Response:
        self.asked.append(await request.json())
        here = str(request.base_url)
        entries = [
            {name: value.replace("HERE/", here) for name, value in entry.items()}
            for entry in self.entries
        ]
        return JSONResponse({"created": 1, "data": entries})

    async def _show(self, request: Request) -> Response:
        name = request.path_params["name"]
        self.shown.append(name)
        if name not in self.files:
            return Response(status_code=404)
        return Response(self.files[name], media_type="application/octet-stream")


def inside(data: bytes) -> dict[str, Any]:
    """Return an entry that holds bytes."""
    return {"b64_json": base64.b64encode(data).decode()}
