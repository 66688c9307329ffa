"""Answers what is said to the bot, as /chat does; keys that were posted come first."""

import asyncio
import logging

import discord
from discord.ext import commands

from bot.cogs.chat.answering import Answering
from bot.cogs.chat.channel import ReplySheet, writes
from bot.cogs.chat.choosing import Choosing
from bot.cogs.chat.desk import Draft
from bot.cogs.chat.ears import Ears, Way
from bot.cogs.chat.errors import Mute, NothingAsked, Unseen, discreet
from bot.cogs.chat.history import History
from bot.cogs.chat.mending import Mending
from bot.cogs.chat.prompts import check
from bot.cogs.chat.questions import ChatQuestion
from bot.cogs.chat.runs import Order
from bot.cogs.chat.talk import Talk
from bot.cogs.chat.telling import Teller
from bot.cogs.checks import Door
from bot.cogs.client import Client
from bot.cogs.leak_guard import LeakGuard
from bot.cogs.tongue import Tongue
from bot.core.errors import Draining
from bot.relay.service import Relay
from bot.relay.unfinished import Where
from bot.words.language import speak

log = logging.getLogger(__name__)


class Conversations(commands.Cog):
    """Hears messages, and answers those that are for the bot."""

    def __init__(
        self,
        answering: Answering,
        relay: Relay,
        choosing: Choosing,
        history: History,
        ears: Ears,
        door: Door,
        guard: LeakGuard,
        mending: Mending,
        tongue: Tongue,
        client: Client,
    ) -> None:
        self._answering = answering
        self._relay = relay
        self._choosing = choosing
        self._history = history
        self._ears = ears
        self._door = door
        self._guard = guard
        self._mending = mending
        self._tongue = tongue
        self._client = client
        self._teller = Teller()
        self._mended: asyncio.Task[None] | None = None

    async def cog_unload(self) -> None:
        """Leave what is not mended yet to the next start."""
        if self._mended is not None:
            self._mended.cancel()
            await asyncio.wait([self._mended])

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Mend what a process that died left half written, once."""
        if self._mended is None:
            self._mended = asyncio.create_task(self._mending.run(), name="mending")

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Answer a message that is for the bot."""
        if message.author.id == self._ears.me or await self._guard.caught(message):
            return
        if (way := self._ears.way(message)) is not None:
            await self._hear(message, way)

    @commands.Cog.listener()
    async def on_raw_message_edit(self, event: discord.RawMessageUpdateEvent) -> None:
        """Look for keys in what a message says now."""
        if event.message.author.id != self._ears.me:
            await self._guard.caught(event.message)

    async def _hear(self, message: discord.Message, way: Way) -> None:
        saved = await self._tongue.languages.of(message.author.id)
        speak(saved or self._tongue.of_channel(message.channel.id))
        if self._client.draining:
            if way is not Way.UNHEARD:
                await self._teller.tell(message, Draining())
            return
        self._client.begun(message.id)
        try:
            with discreet(message.guild is None):
                await self._answer(message, way)
        except Exception as error:
            await self._teller.tell(message, error)
        finally:
            self._client.ended(message.id)

    async def _answer(self, message: discord.Message, way: Way) -> None:
        place, who = message.channel.id, message.author.id
        if not writes(message) or way is Way.UNHEARD:
            if self._ears.rooms.first_time(place, who):
                raise Unseen if writes(message) else Mute(place=f"<#{place}>")
            return
        direct = way is Way.CHAIN
        talk = _asked(await (self._history.chain if direct else self._history.place)(message))
        sees = check([file for turn in talk.asked(alone=not direct) for file in turn.files])
        model = self._choosing.going_on(talk.model, sees=sees)
        question = ChatQuestion(self._relay, model.id, talk)
        draft = Draft(question=question, quote="", hidden=False, channel_id=place)
        sheet = ReplySheet(message, self._client, self._answering.lanes)
        where = Where(message.guild.id if message.guild else None, place, message.id)
        person, order = self._door.author(message), Order(question, message.id)
        await self._answering.write(person, message.id, draft, order, sheet, where)


def _asked(talk: Talk) -> Talk:
    """Return the talk that ends in a question; raises NothingAsked."""
    while not (talk.turns[-1].text or talk.turns[-1].files):
        if (shorter := talk.without_last()) is None:
            raise NothingAsked
        talk = shorter
    return talk
