"""What a community's settings leave switched off: a sentence each, for the log at start."""

from collections.abc import Iterator

from bot.settings.community import CommunityFile

CONSEQUENCES = {
    "moderator_roles": "only administrators are staff",
    "chat_channels": "messages earn no points",
    "log_channel": "staff actions are posted nowhere",
    "staff_channel": "nothing can be approved in Discord",
    "announce_channel": "nothing is announced",
    "level_roles": "levels give no roles",
}


def notices(file: CommunityFile) -> Iterator[str]:
    """Yield a sentence for each feature that is off because nobody has set what it needs."""
    if not (file.upstreams and file.models):
        yield "Nothing can be called yet: latchkey.toml has no upstreams or no models."
    for name, consequence in CONSEQUENCES.items():
        if not getattr(file.community, name):
            yield f"community.{name} is not set: {consequence}; /settings sets it."
    if file.temp_mail.upstream is None:
        yield "temp_mail.upstream is not set: there are no temporary mailboxes."
