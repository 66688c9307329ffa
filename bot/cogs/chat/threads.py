"""Starts a thread on an answer: in it no mention is needed, where the bot may read."""

import logging
from contextlib import suppress
from dataclasses import dataclass

import discord

from bot.cogs.chat.errors import NoThread
from bot.cogs.chat.reading import told, unquoted
from bot.cogs.chat.sheet import TROUBLE
from bot.cogs.replies import think
from bot.community.service import Community
from bot.words.say import say

log = logging.getLogger(__name__)
LONGEST_NAME = 80  # characters; Discord takes 100
EXISTS = 160004  # Discord's code: the message has a thread already


@dataclass(frozen=True)
class Threads:
    """Starts threads, and says how they are talked in."""

    community: Community

    async def start(self, interaction: discord.Interaction) -> None:
        """Start a thread on the clicked answer and show the way to it; raises NoThread."""
        message, channel = interaction.message, interaction.channel
        if message is None or not isinstance(channel, discord.TextChannel):
            raise NoThread
        await think(interaction)
        thread_id = message.id  # a thread on a message has its number
        try:
            made = await channel.get_partial_message(message.id).create_thread(name=_name(message))
        except discord.Forbidden:
            raise NoThread from None
        except discord.HTTPException as refusal:
            if refusal.code != EXISTS:
                raise
        else:
            read = self.community.community.message_content
            with suppress(*TROUBLE):  # a thread without a greeting is one too
                await made.send(say("chat.thread.free" if read else "chat.thread.called"))
        await interaction.followup.send(
            say("chat.thread.there", place=f"<#{thread_id}>"), ephemeral=True
        )


def _name(message: discord.Message) -> str:
    """Name a thread after its question, else after the answer's first words."""
    prompt, answer = unquoted(told([message.content]))
    words = " ".join((prompt or answer).split())
    if len(words) > LONGEST_NAME:
        words = words[:LONGEST_NAME].rpartition(" ")[0] or words[:LONGEST_NAME]
        words += "…"
    return words.strip() or say("chat.thread.name")
