"""A line that says how far something is: shown when it takes a while, edited now and then."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from bot.cogs.chat.layout import Layout
from bot.cogs.chat.pace import Pace
from bot.cogs.chat.sheet import TROUBLE, Gone
from bot.cogs.chat.surface import Surface
from bot.words.phrase import Phrase
from bot.words.say import spoken

log = logging.getLogger(__name__)


@dataclass
class Progress:
    """Shows the newest line below a quote; once it was left, nothing of it is on its way."""

    surface: Surface
    quote: str
    pace: Pace
    _line: str | Phrase = ""
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _writer: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._writer = asyncio.create_task(self._write(), name="progress")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._writer is not None, "it was entered"
        self._over.set()
        self._changed.set()
        # An edit that is on its way is waited for: Discord might take it after the last one.
        await asyncio.wait([self._writer])

    def say(self, line: str | Phrase) -> None:
        """Let this be the line; never waits. Said by somebody else's task, it is a phrase."""
        self._line = line
        self._changed.set()

    async def _write(self) -> None:
        shown: str | Phrase = ""
        wait = self.pace.first
        with suppress(Gone):  # whoever deleted it wants to know no more
            while not await self._ends_within(wait):
                if self._line == shown:
                    self._changed.clear()
                    await self._changed.wait()
                    wait = 0.0
                else:
                    shown, wait = self._line, self.pace.progress
                    await self._show(spoken(shown))

    async def _ends_within(self, seconds: float) -> bool:
        if not self._over.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._over.wait()
        return self._over.is_set()

    async def _show(self, line: str) -> None:
        try:
            async with asyncio.timeout(self.pace.patience):
                await self.surface.show(Layout([f"{self.quote}{line}"]), None)
        except TROUBLE as trouble:
            log.info("a line of progress was lost: %s", type(trouble).__name__)
