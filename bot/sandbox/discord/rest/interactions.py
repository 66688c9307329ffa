"""Interaction callbacks, and the webhook by which an interaction is answered further."""

from dataclasses import dataclass
from typing import Any

from bot.sandbox.discord.callbacks import Callbacks
from bot.sandbox.discord.messages import Messages
from bot.sandbox.discord.rest.call import Door, Request

CALLBACK = "/interactions/{interaction_id}/{interaction_token}/callback"
WEBHOOK = "/webhooks/{webhook_id}/{webhook_token}"
ORIGINAL = WEBHOOK + "/messages/@original"
ONE = WEBHOOK + "/messages/{message_id}"


@dataclass(frozen=True)
class InteractionDoors:
    """Answers for what carries an interaction's token in its path."""

    callbacks: Callbacks
    messages: Messages

    def doors(self) -> list[Door]:
        """List the routes."""
        return [
            Door("POST", CALLBACK, self.acknowledge, open=True),
            Door("POST", WEBHOOK, self.follow_up, open=True),
            *(
                Door(method, path, handle, open=True)
                for path in (ORIGINAL, ONE)
                for method, handle in (
                    ("GET", self.one),
                    ("PATCH", self.edit),
                    ("DELETE", self.delete),
                )
            ),
        ]

    def acknowledge(self, call: Request) -> dict[str, Any] | None:
        """Take the first answer."""
        key, token = call.id("interaction_id"), call.params["interaction_token"]
        made = self.callbacks.acknowledge(key, token, call.fields, call.files)
        return made if call.flag("with_response") else None

    def follow_up(self, call: Request) -> dict[str, Any]:
        """Send one more message."""
        interaction = self.callbacks.find(call.params["webhook_id"], call.params["webhook_token"])
        return self.callbacks.follow_up(interaction, call.fields, call.files)

    def one(self, call: Request) -> dict[str, Any]:
        """Show one of the interaction's messages."""
        interaction = self.callbacks.find(call.params["webhook_id"], call.params["webhook_token"])
        return self.callbacks.message(interaction, call.params.get("message_id", "@original"))

    def edit(self, call: Request) -> dict[str, Any]:
        """Edit one of the interaction's messages."""
        interaction = self.callbacks.find(call.params["webhook_id"], call.params["webhook_token"])
        wanted = call.params.get("message_id", "@original")
        message = self.callbacks.message(interaction, wanted)
        return self.callbacks.edit(interaction, message, call.fields, call.files)

    def delete(self, call: Request) -> None:
        """Delete one of the interaction's messages."""
        self.messages.delete(int(self.one(call)["id"]))
