"""What the page may ask for on behalf of the person it plays; each answers with a few fields."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox.discord.server import LoopbackDiscord
from bot.sandbox.page import requests
from bot.sandbox.page.backstage import Backstage
from bot.sandbox.page.requests import Asked, Misunderstood
from bot.sandbox.travel import Leap

Deed = Callable[[int, Asked], Awaitable[dict[str, Any]]]
LOCALES = ("en-US", "ru")
NOTHING: dict[str, Any] = {}


@dataclass(frozen=True)
class Deeds:
    """Does what a person can do in the chat, and what the sandbox lets a newcomer do behind it."""

    discord: LoopbackDiscord
    backstage: Backstage | None

    def all(self) -> Mapping[str, Deed]:
        """List every deed by its name."""
        return {
            "command": self._command,
            "complete": self._complete,
            "press": self._press,
            "submit": self._submit,
            "say": self._say,
            "edit": self._edit,
            "delete": self._delete,
            "menu": self._menu,
            "locale": self._locale,
            "travel": self._travel,
        }

    async def _command(self, you: int, asked: Asked) -> dict[str, Any]:
        channel = requests.identifier(asked, "channel")
        made = await self.discord.acts.command(
            you,
            channel,
            requests.name(asked),
            requests.fields(asked, "options"),
            guild_id=self.discord.world.guild_of(channel),
        )
        return {"interaction": str(made)}

    async def _complete(self, you: int, asked: Asked) -> dict[str, Any]:
        try:
            choices = await self.discord.acts.autocomplete(
                you,
                requests.identifier(asked, "channel"),
                requests.name(asked),
                requests.fields(asked, "options"),
                requests.text(asked, "focused"),
            )
        except TimeoutError:
            choices = []
        return {"choices": choices}

    async def _press(self, you: int, asked: Asked) -> dict[str, Any]:
        made = await self.discord.acts.press(
            you,
            requests.identifier(asked, "message"),
            requests.text(asked, "custom_id"),
            requests.values(asked, "values"),
        )
        return {"interaction": str(made)}

    async def _submit(self, you: int, asked: Asked) -> dict[str, Any]:
        modal = requests.identifier(asked, "modal")
        fields = requests.fields(asked, "fields")
        return {"interaction": str(await self.discord.acts.submit(you, modal, fields))}

    async def _say(self, you: int, asked: Asked) -> dict[str, Any]:
        made = await self.discord.acts.say(
            you,
            requests.identifier(asked, "channel"),
            requests.text(asked, "text"),
            reply_to=requests.optional_identifier(asked, "reply_to"),
            ring=asked.get("ring") is not False,
            files=requests.uploads(asked, "files"),
        )
        return {"message": str(made)}

    async def _edit(self, you: int, asked: Asked) -> dict[str, Any]:
        message, text = requests.identifier(asked, "message"), requests.text(asked, "text")
        await self.discord.acts.edit(you, message, text)
        return NOTHING

    async def _delete(self, you: int, asked: Asked) -> dict[str, Any]:
        await self.discord.acts.delete(you, requests.identifier(asked, "message"))
        return NOTHING

    async def _menu(self, you: int, asked: Asked) -> dict[str, Any]:
        channel = requests.identifier(asked, "channel")
        name, target = requests.name(asked), requests.identifier(asked, "target")
        return {"interaction": str(await self.discord.acts.menu(you, channel, name, target))}

    async def _locale(self, you: int, asked: Asked) -> dict[str, Any]:
        if (locale := requests.text(asked, "locale")) not in LOCALES:
            raise Misunderstood(f"The sandbox speaks {' and '.join(LOCALES)}.")
        self.discord.world.people[you].locale = locale
        return NOTHING

    async def _travel(self, _: int, asked: Asked) -> dict[str, Any]:
        if self.backstage is None:
            raise Misunderstood("Time goes its own way here.")
        try:
            leap = Leap(requests.text(asked, "leap"))
        except ValueError:
            raise Misunderstood(f"One can leap a {', '.join(Leap)}.") from None
        await self.backstage.travel(leap)
        return NOTHING
