"""Whether Discord lets the bot use what a setting names, and how to mend it where it does not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import discord

from bot.cogs.role_hand import RoleHand
from bot.community.service import Community
from bot.core.errors import Failure, Kind
from bot.words.changes import label_of
from bot.words.names import power
from bot.words.say import explain, say

SEES = ("read_messages",)  # as the library names permissions
POSTS = (*SEES, "send_messages")


class ChannelGone(Failure):
    """No home guild has the channel."""

    kind = Kind.NOT_FOUND
    message_id = "settings.channel_gone"


class CannotPost(Failure):
    """Discord lets the bot see or write nothing there."""

    kind = Kind.NOT_ALLOWED
    message_id = "settings.cannot_post"


class CannotSee(Failure):
    """Discord does not show the channel to the bot."""

    kind = Kind.NOT_ALLOWED
    message_id = "settings.cannot_see"


class UnfitRole(Failure):
    """The role cannot be what it shall be."""

    kind = Kind.NOT_ALLOWED
    message_id = "settings.unfit_role"


class EveryoneStaff(Failure):
    """The role of everyone cannot be the moderators'."""

    kind = Kind.NOT_ALLOWED
    message_id = "settings.everyone_staff"


@dataclass(frozen=True)
class Reach:
    """Looks at channels and roles of the home guilds, as the bot sees them now."""

    client: discord.Client
    community: Community
    hand: RoleHand

    async def troubles(self) -> list[str]:
        """Say what is wrong with the settings in force, a sentence each."""
        names = ("log_channel", "staff_channel", "announce_channel", "chat_channels", "level_roles")
        stated = {name: self.community.stated(name) for name in (f"community.{n}" for n in names)}
        return list(dict.fromkeys([explain(trouble) for trouble in await self._looked(stated)]))

    async def check(self, wanted: Mapping[str, Any]) -> None:
        """Raise what is wrong with a channel or role that a change would bring in."""
        for name, value in wanted.items():
            old = self.community.stated(name)
            fresh = value
            if isinstance(value, list) and isinstance(old, list):
                fresh = [each for each in value if each not in old]
            elif isinstance(value, dict):
                fresh = {key: each for key, each in value.items() if old.get(key) != each}
            for trouble in await self._looked({name: fresh}):
                raise trouble

    def posting(self, channel_id: int, label: str) -> Failure | None:
        """Say what keeps the bot from posting in a channel, None where nothing does."""
        return self._channel(channel_id, label, POSTS, CannotPost)

    async def _looked(self, wanted: Mapping[str, Any]) -> list[Failure]:
        found: list[Failure | None] = []
        for name, value in wanted.items():
            if name.endswith("_channels"):
                label = label_of(name)
                found += [self._channel(each, label, SEES, CannotSee) for each in value]
            elif name.endswith("_channel") and value:
                found.append(self.posting(value, label_of(name)))
            elif name == "community.level_roles":
                found += [await self._level_role(key, role) for key, role in value.items()]
            elif name == "community.moderator_roles":
                homes = self.community.community.home_guilds  # the role of everyone has its id
                found += [EveryoneStaff() for role in value if role in homes]
        return [trouble for trouble in found if trouble is not None]

    def _channel(
        self, channel_id: int, label: str, needed: Sequence[str], failure: type[Failure]
    ) -> Failure | None:
        guilds = [self.client.get_guild(each) for each in self.community.community.home_guilds]
        for guild in guilds:
            channel = guild.get_channel(channel_id) if guild else None
            if guild is not None and channel is not None:
                me = guild.get_member(self.client.user.id) if self.client.user else None
                if me is None:
                    return None
                allowed = dict(channel.permissions_for(me))
                missing = [power(each) for each in needed if not allowed[each]]
                return failure(channel=channel_id, powers=missing) if missing else None
        if any(guild is None or guild.unavailable for guild in guilds):
            return None  # it may be there: that guild has not arrived, or is on another's shard
        return ChannelGone(channel=channel_id, label=label)

    async def _level_role(self, level: str, role_id: int) -> Failure | None:
        hitch = await self.hand.look(role_id)
        if hitch is None:
            return None
        mend = say(hitch.mend, **hitch.params(role_id))
        return UnfitRole(role=role_id, level=level, mend=mend)
