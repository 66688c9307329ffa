"""Why a setting cannot be changed at run time."""

from bot.core.errors import Failure, Kind


class LockedSetting(Failure):
    """latchkey.toml names the setting: it is changed there, or not at all."""

    kind = Kind.NOT_ALLOWED
    message_id = "settings.locked"


class UnfitSetting(Failure):
    """A value will not do; said in the words that latchkey.toml is checked with."""

    kind = Kind.INVALID
    message_id = "settings.unfit"


class AlreadySo(Failure):
    """Nothing would differ from what is in force."""

    kind = Kind.CONFLICT
    message_id = "settings.already_so"
