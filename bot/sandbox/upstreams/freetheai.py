"""A loopback freetheai (seeds/003_a40518ba4b92250e.txt): chat, Messages, pictures either way."""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Any

from starlette.routing import Route

from bot.sandbox.upstreams.call import Call
from bot.sandbox.upstreams.chat import HOLLOW, Chat
from bot.sandbox.upstreams.loopback import Endpoint, Loopback
from bot.sandbox.upstreams.media import Pictures
from bot.sandbox.upstreams.messages import HOLLOW as NO_MESSAGE
from bot.sandbox.upstreams.messages import NEEDS, Messages, anthropic_error

EDITOR = "img/gpt-image-2"  # "Use /v1/images/edits only with img/gpt-image-2"
MODELS = (
    "glm/glm-5.1",
    "rev/claude-sonnet-4.5",
    EDITOR,
    "vhr/flux_dev",
    "vhr/gpt_image_2",
    "vhr/nano_banana_2",
    "vhr/bytedance_seedream_v4",
)
_BAD = "invalid_request_error"


@dataclass
class LoopbackFreeTheAI(Loopback):
    """Chats, speaks Messages, and draws as base64 or as a link, by the model."""

    models: tuple[str, ...] = MODELS

    def routes(self) -> list[Route]:
        """Return what it answers to."""
        pictures = _Pictures(self)
        messages = Endpoint(self, Messages(self), NEEDS, NO_MESSAGE, error=anthropic_error)
        return [
            self.post("/v1/chat/completions", Chat(self), "model", "messages", hollow=HOLLOW),
            Route("/v1/messages", messages, methods=["POST"]),
            Route("/v1/models", Endpoint(self, self.list_models, aside=True)),
            Route("/v1/models/full", Endpoint(self, self._full, aside=True)),
            self.post("/v1/images/generations", pictures.paint, "model", "prompt"),
            self.post("/v1/images/edits", pictures.edit, "model", "prompt", "image"),
            Route("/v1/health", Endpoint(self, self._health, aside=True, public=True)),
            pictures.links(),
        ]

    async def _full(self, call: Call) -> None:
        """Answer with the "Expanded model catalog with tier metadata"."""
        entries = [self.model_entry(name) | {"tier": _tier(name)} for name in self.models]
        await call.give({"object": "list", "data": entries})

    async def _health(self, call: Call) -> None:
        """Answer with "Public API health and catalog status"."""
        await call.give({"status": "ok", "models": len(self.models)})


@dataclass(frozen=True)
class _Pictures(Pictures):
    """One picture a request: "responses may contain either b64_json or url"."""

    async def edit(self, call: Call) -> None:
        """Answer POST /images/edits: JSON, "a base64 data URL input image"."""
        image = call.body["image"]
        if call.body["model"] != EDITOR:
            await call.refuse(400, _BAD, "This model does not support image edits.")
        elif (data := _picture(image)) is None:
            await call.refuse(400, _BAD, "image must be a base64 data URL.")
        else:
            await self._give(call, hashlib.sha256(data).hexdigest())

    async def _give(self, call: Call, before: str) -> None:
        inside = str(call.body["model"]).startswith("img/")
        entry = self._one(call, before, inside=inside)
        await call.give({"created": call.at, "data": [entry]})


def _picture(image: Any) -> bytes | None:
    if not (isinstance(image, str) and image.startswith("data:image/")):
        return None
    form, _, inside = image.partition(",")
    try:
        return base64.b64decode(inside, validate=True) if form.endswith(";base64") else None
    except binascii.Error:
        return None


def _tier(name: str) -> str:
    return "premium" if name.startswith("rev/") else "free"
