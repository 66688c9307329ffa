"""How often an answer is written while it grows; times are seconds, so that tests set their own."""

import re
from dataclasses import dataclass

NEW = 40  # characters worth an edit, unless there is a new line
_SENTENCE = re.compile(r"[.!?…。！？](\s|$)|\n")  # noqa: RUF001 - full-width marks end sentences too


@dataclass(frozen=True, slots=True)
class Pace:
    """The times an answer is written by."""

    first: float = 1.0  # after the first token, unless a sentence is whole before
    spacing: tuple[float, ...] = (1.0, 1.5, 2.0, 2.5)  # between edits, the last for all that follow
    progress: float = 3.0  # between edits of a line that says how far something is
    token: float = 14 * 60.0  # how long the interaction's token is written through
    patience: float = 60.0  # what one edit may take
    retries: tuple[float, ...] = (0.5, 2.0, 5.0, 15.0, 30.0)  # before the last edit is tried again

    def gap(self, edits: int) -> float:
        """Return how long to wait after that many edits."""
        return self.spacing[min(edits, len(self.spacing)) - 1]


USUAL = Pace()


def sentence_in(text: str) -> bool:
    """Say whether something that can be read on its own is there."""
    return _SENTENCE.search(text) is not None


def worth_an_edit(fresh: str) -> bool:
    """Say whether what is new since the last edit is enough for another."""
    return len(fresh) >= NEW or "\n" in fresh
