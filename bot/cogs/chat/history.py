"""Reads a conversation back out of Discord: the chain of replies, or what a place was last told.

Nothing of it is kept: what a member edits or deletes is gone from the next answer too.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import discord

from bot.cogs.chat.marks import Mark, mark_of
from bot.cogs.chat.reading import files_of, hidden, replied_to, told, unquoted, words_of
from bot.cogs.chat.sheet import TROUBLE, WHOLE
from bot.cogs.chat.talk import Role, Talk, Turn
from bot.words.language import Language
from bot.words.say import catalogue

MOST_TURNS = 20
LOOKED_AT = 100  # messages, Discord's limit of one look
FETCHES = 8  # single messages that lie further back
PATIENCE = 15.0  # seconds
LARGEST_WHOLE = 400_000  # bytes of an answer.md that is read again
Channel: TypeAlias = discord.abc.Messageable


@dataclass
class Window:
    """The messages of a channel that were looked at, by number."""

    channel: Channel
    me: int
    known: dict[int, discord.Message] = field(default_factory=dict)
    whole: bool = False  # nothing lies before what was looked at
    _fetches: int = FETCHES

    async def look(self, before: int) -> None:
        """Look at what was said last before a message; what cannot be read is left out."""
        seen = 0
        try:
            async with asyncio.timeout(PATIENCE):
                point = discord.Object(before)
                async for message in self.channel.history(limit=LOOKED_AT, before=point):
                    self.known[message.id] = message
                    seen += 1
        except (*TROUBLE, TimeoutError):
            return
        self.whole = seen < LOOKED_AT

    async def look_after(self, first: discord.Message) -> None:
        """Look at what was said right after a message."""
        self.known[first.id] = first
        try:
            async with asyncio.timeout(PATIENCE):
                after = self.channel.history(limit=LOOKED_AT, after=first, oldest_first=True)
                async for message in after:
                    self.known[message.id] = message
        except (*TROUBLE, TimeoutError):
            return

    async def find(self, key: int, near: discord.Message) -> discord.Message | None:
        """Return the message that `near` replies to; None where it is gone or too far back."""
        if (found := self.known.get(key)) is not None:
            return found
        resolved = near.reference.resolved if near.reference else None
        if not isinstance(resolved, discord.Message):
            resolved = await self.fetch(key)
        if resolved is not None:
            self.known[key] = resolved
        return resolved

    async def first(self, part: discord.Message) -> discord.Message | None:
        """Return the first message of the answer that one of ours is part of, if it is of one."""
        at: discord.Message | None = part
        for _ in range(FETCHES):
            if at is None or at.author.id != self.me:
                return None
            if mark_of(at) is not None:
                return at
            key = replied_to(at)
            at = None if key is None else await self.find(key, at)
        return None

    def parts(self, first: discord.Message) -> list[discord.Message]:
        """Return all messages of an answer that are known, in order."""
        found = {first.id: first}
        for key in sorted(self.known):
            message = self.known[key]
            ours = message.author.id == self.me and mark_of(message) is None
            if ours and replied_to(message) in found:
                found[key] = message
        return list(found.values())

    async def fetch(self, key: int) -> discord.Message | None:
        """Ask Discord for one message; None where it is gone, or enough were asked for."""
        self._fetches -= 1
        if self._fetches < 0:
            return None
        try:
            async with asyncio.timeout(PATIENCE):
                return await self.channel.fetch_message(key)
        except (*TROUBLE, TimeoutError):
            return None


@dataclass
class _Told:
    """What was found so far, newest first."""

    turns: list[Turn]
    cut: bool = False
    unread: bool = False
    model: str | None = None
    answers: set[int] = field(default_factory=set)

    @property
    def full(self) -> bool:
        return len(self.turns) >= MOST_TURNS

    def talk(self) -> Talk:
        turns = tuple(reversed(self.turns[:MOST_TURNS]))
        return Talk(turns, self.cut or len(self.turns) > MOST_TURNS, self.unread, self.model)


@dataclass(frozen=True)
class History:
    """Finds what a question goes on from; `me` is the bot."""

    me: Callable[[], int]

    async def chain(self, message: discord.Message) -> Talk:
        """Return the messages that lead to this one, each a reply to the one before."""
        window, found = Window(message.channel, self.me()), _Told([self._question(message)])
        if replied_to(message) is not None:
            await window.look(message.id)
            await self._walk(message, window, found)
        return found.talk()

    async def place(self, message: discord.Message) -> Talk:
        """Return what was last said where this was; up to what it replies to, where it does."""
        window, found = Window(message.channel, self.me()), _Told([self._question(message)])
        await window.look(message.id)
        upto = replied_to(message)
        if upto is not None and (target := await window.find(upto, message)) is not None:
            first = await window.first(target) or target
            upto = max(each.id for each in window.parts(first))
        for key in sorted(window.known, reverse=True):
            if upto is not None and key > upto:
                continue
            if found.full:
                found.cut = True
                return found.talk()
            if await self._add(window.known[key], window, found):
                return found.talk()
        if window.whole:
            await self._before_the_thread(message.channel, found)
        else:
            found.cut = True
        return found.talk()

    async def parts(self, first: discord.Message) -> list[discord.Message]:
        """Return all messages of an answer, as far as they can be found."""
        window = Window(first.channel, self.me())
        await window.look_after(first)
        return window.parts(first)

    async def answer_to(self, question: discord.Message) -> discord.Message | None:
        """Return the first message of the answer that a message got, if it is there."""
        window = Window(question.channel, self.me())
        await window.look_after(question)
        for key in sorted(window.known):
            message = window.known[key]
            mark = mark_of(message) if message.author.id == self.me() else None
            if mark is not None and mark.number == question.id:
                return message
        return None

    async def _walk(self, at: discord.Message, window: Window, found: _Told) -> None:
        """Follow the replies back from a message."""
        seen = {at.id}
        while (key := replied_to(at)) is not None and key not in seen:
            seen.add(key)
            before = await window.find(key, at)
            if before is None or found.full:
                found.cut = True
                return
            if await self._add(before, window, found):
                return
            at = before if before.author.id != self.me() else await window.first(before) or before

    async def _add(self, message: discord.Message, window: Window, found: _Told) -> bool:
        """Add what a message says; True where the conversation begins with it."""
        if message.author.id != self.me():
            self._add_words(message, found)
            return False
        first = await window.first(message)
        if first is None or (mark := mark_of(first)) is None:
            return False  # a card, or an error
        if first.id in found.answers:
            return False  # said already, with a later part
        found.answers.add(first.id)
        return await self._add_answer(window.parts(first), mark, found)

    async def _add_answer(self, parts: list[discord.Message], mark: Mark, found: _Told) -> bool:
        first = parts[0]
        text = told([part.content for part in parts])
        prompt = ""
        if first.reference is None:  # asked by a command: its question stands above it
            prompt, text = unquoted(text)
        found.model = found.model or mark.model
        text = await _whole(first) or text
        if text and text not in _silence():
            found.turns.append(Turn(Role.ASSISTANT, text))
        if prompt:
            found.turns.append(Turn(Role.USER, prompt, speaker=_asker(first)))
        return first.reference is None

    def _add_words(self, message: discord.Message, found: _Told) -> None:
        if message.is_system():
            return
        turn = self._question(message)
        if turn.text or turn.files:
            found.turns.append(turn)
        elif hidden(message):
            found.unread = True

    def _question(self, message: discord.Message) -> Turn:
        words = words_of(message, self.me())
        return Turn(Role.USER, words, files_of(message), message.author.display_name)

    async def _before_the_thread(self, channel: Channel, found: _Told) -> None:
        """Go on from the message that a thread hangs on."""
        if not isinstance(channel, discord.Thread) or channel.parent is None or found.full:
            return
        parent = channel.parent
        if not isinstance(parent, discord.TextChannel):
            return  # a forum's first message is in the post itself
        window = Window(parent, self.me())
        if (starter := await window.fetch(channel.id)) is None:
            return
        await window.look_after(starter)
        await window.look(starter.id)
        if not await self._add(starter, window, found):
            await self._walk(starter, window, found)


def _silence() -> list[str]:
    """Return what stands in the place of empty answers, in every language."""
    return [str(catalogue(language)["chat.empty"]) for language in Language]


def _asker(first: discord.Message) -> str:
    """Return who ran the command that an answer is to."""
    asked = first.interaction_metadata
    return asked.user.display_name if asked else ""


async def _whole(first: discord.Message) -> str | None:
    """Return an answer out of the file it became, where it did."""
    for file in first.attachments:
        if file.filename == WHOLE and file.size <= LARGEST_WHOLE:
            try:
                async with asyncio.timeout(PATIENCE):
                    return (await file.read()).decode(errors="replace")
            except (*TROUBLE, TimeoutError):
                return None
    return None
