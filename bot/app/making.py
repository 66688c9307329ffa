"""Wires what members have made in Discord: songs, and mailboxes."""

from dataclasses import dataclass

import discord
from discord.ext import commands

from bot.app.services import House
from bot.cogs.buttons import Buttons
from bot.cogs.checks import Door
from bot.cogs.jukebox import Jukebox
from bot.cogs.mail import MailCommands
from bot.cogs.song import SongCommands


@dataclass(frozen=True)
class MakerCommands:
    """The commands, and what posts songs once they are finished."""

    cogs: list[commands.Cog]
    jukebox: Jukebox


def maker_commands_of(
    built: House, client: discord.Client, door: Door, buttons: Buttons
) -> MakerCommands:
    """Wire the commands that have something made."""
    clock, callers = built.clock, built.callers
    jukebox = Jukebox(built.song_posts, built.members, built.leases, clock, client)
    cogs: list[commands.Cog] = [
        SongCommands(built.songs, callers, clock, jukebox, door),
        MailCommands(built.mail, callers, clock, door, buttons),
    ]
    return MakerCommands(cogs, jukebox)
