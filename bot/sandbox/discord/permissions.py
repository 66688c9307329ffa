"""Who may do what: Discord's permission bits and how roles and channels add up to them."""

from enum import IntFlag
from typing import Any


class Permission(IntFlag):
    """The bits that the loopback Discord looks at, named as in Discord's documentation."""

    KICK_MEMBERS = 1 << 1
    BAN_MEMBERS = 1 << 2
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    MANAGE_ROLES = 1 << 28
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    SEND_MESSAGES_IN_THREADS = 1 << 38
    MODERATE_MEMBERS = 1 << 40


EVERYTHING = (1 << 53) - 1
PLAIN = (
    Permission.ADD_REACTIONS
    | Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.SEND_MESSAGES_IN_THREADS
)


def in_guild(guild: dict[str, Any], member: dict[str, Any]) -> int:
    """Add up what a member's roles allow in the whole guild."""
    if guild["owner_id"] == member["user"]["id"]:
        return EVERYTHING
    held = {guild["id"], *member["roles"]}
    allowed = 0
    for role in guild["roles"]:
        if role["id"] in held:
            allowed |= int(role["permissions"])
    return EVERYTHING if allowed & Permission.ADMINISTRATOR else allowed


def in_channel(guild: dict[str, Any], member: dict[str, Any], channel: dict[str, Any]) -> int:
    """Add the channel's overwrites to what the roles allow: everyone, roles, then the member."""
    allowed = in_guild(guild, member)
    if allowed & Permission.ADMINISTRATOR:
        return allowed
    by_id = {each["id"]: each for each in channel.get("permission_overwrites", [])}
    roles = [by_id[role] for role in member["roles"] if role in by_id]
    own = by_id.get(member["user"]["id"])
    steps = [[by_id[guild["id"]]] if guild["id"] in by_id else [], roles, [own] if own else []]
    for step in steps:
        for each in step:
            allowed &= ~int(each["deny"])
        for each in step:
            allowed |= int(each["allow"])
    return allowed


def top_position(guild: dict[str, Any], member: dict[str, Any]) -> int:
    """Find the height of a member's highest role; 0 is @everyone."""
    return max((r["position"] for r in guild["roles"] if r["id"] in member["roles"]), default=0)
