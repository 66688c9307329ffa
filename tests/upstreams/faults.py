"""What each fault of an upstream comes to, whatever was asked of it."""

from bot.sandbox.upstreams.troubles import Fault, Trouble
from bot.upstreams.failures import (
    Broken,
    Empty,
    Misconfigured,
    RateLimited,
    Refused,
    UpstreamFailure,
)

Expected = tuple[Fault | Trouble, type[UpstreamFailure]]

FIRST: list[Expected] = [  # before anything that counts was said
    (Fault.REFUSE, Broken),
    (Fault.BAD_REQUEST, Refused),
    (Fault.UNAUTHORIZED, Misconfigured),
    (Fault.FORBIDDEN, Misconfigured),
    (Fault.NOT_FOUND, Refused),
    (Trouble(Fault.RATE_LIMITED, 7), RateLimited),
    (Fault.BROKEN, Broken),
    (Fault.UNAVAILABLE, Broken),
    (Fault.EMPTY, Empty),
    (Fault.GARBAGE, Empty),
    (Fault.NO_CHOICES, Empty),
    (Fault.WRONG_TYPE, Empty),
    (Fault.ERROR_OBJECT, Broken),
]
WHOLE: list[Expected] = [*FIRST, (Fault.TRUNCATED, Empty), (Fault.CUT, Empty)]
LISTS = [pair for pair in WHOLE if pair[0] is not Fault.NO_CHOICES]  # a list may be empty
PIECES: list[Expected] = [*FIRST, (Fault.CUT, Broken)]  # half a piece of sound is sound
STREAMS: list[Expected] = [*PIECES, (Fault.TRUNCATED, Broken)]
