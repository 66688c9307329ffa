"""The home guilds as the bot sees them: from what the Gateway told, else asked for over REST."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import aiohttp
import discord

from bot.words.phrase import Phrase
from bot.words.verdict import Named

PATIENCE = 8.0  # seconds: the library itself tries for half a minute
AWAY = (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError)
Channel: TypeAlias = discord.abc.GuildChannel


@dataclass(frozen=True, slots=True)
class Home:
    """A home guild, what the bot is in it, and its channels by id."""

    guild: discord.Guild
    me: discord.Member
    channels: Mapping[int, Channel]

    @property
    def own(self) -> Named:
        """Name the role that is the bot's own."""
        role = self.guild.self_role or self.me.top_role
        return Named(role.mention, role.name)

    def allowed(self, channel: Channel) -> discord.Permissions:
        """Return what the bot may do in a channel."""
        return channel.permissions_for(self.me)


@dataclass(frozen=True, slots=True)
class Sight:
    """All home guilds at one moment; of those not seen the id, and why Discord did not answer."""

    homes: Sequence[Home]
    absent: Sequence[int] = ()
    silent: Mapping[int, Phrase] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Say whether every home guild was seen."""
        return not self.absent and not self.silent

    def channel(self, channel_id: int) -> tuple[Home, Channel] | None:
        """Find a channel and the guild it is in."""
        for home in self.homes:
            if channel := home.channels.get(channel_id):
                return home, channel
        return None

    def role(self, role_id: int) -> tuple[Home, discord.Role] | None:
        """Find a role and the guild it is in."""
        for home in self.homes:
            if role := home.guild.get_role(role_id):
                return home, role
        return None


async def see(client: discord.Client, guild_ids: Iterable[int]) -> Sight:
    """Look at all home guilds."""
    ids = list(guild_ids)
    seen = await asyncio.gather(*(_home(client, each) for each in ids))
    found = dict(zip(ids, seen, strict=True))
    return Sight(
        [home for home in seen if isinstance(home, Home)],
        [each for each, home in found.items() if home is None],
        {each: home for each, home in found.items() if isinstance(home, Phrase)},
    )


async def _home(client: discord.Client, guild_id: int) -> Home | Phrase | None:
    """Return a guild, None where the bot is not in it, or why Discord did not say."""
    assert client.user is not None, "the bot is logged in"
    known = client.get_guild(guild_id)
    if known and not known.unavailable and known.roles and (me := known.get_member(client.user.id)):
        return Home(known, me, {each.id: each for each in known.channels})
    try:
        async with asyncio.timeout(PATIENCE):
            guild = await client.fetch_guild(guild_id, with_counts=False)
            channels = await guild.fetch_channels()
            me = await guild.fetch_member(client.user.id)
    except (discord.Forbidden, discord.NotFound):
        return None
    except AWAY as fault:
        return why(fault)
    return Home(guild, me, {each.id: each for each in channels})


def why(fault: BaseException) -> Phrase:
    """Return in a few words why Discord did not answer."""
    if isinstance(fault, discord.HTTPException):
        return Phrase("checkup.why.status", {"status": fault.status})
    late = isinstance(fault, TimeoutError)
    return Phrase("checkup.why.late" if late else "checkup.why.away")
