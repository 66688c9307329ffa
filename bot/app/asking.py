"""Wires what members ask of models in Discord: chats, searches, pictures, sound."""

from dataclasses import dataclass

from discord import app_commands
from discord.ext import commands

from bot.app.chatting import chatting_of
from bot.app.services import House
from bot.cogs.buttons import Buttons
from bot.cogs.chat.about import AskAbout
from bot.cogs.chat.pace import Pace
from bot.cogs.chat.searching import AskCommands
from bot.cogs.checks import Door
from bot.cogs.client import Client
from bot.cogs.media.bench import Bench
from bot.cogs.media.describing import DescribeCommands
from bot.cogs.media.drafts import Drafts
from bot.cogs.media.drawing import DrawingCommands, Easel
from bot.cogs.media.speaking import SpeechCommands
from bot.cogs.model_menu import ModelMenu
from bot.settings.serving import Kind


@dataclass(frozen=True)
class ModelCommandSet:
    """The commands that ask models, and the entries in the menu on a message."""

    cogs: list[commands.Cog]
    menus: list[app_commands.ContextMenu]


def model_commands_of(
    built: House, client: Client, door: Door, buttons: Buttons, pace: Pace
) -> ModelCommandSet:
    """Wire the commands that ask models."""

    def menu(kind: Kind) -> ModelMenu:
        return ModelMenu(built.catalogue, built.community, kind)

    def bench() -> Bench:
        return Bench(built.callers, built.clock, door, pace)

    chatting = chatting_of(built, client, door, buttons, pace)
    answering = chatting.answering
    about = AskAbout(answering, built.relay, chatting.choosing, door, buttons)
    describing = DescribeCommands(bench(), built.sight, menu(Kind.VISION))
    makers, editors = menu(Kind.IMAGE), menu(Kind.EDIT)
    easel = Easel(bench(), built.pictures, makers, editors, Drafts(built.catalogue))
    cogs: list[commands.Cog] = [
        *chatting.cogs,
        AskCommands(answering, built.search, menu(Kind.SEARCH), door),
        DrawingCommands(easel, buttons),
        describing,
        SpeechCommands(bench(), built.voices, menu(Kind.SPEECH)),
    ]
    return ModelCommandSet(cogs, [describing.menu, about.menu])
