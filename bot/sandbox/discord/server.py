"""The loopback Discord on a port: what tests and the sandbox start."""

from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

from starlette.applications import Starlette

from bot.sandbox.discord.acts import Acts
from bot.sandbox.discord.files import Upload
from bot.sandbox.discord.world import World


@dataclass(slots=True)
class Request:
    """One REST call the bot made, with how it was answered."""

    method: str
    path: str
    template: str  # as in Discord's OpenAPI: /channels/{channel_id}/messages
    headers: dict[str, str]
    query: dict[str, str]
    body: Any  # the JSON body, or a multipart body's payload_json
    files: tuple[Upload, ...]
    status: int = 0
    answer: Any = None


class LoopbackDiscord:
    """A whole Discord on loopback: `async with discord.serve("127.0.0.1", 0): ...`."""

    world: World
    acts: Acts
    token: str
    requests: deque[Request]
    on_request: Callable[[Request], None] | None
    url: str  # http://host:port, once served
    api_url: str  # http://host:port/api/v10, once served

    def app(self) -> Starlette:
        """Build the ASGI application."""
        raise NotImplementedError

    @asynccontextmanager
    async def serve(self, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Self]:
        """Answer on a port (0: any free one) until the block ends."""
        raise NotImplementedError
        yield self
