"""The rule that nothing but the database is awaited while a transaction is open, asserted."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_open: ContextVar[bool] = ContextVar("transaction_open", default=False)


@contextmanager
def inside_transaction() -> Iterator[None]:
    """Mark this task as holding a transaction; a second one inside it is a fault."""
    outside_transaction()
    token = _open.set(True)
    try:
        yield
    finally:
        _open.reset(token)


def outside_transaction() -> None:
    """Assert that this task holds no transaction: called by every seam that waits on a network."""
    assert not _open.get(), "a transaction is open while waiting for something else"
