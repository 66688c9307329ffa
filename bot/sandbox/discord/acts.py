"""What a person does in the loopback Discord, at the page or in a test."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.sandbox.discord.files import Upload
from bot.sandbox.discord.world import World


class Refused(Exception):
    """Discord itself does not let the person do this; the text says why."""


@dataclass(frozen=True)
class Acts:
    """What a person can do; each act reaches the connected bot through the Gateway."""

    world: World

    async def command(
        self,
        user_id: int,
        channel_id: int,
        name: str,
        options: Mapping[str, Any] | None = None,
        *,
        guild_id: int | None = None,
    ) -> int:
        """Run a slash command ("grant give": a subcommand); the interaction's id."""
        raise NotImplementedError

    async def autocomplete(
        self,
        user_id: int,
        channel_id: int,
        name: str,
        options: Mapping[str, Any],
        focused: str,
    ) -> list[dict[str, Any]]:
        """Type into an option and wait for what the bot offers, as name and value."""
        raise NotImplementedError

    async def menu(self, user_id: int, channel_id: int, name: str, target_id: int) -> int:
        """Run a command of the menu on a user or a message; the interaction's id."""
        raise NotImplementedError

    async def press(
        self, user_id: int, message_id: int, custom_id: str, values: Sequence[str] | None = None
    ) -> int:
        """Press a button or pick from a select; the interaction's id."""
        raise NotImplementedError

    async def submit(self, user_id: int, modal_id: int, fields: Mapping[str, Any]) -> int:
        """Send a modal that is open; `modal_id` is the interaction that opened it."""
        raise NotImplementedError

    async def say(
        self,
        user_id: int,
        channel_id: int,
        text: str,
        *,
        reply_to: int | None = None,
        files: Sequence[Upload] = (),
    ) -> int:
        """Write a message; its id."""
        raise NotImplementedError

    async def react(self, user_id: int, message_id: int, emoji: str) -> None:
        """Put a reaction on a message."""
        raise NotImplementedError

    async def delete(self, user_id: int, message_id: int) -> None:
        """Delete a message: one's own, or another's with the permission to."""
        raise NotImplementedError

    async def answer(self, interaction_id: int, *, timeout: float = 5) -> dict[str, Any]:
        """Wait, at most `timeout` seconds, for the first reply that says something."""
        raise NotImplementedError

    async def modal(self, interaction_id: int, *, timeout: float = 5) -> dict[str, Any]:
        """Wait, at most `timeout` seconds, for the modal an interaction opens."""
        raise NotImplementedError

    async def settled(
        self,
        interaction_id: int,
        *,
        done: Callable[[dict[str, Any]], bool] | None = None,
        timeout: float = 30,
    ) -> dict[str, Any]:
        """Wait, at most `timeout` seconds, until the reply is done: by default, has no Stop."""
        raise NotImplementedError

    def replies(self, interaction_id: int) -> list[dict[str, Any]]:
        """List every message the bot has sent in answer, oldest first."""
        raise NotImplementedError

    def dm(self, user_id: int) -> int:
        """Open the direct messages between a person and the bot; the channel's id."""
        raise NotImplementedError
