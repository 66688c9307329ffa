"""Why data is not shown or not deleted."""

from bot.core.errors import Failure, Kind, Unavailable


class NothingKnown(Failure):
    """We know nothing of this person."""

    kind = Kind.NOT_FOUND
    message_id = "data.nothing"


class StillRunning(Unavailable):
    """Calls of the person would not end; the key is revoked, the rest is as it was."""

    message_id = "data.still_running"
    retry_after = 60.0
