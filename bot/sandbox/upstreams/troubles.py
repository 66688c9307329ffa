"""The ways in which a loopback upstream can be told to fail, and the wire that lets it."""

import re
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

WIRE = "latchkey.wire"


class Fault(StrEnum):
    """One way of failing; a prompt may ask for one too: `[fault:cut 3]`."""

    REFUSE = "refuse"  # the connection is dropped without a byte
    BAD_REQUEST = "400"
    UNAUTHORIZED = "401"
    FORBIDDEN = "403"
    NOT_FOUND = "404"
    RATE_LIMITED = "429"  # number: seconds of Retry-After
    BROKEN = "500"
    UNAVAILABLE = "503"
    EMPTY = "empty"  # 200 and no body
    GARBAGE = "garbage"  # 200 and noise
    NO_CHOICES = "no_choices"
    WRONG_TYPE = "wrong_type"  # 200 and a page
    ERROR_OBJECT = "error_object"  # 200 and an error; in a stream after `number` events
    TRUNCATED = "truncated"  # 200, and the connection closes inside the event with this number
    HUGE = "huge"  # 200 and `number` MiB of text
    BLOATED = "bloated"  # 200 and an answer, or a first event, with `number` MiB of noise in it
    SLOW = "slow"  # waits for `gate` after `number` events
    CUT = "cut"  # a stream's connection closes after `number` events
    NO_DONE = "no_done"  # a finish_reason, but neither usage nor [DONE]
    NO_USAGE = "no_usage"
    NULL_USAGE = "null_usage"
    NONSENSE_USAGE = "nonsense_usage"
    IGNORE_CAP = "ignore_cap"


STATUSES = {
    Fault.BAD_REQUEST: (400, "invalid_request_error", "The loopback upstream was told to refuse."),
    Fault.UNAUTHORIZED: (401, "authentication_error", "Incorrect API key provided."),
    Fault.FORBIDDEN: (403, "permission_error", "Not available for your current access tier."),
    Fault.NOT_FOUND: (404, "not_found_error", "The model does not exist."),
    Fault.RATE_LIMITED: (429, "rate_limit_error", "Too many requests."),
    Fault.BROKEN: (500, "server_error", "The loopback upstream was told to break."),
    Fault.UNAVAILABLE: (503, "server_error", "The loopback upstream was told to be overloaded."),
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """A fault with its number: events, seconds or MiB."""

    fault: Fault | None = None
    number: int = 0

    def due(self, fault: Fault, event: int) -> bool:
        """Say whether this fault strikes before the event with this number."""
        return self.fault is fault and self.number == event


_MARKER = re.compile(r"\[fault:([a-z_0-9]+)(?: (\d+))?\]")
_BY_NAME = {fault.value: fault for fault in Fault}
_NONE = Trouble()


@dataclass
class Troubles:
    """What goes wrong with the calls to come: the queue first, then `always`, then a marker."""

    always: Trouble = _NONE
    queue: deque[Trouble] = field(default_factory=deque)

    def next(self, *faults: Fault | Trouble) -> None:
        """Let the next calls fail so, one each, in this order."""
        self.queue.extend(f if isinstance(f, Trouble) else Trouble(f) for f in faults)

    def every(self, fault: Fault | Trouble | None) -> None:
        """Let every call fail so; None: no more."""
        self.always = fault if isinstance(fault, Trouble) else Trouble(fault)

    def take(self, prompt: str) -> Trouble:
        """Return what goes wrong with the call that has just come."""
        if self.queue:
            return self.queue.popleft()
        found = None if self.always.fault else _MARKER.search(prompt)
        if found is None or (fault := _BY_NAME.get(found[1])) is None:
            return self.always
        return Trouble(fault, int(found[2] or 0))


class WiredApp(Starlette):
    """Hands the connection itself to the call, which may have to misuse it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note the transport of the server that calls, if it is one with a transport."""
        scope[WIRE] = getattr(getattr(send, "__self__", None), "transport", None)
        await super().__call__(scope, receive, send)


async def hang_up(scope: Scope, receive: Receive, *, rudely: bool = False) -> None:
    """Close the connection under a call: nothing more is sent; `rudely` by a reset."""
    wire: Any = scope[WIRE]
    if rudely:
        wire.abort()
    else:
        wire.close()
    while (await receive())["type"] != "http.disconnect":
        pass
