"""What can be wrong with a member's key."""

from bot.core.errors import Failure, Kind


class NoKey(Failure):
    """The member has no key yet."""

    kind = Kind.NOT_FOUND
    message_id = "no_key"


class Replaced(Failure):
    """The key that was to be replaced has been replaced already."""

    kind = Kind.CONFLICT
    message_id = "key_replaced"
