"""A loopback upstream's Messages, whole and streamed, in Anthropic's shapes and order."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bot.sandbox.upstreams.anthropic import chat_of
from bot.sandbox.upstreams.assistant import Said, count, reply
from bot.sandbox.upstreams.call import Call
from bot.sandbox.upstreams.loopback import Loopback
from bot.sandbox.upstreams.troubles import Fault

NEEDS = ("model", "messages", "max_tokens")
HOLLOW = (
    b'{"id": "msg_0", "type": "message", "role": "assistant", "model": "none", "content": [], '
    b'"stop_reason": "end_turn", "stop_sequence": null}'
)
THOUGHT = "The caller asked for something, so I think about it before I answer."
SIGNATURE = "c2lnbmVkIG9uIGxvb3BiYWNr"
NONSENSE = {"input_tokens": -3, "output_tokens": "many"}
_KINDS = {401: "authentication_error", 403: "permission_error", 404: "not_found_error"}
_KINDS |= {429: "rate_limit_error", 503: "overloaded_error"}


def anthropic_error(status: int, kind: str, message: str) -> dict[str, Any]:
    """Return an error in Anthropic's shape."""
    usual = "invalid_request_error" if status < 500 else "api_error"
    return {"type": "error", "error": {"type": _KINDS.get(status, usual), "message": message}}


@dataclass(frozen=True, slots=True)
class Block:
    """A content block: as it is whole, as it begins in a stream, and what then adds to it."""

    whole: dict[str, Any]
    opened: dict[str, Any]
    deltas: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Told:
    """What a Message says, and why it stopped there; a word is a token."""

    blocks: list[Block]
    stop: dict[str, Any]
    words: int


@dataclass(frozen=True)
class Messages:
    """Answers Messages bodies."""

    upstream: Loopback

    async def __call__(self, call: Call) -> None:
        """Answer one, as it asks."""
        if call.body.get("stream"):
            await call.give_events(self._events(call))
            return
        told = _told(call)
        content = [block.whole for block in told.blocks]
        await call.give(_message(call, content, told.stop, told.words), padded=False)

    async def _events(self, call: Call) -> AsyncIterator[dict[str, Any]]:
        """Yield an answer's events, each named by its type."""
        told = _told(call)
        unstopped = {"stop_reason": None, "stop_sequence": None}
        yield {"type": "message_start", "message": _message(call, [], unstopped, 1)}
        for index, block in enumerate(told.blocks):
            yield {"type": "content_block_start", "index": index, "content_block": block.opened}
            if not index:
                yield {"type": "ping"}
            for delta in block.deltas:
                if self.upstream.pace:
                    await asyncio.sleep(self.upstream.pace)
                yield {"type": "content_block_delta", "index": index, "delta": delta}
            yield {"type": "content_block_stop", "index": index}
        usage = _usage(call, {"output_tokens": told.words})
        yield {"type": "message_delta", "delta": told.stop} | usage
        if call.trouble.fault is not Fault.NO_DONE:
            yield {"type": "message_stop"}


def _message(
    call: Call, content: list[dict[str, Any]], stop: dict[str, Any], words: int
) -> dict[str, Any]:
    told = {"input_tokens": count(chat_of(call.body)["messages"]), "output_tokens": words}
    start = {"id": f"msg_{call.number}", "type": "message", "role": "assistant"}
    return start | {"model": call.body["model"], "content": content} | stop | _usage(call, told)


def _usage(call: Call, told: dict[str, int]) -> dict[str, Any]:
    match call.trouble.fault:
        case Fault.NO_USAGE:
            return {}
        case Fault.NULL_USAGE:
            return {"usage": None}
        case Fault.NONSENSE_USAGE:
            return {"usage": NONSENSE}
    return {"usage": told}


def _told(call: Call) -> Told:
    body, fault = call.body, call.trouble.fault
    said = reply(chat_of(body))
    if fault is Fault.HUGE:
        said = Said("word " * (call.trouble.number * 1024 * 1024 // 5))
    said, sequence = _stopped(said, body.get("stop_sequences") or [])
    thinks = (body.get("thinking") or {}).get("type") in ("enabled", "adaptive")
    thoughts, words = Said(THOUGHT).pieces if thinks else [], said.pieces
    if fault is not Fault.IGNORE_CAP:  # the cap is on both together
        thoughts = thoughts[: int(body["max_tokens"])]
        words = words[: int(body["max_tokens"]) - len(thoughts)]
    reason = "tool_use" if said.tool else "stop_sequence" if sequence else "end_turn"
    if len(words) < len(said.pieces):
        reason, sequence = "max_tokens", None
    blocks = [_thinking(thoughts)] if thoughts else []
    if said.tool is not None:
        blocks.append(_tool_use(f"toolu_{call.number}", said.tool, words))
    elif words:
        blocks.append(_text(words))
    stop = {"stop_reason": reason, "stop_sequence": sequence}
    return Told(blocks, stop, len(thoughts) + len(words))


def _stopped(said: Said, sequences: list[str]) -> tuple[Said, str | None]:
    """Cut a text before the first of the sequences that it runs into."""
    places = [(said.text.find(sequence), sequence) for sequence in sequences if sequence]
    at, sequence = min((place for place in places if place[0] >= 0), default=(0, None))
    return (Said(said.text[:at]), sequence) if sequence else (said, None)


def _text(words: list[str]) -> Block:
    deltas = [{"type": "text_delta", "text": word} for word in words]
    return Block({"type": "text", "text": "".join(words)}, {"type": "text", "text": ""}, deltas)


def _thinking(words: list[str]) -> Block:
    deltas = [{"type": "thinking_delta", "thinking": word} for word in words]
    signed = {"type": "signature_delta", "signature": SIGNATURE}
    return Block(
        {"type": "thinking", "thinking": "".join(words), "signature": SIGNATURE},
        {"type": "thinking", "thinking": "", "signature": ""},
        [*deltas, signed],
    )


def _tool_use(name_of_call: str, tool: str, words: list[str]) -> Block:
    opened = {"type": "tool_use", "id": name_of_call, "name": tool, "input": {}}
    given: Any = {}
    with suppress(json.JSONDecodeError):  # cut by the cap: a call without arguments is left
        given = json.loads("".join(words))
    deltas = [{"type": "input_json_delta", "partial_json": word} for word in ("", *words)]
    return Block(opened | {"input": given}, opened, deltas)
