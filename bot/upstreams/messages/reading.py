"""What Anthropic's blocks, events and usage hold; pure."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from bot.upstreams.dialect import Chunk, Usage

# Why an answer without content is one all the same.
EXCUSES = ("max_tokens", "stop_sequence", "refusal", "pause_turn", "model_context_window_exceeded")
PROMPT = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
ALIVE = Chunk({"type": "ping"}, None, content=False, finish=False)  # what PING is in a chat
_SILENT = ("signature_delta",)  # it proves thinking and says nothing


def says(block: Any) -> bool:
    """Say whether a content block holds anything a person asked for."""
    match block:
        case {"type": "text", "text": said} | {"type": "thinking", "thinking": said}:
            return bool(said)
        case {"type": str()}:
            return True
        case _:
            return False


def adds(event: dict[str, Any]) -> bool:
    """Say whether an event adds content to the answer."""
    match event.get("type"):
        case "content_block_delta":
            return any(_said(event.get("delta")))
        case "content_block_start":
            return says(event.get("content_block"))
        case _:
            return False


def texts_of_event(event: dict[str, Any]) -> Iterator[str]:
    """Yield the texts that an event delivers."""
    if event.get("type") == "content_block_delta":
        yield from _said(event.get("delta"))
    else:
        yield from texts_of(event.get("content_block"))


def texts_of(block: Any) -> Iterator[str]:
    """Yield the texts of a content block: words, thoughts, a tool's name and input."""
    if not isinstance(block, dict):
        return
    for name in ("text", "thinking", "name"):
        if isinstance(said := block.get(name), str):
            yield said
    if given := block.get("input"):
        yield orjson.dumps(given).decode()


def usage_of(raw: Any, *, delivered: bool) -> Usage | None:
    """Read a usage object, cached input included; None where it makes no sense."""
    if not isinstance(raw, Mapping):
        return None
    prompt = [raw[name] for name in PROMPT if raw.get(name) is not None]
    if not all(type(part) is int and part >= 0 for part in prompt):
        return None
    told = {"prompt_tokens": sum(prompt), "completion_tokens": raw.get("output_tokens")}
    return Usage.read(told, delivered=delivered)


def _said(delta: Any) -> Iterator[str]:
    """Yield the texts of a delta, of whichever type it is."""
    if isinstance(delta, dict) and delta.get("type") not in _SILENT:
        for name, value in delta.items():
            if name != "type" and isinstance(value, str) and value:
                yield value
