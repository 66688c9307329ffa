"""Who is behind an interaction, and where, read from its payload alone."""

from dataclasses import dataclass

import discord

from bot.community.service import Community
from bot.core.errors import Failure, Kind
from bot.members.people import Person


class OnlyInServer(Failure):
    """What shows a key answers in servers only, never in direct messages."""

    kind = Kind.NOT_ALLOWED
    message_id = "command.only_in_server"


@dataclass(frozen=True)
class Door:
    """Sees who comes in, and from where; the features decide what they may."""

    community: Community

    def person(self, interaction: discord.Interaction) -> Person:
        """Return who acts, and whether this payload shows them as a member of a home guild."""
        return Person(interaction.user.id, at_home=self._member(interaction) is not None)

    def author(self, message: discord.Message) -> Person:
        """Return who wrote a message, and whether its payload shows them as a member at home."""
        guild_id = message.guild.id if message.guild else None
        at_home = guild_id in self.community.community.home_guilds
        member = at_home and isinstance(message.author, discord.Member)
        return Person(message.author.id, at_home=member)

    def person_in_server(self, interaction: discord.Interaction) -> Person:
        """Return who acts in a server; raise OnlyInServer elsewhere."""
        # Discord hides these commands in direct messages; that is its menu, not a check.
        if interaction.guild_id is None:
            raise OnlyInServer
        return self.person(interaction)

    def is_staff(self, interaction: discord.Interaction) -> bool:
        """Say whether a moderator or an administrator acts, in a home guild."""
        if (member := self._member(interaction)) is None:
            return False
        moderators = self.community.community.moderator_roles
        return interaction.permissions.administrator or any(map(member.get_role, moderators))

    def is_admin(self, interaction: discord.Interaction) -> bool:
        """Say whether an administrator acts, in a home guild."""
        return self._member(interaction) is not None and interaction.permissions.administrator

    def _member(self, interaction: discord.Interaction) -> discord.Member | None:
        """Return who acts as a member of the home guild they act in."""
        at_home = interaction.guild_id in self.community.community.home_guilds
        who = interaction.user
        return who if at_home and isinstance(who, discord.Member) else None
