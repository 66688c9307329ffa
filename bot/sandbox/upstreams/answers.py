"""A loopback upstream's answers in OpenAI's shapes: choices, usage, a stream's deltas."""

import base64
from typing import Any

from bot.sandbox.upstreams.assistant import Said, count, reply
from bot.sandbox.upstreams.call import Call
from bot.sandbox.upstreams.sounding import spoken
from bot.sandbox.upstreams.troubles import Fault

MODELS = ("gpt-4o", "gpt-4o-mini", "claude-3-5-sonnet")
NONSENSE = {"prompt_tokens": -3, "completion_tokens": "many", "total_tokens": None}
ABSENT = object()
KEPT_SECONDS = 3_600  # that a spoken answer may be referred to


def frame(call: Call, kind: str) -> dict[str, Any]:
    """Return what every answer and every chunk begins with."""
    model = call.body.get("model", MODELS[0])
    return {"id": call.id, "object": kind, "created": call.at, "model": model}


def part(index: int, delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
    """Return one choice of a chunk."""
    return {"index": index, "delta": delta, "finish_reason": reason}


def choices_of(call: Call, said: Said | None = None) -> tuple[list[dict[str, Any]], Any]:
    """Return the choices of a whole answer, and its usage; a word is a token."""
    body, fault = call.body, call.trouble.fault
    said = said or reply(body)
    if fault is Fault.HUGE:
        said = Said("word " * (call.trouble.number * 1024 * 1024 // 5))
    cap = body.get("max_completion_tokens") or body.get("max_tokens")
    pieces = said.pieces
    kept = pieces if cap is None or fault is Fault.IGNORE_CAP else pieces[: int(cap)]
    message: dict[str, Any] = {"role": "assistant", "content": "".join(kept)}
    reason = "stop" if len(kept) == len(pieces) else "length"
    if said.tool is not None:
        function = {"name": said.tool, "arguments": "".join(kept)}
        called = {"id": f"call-{call.number}", "type": "function", "function": function}
        message = {"role": "assistant", "content": None, "tool_calls": [called]}
        reason = "tool_calls" if reason == "stop" else reason
    elif "audio" in (body.get("modalities") or ()):
        message = {"role": "assistant", "content": None, "audio": _audio(call, "".join(kept))}
    many = int(body.get("n") or 1)
    choices = [{"index": i, "message": message, "finish_reason": reason} for i in range(many)]
    return choices, _usage(fault, count(body["messages"]), len(kept) * many)


def _audio(call: Call, text: str) -> dict[str, Any]:
    """Say a text aloud, in the form the caller wants."""
    wish = call.body.get("audio") or {}
    _, pieces = spoken(text, str(wish.get("format") or "wav"))
    data = base64.b64encode(b"".join(pieces)).decode()
    later = call.at + KEPT_SECONDS
    return {"id": f"audio-{call.number}", "data": data, "expires_at": later, "transcript": text}


def _usage(fault: Fault | None, prompt: int, completion: int) -> Any:
    if fault is Fault.NO_USAGE:
        return ABSENT
    if fault is Fault.NULL_USAGE:
        return None
    if fault is Fault.NONSENSE_USAGE:
        return NONSENSE
    total = prompt + completion
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total}


def deltas(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Cut a message into the deltas of a stream, a word each."""
    if called := message.get("tool_calls"):
        [call] = called
        name, arguments = call["function"]["name"], call["function"]["arguments"]
        first = {**call, "index": 0, "function": {"name": name, "arguments": ""}}
        rest = [{"index": 0, "function": {"arguments": p}} for p in Said(arguments).pieces]
        return [{"tool_calls": [part]} for part in (first, *rest)]
    said = [{"content": piece} for piece in Said(message["content"] or "").pieces]
    if (audio := message.get("audio")) is None:
        return said
    name, words = {"id": audio["id"]}, Said(audio["transcript"]).pieces
    aloud = [{"audio": name | {"transcript": piece}} for piece in words]
    ending = {"audio": name | {"data": audio["data"], "expires_at": audio["expires_at"]}}
    return [*said, *aloud, ending]
