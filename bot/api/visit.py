"""One request as the API sees it from beginning to end."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from bot.relay.caller import Caller


@dataclass(slots=True)
class Visit:
    """What is known of a request; `began` and `first_content` are monotonic seconds."""

    id: str
    arrived: datetime
    began: float
    caller: Caller | None = None
    status: int = 0
    first_content: float | None = None  # of a stream


def visit_of(scope: Any) -> Visit:
    """Return the visit that a request is."""
    return cast(Visit, scope["state"]["visit"])
