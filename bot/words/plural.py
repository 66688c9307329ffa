"""A sentence whose form depends on a number."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plural:
    """English's two forms, chosen by the parameter `n`."""

    one: str
    other: str

    def form(self, n: float) -> str:
        """Return the template for a number."""
        return self.one if abs(n) == 1 else self.other


@dataclass(frozen=True, slots=True)
class Forms:
    """The forms of another language, chosen by its catalogue's own rule for `n`."""

    forms: tuple[str, ...]
    rule: Callable[[int], int]

    def form(self, n: float) -> str:
        """Return the template for a number; a fraction takes the form of few: "1,5 часа"."""
        return self.forms[self.rule(abs(n)) if isinstance(n, int) else 1]


Template = str | Plural | Forms
