"""A loopback devsdocode (seeds/001_8813f16c073f7ba9.txt): no key, models at the root, audio."""

from dataclasses import dataclass
from typing import Any, ClassVar

from starlette.routing import Route

from bot.sandbox.upstreams.answers import choices_of
from bot.sandbox.upstreams.call import Call
from bot.sandbox.upstreams.chat import HOLLOW, Chat
from bot.sandbox.upstreams.loopback import Endpoint, Loopback
from bot.sandbox.upstreams.media import embed

MODELS = (
    "gpt-4o-mini-2024-07-18",
    "gpt-4o-mini",
    "gpt-4o",
    "gpt-4",
    "gpt-3.5-turbo-1106",
    "gpt-3.5-turbo-0613",
    "gpt-3.5-turbo",
    "gpt-3.5-turbo-0125",
    "gpt-3.5-turbo-0301",
    "gpt-4o-audio-preview-2024-10-01",
    "gpt-4o-audio-preview",
    "text-embedding-3-large",
    "text-embedding-3-small",
    "text-embedding-ada-002",
)
VOICES = ("alloy", "echo", "fable", "onyx", "nova", "shimmer")
SINCE = 1715367049  # Unix seconds, as its document has it
ABOUT = {
    "name": "GPT API Service",
    "version": "1.0.0",
    "description": "An OpenAI-compatible API for chat, audio and embeddings.",
    "maintained_by": "DevsDoCode (Sreejan)",
    "hosting": "loopback",
}


@dataclass
class LoopbackDevsDoCode(Loopback):
    """Speaks OpenAI's chat and embeddings, below the host's root."""

    base: ClassVar[str] = ""

    models: tuple[str, ...] = MODELS

    def routes(self) -> list[Route]:
        """Return what it answers to."""
        return [
            self.post("/v1/chat/completions", _Chat(self), "messages", hollow=HOLLOW),
            self.post("/v1/embeddings", embed, "input"),
            Route("/models", Endpoint(self, self.list_models, aside=True)),
            Route("/about", Endpoint(self, _about, aside=True)),
        ]

    def model_entry(self, name: str) -> dict[str, Any]:
        """Return one entry of the models list."""
        named = {"created": SINCE, "owned_by": "DevsDoCode & Mr Leader"}
        return super().model_entry(name) | named


class _Chat(Chat):
    async def __call__(self, call: Call) -> None:
        """Refuse a voice it does not have."""
        wish = call.body.get("audio")
        voice = wish.get("voice") if isinstance(wish, dict) else None
        if voice is not None and voice not in VOICES:
            message = f"voice must be one of {', '.join(VOICES)}."
            await call.refuse(400, "invalid_request_error", message)
        else:
            await super().__call__(call)

    def choices(self, call: Call) -> tuple[list[dict[str, Any]], Any]:
        """Put the text beside the audio, as its example expects."""
        choices, usage = choices_of(call)
        for choice in choices:
            if (audio := choice["message"].get("audio")) is not None:
                choice["message"]["content"] = audio["transcript"]
        return choices, usage


async def _about(call: Call) -> None:
    await call.give(ABOUT)
