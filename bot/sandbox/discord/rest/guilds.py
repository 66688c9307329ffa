"""Guilds, their members and their roles over REST."""

from dataclasses import dataclass
from typing import Any

from bot.sandbox.discord import permissions
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.refusals import Code, Refusal
from bot.sandbox.discord.rest.call import Door, Request
from bot.sandbox.discord.roster import Roster
from bot.sandbox.discord.world import THREADS, World

ONE = "/guilds/{guild_id}"
MEMBER = ONE + "/members/{user_id}"


@dataclass(frozen=True)
class GuildDoors:
    """Answers for the guilds the bot is in."""

    world: World
    roster: Roster

    def doors(self) -> list[Door]:
        """List the routes."""
        return [
            Door("GET", ONE, self.one),
            Door("GET", ONE + "/channels", self.channels),
            Door("GET", ONE + "/threads/active", self.threads),
            Door("GET", ONE + "/roles", self.roles),
            Door("GET", ONE + "/roles/{role_id}", self.role),
            Door("GET", ONE + "/members", self.members),
            Door("GET", ONE + "/members/search", self.search),
            Door("GET", MEMBER, self.member),
            Door("PATCH", MEMBER, self.change_member),
            Door("PUT", MEMBER + "/roles/{role_id}", self.give_role),
            Door("DELETE", MEMBER + "/roles/{role_id}", self.take_role),
        ]

    def one(self, call: Request) -> dict[str, Any]:
        """Show a guild."""
        guild_id = self._guild_id(call)
        guild = self.world.guilds[guild_id]
        if not call.flag("with_counts"):
            return guild
        count = len(self.world.members[guild_id])
        return guild | {"approximate_member_count": count, "approximate_presence_count": count}

    def channels(self, call: Request) -> list[dict[str, Any]]:
        """List a guild's channels, without threads."""
        return [each for each in self._channels(call) if each["type"] not in THREADS]

    def threads(self, call: Request) -> dict[str, Any]:
        """List a guild's threads."""
        found = [each for each in self._channels(call) if each["type"] in THREADS]
        members = [each["member"] for each in found]
        return {"threads": found, "members": members, "has_more": False}

    def roles(self, call: Request) -> list[dict[str, Any]]:
        """List a guild's roles."""
        roles: list[dict[str, Any]] = self.world.guilds[self._guild_id(call)]["roles"]
        return roles

    def role(self, call: Request) -> dict[str, Any]:
        """Show one role."""
        return self._role(self._guild_id(call), call.id("role_id"))

    def members(self, call: Request) -> list[dict[str, Any]]:
        """List a guild's members by id; needs the privileged intent."""
        guild_id = self._guild_id(call)
        if not self.world.application["flags"] & (1 << 14 | 1 << 15):
            raise Refusal(Code.MISSING_ACCESS)
        after, limit = int(call.query.get("after", 0)), int(call.query.get("limit", 1))
        shelf = self.world.members[guild_id]
        return [shelf[key] for key in sorted(shelf) if key > after][:limit]

    def search(self, call: Request) -> list[dict[str, Any]]:
        """List the members whose name begins with a word."""
        query, limit = call.query.get("query", "").lower(), int(call.query.get("limit", 1))
        found = self.world.members[self._guild_id(call)].values()
        return [each for each in found if each["user"]["username"].startswith(query)][:limit]

    def member(self, call: Request) -> dict[str, Any]:
        """Show one member."""
        return self._member(call)

    def change_member(self, call: Request) -> dict[str, Any]:
        """Change a member's roles or nickname."""
        guild_id, member = self._guild_id(call), self._member(call)
        if "roles" in call.fields:
            wanted = [str(each) for each in call.fields["roles"]]
            for role in set(wanted) ^ set(member["roles"]):
                self._refuse_role(guild_id, int(role))
            self.roster.set_roles(guild_id, call.id("user_id"), wanted)
        if "nick" in call.fields:
            self._refuse_without(guild_id, Permission.MANAGE_GUILD)
            member["nick"] = call.fields["nick"]
        return member

    def give_role(self, call: Request) -> None:
        """Give a member a role."""
        guild_id, role_id, held = self._role_change(call)
        if str(role_id) not in held:
            self.roster.set_roles(guild_id, call.id("user_id"), [*held, str(role_id)])

    def take_role(self, call: Request) -> None:
        """Take a role from a member."""
        guild_id, role_id, held = self._role_change(call)
        if str(role_id) in held:
            left = [each for each in held if each != str(role_id)]
            self.roster.set_roles(guild_id, call.id("user_id"), left)

    def _role_change(self, call: Request) -> tuple[int, int, list[str]]:
        guild_id, role_id = self._guild_id(call), call.id("role_id")
        member = self._member(call)
        self._refuse_role(guild_id, role_id)
        return guild_id, role_id, member["roles"]

    def _refuse_role(self, guild_id: int, role_id: int) -> None:
        role = self._role(guild_id, role_id)
        self._refuse_without(guild_id, Permission.MANAGE_ROLES)
        own = self.world.member(guild_id, self.world.bot_id)
        top = permissions.top_position(self.world.guilds[guild_id], own)
        if role["managed"] or role_id == guild_id or role["position"] >= top:
            raise Refusal(Code.MISSING_PERMISSIONS)

    def _refuse_without(self, guild_id: int, wanted: Permission) -> None:
        if not self.world.rights(guild_id, self.world.bot_id) & wanted:
            raise Refusal(Code.MISSING_PERMISSIONS)

    def _guild_id(self, call: Request) -> int:
        guild_id = call.id("guild_id")
        self.world.guild(guild_id)
        if self.world.bot_id not in self.world.members[guild_id]:
            raise Refusal(Code.MISSING_ACCESS)
        return guild_id

    def _member(self, call: Request) -> dict[str, Any]:
        user_id = call.id("user_id")
        self.world.user(user_id)
        return self.world.member(self._guild_id(call), user_id)

    def _role(self, guild_id: int, role_id: int) -> dict[str, Any]:
        for role in self.world.guilds[guild_id]["roles"]:
            if role["id"] == str(role_id):
                found: dict[str, Any] = role
                return found
        raise Refusal(Code.UNKNOWN_ROLE)

    def _channels(self, call: Request) -> list[dict[str, Any]]:
        wanted = str(self._guild_id(call))
        return [each for each in self.world.channels.values() if each.get("guild_id") == wanted]
