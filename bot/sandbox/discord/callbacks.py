"""The bot's side of an interaction: acknowledged within 3 s, answered within 15 minutes."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.sandbox.discord import modals
from bot.sandbox.discord.files import Upload
from bot.sandbox.discord.interactions import Asked, Callback, Interaction
from bot.sandbox.discord.limits import EPHEMERAL, LOADING
from bot.sandbox.discord.media import numbered
from bot.sandbox.discord.messages import Messages
from bot.sandbox.discord.refusals import Code, Form, Refusal
from bot.sandbox.discord.world import Event, Kind, World

SILENCE = "The application did not respond"
NO_OPTIONS = "Loading options failed"
ALLOWED: Mapping[Asked, tuple[int, ...]] = {
    Asked.COMMAND: (4, 5, 9),
    Asked.COMPONENT: (4, 5, 6, 7, 9),
    Asked.AUTOCOMPLETE: (8,),
    Asked.MODAL: (4, 5, 6, 7),
}


@dataclass(frozen=True)
class Callbacks:
    """What becomes of interactions; the times are in seconds."""

    world: World
    messages: Messages
    ack_seconds: float = 3.0
    token_seconds: float = 900.0

    def open(self, interaction: Interaction) -> None:
        """Hand an interaction to the bot and start the clock."""
        self.world.keep_interaction(interaction)
        loop = asyncio.get_running_loop()
        interaction.timer = loop.call_later(self.ack_seconds, self._expire, interaction)
        event = Event("INTERACTION_CREATE", interaction.payload, interaction.guild_id)
        self.world.broadcast(event)

    def close(self) -> None:
        """Stop every clock that still runs."""
        for interaction in self.world.interactions.values():
            if interaction.timer is not None:
                interaction.timer.cancel()

    def acknowledge(
        self, interaction_id: int, token: str, body: dict[str, Any], files: Sequence[Upload]
    ) -> dict[str, Any]:
        """Take the bot's first answer; what it made, as Discord describes it."""
        interaction = self.world.interactions.get(interaction_id)
        if interaction is None or interaction.token != token or interaction.refused is not None:
            raise Refusal(Code.UNKNOWN_INTERACTION)
        if interaction.callback is not None:
            raise Refusal(Code.ALREADY_ACKNOWLEDGED)
        callback = _callback(interaction, body)
        made = self._apply(interaction, callback, body.get("data") or {}, files)
        interaction.callback = callback
        if interaction.timer is not None:
            interaction.timer.cancel()
        told = {"interaction_id": str(interaction.id), "type": int(callback)}
        self._tell(interaction, Kind.ACKNOWLEDGED, told)
        interaction.stir()
        return self._described(interaction, callback, made)

    def find(self, application_id: str, token: str) -> Interaction:
        """Find the interaction that a webhook's token stands for, while it lives."""
        if application_id != self.world.application["id"]:
            raise Refusal(Code.UNKNOWN_WEBHOOK)
        interaction = self.world.tokens.get(token)
        if interaction is None:
            raise Refusal(Code.WEBHOOK_TOKEN)
        if self.world.now() - interaction.made_at > self.token_seconds:
            raise Refusal(Code.WEBHOOK_TOKEN)
        if interaction.callback is None:
            raise Refusal(Code.UNKNOWN_WEBHOOK)
        return interaction

    def message(self, interaction: Interaction, message_id: str) -> dict[str, Any]:
        """Find one of an interaction's own messages; "@original" is the first."""
        wanted = interaction.original if message_id == "@original" else int(message_id)
        own = wanted == interaction.original or wanted in interaction.replies
        if wanted is None or not own or wanted not in self.world.messages:
            raise Refusal(Code.UNKNOWN_MESSAGE)
        return self.world.messages[wanted]

    def follow_up(
        self, interaction: Interaction, body: dict[str, Any], files: Sequence[Upload]
    ) -> dict[str, Any]:
        """Send one more message; the first one after a defer fills what was thinking."""
        first = self.world.messages.get(interaction.original or 0)
        if first is not None and first["flags"] & LOADING:
            return self.edit(interaction, first, body, files)
        message = self.messages.send(
            interaction.channel_id, self.world.bot_id, body, files, interaction=interaction
        )
        self._answered(interaction, message)
        return message

    def edit(
        self,
        interaction: Interaction,
        message: dict[str, Any],
        body: dict[str, Any],
        files: Sequence[Upload],
    ) -> dict[str, Any]:
        """Edit one of the interaction's messages."""
        changed = self.messages.edit(message, body, files)
        self._answered(interaction, changed)
        return changed

    def _expire(self, interaction: Interaction) -> None:
        typing = interaction.asked is Asked.AUTOCOMPLETE
        interaction.refused = NO_OPTIONS if typing else SILENCE
        source = None if interaction.source is None else str(interaction.source)
        told = {
            "interaction_id": str(interaction.id),
            "reason": interaction.refused,
            "command": interaction.command,
            "message_id": source,
        }
        self._tell(interaction, Kind.REFUSED, told)
        interaction.stir()

    def _apply(
        self,
        interaction: Interaction,
        callback: Callback,
        data: dict[str, Any],
        files: Sequence[Upload],
    ) -> dict[str, Any] | None:
        match callback:
            case Callback.MESSAGE:
                return self._first(interaction, data, files)
            case Callback.DEFER:
                quiet = bool(int(data.get("flags") or 0) & EPHEMERAL)
                message = self.messages.think(interaction, ephemeral=quiet)
                self._watch(interaction, message)
                interaction.original = int(message["id"])
                return message
            case Callback.DEFER_UPDATE:
                interaction.original = interaction.source
                return None
            case Callback.UPDATE:
                return self._update(interaction, data, files)
            case Callback.CHOICES:
                self._offer(interaction, data)
                return None
            case Callback.MODAL:
                self._show(interaction, data)
                return None

    def _first(
        self, interaction: Interaction, data: dict[str, Any], files: Sequence[Upload]
    ) -> dict[str, Any]:
        message = self.messages.send(
            interaction.channel_id,
            self.world.bot_id,
            data,
            files,
            interaction=interaction,
            path=("data",),
        )
        interaction.original = int(message["id"])
        self._answered(interaction, message)
        return message

    def _update(
        self, interaction: Interaction, data: dict[str, Any], files: Sequence[Upload]
    ) -> dict[str, Any]:
        message = self.world.messages.get(interaction.source or 0)
        if message is None:
            raise Refusal(Code.UNKNOWN_MESSAGE)
        self.messages.edit(message, data, files, path=("data",))
        interaction.original = interaction.source
        self._answered(interaction, message)
        return message

    def _offer(self, interaction: Interaction, data: dict[str, Any]) -> None:
        form = Form()
        choices = form.items(("data", "choices"), data.get("choices"), 0, 25)
        for index, choice in enumerate(choices):
            at = ("data", "choices", index)
            form.text((*at, "name"), choice.get("name"), 1, 100, required=True)
            if isinstance(choice.get("value"), str):
                form.text((*at, "value"), choice["value"], 1, 100, required=True)
        form.done()
        interaction.choices = choices
        told = {"interaction_id": str(interaction.id), "choices": choices}
        self._tell(interaction, Kind.CHOICES, told)

    def _show(self, interaction: Interaction, data: dict[str, Any]) -> None:
        form = Form()
        modals.check(data, form, ("data",))
        form.done()
        shown = data | {"components": numbered(data["components"])}
        interaction.modal = shown | {"id": str(interaction.id)}
        self._tell(interaction, Kind.MODAL, interaction.modal)

    def _answered(self, interaction: Interaction, message: dict[str, Any]) -> None:
        key = int(message["id"])
        if key not in interaction.replies:
            interaction.replies.append(key)
        self._watch(interaction, message)
        interaction.stir()

    def _watch(self, interaction: Interaction, message: dict[str, Any]) -> None:
        watching = self.world.answering.setdefault(int(message["id"]), [])
        if interaction not in watching:
            watching.append(interaction)

    def _tell(self, interaction: Interaction, kind: Kind, payload: dict[str, Any]) -> None:
        channel = interaction.channel_id
        self.world.tell(kind, payload, channel=channel, to=interaction.user_id)

    def _described(
        self, interaction: Interaction, callback: Callback, message: dict[str, Any] | None
    ) -> dict[str, Any]:
        about: dict[str, Any] = {
            "id": str(interaction.id),
            "type": int(interaction.asked),
            "channel_id": str(interaction.channel_id),
        }
        if interaction.guild_id is not None:
            about["guild_id"] = str(interaction.guild_id)
        if message is None:
            return {"interaction": about}
        about |= {
            "response_message_id": message["id"],
            "response_message_loading": bool(message["flags"] & LOADING),
            "response_message_ephemeral": bool(message["flags"] & EPHEMERAL),
        }
        if callback is Callback.DEFER:
            return {"interaction": about}
        return {"interaction": about, "resource": {"type": int(callback), "message": message}}


def _callback(interaction: Interaction, body: dict[str, Any]) -> Callback:
    allowed = ALLOWED[interaction.asked]
    if interaction.source is None:
        allowed = tuple(each for each in allowed if each not in {6, 7})
    form = Form()
    form.choice(("type",), body.get("type"), allowed)
    form.done()
    return Callback(body["type"])
