"""What a person does in the loopback Discord, at the page or in a test."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.sandbox.discord import options as typing
from bot.sandbox.discord import picks
from bot.sandbox.discord.callbacks import Callbacks
from bot.sandbox.discord.components import SELECTS, walk
from bot.sandbox.discord.files import Upload
from bot.sandbox.discord.interactions import Asked, Callback, Interaction
from bot.sandbox.discord.limits import LOADING
from bot.sandbox.discord.messages import Messages
from bot.sandbox.discord.payloads import Resolver, frame
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.places import Places
from bot.sandbox.discord.reactions import Reactions
from bot.sandbox.discord.refusals import Refusal
from bot.sandbox.discord.refusals import Refused as Refused
from bot.sandbox.discord.world import THREADS, World

T = TypeVar("T")
SLASH, USER_MENU, MESSAGE_MENU = 1, 2, 3
QUIETLY = {"parse": ["users", "roles", "everyone"], "replied_user": False}


@dataclass(frozen=True)
class Acts:
    """What a person can do; each act reaches the connected bot through the Gateway."""

    world: World
    messages: Messages
    callbacks: Callbacks
    reactions: Reactions

    async def command(
        self,
        user_id: int,
        channel_id: int,
        name: str,
        options: Mapping[str, Any] | None = None,
        *,
        guild_id: int | None = None,
        forged: bool = False,
    ) -> int:
        """Run a slash command ("grant give": a subcommand); the interaction's id.

        Forged: also where Discord's menu does not offer it to this person.
        """
        command, words = self._found(user_id, channel_id, name, guild_id, forged=forged)
        resolver = Resolver(self.world, user_id, channel_id)
        values = typing.filled(typing.leaf(command, words), options or {}, resolver)
        data = _command_data(command, typing.nested(command, words, values), resolver)
        return self._open(Asked.COMMAND, user_id, channel_id, data, name).id

    async def autocomplete(
        self,
        user_id: int,
        channel_id: int,
        name: str,
        options: Mapping[str, Any],
        focused: str,
    ) -> list[dict[str, Any]]:
        """Type into an option and wait for what the bot offers, as name and value."""
        command, words = self._found(user_id, channel_id, name, None, forged=False)
        values = typing.typed(typing.leaf(command, words), options, focused)
        nested = typing.nested(command, words, values)
        data = _command_data(command, nested, Resolver(self.world, user_id, channel_id))
        asked = self._open(Asked.AUTOCOMPLETE, user_id, channel_id, data, name)
        patience = self.callbacks.ack_seconds + 1
        return await asked.until(lambda: _unless_refused(asked, asked.choices), patience)

    async def menu(self, user_id: int, channel_id: int, name: str, target_id: int) -> int:
        """Run a command of the menu on a user or a message; the interaction's id."""
        kind = USER_MENU if target_id in self.world.users else MESSAGE_MENU
        offered = self.world.menu(user_id, channel_id)
        command = next((c for c in offered if c["name"] == name and c["type"] == kind), None)
        if command is None:
            raise Refused(f"The menu has no {name} here.")
        resolver = Resolver(self.world, user_id, channel_id)
        target = resolver.user if kind == USER_MENU else resolver.message
        data = {"target_id": target(target_id)} | _command_data(command, [], resolver)
        return self._open(Asked.COMMAND, user_id, channel_id, data, name).id

    async def press(
        self, user_id: int, message_id: int, custom_id: str, values: Sequence[str] | None = None
    ) -> int:
        """Press a button or pick from a select; the interaction's id."""
        message = self._seen(user_id, message_id)
        component = _pressable(message, custom_id)
        channel_id = int(message["channel_id"])
        resolver = Resolver(self.world, user_id, channel_id)
        data = {"custom_id": custom_id, "component_type": component["type"], "id": component["id"]}
        if component["type"] in SELECTS:
            data["values"] = picks.picked(component, values or (), resolver)
            data |= {"resolved": resolver.objects} if resolver.objects else {}
        label = component.get("label") or component.get("placeholder") or custom_id
        return self._open(Asked.COMPONENT, user_id, channel_id, data, label, source=message_id).id

    async def submit(self, user_id: int, modal_id: int, fields: Mapping[str, Any]) -> int:
        """Send a modal that is open; `modal_id` is the interaction that opened it."""
        opener = self.world.interactions.get(modal_id)
        if opener is None or opener.modal is None or opener.user_id != user_id:
            raise Refused("There is no such modal.")
        resolver = Resolver(self.world, user_id, opener.channel_id)
        sent = picks.submitted(opener.modal, fields, resolver)
        data = {"custom_id": opener.modal["custom_id"], "components": sent}
        data |= {"resolved": resolver.objects} if resolver.objects else {}
        title = opener.modal["title"]
        place = opener.channel_id
        return self._open(
            Asked.MODAL, user_id, place, data, title, source=opener.source, opener=opener
        ).id

    async def say(
        self,
        user_id: int,
        channel_id: int,
        text: str,
        *,
        reply_to: int | None = None,
        ring: bool = True,
        files: Sequence[Upload] = (),
    ) -> int:
        """Write a message; its id. `ring`: the author of what it replies to is mentioned."""
        in_thread = self.world.channel(channel_id)["type"] in THREADS
        wanted = Permission.SEND_MESSAGES_IN_THREADS if in_thread else Permission.SEND_MESSAGES
        if not self.world.permissions(user_id, channel_id) & wanted:
            raise Refused("You do not have permission to send messages in this channel.")
        body: dict[str, Any] = {"content": text}
        if reply_to is not None:
            body["message_reference"] = {"message_id": str(reply_to)}
            if not ring:
                body["allowed_mentions"] = QUIETLY
        moderator = self.world.permissions(user_id, channel_id) & Permission.MANAGE_THREADS
        try:
            Places(self.world).wake(channel_id, moderator=bool(moderator))
            return int(self.messages.send(channel_id, user_id, body, files)["id"])
        except Refusal as refusal:
            raise Refused(refusal.message) from refusal

    async def edit(self, user_id: int, message_id: int, text: str) -> None:
        """Change the text of one's own message."""
        message = self._seen(user_id, message_id)
        if message["author"]["id"] != str(user_id):
            raise Refused("You can edit only your own messages.")
        try:
            self.messages.edit(message, {"content": text})
        except Refusal as refusal:
            raise Refused(refusal.message) from refusal

    async def react(self, user_id: int, message_id: int, emoji: str) -> None:
        """Put a reaction on a message."""
        self._seen(user_id, message_id)
        self.reactions.add(message_id, user_id, emoji)

    async def delete(self, user_id: int, message_id: int) -> None:
        """Delete one's own message, or another's where one may manage messages."""
        message = self._seen(user_id, message_id)
        allowed = self.world.permissions(user_id, int(message["channel_id"]))
        own = message["author"]["id"] == str(user_id)
        if not own and not allowed & Permission.MANAGE_MESSAGES:
            raise Refused("You cannot delete this message.")
        self.messages.delete(message_id)

    async def answer(self, interaction_id: int, *, timeout: float = 30) -> dict[str, Any]:
        """Wait, at most `timeout` seconds, for the first reply that says something."""
        return await self.settled(interaction_id, done=lambda _: True, timeout=timeout)

    async def settled(
        self,
        interaction_id: int,
        *,
        done: Callable[[dict[str, Any]], bool] | None = None,
        timeout: float = 30,
    ) -> dict[str, Any]:
        """Wait, at most `timeout` seconds, until the reply is done: by default, has no Stop."""
        interaction = self.world.interactions[interaction_id]
        enough = done or _at_rest

        def ready() -> dict[str, Any] | None:
            _unless_refused(interaction, None)
            if interaction.callback is Callback.MODAL:
                raise Refused("It opened a modal instead of answering.")
            replies = [m for m in self.replies(interaction_id) if not m["flags"] & LOADING]
            return replies[0] if replies and enough(replies[0]) else None

        try:
            return await interaction.until(ready, timeout)
        except TimeoutError:
            raise TimeoutError(f"{interaction.command} got no answer in {timeout} s") from None

    async def modal(self, interaction_id: int, *, timeout: float = 30) -> dict[str, Any]:
        """Wait, at most `timeout` seconds, for the modal an interaction opens."""
        interaction = self.world.interactions[interaction_id]
        return await interaction.until(
            lambda: _unless_refused(interaction, interaction.modal), timeout
        )

    def replies(self, interaction_id: int) -> list[dict[str, Any]]:
        """List every message the bot has sent or edited in answer, oldest first."""
        keys = self.world.interactions[interaction_id].replies
        return [dict(self.world.messages[key]) for key in keys if key in self.world.messages]

    def dm(self, user_id: int) -> int:
        """Open the direct messages between a person and the bot; the channel's id."""
        return int(self.world.dm(user_id)["id"])

    def _found(
        self, user_id: int, channel_id: int, name: str, guild_id: int | None, *, forged: bool
    ) -> tuple[dict[str, Any], list[str]]:
        here = self.world.guild_of(channel_id)
        if guild_id is not None and guild_id != here:
            raise Refused("That channel is not in that guild.")
        first, *words = name.removeprefix("/").split()
        offered = self.world.menu(user_id, channel_id)
        if forged:
            offered = self.world.commands.all(None) + self.world.commands.all(here)
        for command in reversed(offered):
            if command["name"] == first and command["type"] == SLASH:
                return command, words
        raise Refused(f"There is no command /{first} here.")

    def _seen(self, user_id: int, message_id: int) -> dict[str, Any]:
        message = self.world.messages.get(message_id)
        if message is None or self.world.readers.get(message_id, user_id) != user_id:
            raise Refused("There is no such message.")
        if not self.world.sees(user_id, int(message["channel_id"])):
            raise Refused("You cannot see this message.")
        return message

    def _open(
        self,
        asked: Asked,
        user_id: int,
        channel_id: int,
        data: dict[str, Any],
        command: str,
        *,
        source: int | None = None,
        opener: Interaction | None = None,
    ) -> Interaction:
        if not self.world.sees(user_id, channel_id):
            raise Refused("You cannot see this channel.")
        key, token = self.world.ids.next(), "aW50ZXJhY3Rpb246" + secrets.token_urlsafe(48)
        payload = frame(self.world, user_id, channel_id)
        payload |= {"id": str(key), "token": token, "type": int(asked), "data": data}
        if source is not None and source in self.world.messages:
            payload["message"] = self.world.messages[source]
        interaction = Interaction(
            id=key,
            token=token,
            asked=asked,
            user_id=user_id,
            channel_id=channel_id,
            guild_id=self.world.guild_of(channel_id),
            made_at=self.world.now(),
            command=command,
            payload=payload,
            source=source,
            opener=opener,
        )
        self.callbacks.open(interaction)
        return interaction


def _command_data(
    command: dict[str, Any], values: list[dict[str, Any]], resolver: Resolver
) -> dict[str, Any]:
    data = {"id": command["id"], "name": command["name"], "type": command["type"]}
    if command.get("guild_id"):
        data["guild_id"] = command["guild_id"]
    if command["type"] == SLASH:
        data["options"] = values
    return data | ({"resolved": resolver.objects} if resolver.objects else {})


def _pressable(message: dict[str, Any], custom_id: str) -> dict[str, Any]:
    for component in walk(message["components"]):
        if component.get("custom_id") == custom_id:
            if component.get("disabled"):
                raise Refused("That is disabled.")
            return component
    raise Refused("This button is gone.")


def _unless_refused(interaction: Interaction, found: T) -> T:
    if interaction.refused is not None:
        raise Refused(interaction.refused)
    return found


def _at_rest(message: dict[str, Any]) -> bool:
    labels = [c.get("label") for c in walk(message["components"]) if not c.get("disabled")]
    return "Stop" not in labels
