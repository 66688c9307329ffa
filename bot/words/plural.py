"""A sentence whose form depends on a number."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plural:
    """English's two forms, chosen by the parameter `n`."""

    one: str
    other: str

    def form(self, n: int) -> str:
        """Return the template for a number."""
        return self.one if abs(n) == 1 else self.other
