"""Where members have things made: a whole bot, every loopback upstream, and what a test sees."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image

from bot.cogs.chat.pace import Pace
from bot.core.clock import HandClock
from bot.sandbox.discord.files import Upload
from bot.sandbox.discord.furniture import ADA, CHAT
from bot.sandbox.discord.server import LoopbackDiscord
from bot.sandbox.upstreams.loopback import Loopback
from bot.storage.database import Database
from tests.doors.bot.stage import Stage, acted, custom_id, running, until
from tests.doors.chat.room import paced
from tests.fakes.bazaar import MODELS, bazaar, model

QUICK = Pace(first=0.0, spacing=(0.0,), progress=0.0, retries=(0.0, 0.0, 0.0))
PATIENT = Pace(first=3_600.0, spacing=(0.0,), retries=(0.0, 0.0, 0.0))  # no line of progress
PRICE = 800
OURS = [
    *MODELS,
    model("maker/seer", "vision", "openai", coefficient=2),
    model("any-uncensored", "image", "openai"),
    model("claude-paints", "image", "openai", access="claude"),
    model("echo-tts", "speech", "openai", voices=["Anna", "Boris"], coefficient=0.5),
]


@dataclass
class Hall(Stage):
    """A stage with upstreams of every kind."""

    upstreams: dict[str, Loopback]

    async def over(self, number: int) -> dict[str, Any]:
        """Wait until whatever answers an interaction is over, and return its first message."""
        await self.discord.acts.answer(number, timeout=30)
        await until(lambda: number not in self.bot.client._running)
        return self.discord.acts.replies(number)[0]

    async def make(self, name: str, /, who: int = ADA, where: int = CHAT, **options: Any) -> Any:
        """Run a command and return its reply once it is over."""
        number = await self.discord.acts.command(who, where, name, options)
        return await self.over(number)

    async def pressed(self, message: dict[str, Any], label: str, who: int = ADA) -> dict[str, Any]:
        """Press the button whose label begins so, and return the new message it makes."""
        number = await self.press(message, full(message, label), who)
        return await self.over(number)

    async def on_message(self, menu: str, message_id: int, who: int = ADA) -> int:
        """Choose from the menu on a message; the interaction's number."""
        channel = int(self.discord.world.messages[message_id]["channel_id"])
        return await self.discord.acts.menu(who, channel, menu, message_id)

    def files(self, message: dict[str, Any]) -> list[bytes]:
        """Return what is attached to a message."""
        keys = [int(each["id"]) for each in message["attachments"]]
        return [self.discord.world.files[key].content for key in keys]


def full(message: dict[str, Any], begins: str) -> str:
    """Return the whole label of a button."""
    labels = [each["label"] for row in message["components"] for each in row["components"]]
    (found,) = [label for label in labels if label.startswith(begins)]
    assert custom_id(message, found)
    return found


def png(shade: int = 0, size: tuple[int, int] = (8, 8)) -> bytes:
    """Draw a small picture."""
    written = BytesIO()
    Image.new("RGB", size, (shade, shade, 200)).save(written, "PNG")
    return written.getvalue()


def picture(data: bytes | None = None, kind: str = "image/png", name: str = "x.png") -> Upload:
    """Return a picture that somebody uploads."""
    return Upload(name, png() if data is None else data, kind)


@asynccontextmanager
async def opened_hall(
    db: Database,
    clock: HandClock,
    discord: LoopbackDiscord,
    pace: Pace = PATIENT,
    **sections: Any,
) -> AsyncIterator[Hall]:
    """Open a hall with its bot connected; sections are latchkey.toml's."""
    async with bazaar() as market:
        sections = market.settings | {"models": OURS} | sections
        async with acted(db, clock, discord, **sections) as stage:
            hall = Hall(stage.house, discord, paced(stage, pace), market.upstreams)
            async with running(hall.bot):
                yield hall
