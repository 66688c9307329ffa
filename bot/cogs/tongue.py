"""Which language is spoken where nobody's interaction tells: in posts and direct messages."""

from dataclasses import dataclass

import discord

from bot.community.service import Community
from bot.members.languages import Languages
from bot.words.language import Language, chosen


@dataclass(frozen=True)
class Tongue:
    """Knows the languages of people and servers."""

    languages: Languages
    community: Community
    client: discord.Client

    async def of_person(self, discord_id: int) -> Language:
        """Return the language of a person: the one they chose, else the home guild's."""
        return await self.languages.of(discord_id) or self._home()

    def of_channel(self, channel_id: int) -> Language:
        """Return the language of the server that has a channel, else the home guild's."""
        found = self.client.get_channel(channel_id)
        if isinstance(found, discord.abc.GuildChannel | discord.Thread):
            return self.of_guild(found.guild.id)
        return self._home()

    def of_guild(self, guild_id: int) -> Language:
        """Return a server's preferred language; English where the bot does not know it."""
        guild = self.client.get_guild(guild_id)
        return chosen(None, str(guild.preferred_locale) if guild is not None else None)

    def _home(self) -> Language:
        """Return the language of the first home guild that the bot knows."""
        homes = self.community.community.home_guilds
        known = (guild_id for guild_id in homes if self.client.get_guild(guild_id) is not None)
        return self.of_guild(next(known, 0))
