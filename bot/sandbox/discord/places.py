"""Channels and threads: started, archived, locked and deleted, and that everybody is told."""

from dataclasses import dataclass
from typing import Any

from bot.sandbox.discord import shapes
from bot.sandbox.discord.refusals import Code, Refusal
from bot.sandbox.discord.snowflakes import timestamp
from bot.sandbox.discord.world import Event, Kind, World

GUILDS = 1 << 0
A_DAY = 1440  # minutes


@dataclass(frozen=True)
class Places:
    """Opens and closes the places where messages are."""

    world: World

    def forum(self, channel_id: int, guild_id: int, name: str) -> dict[str, Any]:
        """Make a forum, whose posts are threads."""
        made = shapes.channel(channel_id, guild_id, name, position=9) | {"type": shapes.FORUM}
        self.world.channels[channel_id] = made
        self._tell("CHANNEL_CREATE", made)
        return made

    def thread(
        self,
        owner: int,
        parent: int,
        name: str,
        *,
        message_id: int | None = None,
        archive: int = A_DAY,
    ) -> dict[str, Any]:
        """Start a thread, or a forum's post; on a message it has the message's id."""
        thread_id = self.world.ids.next() if message_id is None else message_id
        channel, now = self.world.channel(parent), timestamp(self.world.now())
        made = shapes.thread(thread_id, channel, name, owner=owner, at=now, archive=archive)
        bot = str(self.world.bot_id)
        made["member"] = {"id": made["id"], "user_id": bot, "join_timestamp": now, "flags": 0}
        self.world.channels[thread_id] = made
        self._tell("THREAD_CREATE", made | {"newly_created": True})
        return made

    def archive(self, thread_id: int, *, locked: bool = False) -> None:
        """Archive a thread; locked: only moderators wake it."""
        self.change(thread_id, {"archived": True, "locked": locked})

    def wake(self, channel_id: int, *, moderator: bool = False) -> None:
        """Let a message wake an archived thread; a locked one only a moderator's."""
        state = self.world.channel(channel_id).get("thread_metadata") or {}
        if state.get("archived") and state.get("locked") and not moderator:
            raise Refusal(Code.THREAD_ARCHIVED)
        if state.get("archived"):
            self.change(channel_id, {"archived": False})

    def change(self, thread_id: int, state: dict[str, Any]) -> None:
        """Change what a thread's metadata says."""
        channel = self.world.channel(thread_id)
        channel["thread_metadata"] = channel["thread_metadata"] | state
        self._tell("THREAD_UPDATE", channel)

    def delete(self, channel_id: int) -> None:
        """Delete a channel or a thread; messages in it are reached no more."""
        gone = self.world.channels.pop(channel_id)
        name = "THREAD_DELETE" if gone["type"] == shapes.THREAD else "CHANNEL_DELETE"
        self.world.broadcast(Event(name, gone, int(gone["guild_id"]), GUILDS))

    def _tell(self, name: str, channel: dict[str, Any]) -> None:
        self.world.tell(Kind.CHANNEL, dict(channel), channel=int(channel["id"]))
        self.world.broadcast(Event(name, channel, int(channel["guild_id"]), GUILDS))
