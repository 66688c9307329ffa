"""What Discord lets the bot do with roles: why one cannot be a level's, giving it, taking it."""

from dataclasses import dataclass

import discord

from bot.community.service import Community
from bot.levels.roles import Hitch
from bot.levels.rules import Hand, Role, Trouble, stuck, trouble
from bot.outbox import RoleWish
from bot.words.say import say

# Nobody gets these for talking, nor whatever else Discord calls "manage".
POWERS = ("administrator", "ban_members", "kick_members", "moderate_members")
MANAGE = "manage_"
UNKNOWN_MEMBER, UNKNOWN_USER, UNKNOWN_ROLE = 10007, 10013, 10011  # Discord's codes
GONE = (UNKNOWN_MEMBER, UNKNOWN_USER)


@dataclass(frozen=True)
class RoleHand:
    """Looks at roles and moves them, in the home guilds."""

    client: discord.Client
    community: Community

    async def look(self, role_id: int) -> Hitch | None:
        """Say what keeps a role from being a level's, None where nothing does."""
        guild, role = await self._find(role_id)
        hand = Hand(manages_roles=False, reach=0) if guild is None else await self._hand(guild)
        facts = None if role is None else _facts(role)
        found = trouble(facts, hand, self.community.community.moderator_roles)
        return None if found is None else Hitch(found, tuple(facts.powers) if facts else ())

    async def move(self, wish: RoleWish, discord_id: int) -> tuple[int, Hitch | None]:
        """Give or take a role; return the guild it is in, and what kept it from happening.

        Raises discord.HTTPException where Discord may do it later.
        """
        guild, role = await self._find(wish.role_id, first=wish.guild_id)
        if guild is None or role is None:
            # What no longer exists nobody has any more.
            return wish.guild_id, Hitch(Trouble.MISSING) if wish.give else None
        if hitch := await self._hitch(guild, role, wish):
            return guild.id, hitch
        http = self.client.http
        act = http.add_role if wish.give else http.remove_role
        try:
            await act(guild.id, discord_id, role.id, reason=say("role.audited"))
        except (discord.Forbidden, discord.NotFound) as refusal:
            return guild.id, _refused(refusal, wish)
        return guild.id, None

    async def _hitch(
        self, guild: discord.Guild, role: discord.Role, wish: RoleWish
    ) -> Hitch | None:
        if wish.give:
            return await self.look(role.id)
        found = stuck(_facts(role), await self._hand(guild))
        return None if found is None else Hitch(found)

    async def _find(
        self, role_id: int, *, first: int = 0
    ) -> tuple[discord.Guild | None, discord.Role | None]:
        """Return the home guild that has a role, and the role."""
        homes = self.community.community.home_guilds
        for guild_id in sorted(homes, key=lambda each: each != first):
            guild = await self._guild(guild_id)
            if guild is not None and (role := guild.get_role(role_id)) is not None:
                return guild, role
        return None, None

    async def _guild(self, guild_id: int) -> discord.Guild | None:
        """Return a guild: before it has arrived, or on another's shard, it has to be asked for."""
        known = self.client.get_guild(guild_id)
        if known is not None and known.roles:
            return known
        try:
            return await self.client.fetch_guild(guild_id, with_counts=False)
        except (discord.Forbidden, discord.NotFound):
            return None  # the bot is not in it

    async def _hand(self, guild: discord.Guild) -> Hand:
        assert self.client.user is not None, "the bot is logged in"
        me = guild.get_member(self.client.user.id) or await guild.fetch_member(self.client.user.id)
        return Hand(me.guild_permissions.manage_roles, me.top_role.position)


def _facts(role: discord.Role) -> Role:
    powers = [
        name
        for name, allowed in role.permissions
        if allowed and (name in POWERS or name.startswith(MANAGE))
    ]
    return Role(role.id, role.guild.id, role.position, role.managed, powers)


def _refused(refusal: discord.HTTPException, wish: RoleWish) -> Hitch | None:
    """Read from Discord's answer why it refuses; who is gone has no role to take."""
    if refusal.code in GONE:
        return Hitch(Trouble.ABSENT) if wish.give else None
    if refusal.code == UNKNOWN_ROLE:
        return Hitch(Trouble.MISSING) if wish.give else None
    return Hitch(Trouble.REFUSED)
