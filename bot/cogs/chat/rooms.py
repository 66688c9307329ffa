"""In which places no mention is needed, and who was told once that one is."""

from collections import OrderedDict
from dataclasses import dataclass, field

REMEMBERED = 5_000


@dataclass(frozen=True)
class Rooms:
    """What this process knows of threads; those that the bot started are known by Discord."""

    _open: OrderedDict[int, int] = field(default_factory=OrderedDict)  # thread: who talks there
    _told: OrderedDict[tuple[int, int], None] = field(default_factory=OrderedDict)

    def open(self, thread_id: int, user_id: int) -> None:
        """Note that somebody ran /chat in a thread."""
        self._open[thread_id] = user_id
        self._open.move_to_end(thread_id)
        if len(self._open) > REMEMBERED:
            self._open.popitem(last=False)

    def heard(self, thread_id: int, user_id: int) -> bool:
        """Say whether a thread is one person's talk with the bot; others' words end that."""
        if (talker := self._open.get(thread_id)) is None:
            return False
        if talker != user_id:
            del self._open[thread_id]
        return talker == user_id

    def first_time(self, channel_id: int, user_id: int) -> bool:
        """Say whether somebody is told something there for the first time, and note it."""
        if (key := (channel_id, user_id)) in self._told:
            return False
        self._told[key] = None
        if len(self._told) > REMEMBERED:
            self._told.popitem(last=False)
        return True
