"""The loopback Discord on a port: what tests and the sandbox start."""

import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Self

from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket

from bot.sandbox.discord import furniture
from bot.sandbox.discord.acts import Acts
from bot.sandbox.discord.callbacks import Callbacks
from bot.sandbox.discord.gateway.hub import Hub
from bot.sandbox.discord.gateway.socket import Connection
from bot.sandbox.discord.messages import Messages
from bot.sandbox.discord.places import Places
from bot.sandbox.discord.reactions import Reactions
from bot.sandbox.discord.refusals import Code, Refusal
from bot.sandbox.discord.rest.call import Request as Request
from bot.sandbox.discord.rest.channels import ChannelDoors
from bot.sandbox.discord.rest.commands import CommandDoors
from bot.sandbox.discord.rest.desk import Desk, refusal_response
from bot.sandbox.discord.rest.faults import Faults
from bot.sandbox.discord.rest.guilds import GuildDoors
from bot.sandbox.discord.rest.identity import Identity
from bot.sandbox.discord.rest.interactions import InteractionDoors
from bot.sandbox.discord.rest.messages import MessageDoors
from bot.sandbox.discord.rest.rates import Rates
from bot.sandbox.discord.roster import Roster
from bot.sandbox.discord.world import World
from bot.sandbox.serving import listener, serving

TOKEN = "MTEwODQ1MzA2MjkxODMwNzg0MA.loopback.not-a-secret"  # noqa: S105 - opens nothing but this
METHODS = ["GET", "PUT", "POST", "PATCH", "DELETE"]
FILES = "/{folder:str}/{channel_id:int}/{file_id:int}/{filename:str}"
FOLDERS = ("attachments", "ephemeral-attachments")
FILE_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


class LoopbackDiscord:
    """A whole Discord on loopback: `async with discord.serve("127.0.0.1", 0): ...`.

    `now` gives seconds since 1970; `ack_seconds` is how long a bot may be silent;
    `limited=False` switches the rate limits off; `furnish=False` leaves the world empty.
    """

    def __init__(
        self,
        *,
        token: str = TOKEN,
        now: Callable[[], float] = time.time,
        ack_seconds: float = 3.0,
        limited: bool = True,
        furnish: bool = True,
    ) -> None:
        self.token = token
        self.url = ""
        self.world = World(now)
        if furnish:
            furniture.furnished(self.world)
        messages, reactions = Messages(self.world), Reactions(self.world)
        self.callbacks = Callbacks(self.world, messages, ack_seconds)
        self.acts = Acts(self.world, messages, self.callbacks, reactions)
        self.roster, self.places = Roster(self.world), Places(self.world)
        self.gateway = Hub(self.world, token)
        self.world.hear(self.gateway.dispatch)
        self.desk = Desk(token, Rates(on=limited))
        self._doors = [
            *InteractionDoors(self.callbacks, messages).doors(),
            *MessageDoors(self.world, messages, reactions, self.places).doors(),
            *Identity(self.world, self.gateway).doors(),
            *ChannelDoors(self.world, messages, self.places).doors(),
            *GuildDoors(self.world, self.roster).doors(),
            *CommandDoors(self.world).doors(),
        ]

    @property
    def requests(self) -> deque[Request]:
        """List the last REST calls the bot made, oldest first."""
        return self.desk.requests

    @property
    def faults(self) -> Faults:
        """Hand over what makes REST calls go wrong; the Gateway's are on `gateway`."""
        return self.desk.faults

    @property
    def on_request(self) -> Callable[[Request], None] | None:
        """Name who is shown every REST call once it is answered."""
        return self.desk.on_request

    @on_request.setter
    def on_request(self, shown: Callable[[Request], None] | None) -> None:
        self.desk.on_request = shown

    @property
    def api_url(self) -> str:
        """Name the REST base, once it is served."""
        return f"{self.url}/api/v10"

    def app(self) -> Starlette:
        """Build the ASGI application."""
        nothing = Route("/{rest:path}", self._unknown, methods=METHODS)
        routes = [*self.desk.routes(self._doors), nothing]
        return Starlette(
            routes=[
                Mount("/api/v10", routes=routes),
                WebSocketRoute("/gateway", self._connect),
                Route(FILES, self._file, methods=["GET"]),
                nothing,
            ]
        )

    @asynccontextmanager
    async def serve(self, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Self]:
        """Answer on a port (0: any free one) until the block ends."""
        async with serving(self.app(), listener(host, port)) as url:
            self.url = self.world.url = url
            self.gateway.url = url.replace("http", "ws", 1) + "/gateway"
            try:
                yield self
            finally:
                self.callbacks.close()

    async def _connect(self, socket: WebSocket) -> None:
        await Connection(self.gateway, socket).run()

    async def _file(self, http: HttpRequest) -> Response:
        upload = self.world.files.get(http.path_params["file_id"])
        if upload is None or http.path_params["folder"] not in FOLDERS:
            return refusal_response(Refusal(Code.NOT_FOUND))
        return Response(upload.content, headers=FILE_HEADERS | {"Content-Type": upload.kind})

    async def _unknown(self, _: HttpRequest) -> Response:
        return refusal_response(Refusal(Code.NOT_FOUND))
