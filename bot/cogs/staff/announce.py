"""/announce: a text posted in the community's name."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.audit import Action
from bot.cogs.replies import think
from bot.cogs.staff.confirm import StaffDesk
from bot.cogs.staff.settings_reach import Reach
from bot.community.service import Community
from bot.core.errors import Failure, Kind

LONGEST_TEXT = 2_000  # characters, Discord's limit of a message


class Nowhere(Failure):
    """No channel is set for announcements, and none was named."""

    kind = Kind.NOT_FOUND
    message_id = "announce.nowhere"


class AnnounceCommands(commands.Cog):
    """What the community is told."""

    def __init__(self, community: Community, reach: Reach, desk: StaffDesk) -> None:
        self._community = community
        self._reach = reach
        self._desk = desk

    @app_commands.command()
    @app_commands.default_permissions(moderate_members=True)
    @app_commands.guild_only()
    @app_commands.describe(
        text="What everybody reads; nobody is pinged",
        channel="Where; left out: the channel for announcements",
    )
    async def announce(
        self,
        interaction: discord.Interaction,
        text: app_commands.Range[str, 1, LONGEST_TEXT],
        channel: discord.TextChannel | None = None,
    ) -> None:
        """Post a text in the community's name."""
        await think(interaction)
        await self._desk.actor(interaction, Action.ANNOUNCE)
        details = {"text": text, "channel": await self._where(channel)}
        action, author = Action.ANNOUNCE, self._desk.door.person(interaction)
        await self._desk.preview(interaction, action, details, target=author)

    async def _where(self, channel: discord.TextChannel | None) -> int:
        """Return a channel that the bot can post in, or say what keeps it from that."""
        places = self._community.community
        if channel is not None:
            channel_id = channel.id
        elif usual := places.announce_channel or places.log_channel:
            channel_id = usual
        else:
            raise Nowhere
        await self._reach.posting(channel_id)
        return channel_id
