"""Who is being answered right now, and what the last answers were to: in memory, never on disk."""

from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bot.cogs.chat.errors import Busy, ChannelBusy
from bot.cogs.chat.surface import Surface

PER_CHANNEL = 3
REMEMBERED = 500  # answers


@dataclass
class Draft:
    """A question, and every answer it got so far."""

    model: str
    content: str | list[dict[str, Any]]
    quote: str
    hidden: bool
    channel_id: int
    answers: list[str] = field(default_factory=list)
    endings: list[str] = field(default_factory=list)  # what stands below each answer
    surface: Surface | None = None  # where the latest one is


class Answers:
    """The answers of this process; one running answer a member, a few a channel."""

    def __init__(self) -> None:
        self._members: set[int] = set()
        self._channels: Counter[int] = Counter()
        self._drafts: OrderedDict[int, Draft] = OrderedDict()

    @contextmanager
    def place(self, user_id: int, channel_id: int) -> Iterator[None]:
        """Hold the member's and the channel's place; raises Busy or ChannelBusy."""
        if user_id in self._members:
            raise Busy
        if self._channels[channel_id] >= PER_CHANNEL:
            raise ChannelBusy
        self._members.add(user_id)
        self._channels[channel_id] += 1
        try:
            yield
        finally:
            self._members.discard(user_id)
            self._channels[channel_id] -= 1
            if not self._channels[channel_id]:
                del self._channels[channel_id]

    def remember(self, number: int, draft: Draft) -> None:
        """Keep a draft by the number of its interaction; the oldest goes."""
        self._drafts[number] = draft
        self._drafts.move_to_end(number)
        while len(self._drafts) > REMEMBERED:
            self._drafts.popitem(last=False)

    def recall(self, number: int) -> Draft | None:
        """Return the draft of an interaction, if it is still known."""
        return self._drafts.get(number)
