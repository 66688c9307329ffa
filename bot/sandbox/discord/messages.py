"""Messages: sent, edited and deleted, and told to everyone who sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from bot.sandbox.discord import limits, mentions
from bot.sandbox.discord.files import Upload, attachment
from bot.sandbox.discord.interactions import Interaction
from bot.sandbox.discord.limits import COMPONENTS_V2, EPHEMERAL, LOADING, SETTABLE_FLAGS
from bot.sandbox.discord.media import resolved
from bot.sandbox.discord.metadata import of_interaction
from bot.sandbox.discord.refusals import Code, Path, Refusal
from bot.sandbox.discord.snowflakes import timestamp
from bot.sandbox.discord.world import Event, Kind, World

GUILD_MESSAGES, DIRECT_MESSAGES = 1 << 9, 1 << 12
SILENT = 1 << 12
PLAIN, REPLY, SLASH, MENU = 0, 19, 20, 23
RECENT = 200


@dataclass(frozen=True)
class Messages:
    """The one place where messages come to be, change and go."""

    world: World

    def send(
        self,
        channel_id: int,
        author_id: int,
        body: dict[str, Any],
        files: Sequence[Upload] = (),
        *,
        interaction: Interaction | None = None,
        path: Path = (),
    ) -> dict[str, Any]:
        """Send a message; what Discord would refuse is refused with the fields under `path`."""
        flags = int(body.get("flags") or 0) & SETTABLE_FLAGS
        if interaction is None:
            flags &= ~EPHEMERAL
        limits.check(body, v2=bool(flags & COMPONENTS_V2), path=path)
        limits.check_sizes([len(file.content) for file in files])
        if (twin := self._twin(channel_id, author_id, body)) is not None:
            return twin
        message = self._blank(channel_id, author_id, flags, interaction)
        replied_to = self._reply(message, body.get("message_reference"))
        self._fill(message, body, files, path)
        _refuse_empty(message)
        if body.get("nonce") is not None:
            message["nonce"] = body["nonce"]
        self._mention(message, body.get("allowed_mentions"), replied_to, ring=True)
        self._publish(message, interaction)
        return message

    def think(self, interaction: Interaction, *, ephemeral: bool) -> dict[str, Any]:
        """Show that the bot is thinking: the message that a later edit fills."""
        flags = LOADING | (EPHEMERAL if ephemeral else 0)
        message = self._blank(interaction.channel_id, self.world.bot_id, flags, interaction)
        self._publish(message, interaction)
        return message

    def edit(
        self,
        message: dict[str, Any],
        body: dict[str, Any],
        files: Sequence[Upload] = (),
        *,
        path: Path = (),
    ) -> dict[str, Any]:
        """Change what the body names and leave the rest; fills a message that was thinking."""
        loading = bool(message["flags"] & LOADING)
        asked = int(body.get("flags") or 0)
        v2 = bool((message["flags"] | asked) & COMPONENTS_V2)
        limits.check(_after(message, body) if v2 else body, v2=v2, path=path)
        limits.check_sizes([len(file.content) for file in files])
        changed = {**message, "flags": message["flags"] & ~LOADING}
        if "flags" in body:
            changed["flags"] |= asked & COMPONENTS_V2
            changed["flags"] = changed["flags"] & ~4 | asked & 4
        self._fill(changed, body, files, path)
        _refuse_empty(changed)
        message.update(changed)
        if not loading:
            message["edited_timestamp"] = timestamp(self.world.now())
        self._mention(message, body.get("allowed_mentions"), None, ring=loading)
        self._announce_edit(message)
        return message

    def delete(self, message_id: int) -> None:
        """Delete a message."""
        message = self.world.messages[message_id]
        reader = self.world.readers.get(message_id)
        self.world.forget_message(message_id)
        channel_id = int(message["channel_id"])
        gone = {"id": message["id"], "channel_id": message["channel_id"]}
        self.world.tell(Kind.MESSAGE_DELETE, gone, channel=channel_id, to=reader)
        if reader is None:
            guild_id = self.world.guild_of(channel_id)
            extra = {"guild_id": str(guild_id)} if guild_id else {}
            self._broadcast("MESSAGE_DELETE", gone | extra, guild_id)

    def announce(self, name: str, message: dict[str, Any]) -> None:
        """Tell the Gateway of a message that everyone in its channel sees."""
        guild_id = self.world.guild_of(int(message["channel_id"]))
        data = dict(message)
        if guild_id is not None:
            data["guild_id"] = str(guild_id)
            member = self.world.members[guild_id].get(int(message["author"]["id"]))
            if member is not None:
                data["member"] = {key: value for key, value in member.items() if key != "user"}
        self._broadcast(name, data, guild_id)

    def _broadcast(self, name: str, data: dict[str, Any], guild_id: int | None) -> None:
        intent = DIRECT_MESSAGES if guild_id is None else GUILD_MESSAGES
        self.world.broadcast(Event(name, data, guild_id, intent))

    def _blank(
        self, channel_id: int, author_id: int, flags: int, interaction: Interaction | None
    ) -> dict[str, Any]:
        message: dict[str, Any] = {
            "id": str(self.world.ids.next()),
            "channel_id": str(channel_id),
            "author": self.world.user(author_id),
            "type": PLAIN,
            "content": "",
            "timestamp": timestamp(self.world.now()),
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "attachments": [],
            "embeds": [],
            "components": [],
            "pinned": False,
            "flags": flags,
        }
        if interaction is not None:
            message |= of_interaction(self.world, interaction)
        return message

    def _twin(self, channel_id: int, author_id: int, body: dict[str, Any]) -> dict[str, Any] | None:
        if not body.get("enforce_nonce") or body.get("nonce") is None:
            return None
        for message in islice(reversed(self.world.messages.values()), RECENT):
            same = message.get("nonce") == body["nonce"]
            place = message["channel_id"] == str(channel_id)
            if same and place and message["author"]["id"] == str(author_id):
                return message
        return None

    def _reply(self, message: dict[str, Any], reference: Any) -> int | None:
        if not reference:
            return None
        channel_id = int(message["channel_id"])
        target = self.world.messages.get(int(reference["message_id"]))
        if target is None or target["channel_id"] != message["channel_id"]:
            if reference.get("fail_if_not_exists", True):
                text = {"code": "REPLIES_UNKNOWN_MESSAGE", "message": "Unknown message"}
                raise Refusal(Code.FORM, errors={"message_reference": {"_errors": [text]}})
            return None
        pointer = {"type": 0, "channel_id": str(channel_id), "message_id": target["id"]}
        if guild_id := self.world.guild_of(channel_id):
            pointer["guild_id"] = str(guild_id)
        quoted = {key: target[key] for key in target if key != "referenced_message"}
        message |= {"type": REPLY, "message_reference": pointer, "referenced_message": quoted}
        return int(target["author"]["id"])

    def _fill(
        self, message: dict[str, Any], body: dict[str, Any], files: Sequence[Upload], path: Path
    ) -> None:
        if "content" in body:
            message["content"] = (body["content"] or "").strip()
        if files or "attachments" in body:
            message["attachments"] = self._attach(message, body.get("attachments"), files)
        if "tts" in body and message["edited_timestamp"] is None:
            message["tts"] = bool(body["tts"])
        resolved(message, body, path, self.world.ids.next)

    def _attach(
        self, message: dict[str, Any], listed: list[dict[str, Any]] | None, files: Sequence[Upload]
    ) -> list[dict[str, Any]]:
        before = {each["id"]: each for each in message["attachments"]}
        words = {str(each["id"]): each for each in listed or []}
        kept = list(before.values())
        if listed is not None:
            kept = [before[key] for key in words if key in before]
        for index, file in enumerate(files):
            said = words.get(str(index), {})
            upload = Upload(
                said.get("filename") or file.filename,
                file.content,
                file.content_type,
                said.get("description"),
            )
            key = self.world.keep_file(upload)
            ephemeral = bool(message["flags"] & EPHEMERAL)
            place = int(message["channel_id"])
            kept.append(attachment(upload, key, place, self.world.url, ephemeral=ephemeral))
        return kept

    def _mention(
        self,
        message: dict[str, Any],
        allowed: dict[str, Any] | None,
        replied_to: int | None,
        *,
        ring: bool,
    ) -> None:
        found = mentions.found(self.world, message, allowed, replied_to)
        message["mentions"] = [self.world.users[key] for key in found.users]
        message["mention_roles"] = [str(key) for key in found.roles]
        message["mention_everyone"] = found.everyone
        if ring and not message["flags"] & SILENT:
            self.world.pinged[int(message["id"])] = mentions.notified(self.world, message, found)

    def _publish(self, message: dict[str, Any], interaction: Interaction | None) -> None:
        channel_id = int(message["channel_id"])
        reader = None
        if message["flags"] & EPHEMERAL and interaction is not None:
            reader = interaction.user_id
        self.world.keep_message(message, reader)
        self.world.channels[channel_id]["last_message_id"] = message["id"]
        kind = Kind.THINKING if message["flags"] & LOADING else Kind.MESSAGE
        self.world.tell(kind, dict(message), channel=channel_id, to=reader)
        if reader is None:
            self.announce("MESSAGE_CREATE", message)

    def _announce_edit(self, message: dict[str, Any]) -> None:
        reader = self.world.readers.get(int(message["id"]))
        channel_id = int(message["channel_id"])
        self.world.tell(Kind.MESSAGE_EDIT, dict(message), channel=channel_id, to=reader)
        self.world.stir(int(message["id"]))
        if reader is None:
            self.announce("MESSAGE_UPDATE", message)


def _after(message: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """Say what the fields will be, so that a V2 message cannot keep classic ones."""
    kept = {name: message[name] for name in ("content", "embeds")}
    return kept | body


def _refuse_empty(message: dict[str, Any]) -> None:
    if not any(message[name] for name in ("content", "embeds", "attachments", "components")):
        raise Refusal(Code.EMPTY_MESSAGE)
