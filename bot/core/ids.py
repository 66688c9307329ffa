"""Time-ordered integers made by the application: they append to an index and never collide."""

import secrets
import time

EPOCH_MS = 1_704_067_200_000  # 2024-01-01T00:00:00Z
NODE_BITS = 11
COUNT_BITS = 11


class Ids:
    """Makes 63-bit ids: milliseconds since 2024, then this process, then a count.

    A count that overflows borrows the next millisecond; a clock set back goes on from the last id.
    """

    def __init__(self, process: int | None = None) -> None:
        """Take a number that no living process shares, or a random one."""
        number = secrets.randbits(NODE_BITS) if process is None else process
        self._node = number % (1 << NODE_BITS)
        self._slot = 0

    def next(self) -> int:
        """Return an id greater than every earlier one of this process."""
        now = (int(time.time() * 1000) - EPOCH_MS) << COUNT_BITS
        self._slot = max(now, self._slot + 1)
        moment, count = self._slot >> COUNT_BITS, self._slot & ((1 << COUNT_BITS) - 1)
        return (((moment << NODE_BITS) | self._node) << COUNT_BITS) | count


def first_id_at(milliseconds: int) -> int:
    """Return the lowest id of a moment given as milliseconds since 1970."""
    return max(0, milliseconds - EPOCH_MS) << (NODE_BITS + COUNT_BITS)
