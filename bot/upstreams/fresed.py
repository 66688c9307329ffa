"""Fresed (seeds/000_5dd2345b75d5eb73.txt): OpenAI's API, web access, speech and mailboxes.

What its document says beyond OpenAI's API:
- The base address ends in /v1; the key is a bearer token, "fresed-...".
- "+web" at the end of a model's name gives it access to the network (gpt-4o+web).
- Every model has a token coefficient, which its models list tells.
- Pictures are asked for by model, prompt and size; speech by model, voice and input, as MP3.
- POST /temp_mail/generate answers {email, identifier}, GET /temp_mail/messages/{identifier}
  answers {messages}. A domain out of its list decides the price; reading is free.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from typing import Any, ClassVar
from urllib.parse import quote

from bot.settings.scalars import MOST_COEFFICIENT
from bot.settings.serving import Capability
from bot.upstreams.answers import read_object
from bot.upstreams.dialect import Chunk, Link, ModelSeen
from bot.upstreams.failures import Empty
from bot.upstreams.goods import Finding, Mailbox
from bot.upstreams.openai import OpenAI

WEB = "+web"
_COEFFICIENTS = ("coefficient", "token_coefficient")  # the document shows no entry of the list


class Fresed(OpenAI):
    """Speaks OpenAI's API, searches by models with web access, and makes mailboxes."""

    name = "fresed"
    offers = frozenset(
        {
            Capability.CHAT,
            Capability.STREAM,
            Capability.TOOLS,
            Capability.VISION,
            Capability.SIGHT,
            Capability.WEB,
            Capability.ASK,
            Capability.IMAGE,
            Capability.SPEECH,
            Capability.TEMP_MAIL,
        }
    )
    # Its picture example names neither: asking one picture at a time, in whatever form it comes,
    # works whether it knows them or not.
    names_format: ClassVar[bool] = False
    names_count: ClassVar[bool] = False

    def model_seen(self, entry: dict[str, Any]) -> ModelSeen:
        """Read one entry of the models list, its coefficient too."""
        seen = super().model_seen(entry)
        price = next((entry[name] for name in _COEFFICIENTS if name in entry), None)
        return ModelSeen(seen.id, seen.owner, _thousandths(price))

    @asynccontextmanager
    async def ask(
        self, link: Link, model: str, question: str
    ) -> AsyncIterator[AsyncIterator[Finding]]:
        """Answer a question by a chat with a model that has access to the network."""
        model = model if model.endswith(WEB) else model + WEB
        body = {"model": model, "messages": [{"role": "user", "content": question}]}
        async with self.stream(link, body) as chunks:
            yield _Findings(chunks)

    async def mailbox(self, link: Link, domain: str) -> Mailbox:
        """Make a mailbox at a domain, or where the upstream makes them."""
        wish = {"domain": domain} if domain else {}
        answer = await read_object(link, await link.post("/temp_mail/generate", wish))
        email, identifier = answer.get("email"), answer.get("identifier")
        if type(identifier) is int:
            identifier = str(identifier)
        if not (isinstance(email, str) and "@" in email[1:-1]):
            raise Empty
        # Dots alone would lead to another path when the mailbox is read.
        if not (isinstance(identifier, str) and identifier.strip(".")):
            raise Empty
        return Mailbox(email, identifier)

    async def letters(self, link: Link, identifier: str) -> list[dict[str, Any]]:
        """Read a mailbox: its messages as the upstream gives them."""
        path = f"/temp_mail/messages/{quote(identifier, safe='')}"
        answer = await read_object(link, await link.get(path))
        messages = answer.get("messages")
        if not isinstance(messages, list):
            raise Empty
        # A letter that is text alone is a letter too.
        return [one if isinstance(one, dict) else {"text": str(one)} for one in messages]


class _Findings:
    """Iterates over what a chat with web access says; the links stand in its words."""

    __slots__ = ("_chunks",)

    def __init__(self, chunks: AsyncIterator[Chunk]) -> None:
        self._chunks = chunks

    def __aiter__(self) -> AsyncIterator[Finding]:
        return self

    async def __anext__(self) -> Finding:
        while not (said := _said(await anext(self._chunks))):
            pass
        return Finding(said, None)


def _said(chunk: Chunk) -> str:
    """Return the text in a chunk; "" where it has none."""
    choices = chunk.body.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    delta = choice.get("delta") if isinstance(choice, dict) else None
    text = delta.get("content") if isinstance(delta, dict) else None
    return text if isinstance(text, str) else ""


def _thousandths(price: Any) -> int | None:
    """Return a coefficient in thousandths, a finer one rounded up; None where there is none."""
    if isinstance(price, bool) or not isinstance(price, int | float | str):
        return None
    try:
        exact = Decimal(str(price))
    except InvalidOperation:
        return None
    if not exact.is_finite() or not 0 <= exact <= MOST_COEFFICIENT:
        return None
    return int((exact * 1000).to_integral_value(ROUND_CEILING))
