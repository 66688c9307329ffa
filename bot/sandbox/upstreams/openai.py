"""A loopback upstream that speaks OpenAI's API."""

from dataclasses import dataclass

from starlette.routing import Route

from bot.sandbox.upstreams.answers import MODELS
from bot.sandbox.upstreams.chat import HOLLOW, Chat
from bot.sandbox.upstreams.loopback import Endpoint, Loopback


@dataclass
class LoopbackOpenAI(Loopback):
    """Answers like a model, reports usage, and fails when told to."""

    models: tuple[str, ...] = MODELS

    def routes(self) -> list[Route]:
        """Return what it answers to."""
        chat = Endpoint(self, Chat(self), ("messages",), HOLLOW)
        return [
            Route("/v1/chat/completions", chat, methods=["POST"]),
            Route("/v1/models", Endpoint(self, self.list_models, aside=True)),
        ]
