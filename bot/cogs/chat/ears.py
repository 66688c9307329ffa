"""Which messages are for the bot: mentions, replies to answers, its threads, direct messages."""

from dataclasses import dataclass
from enum import StrEnum

import discord

from bot.cogs.chat.marks import mark_of
from bot.cogs.chat.reading import hidden, names_me, replied_to
from bot.cogs.chat.rooms import Rooms

WRITTEN = (discord.MessageType.default, discord.MessageType.reply)


class Way(StrEnum):
    """How somebody speaks to the bot."""

    CHAIN = "chain"  # by a mention or a reply: what leads to it counts
    PLACE = "place"  # where no mention is needed: what was last said there counts
    UNHEARD = "unheard"  # where none is needed, in words that are hidden from the bot


@dataclass(frozen=True)
class Ears:
    """Knows which messages are for the bot."""

    client: discord.Client
    rooms: Rooms

    @property
    def me(self) -> int:
        """Return the bot's own number."""
        return self.client.user.id if self.client.user else 0

    def way(self, message: discord.Message) -> Way | None:
        """Return how a message speaks to the bot, None where it does not."""
        person = not message.author.bot and message.webhook_id is None
        if not person or message.type not in WRITTEN:
            return None
        if isinstance(message.channel, discord.DMChannel):
            return Way.PLACE
        room = self._room(message)
        if names_me(message, self.me):
            return Way.PLACE if room else Way.CHAIN
        if not (room or self._replies_to_answer(message)) or self._to_others(message):
            return None
        if hidden(message):  # a sticker alone, where texts can be read
            return None if self.client.intents.message_content else Way.UNHEARD
        return Way.PLACE if room else Way.CHAIN

    def _room(self, message: discord.Message) -> bool:
        """Say whether a message is in a thread where no mention is needed."""
        channel = message.channel
        if not isinstance(channel, discord.Thread):
            return False
        return self.rooms.heard(channel.id, message.author.id) or channel.owner_id == self.me

    def _replies_to_answer(self, message: discord.Message) -> bool:
        """Say whether a message replies to an answer or, as errors do, to a question's reply."""
        target = _target(message)
        if target is None or target.author.id != self.me:
            return False
        # A later message of an answer has no buttons; nor has a panel's followup such bare words.
        bare = not (target.embeds or target.components or target.attachments)
        return mark_of(target) is not None or (replied_to(target) is not None and bare)

    def _to_others(self, message: discord.Message) -> bool:
        """Say whether a message speaks to another member."""
        if any(each.id != self.me for each in message.mentions):
            return True
        target = _target(message)
        return target is not None and target.author.id not in (self.me, message.author.id)


def _target(message: discord.Message) -> discord.Message | None:
    """Return what a message replies to, as its payload shows it."""
    if replied_to(message) is None or message.reference is None:
        return None
    target = message.reference.resolved
    return target if isinstance(target, discord.Message) else None
