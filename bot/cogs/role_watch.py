"""Looks at the level roles when the bot starts and whenever a role changes."""

import asyncio
import logging

import aiohttp
import discord
from discord.ext import commands

from bot.cogs.role_hand import RoleHand
from bot.community.service import Community
from bot.core.errors import DatabaseAway
from bot.core.signals import Signals, Topic
from bot.levels.roles import Hitch, LevelRoles
from bot.words.say import say

log = logging.getLogger(__name__)
AGAIN_SECONDS = 30.0


class RoleWatch(commands.Cog):
    """Tells staff of level roles that cannot be given, and gives them once they can."""

    def __init__(
        self, roles: LevelRoles, hand: RoleHand, community: Community, signals: Signals
    ) -> None:
        self._roles = roles
        self._hand = hand
        self._community = community
        self._due = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None
        signals.on(Topic.SETTINGS, lambda _: self._due.set())

    async def cog_load(self) -> None:
        """Begin to watch."""
        self._watching = asyncio.create_task(self._watch(), name="level roles")

    async def cog_unload(self) -> None:
        """Stop watching."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Look at them now that Discord is there."""
        self._due.set()

    @commands.Cog.listener()
    async def on_guild_role_update(self, _: discord.Role, role: discord.Role) -> None:
        """Look again: a level's role or the bot's own may have moved."""
        self._changed(role)

    @commands.Cog.listener()
    async def on_guild_role_delete(self, role: discord.Role) -> None:
        """Look again."""
        self._changed(role)

    @commands.Cog.listener()
    async def on_guild_role_create(self, role: discord.Role) -> None:
        """Look again."""
        self._changed(role)

    @commands.Cog.listener()
    async def on_member_update(self, _: discord.Member, member: discord.Member) -> None:
        """Look again where the bot itself was given or lost a role; others are not heard of."""
        if member.id == member.guild.me.id:
            self._due.set()

    def _changed(self, role: discord.Role) -> None:
        if role.guild.id in self._community.community.home_guilds:
            self._due.set()

    async def _watch(self) -> None:
        while True:
            await self._due.wait()
            self._due.clear()
            try:
                await self._look()
            except (DatabaseAway, discord.HTTPException, aiohttp.ClientError, OSError) as trouble:
                log.warning("the level roles are looked at later: %s", type(trouble).__name__)
                await asyncio.sleep(AGAIN_SECONDS)
                self._due.set()
            except Exception:
                log.exception("the level roles could not be looked at")

    async def _look(self) -> None:
        wanted = dict(self._community.community.level_roles)
        hitches: dict[int, Hitch] = {}
        for level, role_id in sorted(wanted.items()):
            if hitch := await self._hand.look(role_id):
                hitches[role_id] = hitch
                params = hitch.params(role_id) | {"role": str(role_id)}
                sentences = say("levels.unfit", level=level, **params), say(hitch.mend, **params)
                log.warning("%s", " ".join(sentences))
        if await self._roles.looked(wanted, hitches):
            await self._roles.reconcile()
