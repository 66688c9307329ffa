"""A loopback fresed (seeds/000_5dd2345b75d5eb73.txt): chat with +web, pictures, speech, mail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from starlette.routing import Route

from bot.sandbox.upstreams.answers import choices_of
from bot.sandbox.upstreams.assistant import Said, reply
from bot.sandbox.upstreams.call import Call
from bot.sandbox.upstreams.chat import HOLLOW, Chat
from bot.sandbox.upstreams.loopback import Endpoint, Loopback
from bot.sandbox.upstreams.mailboxes import Mailboxes
from bot.sandbox.upstreams.media import Pictures, Speech

COEFFICIENTS: Mapping[str, float] = MappingProxyType(
    {
        "gpt-4o": 1.0,
        "gpt-4o+web": 1.5,
        "gpt-4": 2.0,
        "gpt-4+web": 2.5,
        "midjourney": 4.0,
        "tts-1": 1.0,
    }
)
WEB = "+web"
FOUND = "I looked on the web (https://example.com/latchkey). "
NO_MAIL = b'{"email": null, "identifier": null}'
NO_LETTERS = b'{"messages": null}'


@dataclass
class LoopbackFresed(Loopback):
    """Speaks OpenAI's API with coefficients in its models list, and keeps mailboxes."""

    models: tuple[str, ...] = tuple(COEFFICIENTS)
    coefficients: dict[str, float] = field(default_factory=lambda: dict(COEFFICIENTS))
    mail: Mailboxes = field(default_factory=Mailboxes)

    def routes(self) -> list[Route]:
        """Return what it answers to."""
        # Its picture example makes one, without saying how many.
        pictures = Pictures(self, revises=False, most=1)
        letters = Endpoint(self, self.mail.read, hollow=NO_LETTERS)
        return [
            self.post("/v1/chat/completions", _Chat(self), "messages", hollow=HOLLOW),
            self.post("/v1/images/generations", pictures.paint, "prompt"),
            self.post("/v1/audio/speech", Speech(self), "input", "voice"),
            self.post("/v1/temp_mail/generate", self.mail.generate, hollow=NO_MAIL),
            Route("/v1/temp_mail/messages/{identifier}", letters, methods=["GET"]),
            Route("/v1/models", Endpoint(self, self.list_models, aside=True)),
            pictures.links(),
        ]

    def model_entry(self, name: str) -> dict[str, Any]:
        """Return one entry of the models list, with its coefficient."""
        entry = super().model_entry(name) | {"owned_by": "fresed"}
        return entry | {"coefficient": self.coefficients.get(name, 1.0)}


class _Chat(Chat):
    def choices(self, call: Call) -> tuple[list[dict[str, Any]], Any]:
        """Say what was found where a model with web access is asked."""
        said = reply(call.body)
        if str(call.body.get("model", "")).endswith(WEB) and said.tool is None:
            said = Said(FOUND + said.text)
        return choices_of(call, said)
