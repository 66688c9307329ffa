"""Why nothing is made, in words for Discord."""

from bot.core.errors import Failure, Kind


class StillMaking(Failure):
    """The member's last job of this kind is not over."""

    kind = Kind.CONFLICT
    message_id = "media.busy"


class LineFull(Failure):
    """Too many people wait already, or one has waited too long."""

    kind = Kind.UNAVAILABLE
    message_id = "media.line_full"
    retry_after = 30.0


class ContentRefused(Failure):
    """Every upstream refused what was to be made, the last one for `reason`."""

    kind = Kind.INVALID
    message_id = "media.refused"


class ForAdults(Failure):
    """The model makes what belongs into age-restricted channels."""

    kind = Kind.NOT_ALLOWED
    message_id = "media.for_adults"


class DraftGone(Failure):
    """What a button was to make again can no longer be told."""

    kind = Kind.EXPIRED
    message_id = "media.too_old"


class NoPicture(Failure):
    """The message has no picture in it."""

    kind = Kind.INVALID
    message_id = "media.no_picture"


class SpeechLong(Failure):
    """The text has `length` characters, more than `most`."""

    kind = Kind.TOO_LONG
    message_id = "media.speech_long"
