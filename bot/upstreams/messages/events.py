"""A chat's stream as Anthropic's events, block after block, each opened and closed once; pure."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import orjson

from bot.upstreams.dialect import Usage
from bot.upstreams.messages.response import (
    as_usage,
    calls_in,
    message_id,
    stop_of,
    thought_in,
    words_in,
)

Event = dict[str, Any]
TOOL = "tool_use"
_DELTAS = {
    "text": ("text_delta", "text"),
    "thinking": ("thinking_delta", "thinking"),
    TOOL: ("input_json_delta", "partial_json"),
}


@dataclass(slots=True, eq=False)
class _Block:
    """A block as it comes: what is in `waiting` has not gone out yet."""

    kind: str
    id: str = ""
    name: str = ""
    waiting: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)  # of a tool's input
    closed: bool = False

    @property
    def empty(self) -> Event:
        """Return the block as it is when it begins."""
        match self.kind:
            case "text":
                return {"type": "text", "text": ""}
            case "thinking":
                return {"type": "thinking", "thinking": "", "signature": ""}
            case _:
                return {"type": TOOL, "id": self.id, "name": self.name, "input": {}}

    @property
    def ready(self) -> bool:
        """Say whether it can be opened."""
        return self.kind != TOOL or bool(self.name)

    @property
    def whole(self) -> bool:
        """Say whether nothing more belongs to it: a tool's input is one JSON object."""
        if self.kind != TOOL:
            return True
        if not self.sent or self.sent[-1].rstrip()[-1:] not in ("}", ""):
            return False
        try:
            orjson.loads("".join(self.sent))
        except orjson.JSONDecodeError:
            return False
        return True


class Translation:
    """Turns the chunks of one answer into events; keeps what cannot be said yet.

    Upstreams may mix the pieces of parallel tool calls; a block is closed before the next begins,
    so what comes later waits until the call that is being told is whole.
    """

    def __init__(self) -> None:
        self._begun = False
        self._number = 0  # of the block that is open, or would be
        self._open: _Block | None = None
        self._queue: list[_Block] = []  # those still to come
        self._calls: dict[int, _Block] = {}  # by the upstream's index
        self._choice: Event = {}  # the last choice with a finish reason
        self._refused = False

    def feed(self, chunk: Event) -> list[Event]:
        """Return the events that a chunk comes to."""
        events: list[Event] = []
        if not self._begun:
            self._begun = True
            events.append(_start(chunk))
        choices = chunk.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            if not isinstance(choice, dict) or choice.get("index"):
                continue  # one answer was asked for
            if isinstance(delta := choice.get("delta"), dict):
                self._hear(delta)
            if choice.get("finish_reason"):
                self._choice = choice
        self._tell(events)
        return events

    def end(self, raw: Any, usage: Usage | None) -> list[Event]:
        """Return what ends the answer; `raw` is the usage as the upstream wrote it."""
        events = [] if self._begun else [_start({})]
        while self._queue:
            self._next(events)
        self._close(events)
        reason, sequence = stop_of(self._choice, called=bool(self._calls))
        reason = "refusal" if self._refused else reason
        delta = {"stop_reason": reason, "stop_sequence": sequence}
        events.append({"type": "message_delta", "delta": delta, "usage": as_usage(raw, usage)})
        events.append({"type": "message_stop"})
        return events

    def _hear(self, delta: Event) -> None:
        if thought := thought_in(delta):
            self._last("thinking").waiting.append(thought)
        if said := words_in(delta):
            self._last("text").waiting.append(said)
            self._refused = self._refused or bool(delta.get("refusal"))
        for call in calls_in(delta):
            self._hear_call(call)

    def _last(self, kind: str) -> _Block:
        """Return the block that words go on in: the last one if it is of their kind."""
        last = self._queue[-1] if self._queue else self._open
        if last is None or last.kind != kind:
            last = _Block(kind)
            self._queue.append(last)
        return last

    def _hear_call(self, call: Event) -> None:
        function = call.get("function")
        function = function if isinstance(function, dict) else {}
        name, arguments = function.get("name"), function.get("arguments")
        block = self._call(call, name)
        if isinstance(name, str) and not block.name:
            block.name = name
        if isinstance(arguments, dict):  # some upstreams send them unserialised
            arguments = orjson.dumps(arguments).decode()
        if isinstance(arguments, str) and arguments and not block.closed:
            block.waiting.append(arguments)

    def _call(self, call: Event, name: Any) -> _Block:
        """Return the call that a piece belongs to; a name with a new id begins another."""
        index, own = call.get("index"), call.get("id")
        latest = max(self._calls, default=0)
        known = self._calls.get(latest if type(index) is not int else index)
        if known is not None and not (own and name and known.id != own):
            return known
        if type(index) is not int:
            index = latest if known is None else latest + 1
        made = _Block(TOOL, own if isinstance(own, str) and own else f"toolu_{uuid4().hex[:24]}")
        self._calls[index] = made
        self._queue.append(made)
        return made

    def _tell(self, events: list[Event]) -> None:
        """Tell what can be told, in the order in which the blocks began."""
        if self._open is not None and self._open.waiting:
            self._pour(self._open, events)
        while self._queue and self._queue[0].ready and (self._open is None or self._open.whole):
            self._next(events)

    def _next(self, events: list[Event]) -> None:
        """Open the block that has waited longest, and tell what there is of it."""
        self._close(events)
        self._open = block = self._queue.pop(0)
        start = {"type": "content_block_start", "index": self._number}
        events.append(start | {"content_block": block.empty})
        self._pour(block, events)

    def _pour(self, block: _Block, events: list[Event]) -> None:
        kind, name = _DELTAS[block.kind]
        for piece in block.waiting:
            delta = {"type": kind, name: piece}
            events.append({"type": "content_block_delta", "index": self._number, "delta": delta})
        if block.kind == TOOL:
            block.sent += block.waiting
        block.waiting.clear()

    def _close(self, events: list[Event]) -> None:
        if self._open is not None:
            events.append({"type": "content_block_stop", "index": self._number})
            self._open.closed = True
            self._open = None
            self._number += 1


def _start(chunk: Event) -> Event:
    message: Event = {
        "id": message_id(chunk.get("id")),
        "type": "message",
        "role": "assistant",
        "model": chunk.get("model"),
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 0, "output_tokens": 0},
    }
    return {"type": "message_start", "message": message}
