"""What a post or a direct message will say: kept in ids and numbers, put into words on delivery."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from bot.words.phrase import all_read, all_written
from bot.words.say import say

People: TypeAlias = Mapping[str, int | Sequence[int]]  # members' numbers by parameter


class Style(StrEnum):
    """How a button looks."""

    PLAIN = "secondary"
    GOOD = "success"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Knob:
    """A button below a post, for anyone who sees it: who may is checked on the click.

    `label` is a message id. Its click comes to the handler of `name` with the arguments.
    """

    label: str
    name: str
    arguments: tuple[int | str, ...] = ()
    style: Style = Style.PLAIN


@dataclass(frozen=True, slots=True)
class Sealed:
    """A text about a member that only delivery unseals."""

    member_id: int
    text: bytes
    about: str


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of a letter with parameters of its own, besides those of the whole letter."""

    message_id: str
    params: Mapping[str, Any] = field(default_factory=dict)
    people: People = field(default_factory=dict)

    def written(self) -> list[Any]:
        """Return the line as an outbox row keeps it."""
        return [self.message_id, all_written(self.params), dict(self.people)]


@dataclass(frozen=True, slots=True)
class Letter:
    """What a post says: the sentences of some message ids, a line each, filled on delivery.

    `people` are parameters that hold a member's number, or several, and become mentions, `sealed`
    those that become the text inside; `change`, before and after, becomes the parameter of that
    name.
    """

    lines: Sequence[str | Line]
    params: Mapping[str, Any] = field(default_factory=dict)
    people: People = field(default_factory=dict)
    sealed: Mapping[str, Sealed] = field(default_factory=dict)
    change: tuple[Mapping[str, Any], Mapping[str, Any]] | None = None
    buttons: Sequence[Knob] = ()

    @property
    def members(self) -> set[int]:
        """Return the numbers of everybody it names."""
        lines = (each.people for each in self.lines if isinstance(each, Line))
        return {
            number
            for people in (self.people, *lines)
            for one in people.values()
            for number in ((one,) if isinstance(one, int) else one)
        }

    def said(self, names: Mapping[int, str], texts: Mapping[str, str]) -> str:
        """Return it in its reader's language, given members' names and the other parameters."""
        shared = {**self.params, **_named(self.people, names), **texts}
        lines = (
            say(each, **shared)
            if isinstance(each, str)
            else say(each.message_id, **shared | dict(each.params) | _named(each.people, names))
            for each in self.lines
        )
        return "\n".join(filter(None, lines))

    def written(self) -> dict[str, Any]:
        """Return the letter as an outbox row keeps it: no Discord id, no text about a person."""
        return {
            "lines": [each if isinstance(each, str) else each.written() for each in self.lines],
            "params": all_written(self.params),
            "people": dict(self.people),
            "sealed": {
                name: [each.member_id, base64.b64encode(each.text).decode(), each.about]
                for name, each in self.sealed.items()
            },
            "change": [dict(side) for side in self.change] if self.change else None,
            "buttons": [
                [each.label, each.name, list(each.arguments), each.style] for each in self.buttons
            ],
        }

    @classmethod
    def read(cls, payload: Mapping[str, Any]) -> "Letter":
        """Return the letter that an outbox row keeps."""
        before_after = payload["change"]
        return cls(
            lines=[each if isinstance(each, str) else _line(*each) for each in payload["lines"]],
            params=all_read(payload["params"]),
            people=payload["people"],
            sealed={
                name: Sealed(member_id, base64.b64decode(text), about)
                for name, (member_id, text, about) in payload["sealed"].items()
            },
            change=(before_after[0], before_after[1]) if before_after else None,
            buttons=[
                Knob(label, name, tuple(arguments), Style(style))
                for label, name, arguments, style in payload["buttons"]
            ],
        )


def _named(people: People, names: Mapping[int, str]) -> dict[str, str | list[str]]:
    return {
        name: names[one] if isinstance(one, int) else [names[each] for each in one]
        for name, one in people.items()
    }


def _line(message_id: str, params: Mapping[str, Any], people: People) -> Line:
    return Line(message_id, all_read(params), people)
