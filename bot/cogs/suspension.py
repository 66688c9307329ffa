"""How a suspension reads, also where its reason is no more, for staff alone."""

import discord
from discord import ui

from bot.cogs.panels import Tone, panel
from bot.members.private import LOST
from bot.members.service import Members
from bot.words.say import say


def line(reason: str) -> str:
    """Say that a member is suspended, and why where that can still be read."""
    if reason == LOST:
        return say("profile.suspended_for_lost")
    return say("profile.suspended", reason=discord.utils.escape_markdown(reason))


async def stranger(members: Members, user: discord.User | discord.Member) -> ui.LayoutView:
    """Draw somebody who is no member: never was, or left suspended."""
    name = discord.utils.escape_markdown(user.display_name)
    if await members.stays_suspended(user.id):
        return panel(say("profile.left_suspended", name=name), tone=Tone.CARE)
    return panel(say("profile.unknown", name=name))
