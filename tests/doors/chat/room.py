"""A channel to chat in: a whole bot, its upstream, and what a test does and sees there."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from bot.app.doors import bot_of
from bot.cogs.chat.pace import Pace
from bot.cogs.service import Bot
from bot.core.clock import HandClock
from bot.core.health import Health
from bot.members.people import Person
from bot.sandbox.discord.furniture import ADA, BEA, BOT, CHAT, MO, OWNER
from bot.sandbox.discord.server import LoopbackDiscord
from bot.storage.database import Database
from tests.doors.bot.stage import Stage, acted, buttons, running, until
from tests.doors.chat.teller import Teller, Telling
from tests.fakes.serve import serving

QUICK = Pace(first=0.0, spacing=(0.0,), retries=(0.0, 0.0, 0.0))
LAZY = Pace(first=0.0, spacing=(3_600.0,))  # one edit, then nothing before the end
CURSOR = "▍"
DONE = ["Regenerate", "Thread", "Delete"]  # the buttons of an answer in a channel
CUT = ["Regenerate", "Continue", "Thread", "Delete"]
MODEL = {"id": "gpt-4o", "context": 20_000, "max_output": 5_000, "routes": [{"upstream": "told"}]}
MODELS = [
    MODEL,
    MODEL | {"id": "maker/seer", "kind": ["chat", "vision"], "coefficient": 2.5},
    MODEL | {"id": "claude-3-5-sonnet", "access": "claude"},
    MODEL | {"id": "flux", "kind": "image"},
    MODEL | {"id": "gpt-4o+web", "coefficient": 2, "aliases": ["online"]},
]


@dataclass
class Room(Stage):
    """A stage whose upstream says what it is told."""

    teller: Teller
    others: list[int]  # members who have not asked anything yet

    until = staticmethod(until)

    async def unlimited(self, who: int) -> None:
        """Take every limit off a member."""
        await self.house.grant(Person(who, at_home=True), unlimited=True)

    async def ask(
        self, prompt: str = "Why?", *, who: int = ADA, where: int = CHAT, **options: Any
    ) -> int:
        """Run /chat; the interaction's number."""
        return await self.discord.acts.command(who, where, "chat", {"prompt": prompt} | options)

    async def asked(self, prompt: str = "Why?", **options: Any) -> "Asked":
        """Run /chat and wait until the upstream is asked."""
        number = await self.ask(prompt, **options)
        return Asked(self, number, await self.teller.asked())

    async def answered(self, *texts: str, **options: Any) -> "Asked":
        """Run /chat and let the answer be these pieces."""
        asked = await self.asked(**options)
        asked.telling.end(*texts)
        await asked.over()
        return asked

    async def say(
        self, text: str = "", *, who: int = ADA, where: int = CHAT, call: bool = True, **more: Any
    ) -> int:
        """Write a message, by default one that mentions the bot; its number."""
        words = f"<@{BOT}> {text}" if call else text
        return await self.discord.acts.say(who, where, words, **more)

    async def spoken(self, text: str = "Why?", **more: Any) -> "Spoken":
        """Write a message and wait until the upstream is asked."""
        number = await self.say(text, **more)
        return Spoken(self, number, await self.teller.asked())

    async def talked(self, text: str = "Why?", answer: str = "Because.", **more: Any) -> "Spoken":
        """Write a message and let it be answered."""
        spoken = await self.spoken(text, **more)
        await spoken.over(answer)
        return spoken

    async def told(self, number: int) -> dict[str, Any]:
        """Wait for the bot's one reply to a message, which asks nobody."""
        await until(lambda: self.replies_to(number))
        await self.still(number)
        (reply,) = self.replies_to(number)
        return reply

    async def still(self, number: int) -> None:
        """Wait until the bot has replied to a message and is done with it."""
        await until(lambda: self.replies_to(number) and number not in self.bot.client._running)

    def replies_to(self, number: int) -> list[dict[str, Any]]:
        """Return what the bot wrote in reply to a message, in reply to that, and so on."""
        found, known = [], {str(number)}
        for message in self.discord.world.messages.values():
            target = (message.get("message_reference") or {}).get("message_id")
            if target in known and message["author"]["id"] == str(BOT):
                known.add(message["id"])
                found.append(message)
        return found

    def direct(self, who: int = ADA) -> list[str]:
        """Return what the bot wrote somebody directly."""
        return [
            each["content"]
            for each in self.discord.world.messages.values()
            if each["channel_id"] == str(self.discord.acts.dm(who))
            and each["author"]["id"] == str(BOT)
        ]

    async def said(self, number: int) -> str:
        """Wait for the first words of a reply."""
        return str((await self.discord.acts.answer(number))["content"])

    async def over(self, number: int) -> dict[str, Any]:
        """Wait until a reply says no more that it is being written, and nothing else runs."""
        await self.discord.acts.settled(number, done=lambda m: not growing(m))
        await until(lambda: number not in self.bot.client._running)
        return self.discord.acts.replies(number)[0]

    async def follow_up(self, number: int) -> dict[str, Any]:
        """Wait for a reply to a click that is a message of its own."""
        interaction = self.discord.world.interactions[number]

        def new() -> list[dict[str, Any]]:
            replies = self.discord.acts.replies(number)
            return [each for each in replies if int(each["id"]) != interaction.source]

        return (await until(new))[0]


