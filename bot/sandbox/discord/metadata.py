"""How a message says which interaction it answers: "Ada used /gen_key"."""

from typing import Any

from bot.sandbox.discord.interactions import Asked, Interaction
from bot.sandbox.discord.world import World

TYPES = {1: 20, 2: 23, 3: 23}


def of_interaction(world: World, interaction: Interaction) -> dict[str, Any]:
    """Make the fields that tie a reply to its interaction; followups reply to the first."""
    user = world.users[interaction.user_id]
    fields: dict[str, Any] = {
        "application_id": world.application["id"],
        "webhook_id": world.application["id"],
        "interaction_metadata": metadata(world, interaction),
    }
    if interaction.asked is Asked.COMMAND and interaction.original is None:
        kind = interaction.payload["data"]["type"]
        used = {"id": str(interaction.id), "type": 2, "name": interaction.command, "user": user}
        return fields | {"type": TYPES[kind], "interaction": used}
    first = interaction.original or interaction.source
    if first is not None:
        place = str(interaction.channel_id)
        pointer = {"type": 0, "channel_id": place, "message_id": str(first)}
        fields |= {"type": 19, "message_reference": pointer}
    return fields


def metadata(world: World, interaction: Interaction) -> dict[str, Any]:
    """Make the InteractionMetadata object."""
    made: dict[str, Any] = {
        "id": str(interaction.id),
        "type": int(interaction.asked),
        "user": world.users[interaction.user_id],
        "authorizing_integration_owners": interaction.payload["authorizing_integration_owners"],
    }
    data = interaction.payload["data"]
    if interaction.asked is Asked.COMMAND:
        made |= {"name": interaction.command, "command_type": data["type"]}
    if data.get("target_id") is not None:
        made |= _target(world, int(data["target_id"]))
    if interaction.asked is Asked.COMPONENT and interaction.source is not None:
        made["interacted_message_id"] = str(interaction.source)
    if interaction.opener is not None:
        made["triggering_interaction_metadata"] = metadata(world, interaction.opener)
    if interaction.original is not None:
        made["original_response_message_id"] = str(interaction.original)
    return made


def _target(world: World, target_id: int) -> dict[str, Any]:
    if target_id in world.users:
        return {"target_user": world.users[target_id]}
    return {"target_message_id": str(target_id)}
