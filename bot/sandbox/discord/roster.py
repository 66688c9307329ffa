"""Who is in which guild with which roles, and that everybody is told of a change."""

from dataclasses import dataclass
from typing import Any

from bot.sandbox.discord import shapes
from bot.sandbox.discord.world import Event, Kind, Person, World

GUILD_MEMBERS = 1 << 1


@dataclass(frozen=True)
class Roster:
    """Lets people join and leave, and changes their roles."""

    world: World

    def meet(self, user_id: int, username: str, name: str, *, bot: bool = False) -> None:
        """Bring a new user into the world, in no guild yet."""
        self.world.users[user_id] = shapes.user(user_id, username, name, bot=bot)
        self.world.people[user_id] = Person()

    def join(self, guild_id: int, user_id: int, roles: tuple[int, ...] = ()) -> None:
        """Let a person join a guild."""
        user = self.world.user(user_id)
        member = shapes.member(user, roles, self.world.now())
        self.world.members[guild_id][user_id] = member
        data = member | {"guild_id": str(guild_id)}
        self._tell("GUILD_MEMBER_ADD", guild_id, user_id, data, member)

    def leave(self, guild_id: int, user_id: int) -> None:
        """Let a person leave a guild."""
        member = self.world.members[guild_id].pop(user_id)
        data = {"guild_id": str(guild_id), "user": member["user"]}
        self._tell("GUILD_MEMBER_REMOVE", guild_id, user_id, data, None)

    def set_roles(self, guild_id: int, user_id: int, roles: list[str]) -> None:
        """Give a member these roles and no others."""
        member = self.world.member(guild_id, user_id)
        member["roles"] = roles
        data = member | {"guild_id": str(guild_id)}
        self._tell("GUILD_MEMBER_UPDATE", guild_id, user_id, data, member)

    def _tell(
        self,
        name: str,
        guild_id: int,
        user_id: int,
        data: dict[str, Any],
        member: dict[str, Any] | None,
    ) -> None:
        shown = None if member is None else dict(member)
        told = {"guild_id": str(guild_id), "user_id": str(user_id), "member": shown}
        self.world.tell(Kind.MEMBER, told, channel=None)
        self.world.broadcast(Event(name, data, guild_id, GUILD_MEMBERS))
