"""A loopback upstream that speaks OpenAI's API."""

from dataclasses import dataclass

from starlette.routing import Route

from bot.sandbox.upstreams.answers import MODELS
from bot.sandbox.upstreams.chat import HOLLOW, Chat
from bot.sandbox.upstreams.loopback import Endpoint, Loopback
from bot.sandbox.upstreams.media import Pictures, Speech, embed


@dataclass
class LoopbackOpenAI(Loopback):
    """Answers like a model, reports usage, and fails when told to."""

    models: tuple[str, ...] = MODELS

    def routes(self) -> list[Route]:
        """Return what it answers to."""
        pictures = Pictures(self)
        return [
            self.post("/v1/chat/completions", Chat(self), "messages", hollow=HOLLOW),
            self.post("/v1/images/generations", pictures.paint, "prompt"),
            self.post("/v1/images/edits", pictures.edit, "prompt"),
            self.post("/v1/audio/speech", Speech(self), "input", "voice"),
            self.post("/v1/embeddings", embed, "input"),
            Route("/v1/models", Endpoint(self, self.list_models, aside=True)),
            pictures.links(),
        ]
