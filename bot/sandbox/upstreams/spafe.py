"""A loopback spafe (seeds/002_13c8f910d2aceccb.txt): one chat endpoint, usage null, no key."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, ClassVar

from starlette.routing import Route

from bot.sandbox.upstreams.answers import choices_of, deltas, frame, part
from bot.sandbox.upstreams.assistant import Said, reply, text_of
from bot.sandbox.upstreams.call import Call
from bot.sandbox.upstreams.chat import HOLLOW, Chat
from bot.sandbox.upstreams.drawing import mark_of, shape_of
from bot.sandbox.upstreams.loopback import Loopback
from bot.sandbox.upstreams.media import Pictures, link_to

PAINTERS = ("flux",)


@dataclass
class LoopbackSpafe(Loopback):
    """Speaks OpenAI's chat alone; its image models answer with a markdown picture."""

    base: ClassVar[str] = "/api/v1"

    def routes(self) -> list[Route]:
        """Return what it answers to."""
        chat = self.post("/api/v1/chat/completions", _Chat(self), "messages", hollow=HOLLOW)
        return [chat, Pictures(self).links()]


class _Chat(Chat):
    async def __call__(self, call: Call) -> None:
        """Refuse what its document does not know."""
        if "stream_options" in call.body:
            message = "Extra inputs are not permitted: stream_options"
            await call.refuse(422, "invalid_request_error", message)
        else:
            await super().__call__(call)

    def choices(self, call: Call) -> tuple[list[dict[str, Any]], Any]:
        """Say it, or paint it; usage is null whatever was said."""
        said = reply(call.body)
        if call.body.get("model") in PAINTERS:
            mark = mark_of(text_of(call.body["messages"][-1]))
            said = Said(f"![Generated Image]({link_to(call, mark, shape_of(None))})")
        choices, _ = choices_of(call, said)
        return choices, None

    async def events(self, call: Call) -> AsyncIterator[Any]:
        """Yield an answer's chunks: the role in each, null for usage, a space at the line's end."""
        start_of = frame(call, "chat.completion.chunk")
        choices, _ = await self.made(call)
        for choice in choices:
            for delta in deltas(choice["message"]):
                await self.breathe()
                yield _line(start_of, part(choice["index"], delta | {"role": "assistant"}))
            last = {"content": "", "role": "assistant"}
            yield _line(start_of, part(choice["index"], last, choice["finish_reason"]))


def _line(start_of: dict[str, Any], choice: dict[str, Any]) -> bytes:
    event = start_of | {"choices": [choice], "usage": None}
    return f"data: {json.dumps(event)} \n\n".encode()
