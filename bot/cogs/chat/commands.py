"""/chat, and the buttons below its answers."""

from collections.abc import Sequence

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.buttons import Buttons, OldButton
from bot.cogs.chat import pictures
from bot.cogs.chat.answering import Answering
from bot.cogs.chat.below import AGAIN, PAGE, STOP
from bot.cogs.chat.choosing import Choosing
from bot.cogs.chat.desk import Draft
from bot.cogs.chat.errors import discreet
from bot.cogs.chat.layout import quoted
from bot.cogs.chat.questions import ChatQuestion
from bot.cogs.checks import Door
from bot.cogs.replies import offered, think
from bot.relay.service import Relay

LONGEST_PROMPT = 4_000  # characters
Prompt = app_commands.Range[str, 1, LONGEST_PROMPT]


class ChatCommands(commands.Cog):
    """Talk to a model in Discord."""

    def __init__(
        self,
        answering: Answering,
        relay: Relay,
        choosing: Choosing,
        door: Door,
        clicks: Buttons,
    ) -> None:
        self._answering = answering
        self._relay = relay
        self._choosing = choosing
        self._door = door
        clicks.on(STOP, self._stop)
        clicks.on(AGAIN, self._again)
        clicks.on(PAGE, self._page)

    @app_commands.command()
    @app_commands.describe(
        prompt="What you want to know or have written",
        model="Which model answers",
        image="A picture to talk about",
        web="Let the model look things up",
        private="Show the answer only to you",
    )
    async def chat(
        self,
        interaction: discord.Interaction,
        prompt: Prompt,
        model: str | None = None,
        image: discord.Attachment | None = None,
        web: bool = False,
        private: bool = False,
    ) -> None:
        """Ask a model; its answer grows while it is written."""
        await think(interaction, hidden=private)
        with discreet(private or interaction.guild_id is None):
            chosen = self._choosing.model(model, web=web, sees=image is not None)
            if image is not None:
                pictures.check(image)
            images = () if image is None else (image,)
            draft = Draft(
                question=ChatQuestion(self._relay, chosen.id, prompt, images),
                quote="" if private else quoted(prompt),
                hidden=private,
                channel_id=interaction.channel_id or 0,
            )
            person = self._door.person(interaction)
            await self._answering.run(interaction, person, interaction.id, draft)

    @chat.autocomplete("model")
    async def _models(
        self, _interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        return offered(self._choosing.choices(typed))

    async def _stop(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        self._answering.stop(_number(arguments))
        await interaction.response.defer()

    async def _again(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        number = _number(arguments)
        draft = self._answering.recalled(number)
        await interaction.response.defer()
        person = self._door.person(interaction)
        await self._answering.run(interaction, person, number, draft)

    async def _page(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        await self._answering.turn(interaction, _number(arguments), _number(arguments[1:]))


def _number(arguments: Sequence[str]) -> int:
    """Read a number that a click brings; it is the caller's input."""
    if not arguments or not arguments[0].isdecimal():
        raise OldButton
    return int(arguments[0])
