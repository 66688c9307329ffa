"""A whole bot on a loopback Discord, and what a test does and sees there."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from bot.app import doors as composition
from bot.cogs.service import Bot
from bot.core.clock import HandClock
from bot.core.health import Health
from bot.members.people import Person
from bot.sandbox.discord.components import walk
from bot.sandbox.discord.furniture import (
    ADA,
    ANNOUNCEMENTS,
    BEA,
    COMMANDS,
    HOME,
    MO,
    MODERATOR,
    STAFF,
)
from bot.sandbox.discord.server import LoopbackDiscord
from bot.settings.environment import Shards
from bot.storage.database import Database
from tests.fakes.house import House, opened_house

EPHEMERAL, V2 = 64, 32768
KEY = re.compile(r"lk_[0-9A-Za-z]{36}")
BUTTON, TEXT, SELECT = 2, 10, 3
COMMUNITY = {
    "home_guilds": [HOME],
    "moderator_roles": [MODERATOR],
    "staff_channel": STAFF,
    "log_channel": STAFF,
    "announce_channel": ANNOUNCEMENTS,
}
PEOPLE = {
    "ada": Person(ADA, at_home=True),
    "bea": Person(BEA, at_home=True),
    "mo": Person(MO, at_home=True),
}


@dataclass
class Stage:
    """One process with its bot, and the Discord it is connected to."""

    house: House
    discord: LoopbackDiscord
    bot: Bot

    async def run(
        self,
        name: str,
        /,
        who: int = ADA,
        where: int = COMMANDS,
        *,
        forged: bool = False,
        **options: Any,
    ) -> dict[str, Any]:
        """Run a slash command and return its first reply."""
        acts = self.discord.acts
        number = await acts.command(who, where, name, options, forged=forged)
        return await acts.answer(number)

    async def click(
        self,
        message: dict[str, Any],
        label: str,
        who: int = ADA,
        *,
        done: Callable[[dict[str, Any]], bool] = lambda _: True,
    ) -> dict[str, Any]:
        """Press the button of a label and return what comes of it."""
        number = await self.press(message, label, who)
        return await self.discord.acts.settled(number, done=done)

    async def press(self, message: dict[str, Any], label: str, who: int = ADA) -> int:
        """Press the button of a label; the interaction's number."""
        return await self.discord.acts.press(who, int(message["id"]), custom_id(message, label))

    def now(self, message: dict[str, Any]) -> dict[str, Any]:
        """Return a message as it is by now."""
        return self.discord.world.messages[int(message["id"])]

    def sent(self, channel_id: int) -> list[str]:
        """Return what stands in a channel, oldest first."""
        return [
            message["content"]
            for message in self.discord.world.messages.values()
            if message["channel_id"] == str(channel_id)
        ]

    def calls(self, method: str, path: str) -> list[Any]:
        """Return the REST calls of the bot whose path has this in it."""
        return [r for r in self.discord.requests if r.method == method and path in r.path]


def buttons(message: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return a message's buttons by label."""
    return {each["label"]: each for each in walk(message["components"]) if each["type"] == BUTTON}


def custom_id(message: dict[str, Any], label: str) -> str:
    """Return the custom_id of a button."""
    return str(buttons(message)[label]["custom_id"])


def text(message: dict[str, Any]) -> str:
    """Return all that a person reads in a message."""
    shown = [each["content"] for each in walk(message["components"]) if each["type"] == TEXT]
    return "\n".join([message["content"], *shown]).strip()


def key_in(message: dict[str, Any]) -> str:
    """Return the one key that a message shows."""
    found = set(KEY.findall(text(message)))
    assert len(found) == 1, text(message)
    return found.pop()


def hidden(message: dict[str, Any]) -> bool:
    """Say whether only one person sees the message."""
    return bool(message["flags"] & EPHEMERAL)


async def until(true: Callable[[], Any], seconds: float = 30) -> Any:
    """Wait until something holds; return it."""
    async with asyncio.timeout(seconds):
        while not (found := true()):  # noqa: ASYNC110 - nobody tells when it changes
            await asyncio.sleep(0.005)
    return found


@asynccontextmanager
async def acted(
    db: Database,
    clock: HandClock,
    discord: LoopbackDiscord,
    *,
    token: str | None = None,
    **sections: Any,
) -> AsyncIterator[Stage]:
    """Wire a house and its bot, as the composition root does; the bot is not connected yet.

    A setting of COMMUNITY given as `...` is one that the file does not name.
    """
    community = COMMUNITY | sections.pop("community", {})
    community = {name: value for name, value in community.items() if value is not ...}
    async with opened_house(db, clock, community=community, **sections) as house:
        yield wired(house, discord, token=token)


def wired(
    house: House,
    discord: LoopbackDiscord,
    *,
    token: str | None = None,
    shards: Shards | None = None,
) -> Stage:
    """Wire a bot into a house; a second one stands for another process."""

    async def vitals() -> Health:
        return house.vitals

    settings = house.inner.settings
    environment = replace(
        settings.environment,
        discord_token=token or discord.token,
        discord_api_url=discord.api_url,
        shards=shards,
    )
    inner = replace(house.inner, settings=replace(settings, environment=environment))
    return Stage(house, discord, composition.bot_of(inner, vitals, lambda: house.url))


@asynccontextmanager
async def running(bot: Bot, *, ready: bool = True) -> AsyncIterator["asyncio.Task[None]"]:
    """Run a bot until the block ends; `ready`: wait until it answers."""
    task = asyncio.create_task(bot.run())
    try:
        if ready:
            await until(lambda: bot.ready or task.done())
            if task.done():
                task.result()
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
