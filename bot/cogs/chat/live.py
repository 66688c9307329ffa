"""An answer that grows by edits: one writer, latest wins, so reading never waits for Discord."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import discord

from bot.cogs.chat.layout import Layout, growing
from bot.cogs.chat.pace import Pace, sentence_in, worth_an_edit
from bot.cogs.chat.seam import joined
from bot.cogs.chat.sheet import TROUBLE, Gone, Sheet

log = logging.getLogger(__name__)


@dataclass
class LiveAnswer:
    """Shows a growing text on a surface; `gone` is called once its message was deleted.

    An edit that is on its way is never cancelled to make room for the last one: Discord might take
    the two in either order.
    """

    surface: Sheet
    quote: str  # stands above the answer, empty for none
    stop: discord.ui.View  # the buttons while it runs
    pace: Pace
    gone: Callable[[], None]
    before: str = ""  # what is gone on from
    lost: Gone | None = None  # why nobody can be shown anything any more
    arrived: bool = False  # its end is there, or nobody is there to see it
    _pieces: list[str] = field(default_factory=list)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _last: tuple[Layout, discord.ui.View] | None = None
    _writer: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._writer = asyncio.create_task(self._write(), name="live answer")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._writer is not None, "it was entered"
        self._writer.cancel()
        await asyncio.wait([self._writer])
        with suppress(asyncio.CancelledError):
            self._writer.exception()  # `finish` has raised it, or `fault` came first

    @property
    def text(self) -> str:
        """Return what is there so far."""
        return joined(self.before, "".join(self._pieces))

    def grow(self, more: str) -> None:
        """Take the next piece; never waits."""
        self._pieces.append(more)
        self._changed.set()

    async def finish(self, layout: Layout, view: discord.ui.View) -> None:
        """Show how it ends; this edit always happens, unless the message is gone."""
        assert self._writer is not None, "it was entered"
        self._last = layout, view
        self._over.set()
        self._changed.set()
        await asyncio.shield(self._writer)

    async def _write(self) -> None:
        """Write the newest text again and again, never more often than the pace says."""
        try:
            await self._first_words()
            shown = edits = 0
            while self._last is None:
                text = self.text
                if edits and not worth_an_edit(text[shown:]) and (shown or not text):
                    await self._change()
                    continue
                shown = await self._grown(shown)
                edits += 1
                with suppress(TimeoutError):
                    async with asyncio.timeout(self.pace.gap(edits) * self.surface.crowd):
                        await self._over.wait()
            self.arrived = await self.surface.show_surely(*self._last, self.pace)
        except Gone as gone:
            self.lost, self.arrived = gone, True
            self.gone()

    async def _first_words(self) -> None:
        """Wait for a whole sentence, but not long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.pace.first):
                while self._last is None and not sentence_in(self.text):
                    await self._change()

    async def _change(self) -> None:
        await self._changed.wait()
        self._changed.clear()

    async def _grown(self, shown: int) -> int:
        """Show what is there once it may be written; return how much of it is shown by then."""
        async with self.surface.turn():
            if self._last is not None:  # its last words come, and show all there is
                return shown
            text, view = self.text, None if self.surface.begun else self.stop
            try:
                async with asyncio.timeout(self.pace.patience):
                    await self.surface.show(growing(self.quote, text), view)
            except TROUBLE as trouble:  # the next edit makes it good
                log.info("an edit of an answer was lost: %s", type(trouble).__name__)
                return shown
            return len(text)
