"""Whom a message mentions and whom it really notifies, as allowed_mentions has it."""

import re
from dataclasses import dataclass
from typing import Any

from bot.sandbox.discord.components import Part, walk
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.world import World

USER = re.compile(r"<@!?(\d+)>")
ROLE = re.compile(r"<@&(\d+)>")
EVERYONE = re.compile(r"@(everyone|here)\b")
EVERY_KIND = ("users", "roles", "everyone")


@dataclass(frozen=True, slots=True)
class Mentions:
    """What of a message's text counts as a mention."""

    users: tuple[int, ...] = ()
    roles: tuple[int, ...] = ()
    everyone: bool = False


def text_of(message: dict[str, Any]) -> str:
    """Join all the text in which a mention may stand."""
    shown = [c["content"] for c in walk(message["components"]) if c["type"] == Part.TEXT]
    return "\n".join([message["content"], *shown])


def found(
    world: World, message: dict[str, Any], allowed: dict[str, Any] | None, replied_to: int | None
) -> Mentions:
    """Find the mentions that `allowed` lets through; None lets every kind through."""
    rules: dict[str, Any] = {"parse": EVERY_KIND, "replied_user": True}
    rules = rules if allowed is None else allowed
    parse = rules.get("parse") or ()
    text = text_of(message)
    users = [int(key) for key in USER.findall(text) if int(key) in world.users]
    users = [key for key in users if "users" in parse or str(key) in _ids(rules, "users")]
    if replied_to is not None and rules.get("replied_user", allowed is None):
        users.append(replied_to)
    channel, author = int(message["channel_id"]), int(message["author"]["id"])
    guild_id = world.guild_of(channel)
    if guild_id is None:
        return Mentions(tuple(dict.fromkeys(users)))
    mighty = bool(world.permissions(author, channel) & Permission.MENTION_EVERYONE)
    known = {int(role["id"]): role["mentionable"] for role in world.guilds[guild_id]["roles"]}
    roles = [int(key) for key in ROLE.findall(text) if int(key) in known]
    roles = [
        key
        for key in dict.fromkeys(roles)
        if ("roles" in parse or str(key) in _ids(rules, "roles")) and (known[key] or mighty)
    ]
    loud = mighty and "everyone" in parse and bool(EVERYONE.search(text))
    return Mentions(tuple(dict.fromkeys(users)), tuple(roles), loud)


def notified(world: World, message: dict[str, Any], mentions: Mentions) -> frozenset[int]:
    """Name everybody whose device a message makes ring."""
    channel = int(message["channel_id"])
    guild_id = world.guild_of(channel)
    named = set(mentions.users)
    for user_id, member in (world.members[guild_id] if guild_id else {}).items():
        if mentions.everyone or any(str(role) in member["roles"] for role in mentions.roles):
            named.add(user_id)
    author = int(message["author"]["id"])
    return frozenset(key for key in named if key != author and world.sees(key, channel))


def _ids(rules: dict[str, Any], kind: str) -> set[str]:
    return {str(each) for each in rules.get(kind) or ()}
