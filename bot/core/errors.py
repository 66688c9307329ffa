"""Everything that can fail with words for a person.

Failure
├── StartFailed          the process cannot start; one sentence, an exit code
├── Invalid ... Internal features raise subclasses of Failure, one per fact, with a Kind
└── (upstreams.failures, ledger.errors, keys.errors, ... hang below Failure)

A failure carries a `Kind` (what the doors map to a status or a tone), a message id of `bot.words`
and the parameters of that sentence. Features know no status codes and write no sentences.
"""

from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What sort of failure it is; each door maps every one of them."""

    INVALID = "invalid"
    TOO_LONG = "too_long"
    UNKNOWN_MODEL = "unknown_model"
    UNAUTHENTICATED = "unauthenticated"
    SUSPENDED = "suspended"
    NO_ACCESS = "no_access"
    NOT_ALLOWED = "not_allowed"
    TOO_LARGE = "too_large"
    ALLOWANCE_SPENT = "allowance_spent"
    ALLOWANCE_HELD = "allowance_held"
    MINUTE_SPENT = "minute_spent"
    IN_FLIGHT = "in_flight"
    UPSTREAM_FAILED = "upstream_failed"
    NO_ROUTE = "no_route"
    UPSTREAM_TIMEOUT = "upstream_timeout"
    STREAM_INCOMPLETE = "stream_incomplete"
    STREAM_STOPPED = "stream_stopped"
    NOT_FOUND = "not_found"
    NO_SUCH_MODEL = "no_such_model"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    CONFLICT = "conflict"
    EXPIRED = "expired"
    INTERNAL = "internal"
    UNAVAILABLE = "unavailable"


class Failure(Exception):
    """A failure a person can be told about; subclasses fix `kind` and `message_id`."""

    kind: Kind = Kind.INTERNAL
    message_id: str = "internal"
    retry_after: float | None = None  # seconds until trying again makes sense

    def __init__(self, *, retry_after: float | None = None, **params: Any) -> None:
        """Keep the sentence's parameters; they may reach a log, so never pass a secret."""
        super().__init__(self.message_id, params)
        self.params = params
        if retry_after is not None:
            self.retry_after = retry_after


class StartFailed(Exception):
    """The process cannot start, or must end: one sentence for the terminal."""

    def __init__(self, sentence: str, code: int = 2) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code


class Invalid(Failure):
    """What the caller sent cannot be understood; `param` names the field."""

    kind = Kind.INVALID
    message_id = "invalid"


class Unavailable(Failure):
    """We cannot serve right now: draining, database away, queue full."""

    kind = Kind.UNAVAILABLE
    message_id = "unavailable"
    retry_after = 5.0


class Draining(Unavailable):
    """This process is shutting down and takes no new calls."""

    message_id = "draining"


class DatabaseAway(Unavailable):
    """The database does not answer."""

    message_id = "database_away"


class QueueFull(Unavailable):
    """The ledger's queue stayed full for too long."""

    message_id = "queue_full"
    retry_after = 1.0
