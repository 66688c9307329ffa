"""What a bot reads of a message without Discord's message-content intent."""

from typing import Any

HIDDEN: dict[str, Any] = {"content": "", "embeds": [], "attachments": [], "components": []}
GRANTED = 1 << 18, 1 << 19  # flags of an application that has the intent


def readable(message: dict[str, Any], bot_id: int, *, in_guild: bool) -> bool:
    """Say whether a bot reads a message without the intent: its own, one to it, a direct one."""
    bot = str(bot_id)
    mentioned = any(user["id"] == bot for user in message["mentions"])
    return not in_guild or mentioned or message["author"]["id"] == bot


def shown(message: dict[str, Any], bot_id: int, *, in_guild: bool) -> dict[str, Any]:
    """Return a message, and the one it replies to, as a bot reads them without the intent."""
    seen = message if readable(message, bot_id, in_guild=in_guild) else message | HIDDEN
    if quoted := seen.get("referenced_message"):
        seen = seen | {"referenced_message": shown(quoted, bot_id, in_guild=in_guild)}
    return seen


def granted(application: dict[str, Any]) -> bool:
    """Say whether an application has the intent, so that REST hides nothing from it."""
    return any(application["flags"] & flag for flag in GRANTED)
