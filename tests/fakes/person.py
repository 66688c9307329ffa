"""Somebody in the loopback Discord, at the page's WebSocket or in the test's own world."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from bot.sandbox.discord.components import walk
from bot.sandbox.discord.furniture import ADA, CHAT, HOME
from bot.sandbox.discord.server import LoopbackDiscord
from tests.fakes.program import PATIENCE

KEY = re.compile(r"lk_[0-9A-Za-z]{36}(?![0-9A-Za-z])")


@dataclass(frozen=True)
class AtThePage:
    """Whoever the sandbox's page plays, in its first channel."""

    socket: ClientConnection

    async def key(self, command: str) -> str:
        """Run a command that shows a key, and return the key."""
        asked = {"do": "command", "channel": str(CHAT), "name": command, "options": {}, "n": 1}
        await self.socket.send(json.dumps(asked))
        async with asyncio.timeout(PATIENCE):
            while True:
                told = await self.socket.recv(decode=True)
                if found := KEY.search(told):
                    return found[0]
                assert json.loads(told)["is"] != "no", told


@asynccontextmanager
async def at_the_page(url: str) -> AsyncIterator[AtThePage]:
    """Open the page's WebSocket."""
    async with connect(url.replace("http", "ws", 1) + "/live", proxy=None) as socket:
        yield AtThePage(socket)


async def key_of(discord: LoopbackDiscord, command: str = "gen_key", user: int = ADA) -> str:
    """Let somebody run a command that shows a key, and return the key."""
    asked = await discord.acts.command(user, CHAT, command, guild_id=HOME)
    return shown_key(await discord.acts.answer(asked, timeout=PATIENCE))


async def new_key_of(discord: LoopbackDiscord, user: int = ADA) -> str:
    """Let somebody replace their key, confirmed, and return the new one."""
    asked = await discord.acts.command(user, CHAT, "resetkey", guild_id=HOME)
    question = await discord.acts.answer(asked, timeout=PATIENCE)
    confirm = next(c for c in walk(question["components"]) if c.get("label") == "Recreate key")
    pressed = await discord.acts.press(user, int(question["id"]), confirm["custom_id"])
    answer = await discord.acts.settled(
        pressed, done=lambda message: KEY.search(json.dumps(message)) is not None, timeout=PATIENCE
    )
    return shown_key(answer)


def shown_key(message: dict[str, Any]) -> str:
    """Return the key in a message."""
    found = KEY.search(json.dumps(message))
    assert found is not None, message
    return found[0]
