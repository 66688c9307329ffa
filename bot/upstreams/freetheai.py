"""Freetheai (seeds/003_a40518ba4b92250e.txt): OpenAI's chat, Anthropic's Messages, two catalogues.

What its document says beyond OpenAI's API:
- The base address ends in /v1; one bearer token opens all of it, POST /messages too.
- GET /models is for clients, GET /models/full has "tier metadata"; neither's entries are shown.
- "Generation responses may contain either b64_json or url": no example chooses, or asks for two.
- POST /images/edits is JSON with "a base64 data URL input image", and no form.
- 400 is the caller's, 401 and 403 ("not available for your current access tier") are ours to
  mend, 429 is "Rate limit or concurrency limit", 5xx "Retry once".
"""

from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from bot.settings.serving import Capability
from bot.upstreams.answers import read_object
from bot.upstreams.dialect import NO_HEADERS, Chunk, Completion, Link, ModelSeen
from bot.upstreams.failures import Broken, Empty, Misconfigured, Refused
from bot.upstreams.goods import EditAsk, Picture, PictureAsk
from bot.upstreams.messages import native
from bot.upstreams.openai import OpenAI
from bot.upstreams.pictures import pictures_in, pixels


class FreeTheAI(OpenAI):
    """Speaks freetheai's routes; a request makes one picture, given as base64 or as a link."""

    name = "freetheai"
    offers = frozenset(
        {
            Capability.CHAT,
            Capability.STREAM,
            Capability.TOOLS,
            Capability.VISION,
            Capability.SIGHT,
            Capability.MESSAGES,
            Capability.IMAGE,
            Capability.EDIT,
        }
    )

    async def message(
        self, link: Link, body: dict[str, Any], headers: Mapping[str, str] = NO_HEADERS
    ) -> Completion:
        """Answer a Messages body by POST /messages."""
        return await native.message(link, body, headers)

    @asynccontextmanager
    async def message_stream(
        self, link: Link, body: dict[str, Any], headers: Mapping[str, str] = NO_HEADERS
    ) -> AsyncIterator[AsyncIterator[Chunk]]:
        """Answer a Messages body by POST /messages, in events."""
        async with native.message_stream(link, body, headers) as events:
            yield events

    async def models(self, link: Link) -> list[ModelSeen]:
        """List the models with their tiers; without, where the full list cannot be had."""
        try:
            answer = await read_object(link, await link.get("/models/full"))
            seen = [self.model_seen(entry) for entry in _entries(answer)]
        except (Refused, Misconfigured, Broken, Empty):
            seen = []  # "for catalog UIs": "normal clients" have a list of their own
        return seen or await super().models(link)

    def model_seen(self, entry: dict[str, Any]) -> ModelSeen:
        """Read one entry of either list; the seed names a tier and does not show where it is."""
        metadata = entry.get("metadata")
        places = (entry, metadata if isinstance(metadata, dict) else {})
        tiers = (place.get("tier") for place in places)
        tier = next((tier for tier in tiers if isinstance(tier, str) and tier), None)
        return ModelSeen(entry["id"], str(entry.get("owned_by") or "") or None, tier=tier)

    async def edit(self, link: Link, ask: EditAsk) -> list[Picture]:
        """Change a picture by POST /images/edits: JSON, the picture as "a base64 data URL"."""
        if ask.mask is not None:  # without it the whole picture would be painted over
            raise Refused(400, "it edits whole pictures: leave the mask out.")
        image = f"data:{ask.media};base64,{b64encode(ask.image).decode()}"
        body = {**ask.extra, "model": ask.model, "prompt": ask.prompt, "image": image}
        response = await link.post("/images/edits", body | self._wishes(ask))
        return await pictures_in(link, response, ask.n)

    def _wishes(self, ask: PictureAsk | EditAsk) -> dict[str, Any]:
        """Return the size alone: the route gives one picture, in the form that it likes."""
        model = ask.model.rpartition("/")[2].replace("_", "-")  # of img/ and vhr/ names
        size = pixels(ask.size, model)
        return {} if size is None else {"size": size}


def _entries(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the entries of the full list that name a model."""
    found = next((v for name in ("data", "models") if isinstance(v := answer.get(name), list)), [])
    return [e for e in found if isinstance(e, dict) and isinstance(e.get("id"), str)]
