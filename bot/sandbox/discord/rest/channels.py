"""Channels, threads, typing and direct messages over REST."""

from dataclasses import dataclass
from typing import Any

from bot.sandbox.discord import shapes
from bot.sandbox.discord.messages import Messages
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.places import Places
from bot.sandbox.discord.refusals import Code, Form, Refusal
from bot.sandbox.discord.rest import rights
from bot.sandbox.discord.rest.call import Door, Reply, Request, snowflake
from bot.sandbox.discord.world import THREADS, Event, Kind, World

ONE = "/channels/{channel_id}"
GUILD_TYPING, DIRECT_TYPING = 1 << 11, 1 << 14
HAS_THREAD = 1 << 5
ARCHIVE_MINUTES = (60, 1440, 4320, 10080)
THREAD_FIELDS = ("name", "rate_limit_per_user")
THREAD_STATE = ("archived", "auto_archive_duration", "locked")


@dataclass(frozen=True)
class ChannelDoors:
    """Answers for channels of every type."""

    world: World
    messages: Messages
    places: Places

    def doors(self) -> list[Door]:
        """List the routes."""
        return [
            Door("GET", ONE, self.one),
            Door("PATCH", ONE, self.change),
            Door("DELETE", ONE, self.close),
            Door("POST", ONE + "/typing", self.typing),
            Door("POST", ONE + "/threads", self.thread),
            Door("POST", ONE + "/messages/{message_id}/threads", self.thread_of_message),
            Door("PUT", ONE + "/thread-members/@me", self.join),
            Door("POST", "/users/@me/channels", self.open_dm),
            Door("GET", "/users/{user_id}", self.user),
            Door("GET", "/users/@me/guilds", self.guilds),
        ]

    def one(self, call: Request) -> dict[str, Any]:
        """Show one channel."""
        return rights.visible(self.world, call.id("channel_id"))

    def change(self, call: Request) -> dict[str, Any]:
        """Change a thread: its name, or whether it is archived."""
        channel = rights.visible(self.world, call.id("channel_id"))
        if channel["type"] not in THREADS:
            raise Refusal(Code.MISSING_PERMISSIONS)
        fields = call.fields
        channel |= {name: fields[name] for name in THREAD_FIELDS if name in fields}
        state = {name: fields[name] for name in THREAD_STATE if name in fields}
        self.places.change(int(channel["id"]), state)
        return channel

    def close(self, call: Request) -> dict[str, Any]:
        """Close direct messages; the bot may delete no other channel."""
        channel = rights.visible(self.world, call.id("channel_id"))
        if channel["type"] != shapes.DIRECT:
            raise Refusal(Code.MISSING_PERMISSIONS)
        return channel

    def typing(self, call: Request) -> None:
        """Show that the bot is typing."""
        channel_id = call.id("channel_id")
        rights.may_send(self.world, channel_id, files=False)
        told = {"channel_id": str(channel_id), "user_id": str(self.world.bot_id)}
        self.world.tell(Kind.TYPING, told, channel=channel_id)
        guild_id = self.world.guild_of(channel_id)
        data: dict[str, Any] = {**told, "timestamp": int(self.world.now())}
        intent = DIRECT_TYPING
        if guild_id is not None:
            member = self.world.member(guild_id, self.world.bot_id)
            data |= {"guild_id": str(guild_id), "member": member}
            intent = GUILD_TYPING
        self.world.broadcast(Event("TYPING_START", data, guild_id, intent))

    def thread(self, call: Request) -> Reply:
        """Start a thread that hangs on no message."""
        return Reply(201, self._start(call, None))

    def thread_of_message(self, call: Request) -> Reply:
        """Start a thread on a message; it has the message's id."""
        channel_id, message_id = call.id("channel_id"), call.id("message_id")
        message = rights.message_here(self.world, channel_id, message_id)
        if message_id in self.world.channels:
            raise Refusal(Code.THREAD_EXISTS)
        made = self._start(call, message_id)
        message |= {"flags": message["flags"] | HAS_THREAD, "thread": dict(made)}
        self.world.tell(Kind.MESSAGE_EDIT, dict(message), channel=channel_id)
        self.messages.announce("MESSAGE_UPDATE", message)
        return Reply(201, made)

    def join(self, call: Request) -> None:
        """Join a thread, which the bot always has."""
        rights.visible(self.world, call.id("channel_id"))

    def open_dm(self, call: Request) -> dict[str, Any]:
        """Open direct messages with a person."""
        person = snowflake(call.fields.get("recipient_id"), "recipient_id")
        if person == self.world.bot_id:
            raise Refusal(Code.CLOSED_TO_MESSAGES)
        return self.world.dm(person)

    def user(self, call: Request) -> dict[str, Any]:
        """Show any user."""
        return self.world.user(call.id("user_id"))

    def guilds(self, _: Request) -> list[dict[str, Any]]:
        """List the guilds the bot is in."""
        bot = self.world.bot_id
        names = ("id", "name", "icon", "banner", "features")
        return [
            {name: guild[name] for name in names}
            | {"owner": False, "permissions": str(self.world.rights(key, bot))}
            for key, guild in self.world.guilds.items()
            if bot in self.world.members[key]
        ]

    def _start(self, call: Request, message_id: int | None) -> dict[str, Any]:
        wanted = Permission.CREATE_PUBLIC_THREADS
        parent = rights.may(self.world, call.id("channel_id"), wanted)
        fields, form = call.fields, Form()
        archive = fields.get("auto_archive_duration") or 1440
        form.text(("name",), fields.get("name"), 1, 100, required=True)
        form.choice(("auto_archive_duration",), archive, ARCHIVE_MINUTES)
        form.done()
        owner, parent_id = self.world.bot_id, int(parent["id"])
        return self.places.thread(
            owner, parent_id, fields["name"], message_id=message_id, archive=archive
        )
