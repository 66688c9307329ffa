"""The messages of one answer, brought to a layout by as few writes as will do."""

import asyncio
import io
import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import aiohttp
import discord

from bot.cogs.chat.layout import Layout
from bot.cogs.chat.pace import Pace

log = logging.getLogger(__name__)
TOO_MANY, SLOW_MODE = 429, 20016  # a status, a code
SHUT = {10003, 50083, 160005}  # Discord's codes: unknown channel, archived thread, locked thread
WHOLE = "answer.md"
TROUBLE = (discord.HTTPException, aiohttp.ClientError, OSError)  # what a write may raise


class Gone(Exception):
    """The answer's message was deleted, or cannot be reached: there is nobody to write for."""


class Shut(Gone):
    """Nothing may be written there any more: whoever asked is told elsewhere."""


class Sheet(ABC):
    """The messages of one answer; a part that does not change is not written again."""

    def __init__(self) -> None:
        """Begin without a message."""
        self.noted: Callable[[int], Awaitable[None]] | None = None  # is told of the first message
        self._before: Sheet | None = None
        self._messages: list[discord.PartialMessage] = []
        self._shown: list[str] = []

    @property
    def begun(self) -> bool:
        """Say whether anything was shown yet."""
        return bool(self._messages)

    @property
    def crowd(self) -> int:
        """Return how many answers share the writing, this one among them."""
        return 1

    @property
    @abstractmethod
    def bound(self) -> bool:
        """Say whether the messages have to be over in `seconds_left`."""

    @property
    @abstractmethod
    def seconds_left(self) -> float:
        """Return how long the quick way to write is open."""

    @property
    @abstractmethod
    def attaches(self) -> bool:
        """Say whether files may be attached."""

    @property
    @abstractmethod
    def threads(self) -> bool:
        """Say whether a thread can hang on the answer."""

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until it is this answer's turn to write."""
        yield

    @asynccontextmanager
    async def waiting(self) -> AsyncIterator[None]:
        """Show meanwhile that something will come."""
        yield

    @abstractmethod
    def leave(self) -> None:
        """Share the writing no longer."""

    def take_over(self, before: "Sheet | None") -> None:
        """Let the first write clear away what another sheet wrote below the first message."""
        self._before = before

    async def show(self, layout: Layout, view: discord.ui.View | None) -> None:
        """Bring the messages to this layout, the buttons under the first; raises Gone."""
        if self._before is not None:
            before, self._before = self._before, None
            await before.keep(1)
        first, *others = layout.parts
        if not self.begun:
            await self._first(first, view, layout)
            view = None
        for at, part in enumerate(others, start=1):
            await self._other(at, part)
        if view is not None or self._shown[0] != first:  # last: its buttons say that all is there
            await self._first(first, view, layout)
        await self.keep(len(layout.parts))

    async def show_surely(self, layout: Layout, view: discord.ui.View, pace: Pace) -> bool:
        """Show something that has to arrive: try again while Discord is away; raises Gone.

        False where it was given up.
        """
        for wait in (*pace.retries, None):
            try:
                async with self.turn(), asyncio.timeout(pace.patience):
                    await self.show(layout, view)
                    return True
            except TROUBLE as trouble:
                if not passes(trouble):
                    raise
                what = type(trouble).__name__
            if wait is None:
                log.error("the end of an answer was lost: %s", what)
                break
            log.warning("the end of an answer waits %g s: %s", wait, what)
            await asyncio.sleep(wait)
        return False

    async def keep(self, count: int) -> None:
        """Delete every message after the first `count`."""
        surplus = self._messages[count:]
        del self._messages[count:], self._shown[count:]
        for message in surplus:
            # One that is gone, or that nobody may delete any more, is no loss.
            with suppress(Gone, *TROUBLE):
                await self._delete(message)

    async def _first(self, part: str, view: discord.ui.View | None, layout: Layout) -> None:
        def new() -> dict[str, Any]:
            if view is None:
                return {"content": part}
            # Buttons come with the first write and the last: what was attached before goes too.
            return {"content": part, "view": view, "files": files_of(layout)}

        if self._messages:
            await self._rewrite(self._messages[0], new)
            self._shown[0] = part
            return
        made = await self._write(new)
        self._messages.append(self.as_bot(made))
        self._shown.append(_arrived(part, made))
        if self.noted is not None:
            await self.noted(made.id)

    async def _other(self, at: int, part: str) -> None:
        """Bring one of the messages below the first to its part."""
        if at >= len(self._messages):
            made = await self._append(self._messages[-1], part)
            self._messages.append(self.as_bot(made))
            self._shown.append(_arrived(part, made))
        elif self._shown[at] != part:
            await self._edit(self._messages[at], part)
            self._shown[at] = part

    @abstractmethod
    def as_bot(self, message: discord.Message) -> discord.PartialMessage:
        """Return a message as the bot's own token reaches it."""

    @abstractmethod
    async def _write(self, new: Callable[[], dict[str, Any]]) -> discord.Message:
        """Write the first message; `files` in what is new are for each try anew."""

    @abstractmethod
    async def _rewrite(
        self, message: discord.PartialMessage, new: Callable[[], dict[str, Any]]
    ) -> None:
        """Change the first message."""

    @abstractmethod
    async def _append(self, before: discord.PartialMessage, part: str) -> discord.Message:
        """Write one more message, a silent reply to the one before."""

    @abstractmethod
    async def _edit(self, message: discord.PartialMessage, part: str) -> None:
        """Change what a later message says."""

    @abstractmethod
    async def _delete(self, message: discord.PartialMessage) -> None:
        """Delete a message."""


@contextmanager
def reaching() -> Iterator[None]:
    """Raise Gone or Shut where Discord says that a message or its place is there no more."""
    try:
        yield
    except discord.HTTPException as refusal:
        if isinstance(refusal, discord.Forbidden) or refusal.code in SHUT:
            raise Shut from refusal
        if isinstance(refusal, discord.NotFound):
            raise Gone from refusal
        raise


async def reply_below(message: discord.PartialMessage, part: str, **more: Any) -> discord.Message:
    """Write a silent reply as the bot."""
    with reaching():
        return await message.channel.send(part, silent=True, suppress_embeds=True, **more)


def files_of(layout: Layout) -> list[discord.File]:
    """Return the files to send; each try needs its own."""
    files = [
        discord.File(io.BytesIO(file.data), file.name, description=file.alt or None)
        for file in layout.files
    ]
    if layout.whole is not None:
        files.append(discord.File(io.BytesIO(layout.whole.encode()), WHOLE))
    return files


def passes(trouble: BaseException) -> bool:
    """Say whether trying again makes sense."""
    if not isinstance(trouble, discord.HTTPException):
        return True
    return trouble.status >= 500 or trouble.status == TOO_MANY or trouble.code == SLOW_MODE


def _arrived(part: str, made: discord.Message) -> str:
    """Return what a new message says: a repeated send gives the one that arrived before."""
    return part if made.content == part.strip() else made.content
