"""What Discord lets the bot do at home: asked by `latchkey doctor` and by /settings alike."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import discord

from bot.cogs.role_hand import RoleHand
from bot.cogs.sight import AWAY, PATIENCE, Home, Sight, see, why
from bot.community.service import Community
from bot.levels.rules import Trouble
from bot.words.names import power
from bot.words.phrase import Phrase
from bot.words.verdict import Mark, Named, Verdict

SEE = ("view_channel",)  # as the library names permissions
POST = (*SEE, "send_messages")
RICH = ("embed_links", "attach_files", "read_message_history")
THREADS = ("create_public_threads", "send_messages_in_threads")
ANYWHERE = (*POST, *RICH, *THREADS)
GIVE_ROLES = "manage_roles"
CLEAN_UP = "manage_messages"  # a key that was posted is deleted where messages can be read
PLACES = ("community.log_channel", "community.staff_channel", "community.announce_channel")
CHATS, LEVELS, STAFF = (
    f"community.{name}" for name in ("chat_channels", "level_roles", "moderator_roles")
)
INTENTS = {
    "message_content": ("Message Content Intent", "gateway_message_content"),
    "members": ("Server Members Intent", "gateway_guild_members"),
}
HOMES, CHANNELS, ROLES, MODERATORS, APPLICATION = (
    *("home servers", "channels", "level roles"),
    *("moderators", "application"),
)
BY_SERVER, BY_CHANNEL = "checkup.mend.server", "checkup.mend.channel"
INVITING = {BY_SERVER, "checkup.home.absent", f"checkup.role.{Trouble.NO_RIGHT}"}


@dataclass(frozen=True)
class Checkup:
    """Compares what the settings in force ask of Discord with what Discord grants."""

    client: discord.Client
    community: Community
    hand: RoleHand

    async def look(self) -> list[Verdict]:
        """Judge everything; what is as it should be gets one sentence a topic."""
        section = self.community.community
        sight = await see(self.client, section.home_guilds)
        stated = {name: self.community.stated(name) for name in (*PLACES, CHATS, LEVELS, STAFF)}
        found = [*self._homes(sight), *self._channels(sight, stated, rich=True)]
        found += [*await self._roles(sight, stated[LEVELS]), *self._moderators(sight, stated)]
        return found + await self._application()

    async def unfit(self, wanted: Mapping[str, Any]) -> list[Verdict]:
        """Say what keeps channels and roles from being what a change of settings makes them."""
        sight = await see(self.client, self.community.community.home_guilds)
        found = [*self._channels(sight, wanted), *self._moderators(sight, wanted)]
        found += await self._roles(sight, wanted.get(LEVELS) or {})
        return [each for each in found if each.mark is Mark.FAIL]

    def invite(self) -> Verdict:
        """Return the link that invites the bot with what it needs and nothing else."""
        powers = discord.Permissions(**dict.fromkeys(self._needed(), True))
        homes = self.community.community.home_guilds
        guild = discord.Object(homes[0]) if homes else discord.utils.MISSING
        assert self.client.application_id is not None, "the bot is logged in"
        link = discord.utils.oauth_url(self.client.application_id, permissions=powers, guild=guild)
        return Verdict(Mark.OK, "invite", "checkup.invite", {"link": link})

    def _needed(self) -> tuple[str, ...]:
        """List the permissions that this community's features need in the whole server."""
        gives = self.community.stated(LEVELS) or not self.community.locked(LEVELS)
        return (*self._everywhere(), GIVE_ROLES) if gives else self._everywhere()

    def _everywhere(self) -> tuple[str, ...]:
        """List those that are of use in every channel."""
        reads = self.community.community.message_content
        return (*ANYWHERE, CLEAN_UP) if reads else ANYWHERE

    @property
    def _bot(self) -> str:
        assert self.client.user is not None, "the bot is logged in"
        return self.client.user.name

    def _homes(self, sight: Sight) -> Iterator[Verdict]:
        for guild_id in sight.absent:
            params = {"bot": self._bot, "server": guild_id}
            yield Verdict(Mark.FAIL, HOMES, "checkup.home.absent", params)
        for guild_id, reason in sight.silent.items():
            params = {"server": guild_id, "why": reason}
            yield Verdict(Mark.WARN, HOMES, "checkup.home.unknown", params)
        for home in sight.homes:
            params = {"bot": self._bot, "server": home.guild.name, "own": home.own}
            if missing := _missing(home.me.guild_permissions, self._everywhere()):
                params["powers"] = _powers(missing)
                yield Verdict(Mark.WARN, HOMES, "checkup.home.lacks", params, BY_SERVER)
            else:
                yield Verdict(Mark.OK, HOMES, "checkup.home", params)

    def _channels(
        self, sight: Sight, wanted: Mapping[str, Any], *, rich: bool = False
    ) -> list[Verdict]:
        """Judge channels; `rich`: also by what only some of what is posted needs."""
        uses: dict[int, list[str]] = defaultdict(list)
        for name in PLACES:
            if channel_id := wanted.get(name):
                uses[channel_id].append(name)
        found = [
            self._channel(sight, each, names, POST, RICH if rich else ())
            for each, names in uses.items()
        ]
        extra = ("send_messages", *RICH, *THREADS) if rich else ()
        chats = wanted.get(CHATS) or ()
        found += [self._channel(sight, each, [CHATS], SEE, extra) for each in chats]
        troubles = [each for each in found if each is not None]
        if found and not troubles and sight.whole:
            count = len({*uses, *chats})
            params = {"bot": self._bot, "n": count}
            troubles.append(Verdict(Mark.OK, CHANNELS, "checkup.channels", params))
        return troubles

    def _channel(
        self,
        sight: Sight,
        channel_id: int,
        names: list[str],
        needed: Iterable[str],
        useful: Iterable[str],
    ) -> Verdict | None:
        label = [Phrase(f"field.{name}") for name in names]
        params: dict[str, Any] = {"bot": self._bot, "label": label, "number": str(channel_id)}
        params["setting"] = " + ".join(names)
        if (found := sight.channel(channel_id)) is None:
            # In a guild that was not seen it may well be.
            return _gone(params) if sight.whole else None
        home, channel = found
        params |= {"channel": Named(channel.mention, f"#{channel.name}"), "own": home.own}
        if missing := _missing(home.allowed(channel), needed):
            what = "checkup.cannot_see" if names == [CHATS] else "checkup.cannot_post"
            params["powers"] = _powers(missing)
            return Verdict(Mark.FAIL, CHANNELS, what, params, _mend(home, missing))
        here = [each for each in useful if getattr(home.me.guild_permissions, each)]
        if missing := _missing(home.allowed(channel), here):
            params["powers"] = _powers(missing)
            return Verdict(Mark.WARN, CHANNELS, "checkup.channel_lacks", params, BY_CHANNEL)
        return None

    async def _roles(self, sight: Sight, wanted: Mapping[str, int]) -> list[Verdict]:
        try:
            async with asyncio.timeout(PATIENCE):
                found = [await self._role(sight, level, role) for level, role in wanted.items()]
        except AWAY as fault:
            return [_silent(ROLES, fault)]
        troubles = [each for each in found if each is not None]
        if found and not troubles and sight.whole:
            params = {"bot": self._bot, "n": len(found)}
            troubles.append(Verdict(Mark.OK, ROLES, "checkup.roles", params))
        return troubles

    async def _role(self, sight: Sight, level: str, role_id: int) -> Verdict | None:
        hitch = await self.hand.look(role_id)
        if hitch is None or (hitch.trouble is Trouble.MISSING and not sight.whole):
            return None
        params = hitch.params(role_id) | {"level": level, "bot": self._bot}
        params["role"] = Named(f"<@&{role_id}>", str(role_id))
        if found := sight.role(role_id):
            home, role = found
            params |= {"role": Named(role.mention, role.name), "own": home.own}
        mend = f"checkup.role.{hitch.trouble}"
        return Verdict(Mark.FAIL, ROLES, "checkup.role", params, mend)

    def _moderators(self, sight: Sight, wanted: Mapping[str, Any]) -> Iterator[Verdict]:
        if (roles := wanted.get(STAFF)) is None:
            return
        well = 0
        for role_id in roles:
            params = {"number": str(role_id)}
            if role_id in self.community.community.home_guilds:  # everyone's has its guild's id
                yield Verdict(Mark.FAIL, MODERATORS, "checkup.everyone_staff")
            elif sight.role(role_id):
                well += 1
            elif sight.whole:
                yield Verdict(Mark.WARN, MODERATORS, "checkup.moderator_gone", params)
        if not roles:
            yield Verdict(Mark.OK, MODERATORS, "checkup.moderators.none")
        elif well == len(roles):
            yield Verdict(Mark.OK, MODERATORS, "checkup.moderators", {"n": well})

    async def _application(self) -> list[Verdict]:
        """Judge what the application's pages in the developer portal say."""
        try:
            async with asyncio.timeout(PATIENCE):
                info = await self.client.application_info()
        except AWAY as fault:
            return [_silent(APPLICATION, fault)]
        found = list(self._intents(info))
        params = {"app": info.name}
        if info.interactions_endpoint_url:
            found.append(Verdict(Mark.FAIL, APPLICATION, "checkup.endpoint", params))
        if info.bot_require_code_grant:
            found.append(Verdict(Mark.FAIL, APPLICATION, "checkup.code_grant", params))
        return found

    def _intents(self, info: discord.AppInfo) -> Iterator[Verdict]:
        asked = [name for name in INTENTS if getattr(self.community.community, name)]
        refused = 0
        for name in asked:
            intent, flag = INTENTS[name]
            if not (getattr(info.flags, flag) or getattr(info.flags, f"{flag}_limited")):
                refused += 1
                params = {"intent": intent, "setting": f"community.{name}", "app": info.name}
                yield Verdict(Mark.FAIL, APPLICATION, "checkup.intent_refused", params)
        if not refused:
            what = "checkup.intents" if asked else "checkup.intents.none"
            yield Verdict(Mark.OK, APPLICATION, what)


def wants_invite(verdict: Verdict) -> bool:
    """Say whether opening the invite link mends it."""
    return not INVITING.isdisjoint({verdict.message_id, verdict.mend})


def _missing(allowed: discord.Permissions, needed: Iterable[str]) -> list[str]:
    """Return those permissions that are not allowed."""
    return [each for each in needed if not getattr(allowed, each)]


def _powers(missing: Iterable[str]) -> list[Phrase]:
    return [power(each) for each in missing]


def _mend(home: Home, missing: Iterable[str]) -> str:
    """Say where to give permissions: in the channel that takes one away, else in the server."""
    taken = any(getattr(home.me.guild_permissions, each) for each in missing)
    return BY_CHANNEL if taken else BY_SERVER


def _gone(params: Mapping[str, Any]) -> Verdict:
    return Verdict(Mark.FAIL, CHANNELS, "checkup.channel_gone", params)


def _silent(about: str, fault: BaseException) -> Verdict:
    return Verdict(Mark.WARN, about, "checkup.silent", {"why": why(fault)})
