"""What a process remembers of interactions, by their numbers: never on disk, the oldest goes."""

from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")
MOST = 500


class Memory(Generic[T]):
    """Keeps what the latest interactions were about."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[int, T] = OrderedDict()

    def keep(self, number: int, value: T) -> None:
        """Remember something by the number of its interaction."""
        self._kept[number] = value
        self._kept.move_to_end(number)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def recall(self, number: int) -> T | None:
        """Return what is remembered of an interaction, if anything is."""
        return self._kept.get(number)
