"""What a call asks of whoever answers it, read off its body."""

from typing import Any

from bot.settings.serving import Capability

WEB = "+web"
CHAT = frozenset({Capability.CHAT})
STREAM = frozenset({Capability.STREAM})
PARTS = {
    "image_url": Capability.VISION,
    "input_image": Capability.VISION,
    "image": Capability.VISION,
    "input_audio": Capability.AUDIO,
}


def of_chat(
    body: dict[str, Any],
    messages: list[dict[str, Any]],
    model: str,
    base: frozenset[Capability] = CHAT,
) -> frozenset[Capability]:
    """Return what a chat body needs beside `base`; `model` is the catalogue's id."""
    needs = {PARTS[kind] for kind in _kinds(messages) if kind in PARTS}
    if body.get("tools") or body.get("functions"):
        needs.add(Capability.TOOLS)
    modalities = body.get("modalities")
    if body.get("audio") or (isinstance(modalities, list) and "audio" in modalities):
        needs.add(Capability.AUDIO)
    if model.endswith(WEB):
        needs.add(Capability.WEB)
    return base | needs if needs else base


def _kinds(messages: list[dict[str, Any]]) -> set[str]:
    """Name the kinds of parts that the messages hold."""
    kinds: set[str] = set()
    for message in messages:
        if type(content := message.get("content")) is list:
            kinds |= {str(part.get("type")) for part in content if isinstance(part, dict)}
    return kinds
