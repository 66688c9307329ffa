"""The Discord client: minimal intents, slim caches, one road for every error."""

import asyncio
import logging
import sys
from collections.abc import Callable
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs import gateway
from bot.cogs.buttons import Buttons
from bot.cogs.replies import answer_failure
from bot.cogs.sync import CommandSync
from bot.cogs.translations import Translations
from bot.core.errors import Draining
from bot.members.languages import Languages
from bot.settings.environment import Shards
from bot.storage.database import Database
from bot.words.language import Language, chosen, speak

log = logging.getLogger(__name__)
DRAIN_SECONDS = 20.0  # the relay cuts calls after 15; what they ended with has to be shown
READY_SECONDS = 0.1  # nothing waits for guilds to be known: interactions bring what they need
CLICKS = (discord.InteractionType.component, discord.InteractionType.modal_submit)


class Tree(app_commands.CommandTree["Client"]):
    """Notes which commands run, refuses while draining, sends every error down one road."""

    async def interaction_check(self, interaction: discord.Interaction["Client"], /) -> bool:
        """Let a command in unless the process is about to end; from here its language is spoken."""
        speak(await interaction.client.language_of(interaction))
        if interaction.type is discord.InteractionType.autocomplete:
            return not interaction.client.draining
        if interaction.client.draining:
            await answer_failure(interaction, Draining())
            return False
        interaction.client.begun(interaction.id)
        return True

    async def on_error(
        self, interaction: discord.Interaction["Client"], error: app_commands.AppCommandError, /
    ) -> None:
        """Answer whatever went wrong in a command."""
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        try:
            await answer_failure(interaction, cause)
        finally:
            interaction.client.ended(interaction.id)


class Client(commands.AutoShardedBot):
    """The bot's connection to Discord; cogs and buttons are handed in ready."""

    def __init__(
        self,
        *,
        db: Database,
        home_guilds: Callable[[], tuple[int, ...]],
        buttons: Buttons,
        languages: Languages,
        shards: Shards | None,
        intents: discord.Intents,
    ) -> None:
        divided: dict[str, Any] = {}
        if shards is not None:
            divided = {"shard_ids": list(shards.ids), "shard_count": shards.count}
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # we never speak
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=Tree,
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=READY_SECONDS,
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
            **divided,
        )
        self.draining = False
        self.connected = asyncio.Event()  # every shard is there, commands are answered
        self._db = db
        self.command_ids: dict[str, int] = {}  # by name; for mentions that can be clicked
        self._home_guilds = home_guilds
        self._buttons = buttons
        self._languages = languages
        self._running: set[int] = set()  # ids of the interactions that are being answered
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def homes(self) -> list[discord.abc.Snowflake]:
        """Return the guilds whose staff may act."""
        return [discord.Object(guild_id) for guild_id in self._home_guilds()]

    async def language_of(self, interaction: discord.Interaction) -> Language:
        """Return the language of whoever acts: chosen, else their Discord's, else the server's."""
        saved = await self._languages.of(interaction.user.id)
        return chosen(saved, str(interaction.locale), str(interaction.guild_locale or ""))

    def begun(self, interaction_id: int) -> None:
        """Note that an interaction is being answered."""
        self._running.add(interaction_id)
        self._idle.clear()

    def ended(self, interaction_id: int) -> None:
        """Note that an interaction is answered."""
        self._running.discard(interaction_id)
        if not self._running:
            self._idle.set()

    async def setup_hook(self) -> None:
        """Bring Discord's list of commands up to date."""
        await self.tree.set_translator(Translations())
        sync = CommandSync(self.tree, self._db)
        self.command_ids = await gateway.patiently(
            lambda: sync.run(self._home_guilds()), "sending the commands"
        )

    async def on_ready(self) -> None:
        """Say that commands are answered."""
        if not self.connected.is_set():
            log.info("connected to Discord as %s", self.user)
        self.connected.set()

    async def on_app_command_completion(
        self, interaction: discord.Interaction, _command: object
    ) -> None:
        """Note that a command has ended well."""
        self.ended(interaction.id)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Answer every click and every modal, known or not."""
        if interaction.type not in CLICKS:
            return
        speak(await self.language_of(interaction))
        if self.draining:
            await answer_failure(interaction, Draining())
            return
        self.begun(interaction.id)
        try:
            await self._buttons.answer(interaction)
        except Exception as error:
            await answer_failure(interaction, error)
        finally:
            self.ended(interaction.id)

    async def on_message(self, message: discord.Message, /) -> None:
        """Run no commands of messages: every command is a slash command."""

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """Log a fault of an event handler once."""
        log.error("the handler %s failed", event_method, exc_info=sys.exception())

    async def drain(self) -> None:
        """Accept nothing new and wait until running answers are over and shown, not for ever."""
        self.draining = True
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._idle.wait()
        except TimeoutError:
            log.warning("%d answers were cut off at shutdown", len(self._running))