@dataclass
class Spoken:
    """A message to the bot that an upstream is answering."""

    room: Room
    number: int  # the message's
    telling: Telling

    @property
    def parts(self) -> list[dict[str, Any]]:
        """All messages of the answer as they are now."""
        return self.room.replies_to(self.number)

    @property
    def message(self) -> dict[str, Any]:
        """The first message of the answer as it is now."""
        return self.parts[0]

    async def reads(self, words: str) -> dict[str, Any]:
        """Wait until the answer has these words in it."""
        await self.room.until(lambda: any(words in each["content"] for each in self.parts))
        return self.message

    async def over(self, *texts: str) -> dict[str, Any]:
        """Let the answer be these pieces, if any are given, and wait until it is over."""
        if texts:
            self.telling.end(*texts)
        await self.room.still(self.number)
        return self.message

    async def click(self, label: str, who: int = ADA) -> int:
        """Press a button of the answer; the click's number."""
        return await self.room.press(self.message, label, who)


@dataclass
class Asked:
    """A question that an upstream is answering."""

    room: Room
    number: int
    telling: Telling

    async def sees(self, true: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait until the answer looks like this."""
        return await self.room.discord.acts.settled(self.number, done=true)

    async def reads(self, words: str) -> dict[str, Any]:
        """Wait until the answer has these words in it."""
        return await self.sees(lambda message: words in message["content"])

    async def over(self) -> dict[str, Any]:
        """Wait until the answer is over; its first message."""
        return await self.room.over(self.number)

    @property
    def message(self) -> dict[str, Any]:
        """The first message of the answer as it is now."""
        return self.room.discord.acts.replies(self.number)[0]

    @property
    def parts(self) -> list[str]:
        """What all messages of the answer say now."""
        return [each["content"] for each in self.room.discord.acts.replies(self.number)]

    async def click(self, label: str, who: int = ADA) -> int:
        """Press a button of the answer; the click's number."""
        return await self.room.press(self.message, label, who)

    async def again(self) -> "Asked":
        """Press Regenerate and wait until the upstream is asked."""
        number = await self.click("Regenerate")
        return Asked(self.room, number, await self.room.teller.asked())


def growing(message: dict[str, Any]) -> bool:
    """Say whether a message is still being written."""
    return CURSOR in message["content"] or "Stop" in buttons(message)


@asynccontextmanager
async def opened_room(
    db: Database,
    clock: HandClock,
    discord: LoopbackDiscord,
    pace: Pace = QUICK,
    **sections: Any,
) -> AsyncIterator[Room]:
    """Open a room with its bot connected; sections are latchkey.toml's."""
    teller = Teller()
    async with serving(teller.app()) as url, AsyncExitStack() as stack:
        told = {"name": "told", "dialect": "openai", "base_url": f"{url}/v1", "offers": ["web"]}
        sections = {"models": MODELS, "upstreams": [told]} | sections
        stage = await stack.enter_async_context(acted(db, clock, discord, **sections))
        room = Room(stage.house, discord, paced(stage, pace), teller, [MO, BEA, OWNER])
        async with running(room.bot):
            yield room


def paced(stage: Stage, pace: Pace) -> Bot:
    """Wire a bot into a stage's house that writes at this pace."""

    async def vitals() -> Health:
        return stage.house.vitals

    inner, bot = stage.house.inner, stage.bot
    environment = replace(
        inner.settings.environment, discord_token=bot.token, discord_api_url=bot.api_url
    )
    inner = replace(inner, settings=replace(inner.settings, environment=environment))
    return bot_of(inner, vitals, lambda: stage.house.url, pace)
