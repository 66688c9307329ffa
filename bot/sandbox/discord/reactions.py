"""Reactions on messages: who put which emoji."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.discord.refusals import Code, Refusal
from bot.sandbox.discord.world import Event, Kind, World

GUILD_REACTIONS, DIRECT_REACTIONS = 1 << 10, 1 << 13


@dataclass(frozen=True)
class Reactions:
    """Puts reactions on messages and takes them off."""

    world: World
    given: dict[tuple[int, str], list[int]] = field(default_factory=dict)

    def add(self, message_id: int, user_id: int, emoji: str) -> None:
        """Put one person's reaction on a message; twice is once."""
        people = self.given.setdefault((message_id, emoji), [])
        if user_id not in people:
            people.append(user_id)
            self._changed("MESSAGE_REACTION_ADD", message_id, user_id, emoji)

    def remove(self, message_id: int, user_id: int, emoji: str) -> None:
        """Take one person's reaction off."""
        people = self.given.get((message_id, emoji), [])
        if user_id not in people:
            raise Refusal(Code.UNKNOWN_EMOJI)
        people.remove(user_id)
        self._changed("MESSAGE_REACTION_REMOVE", message_id, user_id, emoji)

    def clear(self, message_id: int, keep: Callable[[str], bool] = lambda _: False) -> None:
        """Take all reactions off, but those whose emoji `keep` keeps."""
        for key in [each for each in self.given if each[0] == message_id and not keep(each[1])]:
            del self.given[key]
        self._show(message_id)

    def people(self, message_id: int, emoji: str) -> list[dict[str, Any]]:
        """List who put an emoji on a message."""
        return [self.world.users[key] for key in self.given.get((message_id, emoji), [])]

    def _changed(self, name: str, message_id: int, user_id: int, emoji: str) -> None:
        message = self._show(message_id)
        channel_id = int(message["channel_id"])
        guild_id = self.world.guild_of(channel_id)
        data: dict[str, Any] = {
            "user_id": str(user_id),
            "channel_id": message["channel_id"],
            "message_id": message["id"],
            "message_author_id": message["author"]["id"],
            "emoji": _emoji(emoji),
            "burst": False,
            "type": 0,
        }
        if guild_id is not None:
            data["guild_id"] = str(guild_id)
            if name.endswith("ADD"):
                data["member"] = self.world.member(guild_id, user_id)
        intent = DIRECT_REACTIONS if guild_id is None else GUILD_REACTIONS
        self.world.broadcast(Event(name, data, guild_id, intent))

    def _show(self, message_id: int) -> dict[str, Any]:
        message = self.world.messages[message_id]
        shown = [
            {
                "emoji": _emoji(emoji),
                "count": len(people),
                "count_details": {"burst": 0, "normal": len(people)},
                "burst_colors": [],
                "me_burst": False,
                "me": self.world.bot_id in people,
            }
            for (key, emoji), people in self.given.items()
            if key == message_id and people
        ]
        message["reactions"] = shown
        place = message["channel_id"]
        told = {"message_id": message["id"], "channel_id": place, "reactions": shown}
        self.world.tell(Kind.REACTION, told, channel=int(place))
        return message


def _emoji(emoji: str) -> dict[str, Any]:
    name, _, key = emoji.partition(":")
    return {"id": key or None, "name": name}
