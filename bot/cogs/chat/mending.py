"""Ends in words, at a start, the answers that a process died over."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta

import discord

from bot.cogs.buttons import rows
from bot.cogs.chat import below
from bot.cogs.chat.history import History
from bot.cogs.chat.layout import CURSOR, LONGEST
from bot.cogs.chat.marks import mark_of
from bot.cogs.chat.sheet import TROUBLE, passes
from bot.cogs.tongue import Tongue
from bot.core.clock import Clock
from bot.core.errors import DatabaseAway
from bot.relay.unfinished import Left, Unfinished
from bot.words.language import speaking
from bot.words.say import say

log = logging.getLogger(__name__)
TOKEN_LIVES = timedelta(minutes=14)
WAITS = (5.0, 30.0, 120.0)  # seconds, before Discord is asked again


@dataclass(frozen=True)
class Mending:
    """Finds answers that nobody writes any more, and says so in them."""

    unfinished: Unfinished
    history: History
    tongue: Tongue
    clock: Clock
    client: discord.AutoShardedClient

    async def run(self) -> None:
        """Mend all that is this process's to mend."""
        try:
            for left in await self.unfinished.left():
                if self._ours(left):
                    await self._patiently(left)
                    await self.unfinished.over(left.id)
        except DatabaseAway:
            log.warning("unfinished answers are left to the next start: the database is away")
        except Exception:
            log.exception("unfinished answers could not be mended")

    def _ours(self, left: Left) -> bool:
        """Say whether an answer is of this process's shards; another may still be writing there."""
        shards = self.client.shard_count or 1
        return ((left.where.guild_id or 0) >> 22) % shards in self.client.shards

    async def _patiently(self, left: Left) -> None:
        for wait in (*WAITS, None):
            try:
                with speaking(self.tongue.of_channel(left.where.channel_id)):
                    await self._mend(left)
            except TROUBLE as trouble:
                if wait is None or not passes(trouble):
                    log.warning("an unfinished answer stays so: %s", type(trouble).__name__)
                    return
                await asyncio.sleep(wait)
            else:
                return

    async def _mend(self, left: Left) -> None:
        where = left.where
        if where.token is not None and self.clock.now() - left.begun_at < TOKEN_LIVES:
            await self._by_token(where.message_id, where.token)
            return
        place = self.client.get_partial_messageable(where.channel_id, guild_id=where.guild_id)
        message = await place.fetch_message(where.message_id)
        first: discord.Message | None = message
        if message.author.id != self.history.me():  # its answer may just have begun
            first = await self.history.answer_to(message)
        if first is not None:
            await self._finish(first)
            return
        reference = message.to_reference(fail_if_not_exists=False)
        await place.send(say("chat.restarted.before"), reference=reference)

    async def _by_token(self, message_id: int, token: str) -> None:
        """End what may be seen by one person alone, or be thinking still."""
        application = self.client.application_id or 0
        hook = discord.Webhook.partial(application, token, client=self.client)
        message = await hook.fetch_message(message_id)
        if message.flags.ephemeral or message.flags.loading:
            if _growing(message):
                await hook.edit_message(message_id, content=_said(message), view=_below(message))
        else:
            place = self.client.get_partial_messageable(message.channel.id)
            await self._finish(await place.fetch_message(message_id))

    async def _finish(self, first: discord.Message) -> None:
        """End a public answer below its last message, and take its Stop away."""
        if not _growing(first):
            return
        last = (await self.history.parts(first))[-1]
        if last.id != first.id:
            await last.edit(content=_said(last))
            await first.edit(view=_below(first))
        else:
            await first.edit(content=_said(first), view=_below(first))


def _growing(message: discord.Message) -> bool:
    """Say whether a message looks as if somebody were writing it."""
    mark = mark_of(message)
    return message.flags.loading or (mark is not None and mark.running)


def _said(message: discord.Message) -> str:
    """Return what a message said, and that no more will come."""
    text = message.content.removesuffix(CURSOR).rstrip()
    if not text:
        return say("chat.restarted.before")
    ending = f"\n-# {say('chat.restarted')}"
    return f"{text[: LONGEST - len(ending)]}{ending}"


def _below(message: discord.Message) -> discord.ui.View:
    mark = mark_of(message)
    return rows() if mark is None else below.left_over(mark)
