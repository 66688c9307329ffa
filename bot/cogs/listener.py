"""Hears messages for their points, and sees in passing who lost a level's role."""

import asyncio
import logging
from contextlib import suppress

import discord
from discord.ext import commands

from bot.community.service import Community
from bot.core.clock import Clock
from bot.core.errors import DatabaseAway
from bot.levels.points import Points
from bot.levels.roles import LevelRoles

log = logging.getLogger(__name__)
FLUSH_SECONDS = 5.0
SEEN_SECONDS = 600.0  # how often one person's roles are compared
SPAM = 1  # characters; judged only where the application may read messages
WRITTEN = (discord.MessageType.default, discord.MessageType.reply)


def intents(community: Community) -> discord.Intents:
    """Return what the Gateway is asked for: messages earn points, and may be for the bot.

    The privileged ones only where the settings say that the application has them.
    """
    settings = community.community
    return discord.Intents(
        guilds=True,
        guild_messages=True,
        dm_messages=True,
        message_content=settings.message_content,
        members=settings.members,
    )


class Listener(commands.Cog):
    """Counts messages of the chat channels; their texts are stored nowhere."""

    def __init__(
        self, points: Points, roles: LevelRoles, community: Community, clock: Clock
    ) -> None:
        self._points = points
        self._roles = roles
        self._community = community
        self._clock = clock
        self._seen: dict[int, float] = {}
        self._leaving = asyncio.Event()
        self._flushing: asyncio.Task[None] | None = None

    async def cog_load(self) -> None:
        """Begin to write points down every few seconds."""
        self._flushing = asyncio.create_task(self._flush(), name="points")

    async def cog_unload(self) -> None:
        """Write down what is left."""
        self._leaving.set()
        if self._flushing is not None:
            await self._flushing

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Let a message earn its author a point."""
        if not self._at_home(message.author) or not self._counts(message):
            return
        self._points.count(message.author.id)
        await self._compare(message.author)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """See which roles somebody has who runs a command or clicks."""
        if self._at_home(interaction.user):
            await self._compare(interaction.user)

    def _counts(self, message: discord.Message) -> bool:
        """Say whether a message is one that a person wrote in a chat channel."""
        return (
            message.channel.id in self._community.community.chat_channels
            and not message.author.bot
            and message.webhook_id is None
            and message.type in WRITTEN
            and not (self._community.community.message_content and _spam(message))
        )

    def _at_home(self, who: discord.User | discord.Member) -> bool:
        homes = self._community.community.home_guilds
        return isinstance(who, discord.Member) and who.guild.id in homes

    async def _compare(self, who: discord.User | discord.Member) -> None:
        """Let a role of ours that is gone be given again; asked for each person now and then."""
        # Without the guild's roles, which come a moment after it, a member's cannot be told.
        if not self._community.community.level_roles or not isinstance(who, discord.Member):
            return
        now = self._clock.monotonic()
        if not who.guild.roles or now - self._seen.get(who.id, -SEEN_SECONDS) < SEEN_SECONDS:
            return
        self._seen[who.id] = now
        roles = {role.id for role in who.roles}
        try:
            await self._roles.seen(who.id, who.guild.id, roles)
        except DatabaseAway:
            log.warning("roles could not be compared: the database is away")

    async def _flush(self) -> None:
        """Write points down until the bot leaves, and then once more."""
        while not self._leaving.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._leaving.wait(), FLUSH_SECONDS)
            self._forget()
            try:
                await self._points.flush()
            except DatabaseAway:
                log.warning("points wait: the database is away")
            except Exception:
                log.exception("points could not be written")

    def _forget(self) -> None:
        now = self._clock.monotonic()
        for who in [each for each, at in self._seen.items() if now - at >= SEEN_SECONDS]:
            del self._seen[who]


def _spam(message: discord.Message) -> bool:
    """Say whether a message says next to nothing."""
    bare = not (message.attachments or message.stickers or message.poll)
    return bare and len(message.content.strip()) <= SPAM
