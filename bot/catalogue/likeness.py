"""How much a model's name looks like what somebody typed: pure."""

import re
from difflib import SequenceMatcher

LONGEST_NAME = 100  # of a model; what is longer is compared no further
SAME = 2.0  # more than anything else comes to
_WORD = re.compile(r"[a-z]+|[0-9]+")


class Likeness:
    """Rates names against one that was typed; more is more alike."""

    def __init__(self, typed: str) -> None:
        wanted = typed[:LONGEST_NAME].lower()
        self._wanted = wanted
        self._words = _words(wanted)
        self._letters = _letters(wanted)
        self._matcher = SequenceMatcher(b=self._letters, autojunk=False)

    def __call__(self, name: str) -> float:
        """Return how alike a name is: by its letters, and by the words and numbers it shares.

        The maker before a slash may be missing: nobody types it.
        """
        known = name.lower()
        if known == self._wanted:  # but for capitals
            return SAME
        return max(self._rated(known), self._rated(known.rpartition("/")[2]) - 0.01)

    def _rated(self, known: str) -> float:
        letters = _letters(known)
        self._matcher.set_seq1(letters)
        alike = self._matcher.ratio()
        words = _words(known)
        together = len(self._words | words)
        shared = len(self._words & words) / together if together else 0.0
        whole = 0.2 if letters == self._letters else 0.0
        return alike + 0.5 * shared + whole


def _letters(name: str) -> str:
    return "".join(letter for letter in name if letter.isalnum())


def _words(name: str) -> frozenset[str]:
    return frozenset(_WORD.findall(name))
