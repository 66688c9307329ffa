"""How a staff act is shown: what it would change, what it did, what it waits for."""

import discord
from discord import ui

from bot.cogs.buttons import ANYONE, button
from bot.cogs.panels import Clickable, Tone, panel
from bot.staff.act import Change
from bot.staff.papers import UNDO
from bot.staff.proposals import Done, Preview, Waits
from bot.words.changes import changes
from bot.words.say import say

CONFIRM, CANCEL = "staff.confirm", "staff.cancel"


def question(preview: Preview, owner: int) -> ui.LayoutView:
    """Show what an act would change, and ask."""
    title = say(f"act.{preview.action}", target=mention(preview.target))
    below = []
    if preview.reason:
        below.append(say("log.reason", reason=discord.utils.escape_markdown(preview.reason)))
    if preview.needs_second:
        below.append(say("staff.needs_second"))
    buttons = [
        button(
            say("button.confirm"),
            CONFIRM,
            owner,
            preview.proposal_id,
            style=discord.ButtonStyle.success,
        ),
        button(say("button.cancel"), CANCEL, owner, preview.proposal_id),
    ]
    head = say("staff.question", what=title)
    blocks = [head, _lines(preview.change), "\n".join(below)]
    return panel(*filter(None, blocks), rows=[buttons], tone=Tone.CARE)


def done(done: Done, owner: int) -> ui.LayoutView:
    """Show what was done, with Undo where it can be undone."""
    did = say(f"did.{done.action}", actor=mention(owner), target=mention(done.target))
    rows: list[list[Clickable]] = []
    if done.undoable:
        rows.append([button(say("button.undo"), UNDO, ANYONE, done.audit_id)])
    blocks = [say("staff.done", what=did), _lines(done.change)]
    return panel(*filter(None, blocks), rows=rows, tone=Tone.GOOD)


def undone(done: Done, owner: int) -> ui.LayoutView:
    """Show what was undone."""
    what = say(f"act.{done.action}", target=mention(done.target))
    blocks = [say("staff.undone_panel", what=what, who=mention(owner)), _lines(done.change)]
    return panel(*filter(None, blocks))


def waits(waits: Waits) -> ui.LayoutView:
    """Say that a second moderator has been asked."""
    what = say(f"act.{waits.action}", target=mention(waits.target))
    return panel(say("staff.waits", what=what), tone=Tone.CARE)


def mention(discord_id: int | None) -> str:
    """Return how a person is written."""
    return f"<@{discord_id}>" if discord_id else say("somebody.gone")


def _lines(change: Change) -> str:
    """Say what changes, and whatever else is to be known before it does."""
    notes = [say(message_id, **params) for message_id, params in change.notes]
    return "\n".join(filter(None, [changes(change.before, change.after), *notes]))
