"""Answers one question: what comes on one side, the growing message on the other."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field

import discord

from bot.cogs.chat import below
from bot.cogs.chat.below import Over
from bot.cogs.chat.choosing import Choosing
from bot.cogs.chat.desk import Answers, Draft
from bot.cogs.chat.errors import Busy, NoGoingOn, NotRunning, PlaceShut, TooOld
from bot.cogs.chat.lanes import Lanes
from bot.cogs.chat.live import LiveAnswer
from bot.cogs.chat.marks import Mark
from bot.cogs.chat.pace import USUAL, Pace
from bot.cogs.chat.runs import Order, Run
from bot.cogs.chat.seam import kept
from bot.cogs.chat.sheet import Gone, Sheet, Shut
from bot.cogs.chat.surface import Surface
from bot.core.clock import Clock
from bot.members.people import Person
from bot.relay.caller import Callers
from bot.relay.unfinished import Unfinished, Where


@dataclass(frozen=True)
class Answering:
    """Runs answers, stops them, and leafs through what was answered."""

    callers: Callers
    choosing: Choosing
    unfinished: Unfinished
    clock: Clock
    pace: Pace = USUAL
    answers: Answers = field(default_factory=Answers)
    lanes: Lanes = field(default_factory=Lanes)
    runs: dict[int, Run] = field(default_factory=dict)  # by the draft's number

    async def run(
        self, interaction: discord.Interaction, person: Person, number: int, draft: Draft
    ) -> None:
        """Stream an answer to the draft into the acknowledged interaction."""
        await self._click(interaction, person, number, draft, Order(draft.question, interaction.id))

    async def again(
        self, interaction: discord.Interaction, person: Person, number: int, model: str | None
    ) -> None:
        """Stream another answer into the acknowledged click, maybe of another model."""
        draft = self.recalled(number)
        question = draft.question
        if model is not None:
            if draft.chat is None:
                raise NoGoingOn
            chosen = self.choosing.model(model, web=False, sees=draft.chat.sees)
            question = draft.chat.by(chosen.id)
        await self._click(interaction, person, number, draft, Order(question, interaction.id))

    async def go_on(
        self, interaction: discord.Interaction, person: Person, number: int, page: int
    ) -> None:
        """Stream the rest of an answer that broke off into the acknowledged click."""
        draft = self.recalled(number)
        version = draft.version(page)
        if draft.chat is None or not version.more:
            raise NoGoingOn
        before = kept(version.text)
        question = draft.chat.by(version.model).going_on(before)
        order = Order(question, interaction.id, page, before, version.cost)
        await self._click(interaction, person, number, draft, order)

    async def write(
        self, person: Person, number: int, draft: Draft, order: Order, sheet: Sheet, where: Where
    ) -> None:
        """Stream an answer onto a sheet."""
        arrived = self.clock.now()
        draft.asker = draft.asker or person.discord_id
        with self.answers.place(person.discord_id, draft), _leaving(sheet):
            caller = await self.callers.by_person(person)
            async with draft.turn, self._noted(sheet, where) as run, AsyncExitStack() as stack:
                async with sheet.waiting():
                    asked = order.question.asked(caller, order.call, arrived)
                    run.answer = await stack.enter_async_context(asked)
                sheet.take_over(draft.surface)
                draft.surface = sheet
                if order.page is None:
                    draft.question = order.question
                self.answers.remember(number, draft)
                await self._show(number, draft, order, run, sheet)

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
        version = draft.version(page)
        await interaction.response.defer()
        async with draft.turn:
            surface = self._surface(interaction, draft)
            surface.take_over(draft.surface)
            draft.surface = surface
            layout = version.layout(draft.quote, attaches=surface.attaches)
            with suppress(Gone), _leaving(surface):
                view = self._below(number, draft, page, surface)
                await surface.show_surely(layout, view, self.pace)

    async def drop(self, number: int) -> bool:
        """Delete the later messages of an answer and forget it; False where it is not known."""
        if (draft := self.answers.recall(number)) is None or draft.surface is None:
            return False
        if (run := self.runs.get(number)) is not None:
            run.stop()
        async with draft.turn:
            await draft.surface.keep(1)
            self.answers.forget(number)
        return True

    async def _click(
        self,
        interaction: discord.Interaction,
        person: Person,
        number: int,
        draft: Draft,
        order: Order,
    ) -> None:
        surface = self._surface(interaction, draft)
        where = Where(
            interaction.guild_id,
            interaction.channel_id or 0,
            surface.message_id or 0,
            interaction.token,
        )
        await self.write(person, number, draft, order, surface, where)

    def _surface(self, interaction: discord.Interaction, draft: Draft) -> Surface:
        return Surface(interaction, self.clock, draft.hidden, self.pace.token, self.lanes)

    @asynccontextmanager
    async def _noted(self, sheet: Sheet, where: Where) -> AsyncIterator[Run]:
        """Note where it is written, until it is over; what never arrived is left to a restart."""
        number, run = await self.unfinished.begun(where), Run()

        async def moved(message_id: int) -> None:
            if message_id != where.message_id:
                await self.unfinished.moved(number, message_id)

        sheet.noted = moved
        left = True  # by a cancellation: the process ends
        try:
            yield run
            left = not run.arrived
        except Exception:
            left = run.shown and not run.arrived
            raise
        finally:
            if not left:
                await self.unfinished.over(number)

    async def _show(self, number: int, draft: Draft, order: Order, run: Run, sheet: Sheet) -> None:
        stop = below.running(Mark(draft.asker, number))
        run.shown = True
        async with LiveAnswer(
            sheet, draft.quote, stop, self.pace, gone=run.stop, before=order.before
        ) as live:
            try:
                with self._stoppable(number, run, sheet):
                    why = await run.read(live)
            except (
                Exception
            ):  # a fault of ours: what is there stays, and no Stop that stops nothing
                await self._end(number, draft, order, run, live, run.broke_off())
                raise
            await self._end(number, draft, order, run, live, why)
        if isinstance(live.lost, Shut):
            raise PlaceShut(place=f"<#{draft.channel_id}>")

    async def _end(
        self, number: int, draft: Draft, order: Order, run: Run, live: LiveAnswer, why: str
    ) -> None:
        version = run.version(order, live, why)
        page = order.page
        if page is None:
            draft.versions.append(version)
            page = len(draft.versions)
        else:
            draft.versions[page - 1] = version
        sheet = live.surface
        layout = version.layout(draft.quote, attaches=sheet.attaches)
        await live.finish(layout, self._below(number, draft, page, sheet))
        run.arrived = live.arrived

    def _below(self, number: int, draft: Draft, page: int, sheet: Sheet) -> discord.ui.View:
        """Draw the buttons below one of a draft's answers."""
        version, chat = draft.version(page), draft.chat
        over = Over(
            page=page,
            pages=len(draft.versions),
            more=version.more,
            threads=sheet.threads and chat is not None,
            models=self.choosing.menu(version.model, sees=chat.sees) if chat else (),
        )
        return below.over(Mark(draft.asker, number), over)

    @contextmanager
    def _stoppable(self, number: int, run: Run, sheet: Sheet) -> Iterator[None]:
        """Let Stop reach the answer, and the end of the token's time where that matters."""
        late = None
        if sheet.bound:
            loop = asyncio.get_running_loop()
            late = loop.call_later(sheet.seconds_left, lambda: run.stop(late=True))
        self.runs[number] = run
        try:
            yield
        finally:
            del self.runs[number]
            if late is not None:
                late.cancel()


@contextmanager
def _leaving(sheet: Sheet) -> Iterator[None]:
    try:
        yield
    finally:
        sheet.leave()
