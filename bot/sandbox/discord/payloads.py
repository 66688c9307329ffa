"""What an interaction says to the bot: who, where, with which rights, about what."""

from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.discord import permissions, shapes
from bot.sandbox.discord.files import Upload, attachment
from bot.sandbox.discord.limits import MOST_FILE_BYTES
from bot.sandbox.discord.refusals import Refused
from bot.sandbox.discord.world import THREADS, World

IN_GUILD, IN_DM = 0, 1
LEFT_OUT = ("user", "deaf", "mute")


def frame(world: World, user_id: int, channel_id: int) -> dict[str, Any]:
    """Make everything of an interaction but its id, token, type and data."""
    guild_id = world.guild_of(channel_id)
    payload: dict[str, Any] = {
        "application_id": world.application["id"],
        "version": 1,
        "channel_id": str(channel_id),
        "channel": partial_channel(world, channel_id, user_id),
        "locale": world.people[user_id].locale,
        "app_permissions": str(world.permissions(world.bot_id, channel_id)),
        "entitlements": [],
        "entitlement_sku_ids": [],
        "attachment_size_limit": MOST_FILE_BYTES,
        "authorizing_integration_owners": {"0": str(guild_id or 0)},
        "context": IN_DM if guild_id is None else IN_GUILD,
    }
    if guild_id is None:
        return payload | {"user": world.user(user_id)}
    guild = world.guilds[guild_id]
    locale = guild["preferred_locale"]
    member = world.member(guild_id, user_id)
    allowed = str(world.permissions(user_id, channel_id))
    return payload | {
        "guild_id": str(guild_id),
        "guild": {"id": str(guild_id), "locale": locale, "features": guild["features"]},
        "guild_locale": locale,
        "member": member | {"permissions": allowed},
    }


def partial_channel(world: World, channel_id: int, user_id: int) -> dict[str, Any]:
    """Make the channel as interactions show it."""
    channel = world.channel(channel_id)
    return channel | {"permissions": str(world.permissions(user_id, channel_id))}


@dataclass(frozen=True)
class Resolver:
    """Collects the objects behind the ids that a person gave."""

    world: World
    user_id: int
    channel_id: int
    objects: dict[str, dict[str, Any]] = field(default_factory=dict)

    def user(self, key: int) -> str:
        """Add a user, with the membership where there is one."""
        if key not in self.world.users:
            raise Refused(f"There is no user {key}.")
        self._add("users", key, self.world.users[key])
        guild_id = self.world.guild_of(self.channel_id)
        member = self.world.members.get(guild_id or 0, {}).get(key)
        if guild_id is not None and member is not None:
            kept = {name: value for name, value in member.items() if name not in LEFT_OUT}
            allowed = permissions.in_guild(self.world.guilds[guild_id], member)
            self._add("members", key, kept | {"permissions": str(allowed)})
        return str(key)

    def role(self, key: int) -> str:
        """Add a role of this guild."""
        guild_id = self.world.guild_of(self.channel_id)
        roles = self.world.guilds[guild_id]["roles"] if guild_id else []
        for role in roles:
            if role["id"] == str(key):
                self._add("roles", key, role)
                return str(key)
        raise Refused(f"There is no role {key} here.")

    def mentionable(self, key: int) -> str:
        """Add a user or a role."""
        return self.user(key) if key in self.world.users else self.role(key)

    def channel(self, key: int, types: tuple[int, ...] = ()) -> str:
        """Add a channel of this guild that the person sees and that is of one of the types."""
        here = self.world.guild_of(self.channel_id)
        known = key in self.world.channels and self.world.sees(self.user_id, key)
        if not known or self.world.guild_of(key) != here:
            raise Refused(f"There is no channel {key} here.")
        whole = partial_channel(self.world, key, self.user_id)
        if types and whole["type"] not in types:
            raise Refused("A channel of that type cannot be chosen.")
        names = ["id", "name", "type", "permissions", "parent_id", "flags"]
        if whole["type"] in THREADS:
            names.append("thread_metadata")
        if whole["type"] != shapes.DIRECT:
            self._add("channels", key, {name: whole[name] for name in names if name in whole})
        return str(key)

    def message(self, key: int) -> str:
        """Add a message that the person sees in this channel."""
        message = self.world.messages.get(key)
        reader = self.world.readers.get(key, self.user_id)
        place = str(self.channel_id)
        if message is None or reader != self.user_id or message["channel_id"] != place:
            raise Refused(f"There is no message {key} here.")
        self._add("messages", key, message)
        return str(key)

    def upload(self, file: Upload) -> str:
        """Add a file that the person uploads."""
        if len(file.content) > MOST_FILE_BYTES:
            raise Refused("Your file is too powerful! The size limit is 10 MB.")
        key = self.world.keep_file(file)
        made = attachment(file, key, self.channel_id, self.world.url, ephemeral=True)
        self._add("attachments", key, made)
        return str(key)

    def _add(self, kind: str, key: int, thing: dict[str, Any]) -> None:
        self.objects.setdefault(kind, {})[str(key)] = thing
