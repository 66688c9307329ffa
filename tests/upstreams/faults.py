"""What each fault of an upstream comes to, whatever was asked of it."""

from bot.sandbox.upstreams.troubles import Fault, Trouble
from bot.upstreams.failures import Broken, Empty, Misconfigured, RateLimited, Refused

COMMON = [
    (Fault.REFUSE, Broken),
    (Fault.BAD_REQUEST, Refused),
    (Fault.UNAUTHORIZED, Misconfigured),
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
WHOLE = [*COMMON, (Fault.TRUNCATED, Empty), (Fault.CUT, Empty)]  # answers in one piece
PIECES = [*COMMON, (Fault.CUT, Broken)]  # answers in pieces, before the first of them
EVENTS = [*PIECES, (Fault.TRUNCATED, Broken)]
