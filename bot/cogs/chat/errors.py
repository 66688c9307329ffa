"""Why /chat does not answer, and how that is said where everybody reads it."""

from collections.abc import Iterator
from contextlib import contextmanager

from bot.core.errors import Failure, Kind


class Busy(Failure):
    """The member's last answer is still being written."""

    kind = Kind.CONFLICT
    message_id = "chat.busy"


class ChannelBusy(Failure):
    """As many answers as may are being written in the channel."""

    kind = Kind.CONFLICT
    message_id = "chat.channel_busy"


class TooOld(Failure):
    """The process does not remember the answer."""

    kind = Kind.EXPIRED
    message_id = "chat.too_old"


class NotRunning(Failure):
    """The answer that was to be stopped is over."""

    kind = Kind.EXPIRED
    message_id = "chat.not_running"


class NoModels(Failure):
    """Nothing can be chatted with."""

    kind = Kind.NO_ROUTE
    message_id = "chat.no_models"


class CannotTalk(Failure):
    """The model is for `kinds`, none of them talking."""

    kind = Kind.INVALID
    message_id = "chat.cannot_talk"


class NoWeb(Failure):
    """The model has no entry with network access."""

    kind = Kind.INVALID
    message_id = "chat.no_web"


class NoSight(Failure):
    """The model takes no pictures; `others` names some that do, None where none does."""

    kind = Kind.INVALID

    def __init__(self, model: str, others: str | None) -> None:
        """Name the model, and others."""
        self.message_id = "chat.no_sight" if others else "chat.no_sight_here"
        super().__init__(model=model, others=others)


class NotAPicture(Failure):
    """The attachment is of another type."""

    kind = Kind.INVALID
    message_id = "chat.not_a_picture"


class PictureTooBig(Failure):
    """The attachment is larger than `megabytes`."""

    kind = Kind.TOO_LARGE
    message_id = "chat.picture_too_big"


class PictureGone(Failure):
    """Discord does not give the attachment out (any more)."""

    kind = Kind.EXPIRED
    message_id = "chat.picture_gone"


class PaperTooBig(Failure):
    """The text file `name` is larger than `kilobytes`."""

    kind = Kind.TOO_LARGE
    message_id = "chat.paper_too_big"


class PaperElsewhere(Failure):
    """A text file was given where a picture goes."""

    kind = Kind.INVALID
    message_id = "chat.paper_elsewhere"


class Unreadable(Failure):
    """The attachment `name` is neither a picture nor a text."""

    kind = Kind.INVALID
    message_id = "chat.unreadable"


class NothingAsked(Failure):
    """The bot is called, and nothing is asked."""

    kind = Kind.INVALID
    message_id = "chat.nothing_asked"


class Unseen(Failure):
    """What was written is hidden from the bot: it has to be mentioned."""

    kind = Kind.INVALID
    message_id = "chat.unseen"


class Mute(Failure):
    """The bot may not write at `place`."""

    kind = Kind.NOT_ALLOWED
    message_id = "chat.mute"


class PlaceShut(Failure):
    """The place where an answer was written takes nothing any more."""

    kind = Kind.EXPIRED
    message_id = "chat.place_shut"


class NotYourAnswer(Failure):
    """Somebody else's answer was clicked."""

    kind = Kind.NOT_ALLOWED
    message_id = "chat.not_yours"


class NoGoingOn(Failure):
    """The answer is not one of a conversation."""

    kind = Kind.EXPIRED
    message_id = "chat.no_going_on"


class NoThread(Failure):
    """No thread may be started there."""

    kind = Kind.NOT_ALLOWED
    message_id = "chat.no_thread"


class SaidAloud(Failure):
    """What everybody may read of a failure whose own sentence is the member's business."""

    SENTENCES = {  # noqa: RUF012 - a table, never changed
        Kind.ALLOWANCE_SPENT: "chat.aloud.spent",
        Kind.ALLOWANCE_HELD: "chat.aloud.held",
        Kind.SUSPENDED: "chat.aloud.suspended",
    }

    def __init__(self, failure: Failure) -> None:
        """Take the failure's kind, which has to be one of SENTENCES."""
        self.kind, self.message_id = failure.kind, self.SENTENCES[failure.kind]
        super().__init__()


@contextmanager
def discreet(alone: bool) -> Iterator[None]:
    """Let a failure that everybody will read tell nothing of the member's own."""
    try:
        yield
    except Failure as failure:
        if alone or failure.kind not in SaidAloud.SENTENCES:
            raise
        raise SaidAloud(failure) from None
