"""New users, guilds, roles, channels and members in Discord's own JSON shapes."""

from typing import Any

from bot.sandbox.discord.permissions import PLAIN
from bot.sandbox.discord.snowflakes import timestamp

TEXT, DIRECT, CATEGORY, THREAD, FORUM = 0, 1, 4, 11, 15
LARGE_GUILD = 250
EMPTY_IN_GUILD = (
    "icon",
    "description",
    "home_header",
    "splash",
    "discovery_splash",
    "banner",
    "application_id",
    "afk_channel_id",
    "system_channel_id",
    "widget_channel_id",
    "max_presences",
    "vanity_url_code",
    "rules_channel_id",
    "safety_alerts_channel_id",
    "public_updates_channel_id",
    "incidents_data",
)
ZERO_IN_GUILD = (
    "system_channel_flags",
    "verification_level",
    "mfa_level",
    "explicit_content_filter",
    "premium_tier",
    "premium_subscription_count",
    "nsfw_level",
)


def user(user_id: int, username: str, name: str, *, bot: bool = False) -> dict[str, Any]:
    """Make a user; `name` is how others see them."""
    made: dict[str, Any] = {
        "id": str(user_id),
        "username": username,
        "global_name": None if bot else name,
        "discriminator": "0",
        "avatar": None,
        "avatar_decoration_data": None,
        "banner": None,
        "accent_color": None,
        "primary_guild": None,
        "public_flags": 0,
        "flags": 0,
    }
    return made | ({"bot": True} if bot else {})


def role(
    role_id: int,
    name: str,
    *,
    position: int,
    permissions: int = 0,
    color: int = 0,
    managed: bool = False,
    tags: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Make a role; the higher its position, the more it may do to others."""
    made = {
        "id": str(role_id),
        "name": name,
        "permissions": str(int(permissions)),
        "position": position,
        "color": color,
        "colors": {"primary_color": color, "secondary_color": None, "tertiary_color": None},
        "hoist": bool(color),
        "managed": managed,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }
    return made | ({"tags": tags} if tags else {})


def everyone(guild_id: int) -> dict[str, Any]:
    """Make the role that every member has."""
    return role(guild_id, "@everyone", position=0, permissions=PLAIN)


def member(user: dict[str, Any], roles: tuple[int, ...], joined_at: float) -> dict[str, Any]:
    """Make a member of a guild, who joined at a moment in seconds since 1970."""
    return {
        "user": user,
        "nick": None,
        "avatar": None,
        "banner": None,
        "roles": [str(each) for each in roles],
        "joined_at": timestamp(joined_at),
        "premium_since": None,
        "communication_disabled_until": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
    }


def channel(
    channel_id: int,
    guild_id: int,
    name: str,
    *,
    position: int,
    topic: str | None = None,
    overwrites: tuple[dict[str, Any], ...] = (),
) -> dict[str, Any]:
    """Make a text channel."""
    return {
        "id": str(channel_id),
        "type": TEXT,
        "guild_id": str(guild_id),
        "name": name,
        "position": position,
        "topic": topic,
        "nsfw": False,
        "parent_id": None,
        "last_message_id": None,
        "rate_limit_per_user": 0,
        "permission_overwrites": list(overwrites),
        "flags": 0,
    }


def category(
    channel_id: int,
    guild_id: int,
    name: str,
    *,
    position: int,
    overwrites: tuple[dict[str, Any], ...] = (),
) -> dict[str, Any]:
    """Make a heading under which channels stand."""
    made = channel(channel_id, guild_id, name, position=position, overwrites=overwrites)
    return made | {"type": CATEGORY}


def overwrite(role_id: int, *, allow: int = 0, deny: int = 0) -> dict[str, Any]:
    """Make a channel's exception for a role."""
    allowed, denied = str(int(allow)), str(int(deny))
    return {"id": str(role_id), "type": 0, "allow": allowed, "deny": denied}


def direct(channel_id: int, recipient: dict[str, Any]) -> dict[str, Any]:
    """Make the direct messages between the bot and a person."""
    return {
        "id": str(channel_id),
        "type": DIRECT,
        "last_message_id": None,
        "recipients": [recipient],
        "flags": 0,
    }


def thread(
    thread_id: int, parent: dict[str, Any], name: str, *, owner: int, at: str, archive: int
) -> dict[str, Any]:
    """Make a public thread of a channel; `archive` is in minutes of silence."""
    return {
        "id": str(thread_id),
        "type": THREAD,
        "guild_id": parent["guild_id"],
        "parent_id": parent["id"],
        "owner_id": str(owner),
        "name": name,
        "last_message_id": None,
        "message_count": 0,
        "member_count": 1,
        "total_message_sent": 0,
        "rate_limit_per_user": 0,
        "flags": 0,
        "thread_metadata": {
            "archived": False,
            "auto_archive_duration": archive,
            "archive_timestamp": at,
            "locked": False,
            "create_timestamp": at,
        },
    }


def guild(guild_id: int, name: str, owner_id: int) -> dict[str, Any]:
    """Make a guild with no role but @everyone."""
    return {
        "id": str(guild_id),
        "name": name,
        "owner_id": str(owner_id),
        "roles": [everyone(guild_id)],
        "features": [],
        "emojis": [],
        "stickers": [],
        "region": "us-east",
        "afk_timeout": 300,
        "default_message_notifications": 1,
        "max_members": 500_000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "preferred_locale": "en-US",
        "widget_enabled": False,
        "premium_progress_bar_enabled": False,
        "nsfw": False,
        **dict.fromkeys(EMPTY_IN_GUILD),
        **dict.fromkeys(ZERO_IN_GUILD, 0),
    }


def application(
    application_id: int, name: str, bot: dict[str, Any], owner: dict[str, Any], flags: int
) -> dict[str, Any]:
    """Make the application a bot belongs to; `flags` tell its privileged intents."""
    return {
        "id": str(application_id),
        "name": name,
        "icon": None,
        "description": "Hands out API keys.",
        "summary": "",
        "type": None,
        "verify_key": "0" * 64,
        "flags": flags,
        "flags_new": str(flags),
        "bot": bot,
        "owner": owner,
        "team": None,
        "bot_public": True,
        "bot_require_code_grant": False,
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "approximate_guild_count": 2,
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "eligible_oauth2_scopes": [],
        "integration_types_config": {"0": {}},
    }
