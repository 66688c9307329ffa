"""The dialect most upstreams speak: OpenAI's, chat completions first."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar

from bot.settings.serving import Capability
from bot.upstreams.answers import read_object, refuse
from bot.upstreams.chunks import Chunks
from bot.upstreams.completions import Spelled, completed
from bot.upstreams.dialect import Chunk, Completion, Link, ModelSeen
from bot.upstreams.failures import Empty
from bot.upstreams.goods import SightAsk
from bot.upstreams.http import let_go
from bot.upstreams.openai_media import OpenAIMedia

WHAT_IS_SEEN = "Describe this picture."


class OpenAI(OpenAIMedia):
    """Speaks OpenAI's API; fields it does not know pass through."""

    name = "openai"
    offers = frozenset(
        {
            Capability.CHAT,
            Capability.STREAM,
            Capability.TOOLS,
            Capability.VISION,
            Capability.AUDIO,
            Capability.IMAGE,
            Capability.EDIT,
            Capability.SPEECH,
            Capability.EMBEDDINGS,
            Capability.SIGHT,
        }
    )
    chat_path: ClassVar[str] = "/chat/completions"
    models_path: ClassVar[str] = "/models"
    counts_streams: ClassVar[bool] = True  # may be asked for usage at a stream's end

    async def complete(self, link: Link, body: dict[str, Any]) -> Completion:
        """Answer a chat body in one piece."""
        asked = {name: value for name, value in body.items() if name != "stream_options"}
        asked["stream"] = False
        return completed(await read_object(link, await link.post(self.chat_path, asked)))

    @asynccontextmanager
    async def stream(self, link: Link, body: dict[str, Any]) -> AsyncIterator[AsyncIterator[Chunk]]:
        """Answer a chat body in chunks, usage always asked for where the upstream may be."""
        asked = {**body, "stream": True}
        options = asked.pop("stream_options", None) or {}
        if self.counts_streams:
            asked["stream_options"] = {**options, "include_usage": True}
        response = await link.post(self.chat_path, asked)
        chunks = Chunks(response, link.unsaid)
        try:
            if response.status_code != 200:
                await refuse(link, response)
            kind = response.headers.get("content-type", "").lower()
            if "html" in kind:
                raise Empty
            if "json" in kind:  # an error, or an upstream that does not stream
                yield Spelled(completed(await read_object(link, response)))
            else:
                yield chunks
        finally:
            await let_go(response, over=chunks.over)

    async def models(self, link: Link) -> list[ModelSeen]:
        """List the models the upstream says it serves."""
        answer = await read_object(link, await link.get(self.models_path))
        data = answer.get("data")
        if not isinstance(data, list):
            raise Empty
        return [
            self.model_seen(entry)
            for entry in data
            if isinstance(entry, dict) and isinstance(entry.get("id"), str)
        ]

    def model_seen(self, entry: dict[str, Any]) -> ModelSeen:
        """Read one entry of the models list."""
        return ModelSeen(entry["id"], str(entry.get("owned_by") or "") or None)

    async def see(self, link: Link, ask: SightAsk) -> str:
        """Say what a picture shows, by a chat with the picture in it."""
        address = ask.url or ""
        if ask.data is not None:
            address = f"data:{ask.media};base64,{base64.b64encode(ask.data).decode()}"
        parts = [
            {"type": "text", "text": ask.question or WHAT_IS_SEEN},
            {"type": "image_url", "image_url": {"url": address}},
        ]
        body = {"model": ask.model, "messages": [{"role": "user", "content": parts}]}
        answer = await self.complete(link, body)
        if not (said := words_of(answer)):
            raise Empty
        return said


def words_of(answer: Completion) -> str:
    """Return the text of an answer's first choice; "" where it has none."""
    choice = answer.body["choices"][0]
    message = choice.get("message") if isinstance(choice, dict) else None
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, list):
        texts = (part.get("text") for part in content if isinstance(part, dict))
        return "".join(text for text in texts if isinstance(text, str))
    return content if isinstance(content, str) else ""
