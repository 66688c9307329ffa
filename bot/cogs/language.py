"""/language: which language Latchkey speaks to you."""

from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.checks import Door
from bot.cogs.panels import panel
from bot.cogs.replies import show, think
from bot.members.languages import Languages
from bot.words.language import Language, chosen, speak
from bot.words.say import say

AUTO = "auto"


class LanguageCommands(commands.Cog):
    """Which language you are spoken to."""

    def __init__(self, languages: Languages, door: Door) -> None:
        self._languages = languages
        self._door = door

    @app_commands.command()
    @app_commands.describe(language="auto: the one your Discord is set to")
    async def language(
        self, interaction: discord.Interaction, language: Literal["auto", "en", "ru"]
    ) -> None:
        """Choose the language I speak to you."""
        await think(interaction)
        saved = None if language == AUTO else Language(language)
        await self._languages.choose(self._door.person(interaction), saved)
        speak(chosen(saved, str(interaction.locale), str(interaction.guild_locale or "")))
        await show(interaction, panel(say("language.auto" if saved is None else "language.set")))
