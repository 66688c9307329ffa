"""Wires conversations with models: /chat, what is said to the bot, the buttons below answers."""

from dataclasses import dataclass

from discord.ext import commands

from bot.app.services import House
from bot.cogs.buttons import Buttons
from bot.cogs.chat.answering import Answering
from bot.cogs.chat.choosing import Choosing
from bot.cogs.chat.clicks import ChatClicks
from bot.cogs.chat.commands import ChatCommands
from bot.cogs.chat.ears import Ears
from bot.cogs.chat.history import History
from bot.cogs.chat.listening import Conversations
from bot.cogs.chat.mending import Mending
from bot.cogs.chat.pace import Pace
from bot.cogs.chat.rooms import Rooms
from bot.cogs.chat.threads import Threads
from bot.cogs.checks import Door
from bot.cogs.client import Client
from bot.cogs.leak_guard import LeakGuard
from bot.cogs.tongue import Tongue
from bot.keys.leaks import Leaks
from bot.relay.unfinished import Unfinished


@dataclass(frozen=True)
class Chatting:
    """What answers, for other commands to answer with, and what hears and takes commands."""

    answering: Answering
    choosing: Choosing
    cogs: list[commands.Cog]


def chatting_of(built: House, client: Client, door: Door, buttons: Buttons, pace: Pace) -> Chatting:
    """Wire conversations."""
    unfinished = Unfinished(built.db, built.clock, built.ids, built.keys.sealer)
    choosing, rooms = Choosing(built.catalogue), Rooms()
    answering = Answering(built.callers, choosing, unfinished, built.clock, pace)
    ears = Ears(client, rooms)
    history = History(lambda: ears.me)
    tongue = Tongue(built.languages, built.community, client)
    ChatClicks(answering, history, Threads(built.community), door, buttons)
    hearing = Conversations(
        answering,
        built.relay,
        choosing,
        history,
        ears,
        door,
        LeakGuard(Leaks(built.keys, built.audit, built.outbox)),
        Mending(unfinished, history, tongue, built.clock, client),
        tongue,
        client,
    )
    chat = ChatCommands(answering, built.relay, choosing, door, rooms)
    return Chatting(answering, choosing, [chat, hearing])
