"""/describe, and "Describe image" in the menu on a message: what a picture shows, in words."""

from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

import discord
from discord import app_commands
from discord.ext import commands

from bot.catalogue.model import Model
from bot.cogs.chat import below, pictures
from bot.cogs.chat.errors import discreet
from bot.cogs.chat.layout import Enclosed, Layout, finished
from bot.cogs.media.bench import Bench, Work, above, alt
from bot.cogs.media.errors import NoPicture
from bot.cogs.model_menu import ModelMenu
from bot.cogs.replies import offered, think
from bot.relay.caller import Caller
from bot.relay.flat import Served
from bot.relay.sight import Sight, SightWish
from bot.relay.studio import Source
from bot.words.say import say

ENDPOINT = "discord.describe"
NAME = "Describe image"
LONGEST_QUESTION = 1_000  # characters
Asked = app_commands.Range[str, 1, LONGEST_QUESTION]
Picture: TypeAlias = discord.Attachment | str  # or an address that a message's embed shows


class DescribeCommands(commands.Cog):
    """Pictures in words."""

    def __init__(self, bench: Bench, sight: Sight, menu: ModelMenu) -> None:
        self.menu = app_commands.ContextMenu(name=NAME, callback=self._on_message)
        self._bench = bench
        self._sight = sight
        self._models = menu

    @app_commands.command()
    @app_commands.describe(
        image="The picture that is to be described",
        question="What you want to know of it",
        model="Which model looks at it",
    )
    async def describe(
        self,
        interaction: discord.Interaction,
        image: discord.Attachment,
        question: Asked | None = None,
        model: str | None = None,
    ) -> None:
        """Have a picture described, or a question about it answered."""
        await think(interaction, hidden=False)
        with discreet(interaction.guild_id is None):
            pictures.check(image)
            chosen = self._chosen(model, question)
        quote = above(question) if question else ""

        async def job(caller: Caller, arrived: datetime) -> Layout:
            source = await pictures.fetched(image)
            wish = _wish(chosen, source, image.url)._replace(question=question)
            served = await self._sight.see(caller, wish, ENDPOINT, arrived)
            # Nobody else sees what was given with the command.
            name = f"picture.{source.media.rpartition('/')[2]}"
            shown = Enclosed(name, source.data, alt(served.value))
            return replace(_told(quote, chosen, served), files=(shown,))

        doing = say("media.looking", model=chosen.id)
        await self._bench.work(interaction, Work(quote, doing, job))

    @describe.autocomplete("model")
    async def _seers(
        self, _interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        return offered(self._models.choices(typed))

    async def _on_message(self, interaction: discord.Interaction, message: discord.Message) -> None:
        """Describe a message's first picture to whoever asks, and nobody else."""
        await think(interaction, hidden=True)
        if (image := _first(message)) is None:
            raise NoPicture
        if isinstance(image, discord.Attachment):
            pictures.check(image)
        chosen = self._chosen(None, None)

        async def job(caller: Caller, arrived: datetime) -> Layout:
            if isinstance(image, str):
                wish = SightWish(chosen, url=image)
            else:
                wish = _wish(chosen, await pictures.fetched(image), image.url)
            served = await self._sight.see(caller, wish, ENDPOINT, arrived)
            return _told("", chosen, served)

        doing = say("media.looking", model=chosen.id)
        await self._bench.work(interaction, Work("", doing, job, hidden=True))

    def _chosen(self, wanted: str | None, question: str | None) -> Model:
        """Return the model that is wanted, else the first that takes the question too."""
        able = self._sight.able(question) if wanted is None else None
        return able or self._models.chosen(wanted)


def _wish(model: Model, source: Source, address: str) -> SightWish:
    return SightWish(model, data=source.data, media=source.media, shown_at=address)


def _told(quote: str, model: Model, served: Served[str]) -> Layout:
    return finished(quote, served.value, below.ending(model.id, "", served.settled))


def _first(message: discord.Message) -> Picture | None:
    """Return a message's first picture: attached, else shown in an embed."""
    for attached in message.attachments:
        if pictures.is_picture(attached):
            return attached
    shown = (embed.image.proxy_url or embed.thumbnail.proxy_url for embed in message.embeds)
    return next((address for address in shown if address), None)
