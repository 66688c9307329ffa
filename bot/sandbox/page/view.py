"""What a person sees of the loopback Discord, in the shapes the page reads."""

from typing import Any

from bot.sandbox.discord import permissions
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.world import THREADS, World

EPHEMERAL = 1 << 6
DIRECT = 1
CATEGORY = 4
DIRECT_PLACE = "dm"
MOST_SHOWN = 400  # messages of a channel
GUILD_FIELDS = ("id", "name", "owner_id")
ROLE_FIELDS = ("id", "name", "color", "position", "hoist", "managed")
CHANNEL_FIELDS = (
    "id",
    "type",
    "guild_id",
    "parent_id",
    "name",
    "topic",
    "position",
    "nsfw",
    "thread_metadata",
    "message_count",
)
STAFF_POWERS = Permission.ADMINISTRATOR | Permission.MODERATE_MEMBERS


def players(world: World) -> list[int]:
    """List the people a newcomer can be, in the order they were made."""
    return [key for key, user in world.users.items() if not user.get("bot")]


def around(world: World, you: int) -> dict[str, Any]:
    """Say everything the page shows beside the messages."""
    channels = world.channels_of(you)
    guilds = [guild for key, guild in world.guilds.items() if you in world.members[key]]
    inside = {guild["id"] for guild in guilds}
    return {
        "you": str(you),
        "locale": world.people[you].locale,
        "people": [_person(world, key) for key in world.users],
        "guilds": [{name: guild[name] for name in GUILD_FIELDS} for guild in guilds],
        "channels": [_channel(world, you, each) for each in channels],
        "roles": [
            {"guild_id": guild["id"]} | {name: role[name] for name in ROLE_FIELDS}
            for guild in world.guilds.values()
            for role in guild["roles"]
            if guild["id"] in inside
        ],
        "commands": _commands(world, you, channels),
    }


def history(world: World, you: int, channel_id: int, since: int) -> list[dict[str, Any]]:
    """List a channel's messages; of the ephemerals only those after the id `since`."""
    return [
        message
        for message in world.messages_in(channel_id, you)
        if not message["flags"] & EPHEMERAL or int(message["id"]) > since
    ][-MOST_SHOWN:]


def places(world: World, you: int) -> list[int]:
    """List the channels a person can look into; headings are none."""
    return [int(each["id"]) for each in world.channels_of(you) if each["type"] != CATEGORY]


def first_channel(world: World, you: int) -> int | None:
    """Choose the channel to open when none was asked for: the top one of the first guild."""
    beside = (DIRECT, CATEGORY, *THREADS)
    seen = [each for each in world.channels_of(you) if each["type"] not in beside]
    seen.sort(key=lambda each: (int(each["guild_id"]), each.get("position", 0), int(each["id"])))
    return int(seen[0]["id"]) if seen else None


def _person(world: World, user_id: int) -> dict[str, Any]:
    user = world.users[user_id]
    guilds = [key for key, members in world.members.items() if user_id in members]
    return {
        "id": user["id"],
        "name": user["global_name"] or user["username"],
        "bot": bool(user.get("bot")),
        "part": _part(world, user_id, guilds),
        "guilds": [str(key) for key in guilds],
        "roles": [role for key in guilds for role in world.members[key][user_id]["roles"]],
        "colour": _colour(world, user_id, guilds[0]) if guilds else 0,
    }


def _part(world: World, user_id: int, guilds: list[int]) -> str:
    if world.users[user_id].get("bot"):
        return "bot"
    if not guilds:
        return "stranger"
    guild, member = world.guilds[guilds[0]], world.members[guilds[0]][user_id]
    if guild["owner_id"] == str(user_id):
        return "owner"
    staff = permissions.in_guild(guild, member) & STAFF_POWERS
    return "moderator" if staff else "member"


def _colour(world: World, user_id: int, guild_id: int) -> int:
    held = world.members[guild_id][user_id]["roles"]
    roles = [role for role in world.guilds[guild_id]["roles"] if role["id"] in held]
    coloured = [role for role in roles if role["color"]]
    return int(max(coloured, key=lambda role: role["position"])["color"]) if coloured else 0


def _channel(world: World, you: int, channel: dict[str, Any]) -> dict[str, Any]:
    shown = {name: channel.get(name) for name in CHANNEL_FIELDS}
    allowed = world.permissions(you, int(channel["id"]))
    writing = Permission.SEND_MESSAGES
    if channel["type"] in THREADS:
        writing = Permission.SEND_MESSAGES_IN_THREADS
    shown["writable"] = bool(allowed & writing)
    shown["moderated"] = bool(allowed & Permission.MANAGE_MESSAGES)
    if channel["type"] == DIRECT:
        shown["name"] = world.users[world.bot_id]["username"]
    return shown


def _commands(
    world: World, you: int, channels: list[dict[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    places: dict[str, list[dict[str, Any]]] = {}
    for channel in channels:
        place = channel.get("guild_id") or DIRECT_PLACE
        if place not in places:
            places[place] = world.menu(you, int(channel["id"]))
    return places
