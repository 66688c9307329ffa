"""Answers one question: the relay's stream on one side, the growing message on the other."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import discord

from bot.cogs.buttons import button, rows
from bot.cogs.chat.desk import Answers, Draft
from bot.cogs.chat.live import LiveAnswer
from bot.cogs.chat.surface import Surface
from bot.core.clock import Clock
from bot.ledger.calls import Settled
from bot.members.people import Person
from bot.relay.ask import ChatAsk
from bot.relay.caller import Callers
from bot.relay.errors import StreamIncomplete
from bot.relay.running import Stop
from bot.relay.service import Relay
from bot.relay.streamed import Streamed
from bot.words.say import say

ENDPOINT = "discord.chat"
STOP, AGAIN, PAGE = "stop", "again", "page"


@dataclass
class Run:
    """One answer while it is written; `end` says why it was broken off, if it was."""

    stream: Streamed
    end: str | None = None

    def stop(self, why: str) -> None:
        """Break the answer off."""
        self.end = self.end or why
        self.stream.stop(Stop.ASKED)


@dataclass(frozen=True)
class Answering:
    """Runs answers, and stops them when asked to."""

    relay: Relay
    callers: Callers
    clock: Clock
    answers: Answers = field(default_factory=Answers)
    runs: dict[int, Run] = field(default_factory=dict)  # by the draft's number

    async def run(
        self, interaction: discord.Interaction, person: Person, number: int, draft: Draft
    ) -> None:
        """Stream an answer to the draft into the acknowledged interaction."""
        surface = Surface(interaction, draft.hidden)
        with self.answers.place(interaction.user.id, draft.channel_id):
            caller = await self.callers.by_person(person)
            async with self.relay.stream(caller, self._ask(draft, interaction.id)) as stream:
                if draft.surface is not None:
                    await draft.surface.clear()  # what went on below the old answer
                draft.surface = surface
                self.answers.remember(number, draft)
                await self._show(interaction.user.id, number, draft, Run(stream), surface)

    def stop(self, number: int) -> bool:
        """Stop a running answer; False if it is over."""
        if (run := self.runs.get(number)) is None:
            return False
        run.stop(say("chat.stopped"))
        return True

    async def _show(
        self, user_id: int, number: int, draft: Draft, run: Run, surface: Surface
    ) -> None:
        stop = rows(button("Stop", STOP, user_id, number, style=discord.ButtonStyle.danger))
        live = LiveAnswer(surface, draft.quote, stop, gone=lambda: run.stop(""))
        loop = asyncio.get_running_loop()
        late = None
        if draft.hidden:
            late = loop.call_later(surface.seconds_left, lambda: run.stop(say("chat.late")))
        self.runs[number] = run
        try:
            await self._read(run, live)
        finally:
            del self.runs[number]
            if late is not None:
                late.cancel()
        draft.answers.append(live.text or say("chat.empty"))
        draft.endings.append(ending(draft.model, run))
        await live.finish(draft.endings[-1], buttons(user_id, number, draft, len(draft.answers)))

    async def _read(self, run: Run, live: LiveAnswer) -> None:
        """Read the stream to its end, settled."""
        try:
            async for chunk in run.stream:
                if text := _text(chunk):
                    live.grow(text)
        except StreamIncomplete:
            run.end = say("chat.cut") if run.end is None else run.end

    def _ask(self, draft: Draft, interaction_id: int) -> ChatAsk:
        body = {
            "model": draft.model,
            "messages": [{"role": "user", "content": draft.content}],
            "stream": True,
        }
        return ChatAsk(ENDPOINT, body, f"discord_{interaction_id}", self.clock.now())


def buttons(user_id: int, number: int, draft: Draft, page: int) -> discord.ui.View:
    """Draw what stands below an answer that is over; pages count from 1."""
    pages = len(draft.answers)
    drawn = [button("Regenerate", AGAIN, user_id, number)]
    if pages > 1:
        drawn += [
            button("◀", PAGE, user_id, number, page - 1, disabled=page == 1),
            button(f"{page}/{pages}", PAGE, user_id, number, page, "here", disabled=True),
            button("▶", PAGE, user_id, number, page + 1, disabled=page == pages),
        ]
    return rows(*drawn)


def ending(model: str, run: Run) -> str:
    """Say below an answer why it ended, what it cost and what is left."""
    lines = [run.end] if run.end else []
    if (settled := run.stream.settled) is not None:
        lines.append(_footer(model, settled))
    return "".join(f"\n-# {line}" for line in lines)


def _footer(model: str, settled: Settled) -> str:
    standing = settled.standing
    if standing.remaining is None:
        return say("chat.footer.unlimited", model=model, cost=settled.cost)
    if standing.requests_remaining is not None:
        left = say("chat.left.requests", n=standing.requests_remaining)
    else:
        left = say("chat.left.tokens", n=standing.remaining)
    return say("chat.footer", model=model, cost=settled.cost, left=left)


def _text(chunk: dict[str, Any]) -> str:
    """Return the text that a chunk adds to the answer."""
    for choice in chunk.get("choices") or ():
        delta = choice.get("delta") or {}
        text = delta.get("content") or delta.get("refusal")
        if isinstance(text, str):
            return text
    return ""
