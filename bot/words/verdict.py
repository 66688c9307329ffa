"""What looking at one thing came to: a sentence for people in Discord, and for a terminal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from bot.words.language import Language, speaking
from bot.words.say import say


class Mark(StrEnum):
    """How a thing is."""

    OK = "ok"
    WARN = "warn"  # it works, but not wholly
    FAIL = "fail"


class Line(NamedTuple):
    """A line on a terminal: what was looked at, and what was found."""

    mark: Mark
    about: str
    text: str


class Named(NamedTuple):
    """A channel, a role or a server: Discord shows its mention, a terminal its name."""

    mention: str
    name: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one thing is, and how to mend it where that is another sentence.

    Parameters may be Named. The mend is a message id with the same parameters.
    """

    mark: Mark
    about: str  # for the terminal
    message_id: str
    params: Mapping[str, Any] = field(default_factory=dict)
    mend: str | None = None

    def told(self) -> str:
        """Return it for Discord, in the reader's language."""
        return self._said("mention")

    def printed(self) -> Line:
        """Return it for a terminal, in English."""
        with speaking(Language.EN):
            return Line(self.mark, self.about, self._said("name"))

    def _said(self, shown: str) -> str:
        params = {
            name: getattr(value, shown) if isinstance(value, Named) else value
            for name, value in self.params.items()
        }
        parts = (self.message_id, self.mend) if self.mend else (self.message_id,)
        return " ".join(say(part, **params) for part in parts)


def troubles(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Return what is not as it should be, the worst first."""
    found = [each for each in verdicts if each.mark is not Mark.OK]
    return sorted(found, key=lambda each: each.mark is not Mark.FAIL)
