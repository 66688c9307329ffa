"""Answers one question: what comes on one side, the growing message on the other."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import discord

from bot.cogs.chat import below
from bot.cogs.chat.desk import Answers, Draft, Version
from bot.cogs.chat.errors import Busy, NotRunning, TooOld
from bot.cogs.chat.live import LiveAnswer
from bot.cogs.chat.pace import USUAL, Pace
from bot.cogs.chat.questions import Answer
from bot.cogs.chat.surface import Gone, Surface
from bot.core.clock import Clock
from bot.members.people import Person
from bot.relay.caller import Callers
from bot.relay.errors import StreamIncomplete
from bot.relay.running import Stop
from bot.words.say import say


@dataclass
class Run:
    """One answer while it is written; `late`: the token's time is up."""

    answer: Answer
    late: bool = False

    def stop(self, *, late: bool = False) -> None:
        """Break the answer off."""
        self.late = self.late or late
        self.answer.stop(Stop.ASKED)

    @property
    def why(self) -> str:
        """Say why the answer broke off."""
        return say("chat.late") if self.late else below.broken_off(self.answer.stopped)


@dataclass(frozen=True)
class Answering:
    """Runs answers, stops them, and leafs through what was answered."""

    callers: Callers
    clock: Clock
    pace: Pace = USUAL
    answers: Answers = field(default_factory=Answers)
    runs: dict[int, Run] = field(default_factory=dict)  # by the draft's number

    async def run(
        self, interaction: discord.Interaction, person: Person, number: int, draft: Draft
    ) -> None:
        """Stream an answer to the draft into the acknowledged interaction."""
        arrived, surface = self.clock.now(), self._surface(interaction, draft)
        with self.answers.place(interaction.user.id, draft):
            caller = await self.callers.by_person(person)
            asked = draft.question.asked(caller, interaction.id, arrived)
            async with draft.turn, asked as answer:
                surface.take_over(draft.surface)
                draft.surface = surface
                self.answers.remember(number, draft)
                await self._show(number, draft, Run(answer), surface)

    def recalled(self, number: int) -> Draft:
        """Return a draft that may be answered again; raises TooOld."""
        if (draft := self.answers.recall(number)) is None:
            raise TooOld
        return draft

    def stop(self, number: int) -> None:
        """Stop a running answer; raises NotRunning if it is over."""
        if (run := self.runs.get(number)) is None:
            raise NotRunning
        run.stop()

    async def turn(self, interaction: discord.Interaction, number: int, page: int) -> None:
        """Show another of a draft's answers; acknowledges the click."""
        draft = self.recalled(number)
        if draft.writing:
            raise Busy
        if not 1 <= page <= len(draft.versions):
            raise TooOld
        await interaction.response.defer()
        async with draft.turn:
            surface = self._surface(interaction, draft)
            surface.take_over(draft.surface)
            draft.surface = surface
            layout = draft.versions[page - 1].layout(draft.quote)
            view = below.over(interaction.user.id, number, page, len(draft.versions))
            with suppress(Gone):
                await surface.show_surely(layout, view, self.pace)

    def _surface(self, interaction: discord.Interaction, draft: Draft) -> Surface:
        return Surface(interaction, self.clock, draft.hidden, self.pace.token)

    async def _show(self, number: int, draft: Draft, run: Run, surface: Surface) -> None:
        stop = below.running(surface.interaction.user.id, number)
        async with LiveAnswer(surface, draft.quote, stop, self.pace, gone=run.stop) as live:
            try:
                with self._stoppable(number, run, surface):
                    why = await _read(run, live)
            except (
                Exception
            ):  # a fault of ours: what is there stays, and no Stop that stops nothing
                await self._end(number, draft, run, live, say("chat.cut"))
                raise
            await self._end(number, draft, run, live, why)

    async def _end(self, number: int, draft: Draft, run: Run, live: LiveAnswer, why: str) -> None:
        ending = below.ending(draft.question.model, why, run.answer.settled)
        version = Version(live.text or say("chat.empty"), ending)
        draft.versions.append(version)
        pages = len(draft.versions)
        owner = live.surface.interaction.user.id
        view = below.over(owner, number, pages, pages)
        await live.finish(version.layout(draft.quote), view)

    @contextmanager
    def _stoppable(self, number: int, run: Run, surface: Surface) -> Iterator[None]:
        """Let Stop reach the answer, and the end of the token's time where that matters."""
        late = None
        if surface.bound:
            loop = asyncio.get_running_loop()
            late = loop.call_later(surface.seconds_left, lambda: run.stop(late=True))
        self.runs[number] = run
        try:
            yield
        finally:
            del self.runs[number]
            if late is not None:
                late.cancel()


async def _read(run: Run, live: LiveAnswer) -> str:
    """Read the answer to its end, settled; return why it broke off, if it did."""
    try:
        async for text in run.answer:
            if text:
                live.grow(text)
    except StreamIncomplete:
        return run.why
    return ""
