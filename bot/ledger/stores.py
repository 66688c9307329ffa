"""What a batch asks of a database, whichever it is."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import NamedTuple, Protocol

from bot.core.errors import DatabaseAway
from bot.ledger.books import Found, Written
from bot.ledger.operations import Operation, Reserve


class Collided(Exception):
    """Another process's transaction stood in the way; nothing was written, try again."""


class CommitUnknown(DatabaseAway):
    """The database went away while it committed: the batch may be written or not."""


class Needs(NamedTuple):
    """What a batch touches, in the order in which everybody locks."""

    members: list[int]
    days: list[tuple[int, date]]
    ids: list[int]  # of calls that end


class Store(Protocol):
    """Runs batches as transactions."""

    async def run(self, needs: Needs, decide: Callable[[Found], Written]) -> None:
        """Lock and read what is needed, decide, write, commit; or leave nothing and raise."""
        ...

    async def close(self) -> None:
        """Give back what is kept between batches."""
        ...


def needs_of(operations: Iterable[Operation]) -> Needs:
    """Return what the operations touch."""
    days = sorted({(operation.member_id, operation.day) for operation in operations})
    members = list(dict.fromkeys(member for member, _ in days))
    ids = [operation.id for operation in operations if not isinstance(operation, Reserve)]
    return Needs(members, days, ids)
