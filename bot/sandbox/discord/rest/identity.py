"""Who the bot is, and where its Gateway is."""

from dataclasses import dataclass
from typing import Any

from bot.sandbox.discord.gateway.hub import Hub
from bot.sandbox.discord.rest.call import Door, Request
from bot.sandbox.discord.world import World

SESSIONS_A_DAY = 1_000
DAY_MS = 86_400_000


@dataclass(frozen=True)
class Identity:
    """Answers what a client asks when it logs in."""

    world: World
    hub: Hub

    def doors(self) -> list[Door]:
        """List the routes."""
        return [
            Door("GET", "/gateway", self.gateway, open=True),
            Door("GET", "/gateway/bot", self.gateway_bot),
            Door("GET", "/users/@me", self.me),
            Door("GET", "/oauth2/applications/@me", self.application),
            Door("GET", "/applications/@me", self.application),
        ]

    def gateway(self, _: Request) -> dict[str, str]:
        """Name the Gateway's address."""
        return {"url": self.hub.url}

    def gateway_bot(self, _: Request) -> dict[str, Any]:
        """Name the Gateway's address, the shards to use and the sessions left."""
        left = max(0, SESSIONS_A_DAY - self.hub.identified)
        limit = {"total": SESSIONS_A_DAY, "remaining": left, "reset_after": DAY_MS}
        start = limit | {"max_concurrency": 1}
        return {"url": self.hub.url, "shards": self.hub.shards, "session_start_limit": start}

    def me(self, _: Request) -> dict[str, Any]:
        """Show the bot's own user."""
        own = {"verified": True, "mfa_enabled": False, "email": None, "locale": "en-US"}
        return self.world.user(self.world.bot_id) | own

    def application(self, _: Request) -> dict[str, Any]:
        """Show the bot's application."""
        return self.world.application
