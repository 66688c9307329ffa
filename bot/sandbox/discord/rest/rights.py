"""What the bot itself may do where: Missing Access, Missing Permissions, closed messages."""

from typing import Any

from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.refusals import Code, Refusal
from bot.sandbox.discord.world import THREADS, World


def visible(world: World, channel_id: int) -> dict[str, Any]:
    """Find a channel the bot sees."""
    channel = world.channel(channel_id)
    if not world.sees(world.bot_id, channel_id):
        raise Refusal(Code.MISSING_ACCESS)
    return channel


def may(world: World, channel_id: int, wanted: Permission) -> dict[str, Any]:
    """Find a channel in which the bot has a permission."""
    channel = visible(world, channel_id)
    if wanted & ~world.permissions(world.bot_id, channel_id):
        raise Refusal(Code.MISSING_PERMISSIONS)
    return channel


def may_send(world: World, channel_id: int, *, files: bool) -> None:
    """Refuse where the bot may not write, or not upload."""
    channel = visible(world, channel_id)
    if "guild_id" not in channel:
        person = int(channel["recipients"][0]["id"])
        if not world.people[person].dms_open:
            raise Refusal(Code.CLOSED_TO_MESSAGES)
        return
    wanted = Permission.SEND_MESSAGES
    if channel["type"] in THREADS:
        wanted = Permission.SEND_MESSAGES_IN_THREADS
    may(world, channel_id, wanted | Permission.ATTACH_FILES if files else wanted)


def may_reply(world: World, channel_id: int) -> None:
    """Refuse a reply where the bot may not read what was said before."""
    channel = world.channel(channel_id)
    allowed = world.permissions(world.bot_id, channel_id)
    if "guild_id" in channel and not allowed & Permission.READ_MESSAGE_HISTORY:
        raise Refusal(Code.NO_HISTORY)


def not_archived(world: World, channel_id: int) -> None:
    """Refuse where a thread is archived: nothing in it changes."""
    if (world.channel(channel_id).get("thread_metadata") or {}).get("archived"):
        raise Refusal(Code.THREAD_ARCHIVED)


def message_here(world: World, channel_id: int, message_id: int) -> dict[str, Any]:
    """Find a message the bot sees with its own token: no ephemeral one."""
    visible(world, channel_id)
    message = world.message(message_id, channel_id)
    if message_id in world.readers:
        raise Refusal(Code.UNKNOWN_MESSAGE)
    return message
