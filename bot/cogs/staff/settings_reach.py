"""What keeps the settings from working, for the panel of /settings and for what is picked there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from bot.cogs.checkup import Checkup, wants_invite
from bot.community.service import Community
from bot.core.errors import Failure, Kind
from bot.relay.checkup import UpstreamCheckup
from bot.words.verdict import Verdict, troubles

PATIENCE = 3.0  # seconds for each upstream: somebody waits for the panel


class OutOfReach(Failure):
    """Discord does not let the bot use a channel or role as a setting would have it."""

    kind = Kind.NOT_ALLOWED
    message_id = "settings.out_of_reach"

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(trouble=verdict.told())


class Troubles(NamedTuple):
    """What has to be mended, the worst first, and the invite link where that mends some of it."""

    sentences: list[str]
    invite: str | None


@dataclass(frozen=True)
class Reach:
    """Looks at Discord and at the upstreams as `latchkey doctor` does."""

    community: Community
    discord: Checkup
    upstreams: UpstreamCheckup

    async def troubles(self) -> Troubles:
        """Say what is wrong now."""
        here = await self.discord.look()
        found = troubles([*here, *await self.upstreams.look(PATIENCE)])
        invite = self.discord.invite().told() if any(map(wants_invite, found)) else None
        return Troubles([verdict.told() for verdict in found], invite)

    async def check(self, wanted: Mapping[str, Any]) -> None:
        """Raise what is wrong with a channel or role that a change would bring in."""
        fresh = {name: _fresh(value, self.community.stated(name)) for name, value in wanted.items()}
        for verdict in await self.discord.unfit(fresh):
            raise OutOfReach(verdict)

    async def posting(self, channel_id: int) -> None:
        """Raise what keeps the bot from announcing in a channel."""
        for verdict in await self.discord.unfit({"community.announce_channel": channel_id}):
            raise OutOfReach(verdict)


def _fresh(value: Any, old: Any) -> Any:
    """Return what of a value was not there before."""
    if isinstance(value, list) and isinstance(old, list):
        return [each for each in value if each not in old]
    if isinstance(value, dict) and isinstance(old, dict):
        return {key: each for key, each in value.items() if old.get(key) != each}
    return value
