"""What a chat body asks of whoever answers it."""

from typing import Any

import pytest

from bot.relay import needs
from bot.settings.serving import Capability

TEXT = {"role": "user", "content": "Hello"}
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
SOUND = {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}
TOOL = {"type": "function", "function": {"name": "weather"}}


def of(model: str = "gpt-4o", *parts: Any, **fields: Any) -> frozenset[Capability]:
    messages = [TEXT, {"role": "user", "content": list(parts)}] if parts else [TEXT]
    return needs.of_chat({"messages": messages} | fields, messages, model)


@pytest.mark.parametrize(
    ("found", "beside"),
    [
        (of(), set()),
        (of(tools=[], functions=[], modalities=["text"], tool_choice="none"), set()),
        (of(tools=[TOOL]), {Capability.TOOLS}),
        (of(functions=[TOOL["function"]]), {Capability.TOOLS}),
        (of("gpt-4o", {"type": "text", "text": "Hi"}), set()),
        (of("gpt-4o", {"type": "text", "text": "Hi"}, PICTURE), {Capability.VISION}),
        (of("gpt-4o", SOUND), {Capability.AUDIO}),
        (of(modalities=["text", "audio"], audio={"voice": "fable"}), {Capability.AUDIO}),
        (of("gpt-4o+web"), {Capability.WEB}),
        (
            of("gpt-4o+web", PICTURE, SOUND, tools=[TOOL]),
            {Capability.WEB, Capability.VISION, Capability.AUDIO, Capability.TOOLS},
        ),
        (of("gpt-4o", None, 7, {"type": ["image_url"]}, {"no": "type"}), set()),
        (of(modalities="audio"), set()),
    ],
)
def test_a_body_needs_what_is_in_it(found: frozenset[Capability], beside: set[Capability]) -> None:
    assert found == {Capability.CHAT} | beside


def test_a_stream_needs_streaming_and_nothing_less() -> None:
    assert needs.of_chat({}, [TEXT], "m", needs.STREAM) == {Capability.STREAM}
