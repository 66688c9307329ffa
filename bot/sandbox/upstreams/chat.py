"""A loopback upstream's chat completions, whole and streamed, in OpenAI's shapes."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from bot.sandbox.upstreams.answers import ABSENT, choices_of, deltas, frame, part
from bot.sandbox.upstreams.call import Call
from bot.sandbox.upstreams.looking import pictured
from bot.sandbox.upstreams.loopback import Loopback
from bot.sandbox.upstreams.troubles import Fault

HOLLOW = b'{"object": "chat.completion", "choices": []}'
DONE = b"data: [DONE]\n\n"


@dataclass(frozen=True)
class Chat:
    """Answers chat bodies; subclasses shape what is said."""

    upstream: Loopback

    async def __call__(self, call: Call) -> None:
        """Answer one, as it asks."""
        if call.body.get("stream"):
            end = b"" if call.trouble.fault is Fault.NO_DONE else DONE
            await call.give_events(self.events(call), end)
            return
        choices, usage = await self.made(call)
        body: dict[str, Any] = self.frame(call, "chat.completion") | {"choices": choices}
        if usage is not ABSENT:
            body["usage"] = usage
        await call.give(body, padded=False)

    def frame(self, call: Call, kind: str) -> dict[str, Any]:
        """Return what every answer and every chunk begins with."""
        return frame(call, kind)

    async def made(self, call: Call) -> tuple[list[dict[str, Any]], Any]:
        """Make the choices; off the event loop where a picture is looked at."""
        if pictured(call.body["messages"]):
            return await asyncio.to_thread(self.choices, call)
        return self.choices(call)

    def choices(self, call: Call) -> tuple[list[dict[str, Any]], Any]:
        """Return the choices of a whole answer, and its usage."""
        return choices_of(call)

    async def events(self, call: Call) -> AsyncIterator[Any]:
        """Yield the chunks of an answer, as JSON objects or as lines."""
        start_of = self.frame(call, "chat.completion.chunk")
        choices, usage = await self.made(call)
        start = {"role": "assistant", "content": ""}
        yield start_of | {"choices": [part(choice["index"], start) for choice in choices]}
        for choice in choices:
            for delta in deltas(choice["message"]):
                await self.breathe()
                yield start_of | {"choices": [part(choice["index"], delta)]}
            yield start_of | {"choices": [part(choice["index"], {}, choice["finish_reason"])]}
        wanted = (call.body.get("stream_options") or {}).get("include_usage")
        if wanted and usage is not ABSENT and call.trouble.fault is not Fault.NO_DONE:
            yield start_of | {"choices": [], "usage": usage}

    async def breathe(self) -> None:
        """Take the time of a word."""
        if self.upstream.pace:
            await asyncio.sleep(self.upstream.pace)
