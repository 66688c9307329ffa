"""Chats with models that make pictures: the user's last words become one, answered in markdown."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from bot.catalogue.model import Model
from bot.core.units import metered
from bot.ledger.rules import Terms
from bot.relay.ask import ChatAsk, Wish
from bot.relay.call import NOTHING
from bot.relay.errors import InvalidField, PaintsOnly
from bot.relay.pictures import prompt_of
from bot.relay.router import Connected
from bot.relay.studio import Form, Studio
from bot.settings.serving import Capability, Kind
from bot.upstreams.dialect import Chunk, Completion, Dialect, Link, ModelSeen, Usage
from bot.upstreams.failures import Empty
from bot.upstreams.goods import PictureAsk

NEEDS = frozenset({Capability.IMAGE})
_BREAKS_LINK = str.maketrans({"(": "%28", ")": "%29", " ": "%20", "<": "%3C", ">": "%3E"})


def paints(model: Model) -> bool:
    """Say whether a chat with a model asks for a picture."""
    return not model.talks and Kind.IMAGE in model.kinds


def check(model: Model, asked: frozenset[Capability]) -> None:
    """Refuse what no prompt for a picture can hold."""
    if beyond := asked - {Capability.WEB}:
        raise PaintsOnly(model.id, beyond)


def terms(wish: Wish, model: Model, request_unit: int) -> Terms:
    """Return what such a chat costs: one picture, whatever its words."""
    if wish.choices > 1:
        raise InvalidField("n", f"1, or left out: in a chat `{model.id}` makes one picture")
    prompt_in(wish.messages)
    price = metered(request_unit, model.coefficient)
    return Terms(model.coefficient, prompt=0, cap=0, flat=price, floor=0)


def prompt_in(messages: list[dict[str, Any]]) -> str:
    """Return the last text of the user's, or say that there is none."""
    said = (_text(message) for message in reversed(messages) if message.get("role") == "user")
    return prompt_of(next((text for text in said if text.strip()), None), "messages")


def _text(message: dict[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, list):
        texts = (part.get("text") for part in content if isinstance(part, dict))
        content = "\n".join(text for text in texts if isinstance(text, str))
    return content if isinstance(content, str) else ""


@dataclass(frozen=True)
class Painter:
    """Lets upstreams answer one chat with a picture."""

    studio: Studio
    asked: ChatAsk

    def __call__(self, connected: Connected) -> Connected:
        """Return the upstream as one that chats."""
        return replace(connected, dialect=Painted(connected.dialect, self.studio, self.asked))


@dataclass(frozen=True)
class Painted(Dialect):
    """Answers one chat through a dialect that makes pictures."""

    dialect: Dialect
    studio: Studio
    asked: ChatAsk
    name: str = "painted"
    offers: frozenset[Capability] = frozenset({Capability.CHAT, Capability.STREAM})

    async def complete(self, link: Link, body: dict[str, Any]) -> Completion:
        """Answer with a picture in one piece."""
        message = {"role": "assistant", "content": await self._markdown(link, body)}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return Completion(self._frame("chat.completion") | {"choices": [choice]}, None)

    @asynccontextmanager
    async def stream(self, link: Link, body: dict[str, Any]) -> AsyncIterator[AsyncIterator[Chunk]]:
        """Answer with a picture in a chunk."""
        async with aclosing(self._chunks(await self._markdown(link, body))) as chunks:
            yield chunks

    async def models(self, link: Link) -> list[ModelSeen]:
        """List the models that the upstream says it serves."""
        return await self.dialect.models(link)

    async def _chunks(self, markdown: str) -> AsyncGenerator[Chunk, None]:
        said: dict[str, Any] = {"role": "assistant", "content": markdown}
        for delta, reason in ((said, None), ({}, "stop")):
            choice = {"index": 0, "delta": delta, "finish_reason": reason}
            body = self._frame("chat.completion.chunk") | {"choices": [choice]}
            yield Chunk(body, None, content=bool(delta), finish=reason is not None)
        frame = self._frame("chat.completion.chunk")
        body = frame | {"choices": [], "usage": NOTHING.as_usage()}
        yield Chunk(body, Usage(0, 0), content=False, finish=False)

    async def _markdown(self, link: Link, body: dict[str, Any]) -> str:
        ask = PictureAsk(body["model"], prompt_in(body["messages"]), wants_url=True)
        given = await self.dialect.paint(link, ask)
        [picture] = await self.studio.shown(link, given[:1], Form.URL)
        if picture.url is None:
            raise Empty
        return f"![Generated image]({picture.url.translate(_BREAKS_LINK)})"

    def _frame(self, kind: str) -> dict[str, Any]:
        id_, created = f"chatcmpl-{self.asked.request_id}", int(self.asked.arrived.timestamp())
        return {"id": id_, "object": kind, "created": created, "model": ""}
