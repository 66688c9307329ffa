"""One answer while it is written: what was ordered, how it is stopped, what becomes of it."""

from dataclasses import dataclass

from bot.cogs.chat import below
from bot.cogs.chat.desk import Version
from bot.cogs.chat.live import LiveAnswer
from bot.cogs.chat.questions import Answer, ChatAnswer, Question
from bot.relay.errors import StreamIncomplete
from bot.relay.running import Stop
from bot.words.say import say

FINAL = (Stop.SUSPENDED, Stop.LEAVING)  # after these nothing goes on


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be written.

    `page`: the answer that is gone on from, whose text so far is `before`; None: a new one.
    """

    question: Question
    call: int  # the number of the message or interaction that asks
    page: int | None = None
    before: str = ""
    cost: int = 0  # what the text so far has cost


@dataclass
class Run:
    """An answer while it is written; `late`: the token's time is up."""

    answer: Answer | None = None  # None: nothing has come yet
    late: bool = False
    shown: bool = False  # some of it may be there to be read
    arrived: bool = False  # its end is

    def stop(self, *, late: bool = False) -> None:
        """Break the answer off."""
        self.late = self.late or late
        if self.answer is not None:
            self.answer.stop(Stop.ASKED)

    async def read(self, live: LiveAnswer) -> str:
        """Read the answer to its end, settled; return why it broke off, if it did."""
        assert self.answer is not None, "it has begun"
        try:
            async for text in self.answer:
                if text:
                    live.grow(text)
        except StreamIncomplete:
            return self.broke_off()
        return ""

    def version(self, order: Order, live: LiveAnswer, why: str) -> Version:
        """Return what is there in the end, and what stands below it."""
        assert self.answer is not None, "it has begun"
        notes: list[str] = []
        more = False
        if isinstance(self.answer, ChatAnswer):
            more = bool(live.text) and self.answer.stopped not in FINAL
            more = more and bool(why or self.answer.short)
            notes += self.answer.notes
            if self.answer.short and live.text and not why:
                why = say("chat.length")
        settled = self.answer.settled
        cost = order.cost
        if settled is not None:
            cost += settled.cost
            settled = settled._replace(cost=cost)
        model = order.question.model
        ending = below.ending(model, "\n".join(filter(None, [why, *notes])), settled)
        return Version(live.text or say("chat.empty"), ending, model, more, cost)

    def broke_off(self) -> str:
        """Say why the answer broke off."""
        assert self.answer is not None, "it has begun"
        stopped = self.answer.stopped
        goes_on = isinstance(self.answer, ChatAnswer)
        if not goes_on and (self.late or stopped in (None, Stop.TIME)):
            return say("chat.cut.search")
        return say("chat.late") if self.late else below.broken_off(stopped)
