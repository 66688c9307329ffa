"""Rate limits as Discord's headers tell them: a bucket a route and a channel, guild or token."""

import asyncio
import hashlib
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.sandbox.discord.rest.call import Request

MAJOR = ("channel_id", "guild_id", "webhook_id", "webhook_token")
MOST_BUCKETS = 10_000


class Rate(NamedTuple):
    """So many calls in so many seconds."""

    limit: int
    seconds: float


USUAL = Rate(50, 1.0)
EVERYTHING = Rate(50, 1.0)
REACTION = Rate(1, 0.25)
MESSAGES = "/channels/{channel_id}/messages"
RATES: Mapping[tuple[str, str], Rate] = {
    ("POST", MESSAGES): Rate(5, 5.0),
    ("PATCH", MESSAGES + "/{message_id}"): Rate(5, 5.0),
    ("DELETE", MESSAGES + "/{message_id}"): Rate(5, 1.0),
    ("PUT", MESSAGES + "/{message_id}/reactions/{emoji_name}/@me"): REACTION,
    ("DELETE", MESSAGES + "/{message_id}/reactions/{emoji_name}/@me"): REACTION,
    ("POST", "/channels/{channel_id}/typing"): Rate(5, 5.0),
    ("PUT", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}"): Rate(10, 10.0),
    ("DELETE", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}"): Rate(10, 10.0),
}
WEBHOOK = Rate(5, 2.0)
TOKEN_PATHS = ("/webhooks/", "/interactions/")


@dataclass(slots=True)
class Window:
    """What is left of one bucket until it fills again."""

    left: int
    ends: float


@dataclass
class Rates:
    """All buckets; `on = False` neither limits nor tells."""

    on: bool = True
    rates: dict[tuple[str, str], Rate] = field(default_factory=lambda: dict(RATES))
    _windows: dict[str, Window] = field(default_factory=dict)

    def take(self, call: Request) -> tuple[dict[str, str], float | None, bool]:
        """Count a call: its headers, the seconds to wait if it is one too many, if globally."""
        if not self.on or call.template.startswith("/interactions/"):
            return {}, None, False
        if not call.template.startswith(TOKEN_PATHS):
            everything = self._window("everything", EVERYTHING)
            if everything.left < 0:
                return {"X-RateLimit-Global": "true"}, self._wait(everything), True
        rate = self._rate(call)
        name = "webhook" if rate is WEBHOOK else f"{call.method} {call.template}"
        bucket = hashlib.sha256(name.encode()).hexdigest()[:32]
        major = "+".join(call.params[each] for each in MAJOR if each in call.params)
        window = self._window(f"{bucket}:{major}", rate)
        wait = self._wait(window)
        headers = {
            "X-RateLimit-Limit": str(rate.limit),
            "X-RateLimit-Remaining": str(max(0, window.left)),
            "X-RateLimit-Reset": f"{time.time() + wait:.3f}",
            "X-RateLimit-Reset-After": f"{wait:.3f}",
            "X-RateLimit-Bucket": bucket,
        }
        return headers, wait if window.left < 0 else None, False

    def _rate(self, call: Request) -> Rate:
        if call.template.startswith("/webhooks/"):
            return WEBHOOK
        return self.rates.get((call.method, call.template), USUAL)

    def _window(self, key: str, rate: Rate) -> Window:
        now = asyncio.get_running_loop().time()
        window = self._windows.get(key)
        if window is None or window.ends <= now:
            self._make_room(now)
            window = self._windows[key] = Window(rate.limit, now + rate.seconds)
        window.left = max(-1, window.left - 1)
        return window

    def _wait(self, window: Window) -> float:
        left = window.ends - asyncio.get_running_loop().time()
        return math.ceil(max(0.001, left) * 1000) / 1000

    def _make_room(self, now: float) -> None:
        if len(self._windows) > MOST_BUCKETS:
            self._windows = {k: w for k, w in self._windows.items() if w.ends > now}
