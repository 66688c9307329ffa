"""/ask: a question that is answered from the web, with its sources."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.chat.answering import Answering
from bot.cogs.chat.desk import Draft
from bot.cogs.chat.errors import discreet
from bot.cogs.chat.layout import quoted
from bot.cogs.checks import Door
from bot.cogs.model_menu import ModelMenu
from bot.cogs.replies import think
from bot.ledger.calls import Settled
from bot.relay.caller import Caller
from bot.relay.errors import StreamIncomplete
from bot.relay.flat import FlatStream
from bot.relay.running import Stop
from bot.relay.search import MOST_QUESTION, Search
from bot.upstreams.goods import Finding
from bot.words.say import say

ENDPOINT = "discord.ask"
MOST_SOURCES = 5
# Discord shows no preview of a link in angle brackets.
_LINK = re.compile(r"(?<![<\w/])https?://(?:[^\s<>()\[\]]|\([^\s<>()]*\))+")
_AFTER = ".,;:!?\"'*_"  # ends a sentence, or what stands around a link
_SOURCE = re.compile(r"https?://[^\s<>]{1,300}")
Asked = app_commands.Range[str, 1, MOST_QUESTION]


class AskCommands(commands.Cog):
    """Have something looked up."""

    def __init__(self, answering: Answering, search: Search, menu: ModelMenu, door: Door) -> None:
        self._answering = answering
        self._search = search
        self._menu = menu
        self._door = door

    @app_commands.command()
    @app_commands.describe(question="What is to be looked up on the web")
    async def ask(self, interaction: discord.Interaction, question: Asked) -> None:
        """Have a question answered from the web, with its sources."""
        await think(interaction, hidden=False)
        with discreet(interaction.guild_id is None):
            draft = Draft(
                question=SearchQuestion(self._search, self._menu.chosen(None).id, question),
                quote=quoted(question),
                hidden=False,
                channel_id=interaction.channel_id or 0,
            )
            person = self._door.person(interaction)
            await self._answering.run(interaction, person, interaction.id, draft)


@dataclass(frozen=True, slots=True)
class SearchQuestion:
    """A question for whoever searches the web."""

    search: Search
    model: str
    question: str

    @asynccontextmanager
    async def asked(
        self, caller: Caller, number: int, arrived: datetime
    ) -> AsyncIterator["SearchAnswer"]:
        """Ask the search; the number of the interaction is of no use to it."""
        async with self.search.ask(caller, self.question, ENDPOINT, arrived) as stream:
            yield SearchAnswer(self.search, stream)


@dataclass
class SearchAnswer:
    """The words of what was found, then its sources; no link in it is previewed."""

    search: Search
    stream: FlatStream[Finding]
    sources: dict[str, None] = field(default_factory=dict)
    _begun: str = ""  # a word whose end has not come: it may be a link
    _over: bool = False
    _cut: StreamIncomplete | None = None

    @property
    def settled(self) -> Settled | None:
        """Return what it cost, once it is over."""
        return self.stream.settled

    @property
    def stopped(self) -> Stop | None:
        """Return why Latchkey itself ended it, if it did."""
        return self.stream.stopped

    def stop(self, reason: Stop) -> None:
        """End it from outside."""
        self.stream.stop(reason)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        while not self._over:
            try:
                finding = await anext(self.stream, None)
            except StreamIncomplete as cut:
                self._cut, finding = cut, None
            if finding is None:
                self._over = True
                return quiet(self._begun) + self._listed()
            self._note(finding.url)
            if words := self._whole(finding.message):
                return quiet(words)
        if self._cut is not None:
            raise self._cut
        raise StopAsyncIteration

    def _note(self, url: str | None) -> None:
        if url and _SOURCE.fullmatch(url) and not self.search.theirs(self.stream.upstream, url):
            self.sources[url] = None

    def _whole(self, message: str) -> str:
        """Return the words that are whole by now."""
        text = self._begun + message
        cut = max(text.rfind(blank) for blank in " \n\t") + 1
        self._begun = text[cut:]
        return text[:cut]

    def _listed(self) -> str:
        if not self.sources:
            return ""
        urls = list(self.sources)[:MOST_SOURCES]
        lines = [f"{number}. <{url}>" for number, url in enumerate(urls, start=1)]
        return "\n\n" + "\n".join([say("chat.sources"), *lines])


def quiet(text: str) -> str:
    """Return text whose links Discord shows no preview of."""
    return _LINK.sub(_bracketed, text)


def _bracketed(found: re.Match[str]) -> str:
    link = found[0].rstrip(_AFTER)
    return f"<{link}>{found[0][len(link) :]}"
