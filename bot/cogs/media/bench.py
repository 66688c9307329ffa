"""Where things are made: in line, with a line of progress, and shown whatever becomes of them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

import discord

from bot.cogs.buttons import rows
from bot.cogs.chat.errors import discreet
from bot.cogs.chat.layout import LONGEST, Enclosed, Layout, quoted
from bot.cogs.chat.pace import USUAL, Pace
from bot.cogs.chat.sheet import Gone
from bot.cogs.chat.surface import Surface
from bot.cogs.checks import Door
from bot.cogs.media.errors import ContentRefused
from bot.cogs.media.fitting import fitted
from bot.cogs.media.line import Line
from bot.cogs.media.progress import Progress
from bot.cogs.panels import CUT, stamp
from bot.cogs.replies import sentence_of
from bot.core.clock import Clock
from bot.relay.caller import Caller, Callers
from bot.relay.errors import RefusedUpstream, Unanswered
from bot.upstreams.pictures import media_of
from bot.words.phrase import Phrase
from bot.words.say import say

log = logging.getLogger(__name__)
LARGEST_FILE = 10 * 1024 * 1024  # bytes, Discord's limit of a file, whatever else it says
LARGEST_POST = 24 * 1024 * 1024  # bytes of all files: Discord takes 25 MiB a request
LONGEST_QUOTE = 1_500  # characters above what was made
LONGEST_ALT = 1_024  # characters, Discord's limit
TOO_LARGE = 40005  # Discord's code
TRIES = 5  # at a size that Discord takes, each half of the one before


@dataclass(frozen=True)
class Work:
    """Something to be made for whoever asks in an acknowledged interaction."""

    quote: str  # stands above it
    doing: str  # is said while it is made
    job: Callable[[Caller, datetime], Awaitable[Layout]]
    hidden: bool = False
    below: Callable[[], discord.ui.View] = rows  # the buttons, where another try makes sense


@dataclass(frozen=True)
class Bench:
    """Has things of one kind made."""

    callers: Callers
    clock: Clock
    door: Door
    pace: Pace = USUAL
    line: Line = field(default_factory=Line)

    async def work(self, interaction: discord.Interaction, work: Work) -> None:
        """Have something made and show it, or why it was not."""
        surface = Surface(interaction, self.clock, work.hidden, self.pace.token)
        try:
            with discreet(work.hidden or interaction.guild_id is None):
                layout = await self._made(interaction, surface, work)
        except Exception as fault:
            if not surface.begun and not isinstance(fault, Unanswered):
                raise
            await self._fail(surface, work, fault)
        else:
            await self._show(surface, layout, work.below())

    async def _made(self, interaction: discord.Interaction, surface: Surface, work: Work) -> Layout:
        arrived = self.clock.now()
        caller = await self.callers.by_person(self.door.person(interaction))
        async with Progress(surface, work.quote, self.pace) as progress:

            def waits(ahead: int) -> None:
                progress.say(Phrase("media.waiting", {"n": ahead + 1}))

            async with self.line.place(interaction.user.id, waits):
                progress.say(f"{work.doing} {say('media.since', moment=stamp(self.clock.now()))}")
                return await work.job(caller, arrived)

    async def _fail(self, surface: Surface, work: Work, fault: Exception) -> None:
        """Put why nothing was made in the place of what was to be."""
        again = isinstance(fault, Unanswered)
        if isinstance(fault, RefusedUpstream):
            fault = ContentRefused(**fault.params)
        layout = Layout([f"{work.quote}{sentence_of(fault)}"[:LONGEST]])
        await self._send(surface, layout, work.below() if again else rows())

    async def _show(self, surface: Surface, layout: Layout, view: discord.ui.View) -> None:
        """Show what was made; files that Discord finds too large are made smaller."""
        most = largest(surface.interaction, len(layout.files))
        for tries in range(TRIES):
            fitting = await asyncio.to_thread(_fitting, layout, most >> tries)
            try:
                await self._send(surface, fitting, view)
            except discord.HTTPException as refusal:
                if refusal.code != TOO_LARGE:
                    raise
                log.warning("Discord finds files of %d bytes each too large", most >> tries)
            else:
                return
        first, *others = layout.parts
        note = f"{first}\n-# {say('media.no_file')}"[:LONGEST]
        await self._send(surface, Layout([note, *others]), view)

    async def _send(self, surface: Surface, layout: Layout, view: discord.ui.View) -> None:
        with suppress(Gone):  # whoever deleted it does not wait for it
            await surface.show_surely(layout, view, self.pace)


def largest(interaction: discord.Interaction, files: int) -> int:
    """Return how many bytes each of some files may have."""
    told = interaction.filesize_limit or LARGEST_FILE
    return min(told, LARGEST_FILE, LARGEST_POST // max(1, files))


def above(prompt: str) -> str:
    """Return a prompt as it stands above what was made of it, the end of a long one cut."""
    quote = quoted(prompt)
    return quote if len(quote) <= LONGEST_QUOTE else f"{quote[:LONGEST_QUOTE].rstrip()}{CUT}\n"


def alt(text: str) -> str:
    """Return a text as it describes a file for who cannot see or hear it."""
    return text if len(text) <= LONGEST_ALT else text[: LONGEST_ALT - 1] + CUT


def _fitting(layout: Layout, most: int) -> Layout:
    """Return a layout whose pictures have at most `most` bytes each; slow."""
    return replace(layout, files=tuple(_fitted(file, most) for file in layout.files))


def _fitted(file: Enclosed, most: int) -> Enclosed:
    if len(file.data) <= most or media_of(file.data) is None:
        return file
    data = fitted(file.data, most)
    stem, media = file.name.rpartition(".")[0], media_of(data) or ""
    return replace(file, name=f"{stem}.{media.rpartition('/')[2]}", data=data)
