"""Messages and reactions over REST, with the bot's own token."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from bot.sandbox.discord import secrecy
from bot.sandbox.discord.messages import Messages
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.places import Places
from bot.sandbox.discord.reactions import Reactions
from bot.sandbox.discord.refusals import Code, Refusal
from bot.sandbox.discord.rest import rights
from bot.sandbox.discord.rest.call import Door, Request, snowflake
from bot.sandbox.discord.world import World

ALL = "/channels/{channel_id}/messages"
ONE = ALL + "/{message_id}"
REACTIONS = ONE + "/reactions"
EMOJI = REACTIONS + "/{emoji_name}"
SUPPRESS_EMBEDS = 1 << 2


@dataclass(frozen=True)
class MessageDoors:
    """Answers for messages in channels and threads."""

    world: World
    messages: Messages
    reactions: Reactions
    places: Places

    def doors(self) -> list[Door]:
        """List the routes."""
        return [
            Door("GET", ALL, self.history),
            Door("POST", ALL, self.send),
            Door("POST", ALL + "/bulk-delete", self.delete_many),
            Door("GET", ONE, self.one),
            Door("PATCH", ONE, self.edit),
            Door("DELETE", ONE, self.delete),
            Door("DELETE", REACTIONS, self.clear),
            Door("GET", EMOJI, self.reacted),
            Door("DELETE", EMOJI, self.clear_emoji),
            Door("PUT", EMOJI + "/@me", self.react),
            Door("DELETE", EMOJI + "/@me", self.unreact),
            Door("DELETE", EMOJI + "/{user_id}", self.take_off),
        ]

    def history(self, call: Request) -> list[dict[str, Any]]:
        """List a channel's messages, newest first."""
        channel_id = call.id("channel_id")
        rights.visible(self.world, channel_id)
        limit = int(call.query.get("limit", 50))
        allowed = self.world.permissions(self.world.bot_id, channel_id)
        if not allowed & Permission.READ_MESSAGE_HISTORY:
            return []
        seen = self.world.messages_in(channel_id, self.world.bot_id)
        shown = [each for each in seen if int(each["id"]) not in self.world.readers]
        return [self._read(each) for each in _page(shown, call.query, limit)]

    def send(self, call: Request) -> dict[str, Any]:
        """Send a message."""
        channel_id = call.id("channel_id")
        rights.may_send(self.world, channel_id, files=bool(call.files))
        if call.fields.get("message_reference"):
            rights.may_reply(self.world, channel_id)
        self.places.wake(channel_id)
        return self.messages.send(channel_id, self.world.bot_id, call.fields, call.files)

    def one(self, call: Request) -> dict[str, Any]:
        """Show one message."""
        return self._read(self._message(call))

    def edit(self, call: Request) -> dict[str, Any]:
        """Edit one of the bot's own messages."""
        message = self._message(call)
        if message["author"]["id"] != str(self.world.bot_id):
            raise Refusal(Code.NOT_THE_AUTHOR)
        rights.not_archived(self.world, call.id("channel_id"))
        return self.messages.edit(message, call.fields, call.files)

    def delete(self, call: Request) -> None:
        """Delete a message."""
        message = self._message(call)
        if message["author"]["id"] != str(self.world.bot_id):
            rights.may(self.world, call.id("channel_id"), Permission.MANAGE_MESSAGES)
        self.messages.delete(int(message["id"]))

    def delete_many(self, call: Request) -> None:
        """Delete several messages at once."""
        channel_id = call.id("channel_id")
        rights.may(self.world, channel_id, Permission.MANAGE_MESSAGES)
        for each in call.fields.get("messages", []):
            key = snowflake(each, "messages")
            rights.message_here(self.world, channel_id, key)
            self.messages.delete(key)

    def react(self, call: Request) -> None:
        """Put the bot's reaction on a message."""
        message = self._message(call)
        rights.may(self.world, call.id("channel_id"), Permission.ADD_REACTIONS)
        self.reactions.add(int(message["id"]), self.world.bot_id, _emoji(call))

    def unreact(self, call: Request) -> None:
        """Take the bot's reaction off."""
        self.reactions.remove(int(self._message(call)["id"]), self.world.bot_id, _emoji(call))

    def take_off(self, call: Request) -> None:
        """Take somebody's reaction off."""
        message = self._message(call)
        rights.may(self.world, call.id("channel_id"), Permission.MANAGE_MESSAGES)
        self.reactions.remove(int(message["id"]), call.id("user_id"), _emoji(call))

    def reacted(self, call: Request) -> list[dict[str, Any]]:
        """List who put an emoji on a message."""
        return self.reactions.people(int(self._message(call)["id"]), _emoji(call))

    def clear(self, call: Request) -> None:
        """Take every reaction off."""
        self._clear(call, lambda _: False)

    def clear_emoji(self, call: Request) -> None:
        """Take one emoji off."""
        wanted = _emoji(call)
        self._clear(call, lambda emoji: emoji != wanted)

    def _clear(self, call: Request, keep: Callable[[str], bool]) -> None:
        message = self._message(call)
        rights.may(self.world, call.id("channel_id"), Permission.MANAGE_MESSAGES)
        self.reactions.clear(int(message["id"]), keep)

    def _read(self, message: dict[str, Any]) -> dict[str, Any]:
        """Show a message as far as the bot may read it."""
        if secrecy.granted(self.world.application):
            return message
        in_guild = self.world.guild_of(int(message["channel_id"])) is not None
        return secrecy.shown(message, self.world.bot_id, in_guild=in_guild)

    def _message(self, call: Request) -> dict[str, Any]:
        return rights.message_here(self.world, call.id("channel_id"), call.id("message_id"))


def _emoji(call: Request) -> str:
    return unquote(call.params["emoji_name"])


def _page(
    messages: list[dict[str, Any]], query: dict[str, str], limit: int
) -> list[dict[str, Any]]:
    newest_first = messages[::-1]
    if before := query.get("before"):
        newest_first = [each for each in newest_first if int(each["id"]) < int(before)]
    if after := query.get("after"):
        later = [each for each in messages if int(each["id"]) > int(after)][:limit]
        return later[::-1]
    if around := query.get("around"):
        older = [each for each in newest_first if int(each["id"]) < int(around)][: limit // 2]
        newer = [each for each in messages if int(each["id"]) >= int(around)]
        return newer[: limit - limit // 2][::-1] + older
    return newest_first[:limit]
