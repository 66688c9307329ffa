"""Reads a stream of Anthropic's events as strictly as any client might."""

from collections.abc import Iterable
from typing import Any

import orjson

NAMES = {"text_delta": "text", "thinking_delta": "thinking", "input_json_delta": "partial_json"}
OF = {"text": "text_delta", "thinking": "thinking_delta", "tool_use": "input_json_delta"}


def told(events: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return the Message that well-formed events tell; assert that they are well-formed."""
    message: dict[str, Any] | None = None
    pieces: list[str] | None = None
    ended = stopped = False
    for event in events:
        assert not stopped, "nothing follows message_stop"
        match event["type"]:
            case "message_start":
                assert message is None, "it begins once"
                message = event["message"]
                assert message["content"] == []
            case "content_block_start":
                assert message is not None
                assert not ended
                assert pieces is None, "one block after the other"
                assert event["index"] == len(message["content"])
                message["content"].append(dict(event["content_block"]))
                pieces = []
            case "content_block_delta":
                assert message is not None
                assert pieces is not None
                assert event["index"] == len(message["content"]) - 1
                kind = event["delta"]["type"]
                assert kind == OF[message["content"][-1]["type"]]
                pieces.append(event["delta"][NAMES[kind]])
            case "content_block_stop":
                assert message is not None
                assert pieces is not None
                assert event["index"] == len(message["content"]) - 1
                _fill(message["content"][-1], "".join(pieces))
                pieces = None
            case "message_delta":
                assert message is not None
                assert pieces is None, "every block is closed"
                assert not ended
                ended = True
                message |= event["delta"]
                message["usage"] |= event["usage"]
            case "message_stop":
                assert ended
                stopped = True
    assert message is not None
    assert stopped
    return message


def _fill(block: dict[str, Any], said: str) -> None:
    if block["type"] == "tool_use":
        block["input"] = orjson.loads(said) if said.strip() else {}
    else:
        block[block["type"]] += said
