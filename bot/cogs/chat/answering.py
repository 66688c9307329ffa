"""Answers one question: the relay's stream on one side, the growing message on the other."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import discord

from bot.cogs.chat import below
from bot.cogs.chat.desk import Answers, Draft, Version
from bot.cogs.chat.errors import Busy, NotRunning, TooOld
from bot.cogs.chat.live import LiveAnswer
from bot.cogs.chat.pace import USUAL, Pace
from bot.cogs.chat.pictures import picture_part
from bot.cogs.chat.surface import Gone, Surface
from bot.core.clock import Clock
from bot.members.people import Person
from bot.relay.ask import ChatAsk
from bot.relay.caller import Callers
from bot.relay.errors import StreamIncomplete
from bot.relay.running import Stop
from bot.relay.service import Relay
from bot.relay.streamed import Streamed
from bot.words.say import say

ENDPOINT = "discord.chat"


@dataclass
class Run:
    """One answer while it is written; `late`: the token's time is up."""

    stream: Streamed
    late: bool = False

    def stop(self, *, late: bool = False) -> None:
        """Break the answer off."""
        self.late = self.late or late
        self.stream.stop(Stop.ASKED)

    @property
    def why(self) -> str:
        """Say why the answer broke off."""
        return say("chat.late") if self.late else below.broken_off(self.stream.stopped)


@dataclass(frozen=True)
class Answering:
    """Runs answers, stops them, and leafs through what was answered."""

    relay: Relay
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
            ask = ChatAsk(ENDPOINT, await _body(draft), f"discord_{interaction.id}", arrived)
            async with draft.turn, self.relay.stream(caller, ask) as stream:
                surface.take_over(draft.surface)
                draft.surface = surface
                self.answers.remember(number, draft)
                await self._show(number, draft, Run(stream), surface)

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
        ending = below.ending(draft.model, why, run.stream.settled)
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
    """Read the stream to its end, settled; return why it broke off, if it did."""
    try:
        async for chunk in run.stream:
            if text := _text(chunk):
                live.grow(text)
    except StreamIncomplete:
        return run.why
    return ""


async def _body(draft: Draft) -> dict[str, Any]:
    """Return what is asked of the relay."""
    content: str | list[dict[str, Any]] = draft.prompt
    if draft.image is not None:
        content = [{"type": "text", "text": draft.prompt}, await picture_part(draft.image)]
    messages = [{"role": "user", "content": content}]
    return {"model": draft.model, "messages": messages, "stream": True}


def _text(chunk: dict[str, Any]) -> str:
    """Return the text that a chunk adds to the answer; upstreams send odd ones too."""
    choices = chunk.get("choices")
    for choice in choices if isinstance(choices, list) else ():
        delta = choice.get("delta") if isinstance(choice, dict) else None
        if isinstance(delta, dict):
            text = delta.get("content") or delta.get("refusal")
            if isinstance(text, str):
                return text
    return ""
