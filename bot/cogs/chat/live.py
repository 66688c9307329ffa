"""An answer that grows by edits: one writer, latest wins, so reading never waits for Discord."""

import asyncio
import logging
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import aiohttp
import discord

from bot.cogs.chat.split import split
from bot.cogs.chat.surface import Gone, Surface
from bot.words.say import say

log = logging.getLogger(__name__)
SPACING = (1.0, 1.5, 2.0, 2.5)  # seconds between edits, the last for all that follow
FIRST_WAIT = 1.0  # seconds after the first token, unless a sentence is whole before
NEW = 40  # characters worth an edit, unless there is a new line
MOST_PARTS = 4  # more become a file
LONGEST = 2_000  # characters, Discord's limit of a message
CURSOR = " ▍"
_SENTENCE = re.compile(r"[.!?…](\s|$)|\n")


@dataclass
class LiveAnswer:
    """Shows a growing text on a surface; `gone` is called once its message was deleted."""

    surface: Surface
    quote: str  # stands above the answer, empty for none
    stop: discord.ui.View  # the buttons while it runs
    gone: Callable[[], None]
    _text: str = ""
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _writer: asyncio.Task[None] | None = None

    def grow(self, more: str) -> None:
        """Take the next piece; never waits."""
        if self._writer is None and more:
            self._writer = asyncio.create_task(self._write(), name="live answer")
        self._text += more
        self._changed.set()

    @property
    def text(self) -> str:
        """Return what has arrived so far."""
        return self._text

    async def finish(self, ending: str, view: discord.ui.View) -> None:
        """Show the whole text with what is said at its end; this edit always happens."""
        if self._writer is not None:
            self._writer.cancel()
            with suppress(asyncio.CancelledError):
                await self._writer
        body = f"{self.quote}{self._text.rstrip()}"
        parts = split(body)
        if len(parts) > MOST_PARTS:
            await self.surface.clear()
            note = f"\n-# {say('chat.file')}"
            await self._last(_with(parts[:1], f"{note}{ending}"), view, whole=self._text)
        else:
            await self._last(_with(parts, ending), view)

    async def _last(
        self, parts: list[str], view: discord.ui.View, whole: str | None = None
    ) -> None:
        try:
            await self.surface.show(parts, view, whole)
        except Gone:
            self.gone()

    async def _write(self) -> None:
        """Write the newest text again and again, never more often than the spacing says."""
        loop = asyncio.get_running_loop()
        first = loop.time() + FIRST_WAIT
        while not _SENTENCE.search(self._text) and (left := first - loop.time()) > 0:
            self._changed.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), left)
        shown, edits = 0, 0
        while True:
            fresh = self._text[shown:]
            if len(fresh) >= NEW or "\n" in fresh or (not shown and fresh):
                shown = len(self._text)
                if not await self._show():
                    return
                await asyncio.sleep(SPACING[min(edits, len(SPACING) - 1)])
                edits += 1
            else:
                self._changed.clear()
                await self._changed.wait()

    async def _show(self) -> bool:
        """Show what is there; False once nothing more can be shown."""
        parts = split(f"{self.quote}{self._text}")[:MOST_PARTS]
        if not parts:
            return True
        view = self.stop if not self.surface.begun else None
        try:
            await self.surface.show(_with(parts, CURSOR), view)
        except Gone:
            self.gone()
            return False
        except (discord.HTTPException, aiohttp.ClientError, OSError) as trouble:
            # The next edit shows it all; only the last one has to arrive.
            log.info("an edit of an answer was lost: %s", type(trouble).__name__)
        return True


def _with(parts: list[str], ending: str) -> list[str]:
    """Put a few words at the end of the last part, or below it where they do not fit."""
    *before, last = parts or [""]
    if len(last) + len(ending) > LONGEST:
        return [*before, last, ending.strip()]
    return [*before, f"{last}{ending}"]
