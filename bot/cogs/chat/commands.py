"""/chat: a question for a model; with it a conversation begins anew."""

from collections.abc import Sequence

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.chat import pictures
from bot.cogs.chat.answering import Answering
from bot.cogs.chat.choosing import Choosing
from bot.cogs.chat.desk import Draft
from bot.cogs.chat.errors import PaperElsewhere, discreet
from bot.cogs.chat.layout import quoted
from bot.cogs.chat.papers import is_paper, name_of
from bot.cogs.chat.questions import ChatQuestion
from bot.cogs.chat.rooms import Rooms
from bot.cogs.chat.talk import Talk
from bot.cogs.checks import Door
from bot.cogs.replies import offered, think
from bot.core.spotting import without_keys_of_ours
from bot.relay.service import Relay

LONGEST_PROMPT = 4_000  # characters
CLIP = "📎"
Prompt = app_commands.Range[str, 1, LONGEST_PROMPT]


class ChatCommands(commands.Cog):
    """Talk to a model in Discord."""

    def __init__(
        self,
        answering: Answering,
        relay: Relay,
        choosing: Choosing,
        door: Door,
        rooms: Rooms,
    ) -> None:
        self._answering = answering
        self._relay = relay
        self._choosing = choosing
        self._door = door
        self._rooms = rooms

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
                _check(image)
            images = () if image is None else (image,)
            draft = Draft(
                question=ChatQuestion(self._relay, chosen.id, Talk.asking(prompt, images)),
                quote="" if private else above(prompt, images),
                hidden=private,
                channel_id=interaction.channel_id or 0,
            )
            if not private and isinstance(interaction.channel, discord.Thread):
                self._rooms.open(interaction.channel.id, interaction.user.id)
            person = self._door.person(interaction)
            await self._answering.run(interaction, person, interaction.id, draft)

    @chat.autocomplete("model")
    async def _models(
        self, _interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        return offered(self._choosing.choices(typed))


def _check(image: discord.Attachment) -> None:
    """Raise PaperElsewhere, NotAPicture or PictureTooBig."""
    if not pictures.is_picture(image) and is_paper(image):
        raise PaperElsewhere
    pictures.check(image)


def above(prompt: str, files: Sequence[discord.Attachment]) -> str:
    """Return a question as it stands above its public answer, its files by their names."""
    names = [f"{CLIP} {name_of(file)}" for file in files]
    return quoted("\n".join([without_keys_of_ours(prompt), *names]))
