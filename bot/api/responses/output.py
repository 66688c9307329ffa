"""What an answer is made of, item by item, with the events that tell of each; pure."""

from dataclasses import dataclass, field
from typing import Any

from bot.api.responses.fields import Fields

BEGUN, DONE, BROKEN = "in_progress", "completed", "incomplete"


@dataclass
class Reasoning:
    """What the model thought aloud."""

    id: str
    at: int  # its place in the output
    said: list[str] = field(default_factory=list)

    def opened(self) -> list[Fields]:
        """Return the events that begin it."""
        return [_added(self, self.item(BEGUN)), self._part("added", "")]

    def push(self, text: str) -> list[Fields]:
        """Return the event of its next piece."""
        self.said.append(text)
        return [_of("response.reasoning_text.delta", self, content_index=0, delta=text)]

    def closed(self, status: str) -> list[Fields]:
        """Return the events that end it."""
        text = "".join(self.said)
        whole = _of("response.reasoning_text.done", self, content_index=0, text=text)
        return [whole, self._part("done", text), _finished(self, self.item(status))]

    def item(self, status: str) -> Fields:
        """Return it as the output has it."""
        text = "".join(self.said)
        thought = [{"type": "reasoning_text", "text": text}] if text else []
        known = {"id": self.id, "type": "reasoning", "status": status, "summary": []}
        return known | {"content": thought, "encrypted_content": None}

    def _part(self, what: str, text: str) -> Fields:
        part = {"type": "reasoning_text", "text": text}
        return _of(f"response.content_part.{what}", self, content_index=0, part=part)


@dataclass
class Part:
    """A run of words of one sort within a message."""

    refusal: bool
    said: list[str] = field(default_factory=list)
    logprobs: list[Any] = field(default_factory=list)

    def shown(self) -> Fields:
        """Return it as the message has it."""
        text = "".join(self.said)
        if self.refusal:
            return {"type": "refusal", "refusal": text}
        known = {"type": "output_text", "text": text, "annotations": []}
        return known | {"logprobs": list(self.logprobs)}


@dataclass
class Message:
    """What the model says."""

    id: str
    at: int
    parts: list[Part] = field(default_factory=list)

    def opened(self) -> list[Fields]:
        """Return the event that begins it."""
        return [_added(self, self.item(BEGUN))]

    def push(self, text: str, logprobs: list[Any], *, refusal: bool) -> list[Fields]:
        """Return the events of its next piece; words of another sort begin another part."""
        events = []
        if not self.parts or self.parts[-1].refusal is not refusal:
            events = self._part_closed()
            self.parts.append(Part(refusal))
            events.append(self._part("response.content_part.added"))
        part = self.parts[-1]
        part.said.append(text)
        part.logprobs += logprobs
        kind = "refusal" if refusal else "output_text"
        more = {} if refusal else {"logprobs": logprobs}
        where = len(self.parts) - 1
        delta = _of(f"response.{kind}.delta", self, content_index=where, delta=text, **more)
        return [*events, delta]

    def closed(self, status: str) -> list[Fields]:
        """Return the events that end it."""
        return [*self._part_closed(), _finished(self, self.item(status))]

    def item(self, status: str) -> Fields:
        """Return it as the output has it."""
        known = {"id": self.id, "type": "message", "status": status, "role": "assistant"}
        return known | {"content": [part.shown() for part in self.parts]}

    def _part(self, kind: str) -> Fields:
        return _of(kind, self, content_index=len(self.parts) - 1, part=self.parts[-1].shown())

    def _part_closed(self) -> list[Fields]:
        if not self.parts:
            return []
        shown, where = self.parts[-1].shown(), len(self.parts) - 1
        if self.parts[-1].refusal:
            told: Fields = {"refusal": shown["refusal"]}
        else:
            told = {"text": shown["text"], "logprobs": shown["logprobs"]}
        kind = "refusal" if self.parts[-1].refusal else "output_text"
        whole = _of(f"response.{kind}.done", self, content_index=where, **told)
        return [whole, self._part("response.content_part.done")]


@dataclass
class Call:
    """A function that the model wants called."""

    id: str
    at: int
    call_id: str
    name: str
    said: list[str] = field(default_factory=list)

    def opened(self) -> list[Fields]:
        """Return the event that begins it."""
        return [_added(self, self.item(BEGUN))]

    def push(self, text: str) -> list[Fields]:
        """Return the event of the next piece of its arguments."""
        self.said.append(text)
        return [_of("response.function_call_arguments.delta", self, delta=text)]

    def closed(self, status: str) -> list[Fields]:
        """Return the events that end it."""
        kind, arguments = "response.function_call_arguments.done", "".join(self.said)
        whole = _of(kind, self, name=self.name, arguments=arguments)
        return [whole, _finished(self, self.item(status))]

    def item(self, status: str) -> Fields:
        """Return it as the output has it."""
        known = {"id": self.id, "type": "function_call", "status": status}
        return known | {
            "call_id": self.call_id,
            "name": self.name,
            "arguments": "".join(self.said),
        }


Item = Reasoning | Message | Call


def _added(item: Item, shown: Fields) -> Fields:
    return {"type": "response.output_item.added", "output_index": item.at, "item": shown}


def _finished(item: Item, shown: Fields) -> Fields:
    return {"type": "response.output_item.done", "output_index": item.at, "item": shown}


def _of(kind: str, item: Item, **told: Any) -> Fields:
    return {"type": kind, "item_id": item.id, "output_index": item.at, **told}
