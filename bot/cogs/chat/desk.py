"""Who is being answered right now, and what the last answers were to: in memory, never on disk."""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bot.cogs.chat.errors import Busy, ChannelBusy
from bot.cogs.chat.layout import Layout, finished
from bot.cogs.chat.questions import Question
from bot.cogs.chat.surface import Surface

PER_CHANNEL = 3
REMEMBERED = 500  # answers


@dataclass(frozen=True, slots=True)
class Version:
    """One answer to a draft, and what stands below it."""

    text: str
    ending: str

    def layout(self, quote: str) -> Layout:
        """Lay it out below the quote of its question."""
        return finished(quote, self.text, self.ending)


@dataclass
class Draft:
    """A question, and every answer it got so far."""

    question: Question
    quote: str  # what stands above a public answer
    hidden: bool
    channel_id: int
    versions: list[Version] = field(default_factory=list)
    surface: Surface | None = None  # where the latest one is
    writing: bool = False
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)  # of whoever changes the messages


class Answers:
    """The answers of this process; one running answer a member, a few a channel."""

    def __init__(self) -> None:
        self._members: set[int] = set()
        self._channels: Counter[int] = Counter()
        self._drafts: OrderedDict[int, Draft] = OrderedDict()

    @contextmanager
    def place(self, user_id: int, draft: Draft) -> Iterator[None]:
        """Hold the member's and the channel's place; raises Busy or ChannelBusy."""
        if user_id in self._members:
            raise Busy
        if self._channels[draft.channel_id] >= PER_CHANNEL:
            raise ChannelBusy
        self._members.add(user_id)
        self._channels[draft.channel_id] += 1
        draft.writing = True
        try:
            yield
        finally:
            draft.writing = False
            self._members.discard(user_id)
            self._channels[draft.channel_id] -= 1
            if not self._channels[draft.channel_id]:
                del self._channels[draft.channel_id]

    def remember(self, number: int, draft: Draft) -> None:
        """Keep a draft by the number of its interaction; the oldest goes."""
        self._drafts[number] = draft
        self._drafts.move_to_end(number)
        while len(self._drafts) > REMEMBERED:
            self._drafts.popitem(last=False)

    def recall(self, number: int) -> Draft | None:
        """Return the draft of an interaction, if it is still known."""
        return self._drafts.get(number)
