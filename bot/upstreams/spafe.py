"""Spafe (seeds/002_13c8f910d2aceccb.txt): one chat endpoint, without a key, pictures in its words.

What its document says, and what follows:
- The base address ends in /api/v1; POST /chat/completions below it is all there is. A models
  list is only written in the document: asked for one, it says 404, which is NoModelsList here.
- "usage" is null in every answer and every chunk: our own count is used. So it is never asked for
  with stream_options, which its document does not know and which some hosts refuse.
- A stream's first chunk holds content and role together; its last has empty content and
  finish_reason "stop"; then comes [DONE]. Every line of it ends in a space.
- Models have slashes in their names ("google/gemma-2-9b-it").
- An image model (flux) answers a chat with a markdown picture, "![Generated Image](address)".
"""

from typing import ClassVar

from bot.settings.serving import Capability
from bot.upstreams.dialect import Link, ModelSeen
from bot.upstreams.failures import Empty, NoModelsList, Refused
from bot.upstreams.goods import Picture, PictureAsk
from bot.upstreams.markdown import addresses
from bot.upstreams.openai import OpenAI, words_of
from bot.upstreams.pictures import linked


class Spafe(OpenAI):
    """Speaks OpenAI's chat, and paints by it."""

    name = "spafe"
    offers = frozenset({Capability.CHAT, Capability.STREAM, Capability.IMAGE})
    counts_streams: ClassVar[bool] = False

    async def models(self, link: Link) -> list[ModelSeen]:
        """List the models where a host does after all; raises NoModelsList where it does not."""
        try:
            return await super().models(link)
        except Refused as refusal:
            raise NoModelsList(refusal.status, refusal.reason) from refusal

    async def paint(self, link: Link, ask: PictureAsk) -> list[Picture]:
        """Make a picture by a chat: one an answer, as a rule; its prompt is all that can be said.

        Size, seed and a caller's other fields are a picture endpoint's, which this is not.
        """
        body = {"model": ask.model, "messages": [{"role": "user", "content": ask.prompt}]}
        answer = await self.complete(link, body)
        named = dict.fromkeys(addresses(words_of(answer)))
        found = [picture for address in named if (picture := linked(address)) is not None]
        if not found:
            raise Empty
        return found[: ask.n]
