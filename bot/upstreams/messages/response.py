"""A chat's whole answer as a Message; pure."""

import re
from typing import Any
from uuid import uuid4

import orjson

from bot.upstreams.dialect import Usage

STOPS = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "function_call": "tool_use",
    "content_filter": "refusal",
}
_OURS = re.compile(r"^(?:chatcmpl|msg)[-_]")


def as_message(completion: dict[str, Any], usage: Usage | None) -> dict[str, Any]:
    """Translate a chat.completion with at least one choice."""
    choice = completion["choices"][0]
    choice = choice if isinstance(choice, dict) else {}
    told = choice.get("message")
    content = blocks_of(told if isinstance(told, dict) else {})
    reason, sequence = stop_of(choice, called=any(b["type"] == "tool_use" for b in content))
    if isinstance(told, dict) and told.get("refusal"):
        reason = "refusal"
    return {
        "id": message_id(completion.get("id")),
        "type": "message",
        "role": "assistant",
        "model": completion.get("model"),
        "content": content,
        "stop_reason": reason,
        "stop_sequence": sequence,
        "usage": as_usage(completion.get("usage"), usage),
    }


def blocks_of(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a chat message's content as blocks: thoughts, words, calls of tools."""
    blocks: list[dict[str, Any]] = []
    if thought := thought_in(message):
        blocks.append({"type": "thinking", "thinking": thought, "signature": ""})
    if said := words_in(message):
        blocks.append({"type": "text", "text": said})
    for call in calls_in(message):
        if isinstance(function := call.get("function"), dict):
            number = len(blocks)
            blocks.append(
                {
                    "type": "tool_use",
                    "id": str(call.get("id") or f"toolu_{uuid4().hex[:16]}_{number}"),
                    "name": str(function.get("name") or ""),
                    "input": input_of(function.get("arguments")),
                }
            )
    return blocks


def calls_in(part: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the calls of tools in a message or a delta, or the one in the way before tools."""
    calls = part.get("tool_calls")
    if isinstance(calls, list) and calls:
        return [call for call in calls if isinstance(call, dict)]
    function = part.get("function_call")
    return [{"index": 0, "function": function}] if isinstance(function, dict) else []


def thought_in(part: dict[str, Any]) -> str:
    """Return the reasoning in a message or a delta, whichever name it goes by."""
    thought = part.get("reasoning_content") or part.get("reasoning")
    return thought if isinstance(thought, str) else ""


def words_in(part: dict[str, Any]) -> str:
    """Return the words in a message or a delta, a refusal's too."""
    said = part.get("content") or part.get("refusal")
    if isinstance(said, list):
        texts = (one.get("text") for one in said if isinstance(one, dict))
        return "".join(text for text in texts if isinstance(text, str))
    return said if isinstance(said, str) else ""


def input_of(arguments: Any) -> dict[str, Any]:
    """Parse a tool's arguments; what is no JSON object is kept as it came."""
    if not arguments:
        return {}
    if isinstance(arguments, dict):
        return arguments
    try:
        parsed = orjson.loads(arguments)
    except (orjson.JSONDecodeError, TypeError):
        return {"arguments": arguments}
    return parsed if isinstance(parsed, dict) else {"arguments": arguments}


def stop_of(choice: dict[str, Any], *, called: bool) -> tuple[str, str | None]:
    """Return why a choice stopped, and the stop sequence where the upstream names it."""
    reason = STOPS.get(str(choice.get("finish_reason")), "end_turn")
    if called and reason == "end_turn":
        return "tool_use", None
    for name in ("stop_reason", "matched_stop"):  # as some servers of open models say it
        if reason == "end_turn" and isinstance(sequence := choice.get(name), str) and sequence:
            return "stop_sequence", sequence
    return reason, None


def as_usage(raw: Any, usage: Usage | None) -> dict[str, int]:
    """Return usage in Anthropic's numbers, cached input apart; zeros where it made no sense."""
    if usage is None:
        return {"input_tokens": 0, "output_tokens": 0}
    details = raw.get("prompt_tokens_details") if isinstance(raw, dict) else None
    cached = details.get("cached_tokens") if isinstance(details, dict) else None
    if type(cached) is not int or not 0 < cached <= usage.prompt:
        return {"input_tokens": usage.prompt, "output_tokens": usage.completion}
    return {
        "input_tokens": usage.prompt - cached,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": cached,
        "output_tokens": usage.completion,
    }


def message_id(chat_id: Any) -> str:
    """Return a Message's id out of a chat's; a new one where the chat has none."""
    named = _OURS.sub("", chat_id) if isinstance(chat_id, str) else ""
    return f"msg_{named or uuid4().hex}"
