"""What a community's settings leave switched off: a sentence each, for the log at start."""

from collections.abc import Iterator
from pathlib import Path

from bot.settings.community import CommunityFile
from bot.settings.environment import Part

CALLING = frozenset({Part.API, Part.BOT})
CONSEQUENCES = {
    "moderator_roles": "only administrators are staff",
    "chat_channels": "messages earn no points",
    "log_channel": "staff actions are posted nowhere",
    "staff_channel": "nothing can be approved in Discord",
    "announce_channel": "nothing is announced",
    "level_roles": "levels give no roles",
}


def notices(file: CommunityFile, parts: frozenset[Part]) -> Iterator[str]:
    """Yield a sentence for each feature of these parts that is off: nobody set what it needs."""
    for name, consequence in CONSEQUENCES.items() if Part.BOT in parts else ():
        if not getattr(file.community, name):
            yield f"community.{name} is not set: {consequence}; /settings sets it."
    if parts & CALLING and file.temp_mail.upstream is None:
        yield "temp_mail.upstream is not set: there are no temporary mailboxes."


def nothing_to_call(
    file: CommunityFile, parts: frozenset[Part], config: Path | None, usual: Path
) -> str | None:
    """Say why these parts have no model to call, if so; `config` is the file that was read."""
    if not parts & CALLING or (file.upstreams and file.models):
        return None
    if config is not None:
        return f"Nothing can be called yet: {config} has no upstreams or no models."
    return (
        f"Nothing can be called yet: there is no {usual}, and LATCHKEY_CONFIG names no other file. "
        "Copy latchkey.example.toml and put your upstreams and models in."
    )
