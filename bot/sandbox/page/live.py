"""One open page: does what it asks as the person it plays, and shows what that person sees."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from functools import partial
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.sandbox.discord import interactions
from bot.sandbox.discord.refusals import Refusal, Refused
from bot.sandbox.discord.server import LoopbackDiscord
from bot.sandbox.discord.world import Happening, Kind
from bot.sandbox.page import requests, view
from bot.sandbox.page.backstage import Backstage
from bot.sandbox.page.deeds import Deed, Deeds
from bot.sandbox.page.requests import Asked, Misunderstood

MOST_WAITING = 2_000
TOO_SLOW = 1013
SURROUNDINGS = (Kind.COMMANDS, Kind.MEMBER, Kind.CHANNEL)
NOTHING: dict[str, Any] = {}


class Live:
    """One page's WebSocket, from its first message to its last."""

    def __init__(
        self,
        socket: WebSocket,
        discord: LoopbackDiscord,
        about: dict[str, Any],
        backstage: Backstage | None,
    ) -> None:
        self._socket = socket
        self._world, self._acts = discord.world, discord.acts
        self._about, self._backstage = about, backstage
        deeds = Deeds(discord, backstage).all()
        self._deeds: dict[str, Callable[[Asked], Awaitable[dict[str, Any]]]] = {
            name: partial(self._do, deed) for name, deed in deeds.items()
        }
        self._deeds |= {"be": self._be, "look": self._look, "dismiss": self._dismiss}
        self._waiting: asyncio.Queue[dict[str, Any]] = asyncio.Queue(MOST_WAITING)
        self._too_slow = asyncio.Event()
        self._since = self._world.ids.next()  # older ephemerals are gone, as after any reload
        self._dismissed: set[str] = set()
        self._you = view.players(self._world)[0]
        self._channel: int | None = None

    async def run(self, *, you: int | None, channel: int | None) -> None:
        """Serve the page until it goes; `you` and `channel` are where it was before."""
        if you in view.players(self._world):
            self._you = you
        self._channel = channel
        self._acts.dm(self._you)
        with ExitStack() as stack:
            stack.callback(self._world.listen(self._told))
            if self._backstage is not None:
                stack.callback(self._backstage.listen(self._show))
            self._introduce()
            async with asyncio.TaskGroup() as tasks:
                running = [tasks.create_task(self._send()), tasks.create_task(self._give_up())]
                async for asked in self._requests():
                    running = [each for each in running if not each.done()]
                    running.append(tasks.create_task(self._answer(asked)))
                for task in running:
                    task.cancel()

    async def _requests(self) -> AsyncIterator[Any]:
        while True:
            try:
                yield json.loads(await self._socket.receive_text())
            except WebSocketDisconnect:
                return
            except ValueError:
                continue  # not JSON: there is no number under which to answer

    async def _send(self) -> None:
        while True:
            try:
                await self._socket.send_json(await self._waiting.get())
            except (WebSocketDisconnect, RuntimeError):
                return  # the page has gone; the reader notices too

    async def _give_up(self) -> None:
        await self._too_slow.wait()
        await self._socket.close(TOO_SLOW)

    def _show(self, message: dict[str, Any]) -> None:
        try:
            self._waiting.put_nowait(message)
        except asyncio.QueueFull:
            self._too_slow.set()  # it connects again and reads the history

    def _told(self, happening: Happening) -> None:
        if happening.kind in SURROUNDINGS:
            self._show({"is": "world", **view.around(self._world, self._you)})
        elif self._sees(happening) and not self._of_typing(happening):
            told = {**happening.payload, "is": str(happening.kind)}
            if happening.kind == Kind.MESSAGE:
                told["pings"] = self._you in self._world.pinged.get(int(told["id"]), ())
            self._show(told)

    def _of_typing(self, happening: Happening) -> bool:
        """Tell whether it concerns completions: whoever asked for them gets the answer itself."""
        if happening.kind == Kind.CHOICES:
            return True
        asked = self._world.interactions.get(int(happening.payload.get("interaction_id", 0)))
        return asked is not None and asked.asked is interactions.Asked.AUTOCOMPLETE

    def _sees(self, happening: Happening) -> bool:
        if happening.seen_by is not None:
            return happening.seen_by == self._you
        channel = happening.channel_id
        return channel is not None and self._world.sees(self._you, channel)

    def _introduce(self) -> None:
        behind = self._backstage.introduce() if self._backstage is not None else {}
        around = view.around(self._world, self._you)
        self._show({"is": "hello", **self._about, **behind, **around})
        here = self._channel
        if here is None or here not in view.places(self._world, self._you):
            here = view.first_channel(self._world, self._you)
        if here is not None:
            self._open(here)

    def _open(self, channel_id: int) -> None:
        self._channel = channel_id
        found = view.history(self._world, self._you, channel_id, self._since)
        kept = [message for message in found if message["id"] not in self._dismissed]
        self._show({"is": "history", "channel": str(channel_id), "messages": kept})

    async def _answer(self, asked: Any) -> None:
        number = asked.get("n") if isinstance(asked, dict) else None
        try:
            answer = await self._deed(asked)(asked)
        except (Misunderstood, Refused) as no:
            self._show({"is": "no", "n": number, "why": str(no)})
        except Refusal as no:
            self._show({"is": "no", "n": number, "why": no.message})
        else:
            self._show({"is": "done", "n": number, **answer})

    async def _do(self, deed: Deed, asked: Asked) -> dict[str, Any]:
        answer = await deed(self._you, asked)
        if asked["do"] == "locale":
            self._show({"is": "world", **view.around(self._world, self._you)})
        return answer

    def _deed(self, asked: Any) -> Callable[[Asked], Awaitable[dict[str, Any]]]:
        if not isinstance(asked, dict):
            raise Misunderstood("A request must be an object.")
        deed = self._deeds.get(requests.text(asked, "do"))
        if deed is None:
            raise Misunderstood("The page asked for something the sandbox does not know.")
        return deed

    async def _be(self, asked: Asked) -> dict[str, Any]:
        user = requests.identifier(asked, "user")
        if user not in view.players(self._world):
            raise Misunderstood("There is nobody of that name here.")
        self._you = user
        self._acts.dm(user)
        self._introduce()
        return NOTHING

    async def _look(self, asked: Asked) -> dict[str, Any]:
        channel = requests.identifier(asked, "channel")
        self._world.channel(channel)
        if channel not in view.places(self._world, self._you):
            raise Misunderstood("You cannot see that channel.")
        self._open(channel)
        return NOTHING

    async def _dismiss(self, asked: Asked) -> dict[str, Any]:
        self._dismissed.add(str(requests.identifier(asked, "message")))
        return NOTHING
