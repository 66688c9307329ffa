"""A chat's answer as a response: whole, or event by event while it comes; pure."""

from typing import Any, NamedTuple, TypeVar

from bot.api.responses.deltas import CallDelta, Delta, as_chunk, deltas
from bot.api.responses.fields import Fields
from bot.api.responses.output import BEGUN, BROKEN, DONE, Call, Item, Message, Reasoning

OneOf = TypeVar("OneOf", Reasoning, Message)
REASONS = {"length": "max_output_tokens", "content_filter": "content_filter"}


class Frame(NamedTuple):
    """What is known of a response before the model says anything."""

    tag: str  # what all its ids share
    created: int  # seconds since 1970
    echo: Fields


class Telling:
    """Turns a chat's chunks into a response's events, numbered; at its end it knows it whole."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._number = 0
        self._output: list[Item] = []
        self._words: Reasoning | Message | None = None  # the one that goes on
        self._calls: dict[int, Call] = {}  # all go on until the end, because they may take turns
        self._latest = -1  # the key of the latest call
        self._nameless: dict[int, list[CallDelta]] = {}
        self._given: dict[int, str] = {}  # the upstream's ids of calls
        self._finish: str | None = None
        self._usage: Fields = {}

    def begin(self) -> list[Fields]:
        """Return the events before the first chunk."""
        shown = self._response(BEGUN, [])
        kinds = ("response.created", "response.in_progress")
        return self._numbered([{"type": kind, "response": shown} for kind in kinds])

    def take(self, chunk: Fields) -> list[Fields]:
        """Return the events of a chunk."""
        if isinstance(usage := chunk.get("usage"), dict):
            self._usage = usage
        events: list[Fields] = []
        for delta in deltas(chunk):
            events += self._said(delta)
            self._finish = delta.finish or self._finish
        return self._numbered(events)

    def end(self, now: int) -> list[Fields]:
        """Return the events that end the answer, the whole response in the last."""
        events: list[Fields] = []
        for key in list(self._nameless):
            events += self._named(key, "")
        reason = REASONS.get(self._finish or "")
        for item, status in self._statuses(reason):
            if item is self._words or isinstance(item, Call):
                events += item.closed(status)
        shown = self._response(
            BROKEN if reason else DONE,
            [item.item(status) for item, status in self._statuses(reason)],
            incomplete_details={"reason": reason} if reason else None,
            completed_at=None if reason else now,
            usage=usage_of(self._usage),
        )
        kind = "response.incomplete" if reason else "response.completed"
        return self._numbered([*events, {"type": kind, "response": shown}])

    def fail(self, error: Fields) -> list[Fields]:
        """Return the events that end an answer which was cut; `error` is OpenAI's error object."""
        # No item is said to be done: half a call's arguments must not be acted on.
        shown = self._response(
            "failed",
            [item.item(BROKEN) for item in self._output],
            error={"code": "server_error", "message": error["message"]},
        )
        told = {"code": error["code"], "message": error["message"], "param": None, "error": error}
        return self._numbered(
            [{"type": "response.failed", "response": shown}, {"type": "error", **told}]
        )

    def _said(self, delta: Delta) -> list[Fields]:
        events: list[Fields] = []
        if delta.reasoning:
            item, events = self._going_on(Reasoning, "rs")
            events += item.push(delta.reasoning)
        for text, refusal in ((delta.text, False), (delta.refusal, True)):
            if text:
                message, begun = self._going_on(Message, "msg")
                logprobs = [] if refusal else delta.logprobs
                events += begun + message.push(text, logprobs, refusal=refusal)
        for call in delta.calls:
            events += self._called(call)
        return events

    def _going_on(self, kind: type[OneOf], prefix: str) -> tuple[OneOf, list[Fields]]:
        """Return the item that words of this kind belong to, and the events until it is there."""
        if isinstance(self._words, kind):
            return self._words, []
        events = self._hushed()
        self._words = item = kind(self._id(prefix), len(self._output))
        self._output.append(item)
        return item, events + item.opened()

    def _hushed(self) -> list[Fields]:
        """End the words that went on."""
        events = self._words.closed(DONE) if self._words else []
        self._words = None
        return events

    def _called(self, piece: CallDelta) -> list[Fields]:
        key = self._key(piece)
        if (call := self._calls.get(key)) is not None:
            return call.push(piece.arguments) if piece.arguments else []
        self._nameless.setdefault(key, []).append(piece)
        return self._named(key, piece.name) if piece.name else []

    def _key(self, piece: CallDelta) -> int:
        """Return the key of the call that a piece belongs to."""
        key = self._latest if piece.key is None else piece.key
        given = self._given.get(key)
        if given is not None and piece.name:
            # Some upstreams number every call 0, or none: a name with another id begins another.
            another = piece.id != given if piece.id else piece.key is None
        else:
            another = given is None and piece.key is None
        if another:
            key = max(self._given, default=-1) + 1
        if not self._given.get(key):
            self._given[key] = piece.id
        self._latest = key
        return key

    def _named(self, key: int, name: str) -> list[Fields]:
        """Begin a call whose name is known, with what came before it."""
        pieces = self._nameless.pop(key)
        call_id, taken = self._given[key], {call.call_id for call in self._calls.values()}
        if not call_id or call_id in taken:
            call_id = self._id("call")
        events = self._hushed()
        self._calls[key] = call = Call(self._id("fc"), len(self._output), call_id, name)
        self._output.append(call)
        events += call.opened()
        arguments = "".join(piece.arguments for piece in pieces)
        return events + (call.push(arguments) if arguments else [])

    def _id(self, prefix: str) -> str:
        return f"{prefix}_{self._frame.tag}{len(self._output):02x}"

    def _statuses(self, reason: str | None) -> list[tuple[Item, str]]:
        """Return every item and how it ended: where the answer is broken off, its last one is."""
        last = len(self._output) - 1
        return [
            (item, BROKEN if reason and number == last else DONE)
            for number, item in enumerate(self._output)
        ]

    def _response(self, status: str, output: list[Fields], **known: Any) -> Fields:
        usual: Fields = {
            "id": f"resp_{self._frame.tag}",
            "object": "response",
            "created_at": self._frame.created,
            "completed_at": None,
            "status": status,
            "background": False,
            "error": None,
            "incomplete_details": None,
            "max_tool_calls": None,
            "output": output,
            "previous_response_id": None,
            "service_tier": "default",
            "store": False,
            "truncation": "disabled",
            "usage": None,
        }
        return usual | self._frame.echo | known

    def _numbered(self, events: list[Fields]) -> list[Fields]:
        for event in events:
            event["sequence_number"] = self._number
            self._number += 1
        return events


def whole(frame: Frame, completion: Fields, now: int) -> Fields:
    """Return the response that a chat's answer in one piece is."""
    telling = Telling(frame)
    telling.take(as_chunk(completion))
    response: Fields = telling.end(now)[-1]["response"]
    return response


def usage_of(said: Fields) -> Fields:
    """Return a chat's usage under a response's names."""
    prompt, completion = _whole(said, "prompt_tokens"), _whole(said, "completion_tokens")
    cached = _whole(said.get("prompt_tokens_details"), "cached_tokens")
    reasoning = _whole(said.get("completion_tokens_details"), "reasoning_tokens")
    return {
        "input_tokens": prompt,
        "input_tokens_details": {"cached_tokens": cached, "cache_write_tokens": 0},
        "output_tokens": completion,
        "output_tokens_details": {"reasoning_tokens": reasoning},
        "total_tokens": prompt + completion,
    }


def _whole(fields: Any, name: str) -> int:
    value = fields.get(name) if isinstance(fields, dict) else None
    return value if type(value) is int and value >= 0 else 0
