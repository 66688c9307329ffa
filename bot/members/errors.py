"""Why a member, or who wants to be one, is turned away."""

from bot.core.errors import Failure, Kind
from bot.members.private import LOST


class NotAtHome(Failure):
    """Only members of a home guild may, and no payload of the last 30 days shows them as one."""

    kind = Kind.NOT_ALLOWED
    message_id = "not_at_home"


class AccountTooYoung(Failure):
    """The Discord account is not old enough; `unix` says when it will be."""

    kind = Kind.NOT_ALLOWED
    message_id = "account_too_young"


class Suspended(Failure):
    """The member is suspended; `reason` is what staff gave, where it can still be read."""

    kind = Kind.SUSPENDED
    message_id = "suspended"

    def __init__(self, *, reason: str | None) -> None:
        """Speak of no reason where it is lost, or gone with everything that was deleted."""
        if reason in (None, LOST):
            self.message_id = "suspended_for_lost"
        super().__init__(reason=reason)


class UnknownMember(Failure):
    """There is no member of that number."""

    kind = Kind.NOT_FOUND
    message_id = "unknown_member"


class JustDeleted(Failure):
    """Everything of the person was deleted while they asked for something."""

    kind = Kind.CONFLICT
    message_id = "just_deleted"


class SwitchesSpent(Failure):
    """The mode was switched `n` times today, which is the most; `unix` says when the day ends."""

    kind = Kind.NOT_ALLOWED
    message_id = "switches_spent"


class SwitchingOff(Failure):
    """The community allows no switching of modes at all."""

    kind = Kind.NOT_ALLOWED
    message_id = "switching_off"
