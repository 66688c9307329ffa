"""Everything that exists in the loopback Discord, in Discord's own JSON shapes."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.sandbox.discord import permissions, shapes
from bot.sandbox.discord.commands import Commands
from bot.sandbox.discord.files import Upload
from bot.sandbox.discord.interactions import Interaction
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.refusals import Code, Refusal
from bot.sandbox.discord.snowflakes import Snowflakes

THREADS = (10, 11, 12)
KEPT_MESSAGES = 5_000
KEPT_INTERACTIONS = 5_000
KEPT_BYTES = 256 * 1024 * 1024


class Kind(StrEnum):
    """What happened; the comment says what the payload holds."""

    MESSAGE = "message"  # a Message; flag 64: only its reader sees it
    MESSAGE_EDIT = "message_edit"  # the whole Message as it is now
    MESSAGE_DELETE = "message_delete"  # {"id", "channel_id"}
    THINKING = "thinking"  # a Message with flag 128 and no content; an edit fills it
    MODAL = "modal"  # {"id", "custom_id", "title", "components"}; Acts.submit takes the id
    CHOICES = "choices"  # {"interaction_id", "choices": [{"name", "value"}]}
    REFUSED = "refused"  # {"interaction_id", "reason", "command", "message_id"}
    ACKNOWLEDGED = "acknowledged"  # {"interaction_id", "type"}: a pressed button may rest again
    COMMANDS = "commands"  # {"guild_id"}, None for the global ones: ask World.menu again
    MEMBER = "member"  # {"guild_id", "user_id", "member"}; member None: gone
    TYPING = "typing"  # {"channel_id", "user_id"}
    REACTION = "reaction"  # {"message_id", "channel_id", "reactions"}
    CHANNEL = "channel"  # a Channel that is new or changed: a thread, a direct message


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that somebody in the loopback Discord sees happen."""

    kind: str
    channel_id: int | None
    seen_by: int | None  # None: everyone in the channel; else the one person who sees it
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that the Gateway tells the bot."""

    name: str
    data: dict[str, Any]
    guild_id: int | None = None
    intent: int = 0  # the bit a session must have asked for; 0: everybody is told


@dataclass(slots=True)
class Person:
    """What Discord knows of a person and shows nobody."""

    locale: str = "en-US"
    dms_open: bool = True


class World:
    """Everything that exists in the loopback Discord, in Discord's own JSON shapes."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self.now = now
        self.ids = Snowflakes(now)
        self.url = ""  # http://host:port once it is served
        self.application: dict[str, Any] = {}
        self.bot_id = 0
        self.guilds: dict[int, dict[str, Any]] = {}
        self.channels: dict[int, dict[str, Any]] = {}
        self.users: dict[int, dict[str, Any]] = {}
        self.people: dict[int, Person] = {}
        self.members: dict[int, dict[int, dict[str, Any]]] = {}
        self.messages: dict[int, dict[str, Any]] = {}
        self.readers: dict[int, int] = {}  # an ephemeral message's one reader
        self.pinged: dict[int, frozenset[int]] = {}  # whom a message really notified
        self.files: dict[int, Upload] = {}
        self._file_bytes = 0
        self.commands = Commands()
        self.interactions: dict[int, Interaction] = {}
        self.tokens: dict[str, Interaction] = {}
        self.answering: dict[int, list[Interaction]] = {}  # by message: who waits for it
        self._told: list[Callable[[Happening], None]] = []
        self._heard: list[Callable[[Event], None]] = []

    def listen(self, told: Callable[[Happening], None]) -> Callable[[], None]:
        """Tell of everything people see from now on; call the answer to stop."""
        self._told.append(told)
        return lambda: self._told.remove(told)

    def tell(
        self, kind: Kind, payload: dict[str, Any], *, channel: int | None, to: int | None = None
    ) -> None:
        """Show a happening to whoever listens."""
        happening = Happening(kind, channel, to, payload)
        for told in tuple(self._told):
            told(happening)

    def hear(self, heard: Callable[[Event], None]) -> Callable[[], None]:
        """Hand over every Gateway event from now on; call the answer to stop."""
        self._heard.append(heard)
        return lambda: self._heard.remove(heard)

    def broadcast(self, event: Event) -> None:
        """Tell the bot's Gateway sessions."""
        for heard in tuple(self._heard):
            heard(event)

    def channel(self, channel_id: int) -> dict[str, Any]:
        """Find a channel, or refuse as Discord does."""
        return _found(self.channels, channel_id, Code.UNKNOWN_CHANNEL)

    def guild(self, guild_id: int) -> dict[str, Any]:
        """Find a guild, or refuse as Discord does."""
        return _found(self.guilds, guild_id, Code.UNKNOWN_GUILD)

    def user(self, user_id: int) -> dict[str, Any]:
        """Find a user, or refuse as Discord does."""
        return _found(self.users, user_id, Code.UNKNOWN_USER)

    def member(self, guild_id: int, user_id: int) -> dict[str, Any]:
        """Find a member of a guild, or refuse as Discord does."""
        return _found(self.members.get(guild_id, {}), user_id, Code.UNKNOWN_MEMBER)

    def message(self, message_id: int, channel_id: int) -> dict[str, Any]:
        """Find a message of a channel, or refuse as Discord does."""
        found = _found(self.messages, message_id, Code.UNKNOWN_MESSAGE)
        if found["channel_id"] != str(channel_id):
            raise Refusal(Code.UNKNOWN_MESSAGE)
        return found

    def guild_of(self, channel_id: int) -> int | None:
        """Name the guild a channel is in; None for a direct message."""
        guild_id = self.channel(channel_id).get("guild_id")
        return int(guild_id) if guild_id else None

    def dm(self, user_id: int) -> dict[str, Any]:
        """Find or open the direct messages between a person and the bot."""
        for channel in self.channels.values():
            if channel["type"] == shapes.DIRECT and channel["recipients"][0]["id"] == str(user_id):
                return channel
        channel = shapes.direct(self.ids.next(), self.user(user_id))
        self.channels[int(channel["id"])] = channel
        self.tell(Kind.CHANNEL, channel, channel=int(channel["id"]), to=user_id)
        return channel

    def roles_home(self, channel: dict[str, Any]) -> dict[str, Any]:
        """Find the channel whose overwrites count: a thread obeys the channel it is in."""
        if channel["type"] in THREADS:
            return self.channel(int(channel["parent_id"]))
        return channel

    def permissions(self, user_id: int, channel_id: int) -> int:
        """Add up what a person may do in a channel, as Discord's bits; 0: not even see it."""
        channel = self.channel(channel_id)
        guild_id = self.guild_of(channel_id)
        if guild_id is None:
            inside = any(int(each["id"]) == user_id for each in channel["recipients"])
            return permissions.PLAIN if inside or user_id == self.bot_id else 0
        member = self.members[guild_id].get(user_id)
        if member is None:
            return 0
        allowed = permissions.in_channel(self.guilds[guild_id], member, self.roles_home(channel))
        return allowed if allowed & Permission.VIEW_CHANNEL else 0

    def rights(self, guild_id: int, user_id: int) -> int:
        """Add up what a member may do in a whole guild, as Discord's bits."""
        return permissions.in_guild(self.guilds[guild_id], self.member(guild_id, user_id))

    def sees(self, user_id: int, channel_id: int) -> bool:
        """Tell whether a person may look into a channel."""
        return bool(self.permissions(user_id, channel_id))

    def channels_of(self, user_id: int) -> list[dict[str, Any]]:
        """List the channels a person sees, direct messages too, in the order of their ids."""
        return [self.channels[key] for key in sorted(self.channels) if self.sees(user_id, key)]

    def messages_in(self, channel_id: int, user_id: int) -> list[dict[str, Any]]:
        """List what a person sees in a channel, oldest first, without others' ephemerals."""
        wanted = str(channel_id)
        return [
            message
            for key, message in self.messages.items()
            if message["channel_id"] == wanted and self.readers.get(key, user_id) == user_id
        ]

    def menu(self, user_id: int, channel_id: int) -> list[dict[str, Any]]:
        """List the commands Discord offers a person in a channel, all three types."""
        guild_id = self.guild_of(channel_id)
        offered = [c for c in self.commands.all(None) if _fits(c, in_guild=guild_id is not None)]
        if guild_id is None:
            return offered
        offered += self.commands.all(guild_id)
        allowed = self.permissions(user_id, channel_id)
        if not allowed & Permission.USE_APPLICATION_COMMANDS:
            return []
        return [command for command in offered if _may_use(command, allowed)]

    def keep_message(self, message: dict[str, Any], reader: int | None = None) -> None:
        """Store a message, forgetting the oldest beyond what the world keeps."""
        key = int(message["id"])
        self.messages[key] = message
        if reader is not None:
            self.readers[key] = reader
        while len(self.messages) > KEPT_MESSAGES:
            self.forget_message(next(iter(self.messages)))

    def forget_message(self, message_id: int) -> dict[str, Any]:
        """Drop a message and its files."""
        message = self.messages.pop(message_id)
        self.readers.pop(message_id, None)
        self.pinged.pop(message_id, None)
        self.answering.pop(message_id, None)
        for attachment in message["attachments"]:
            self._drop_file(int(attachment["id"]))
        return message

    def keep_file(self, upload: Upload) -> int:
        """Store a file and name it, forgetting the oldest beyond what the world keeps."""
        key = self.ids.next()
        self.files[key] = upload
        self._file_bytes += len(upload.content)
        while self._file_bytes > KEPT_BYTES and len(self.files) > 1:
            self._drop_file(next(iter(self.files)))
        return key

    def _drop_file(self, key: int) -> None:
        if (upload := self.files.pop(key, None)) is not None:
            self._file_bytes -= len(upload.content)

    def stir(self, message_id: int) -> None:
        """Wake whoever waits for a change of a message."""
        for interaction in self.answering.get(message_id, ()):
            interaction.stir()

    def keep_interaction(self, interaction: Interaction) -> None:
        """Store an interaction, forgetting the oldest beyond what the world keeps."""
        self.interactions[interaction.id] = self.tokens[interaction.token] = interaction
        while len(self.interactions) > KEPT_INTERACTIONS:
            oldest = self.interactions.pop(next(iter(self.interactions)))
            self.tokens.pop(oldest.token, None)


def _found(shelf: dict[int, dict[str, Any]], key: int, missing: Code) -> dict[str, Any]:
    try:
        return shelf[key]
    except KeyError:
        raise Refusal(missing) from None


def _fits(command: dict[str, Any], *, in_guild: bool) -> bool:
    contexts = command.get("contexts")
    if contexts is not None:
        return (0 if in_guild else 1) in contexts
    return in_guild or bool(command.get("dm_permission", True))


def _may_use(command: dict[str, Any], allowed: int) -> bool:
    wanted = command["default_member_permissions"]
    if wanted is None or allowed & Permission.ADMINISTRATOR:
        return True
    return int(wanted) != 0 and allowed & int(wanted) == int(wanted)
