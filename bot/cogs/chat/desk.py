"""Who is being answered right now, and what the last answers were to: in memory, never on disk."""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bot.cogs.chat.errors import Busy, ChannelBusy, TooOld
from bot.cogs.chat.layout import Layout, finished
from bot.cogs.chat.questions import ChatQuestion, Question
from bot.cogs.chat.sheet import Sheet

PER_CHANNEL = 3
REMEMBERED = 500  # answers
CHARACTERS = 16_000_000  # of all that is remembered


@dataclass(frozen=True, slots=True)
class Version:
    """One answer to a draft, and what stands below it; `more`: it can be gone on from."""

    text: str
    ending: str
    model: str
    more: bool = False
    cost: int = 0

    def layout(self, quote: str, *, attaches: bool = True) -> Layout:
        """Lay it out below the quote of its question."""
        return finished(quote, self.text, self.ending, attaches=attaches)


@dataclass
class Draft:
    """A question, and every answer it got so far."""

    question: Question
    quote: str  # what stands above a public answer
    hidden: bool
    channel_id: int
    asker: int = 0  # a Discord id; 0 until it is asked
    versions: list[Version] = field(default_factory=list)
    surface: Sheet | None = None  # where the latest one is
    writing: bool = False
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)  # of whoever changes the messages

    def version(self, page: int) -> Version:
        """Return one of the answers, counted from 1; raises TooOld."""
        if not 1 <= page <= len(self.versions):
            raise TooOld
        return self.versions[page - 1]

    @property
    def chat(self) -> ChatQuestion | None:
        """Return the question where it is one of a conversation."""
        return self.question if isinstance(self.question, ChatQuestion) else None

    @property
    def length(self) -> int:
        """Return how many characters it keeps in memory."""
        asked = self.chat.length if self.chat else 0
        return asked + sum(len(version.text) for version in self.versions)


class Answers:
    """The answers of this process; one running answer a member, a few a channel."""

    def __init__(self) -> None:
        self._members: set[int] = set()
        self._channels: Counter[int] = Counter()
        self._drafts: OrderedDict[int, Draft] = OrderedDict()

    @contextmanager
    def place(self, user_id: int, draft: Draft) -> Iterator[None]:
        """Hold the member's and the channel's place; raises Busy or ChannelBusy."""
        if user_id in self._members or draft.writing:
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
        """Keep a draft by its number; the oldest go."""
        self._drafts[number] = draft
        self._drafts.move_to_end(number)
        kept = sum(each.length for each in self._drafts.values())
        while len(self._drafts) > 1 and (len(self._drafts) > REMEMBERED or kept > CHARACTERS):
            _, oldest = self._drafts.popitem(last=False)
            kept -= oldest.length

    def recall(self, number: int) -> Draft | None:
        """Return the draft of a number, if it is still known."""
        return self._drafts.get(number)

    def forget(self, number: int) -> None:
        """Know a draft no longer."""
        self._drafts.pop(number, None)
