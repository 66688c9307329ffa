"""Why a level is not given or taken."""

from bot.core.errors import Failure, Kind


class NoLevel(Failure):
    """The member has no level that runs or will run."""

    kind = Kind.NOT_FOUND
    message_id = "levels.none"


class NoSuchLevel(Failure):
    """There is no such level; `levels` lists those there are."""

    kind = Kind.NOT_FOUND
    message_id = "levels.unknown"


class NoSuchMonth(Failure):
    """What was typed is no month that has begun; `month` is this one."""

    kind = Kind.INVALID
    message_id = "levels.no_such_month"
