"""What can go wrong at one route; nothing here names a host, a key or an upstream's raw words.

UpstreamFailure
├── Refused         400, 404, 413, 422 and their like: the request is to blame
│   └── NoModelsList    asked for a list of models that its dialect knows nothing of
├── Misconfigured   401, 402, 403, a redirect: our key or our address is to blame
├── RateLimited     429
├── Broken          5xx, refused, reset: before any content
├── Empty           a 2xx without an answer in it; counts as a 5xx
├── TimedOut        no connection, no first byte, or silence
└── Cut             a stream that ended or broke after its first content
"""

from bot.core.errors import Failure, Kind


class UpstreamFailure(Failure):
    """One route did not answer."""

    kind = Kind.UPSTREAM_FAILED
    message_id = "upstream_failed"
    status: int | None = None  # what the upstream said, where it said anything


class Refused(UpstreamFailure):
    """The upstream refused the request itself; `reason` is cleaned and may be shown."""

    kind = Kind.INVALID
    message_id = "upstream_refused"
    status: int

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(status=status, reason=reason)
        self.status = status
        self.reason = reason


class NoModelsList(Refused):
    """The upstream has no list of models, and by its dialect's document need not have one."""


class Misconfigured(UpstreamFailure):
    """The upstream does not accept our key or does not live at this address."""

    def __init__(self, status: int) -> None:
        super().__init__(status=status)
        self.status = status


class RateLimited(UpstreamFailure):
    """The upstream wants a rest: `retry_after` seconds of it, where it said how long."""

    kind = Kind.NO_ROUTE
    message_id = "no_route"
    status = 429

    def __init__(self, retry_after: float | None) -> None:
        super().__init__(retry_after=retry_after)


class Broken(UpstreamFailure):
    """The upstream failed, or the connection to it did, before any content."""

    def __init__(self, status: int | None) -> None:
        super().__init__(status=status)
        self.status = status


class Empty(UpstreamFailure):
    """The upstream said yes and gave nothing that is an answer."""


class TimedOut(UpstreamFailure):
    """The upstream was not reached in time, or fell silent."""

    kind = Kind.UPSTREAM_TIMEOUT
    message_id = "upstream_timeout"


class Cut(UpstreamFailure):
    """A stream broke off after content had come."""

    kind = Kind.STREAM_INCOMPLETE
    message_id = "stream_incomplete"
