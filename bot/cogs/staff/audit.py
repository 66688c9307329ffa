"""/audit: everything staff did or was refused, page by page, and each act in full."""

from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.audit import Action, Audit, Entry
from bot.cogs.buttons import ANYONE, Buttons, OldButton, button, custom_id
from bot.cogs.panels import Clickable, panel, picked, stamp
from bot.cogs.replies import redraw, show, think
from bot.cogs.staff import dossier_card
from bot.cogs.staff.confirm import StaffDesk, person_of
from bot.cogs.staff.confirm_card import mention
from bot.cogs.staff.dossier_card import LONGEST_CHOICE
from bot.staff.dossiers import Dossiers, Told
from bot.staff.papers import UNDO
from bot.words.changes import changes
from bot.words.say import known, say

PAGE, ENTRY, LINES = "audit.page", "audit.entry", 10
EVERYBODY = NEWEST = 0
LARGEST = 2**63 - 1  # the largest number of a row
TOLD_ABOVE = ("action", "why")  # of refusals and the like: said in their line


class AuditCommands(commands.Cog):
    """The record of staff acts."""

    def __init__(self, audit: Audit, dossiers: Dossiers, desk: StaffDesk, buttons: Buttons) -> None:
        self._audit = audit
        self._dossiers = dossiers
        self._desk = desk
        buttons.on(PAGE, self._turn)
        buttons.on(ENTRY, self._enter)

    @app_commands.command()
    @app_commands.default_permissions(moderate_members=True)
    @app_commands.guild_only()
    @app_commands.describe(member="Only what they did, or what was done to them")
    async def audit(
        self, interaction: discord.Interaction, member: discord.User | None = None
    ) -> None:
        """See what staff did, to whom and why. Nobody can change this record."""
        await think(interaction)
        await self._desk.actor(interaction, Action.AUDIT)
        member_id = EVERYBODY
        if member is not None:
            known = await self._dossiers.members.known(person_of(member).discord_id)
            if known is None:
                name = discord.utils.escape_markdown(member.display_name)
                await show(interaction, panel(say("profile.unknown", name=name)))
                return
            member_id = known.id
        await show(interaction, await self._drawn(interaction, member_id, NEWEST))

    async def _turn(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        member_id, before = _numbers(arguments)
        await interaction.response.defer()
        await self._desk.actor(interaction, Action.AUDIT)
        await redraw(interaction, await self._drawn(interaction, member_id, before))

    async def _enter(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        back, (audit_id,) = _numbers(arguments), _numbers([picked(interaction)], 1)
        await interaction.response.defer()
        await self._desk.actor(interaction, Action.AUDIT)
        async with self._audit.db.read() as tx:
            entry = await self._audit.entry(tx, audit_id)
        if entry is None:
            raise OldButton
        (told,) = await self._dossiers.told([entry])
        owner = interaction.user.id
        buttons: list[Clickable] = [button(say("audit.back"), PAGE, owner, *back)]
        act = self._desk.proposals.acts.get(entry.action)
        if act is not None and act.undoable and not entry.undone:
            buttons.append(button(say("button.undo"), UNDO, ANYONE, entry.id))
        await redraw(interaction, panel(*_whole(told), rows=[buttons]))

    async def _drawn(
        self, interaction: discord.Interaction, member_id: int, before: int
    ) -> ui.LayoutView:
        entries = await self._audit.browse(
            member_id=member_id or None, before_id=before or None, limit=LINES + 1
        )
        page, owner = entries[:LINES], interaction.user.id
        told = await self._dossiers.told(page)
        more = len(entries) > LINES
        rows: list[list[Clickable]] = [[_choice(page, owner, member_id, before)]] if page else []
        if before or more:
            older = page[-1].id if page else before
            rows.append(
                [
                    button(
                        say("audit.newest"), PAGE, owner, member_id, NEWEST, disabled=not before
                    ),
                    button(say("audit.older"), PAGE, owner, member_id, older, disabled=not more),
                ]
            )
        return panel(await self._title(member_id), _list(told), rows=rows)

    async def _title(self, member_id: int) -> str:
        if member_id == EVERYBODY:
            return say("audit.title")
        async with self._audit.db.read() as tx:
            who = mention(await self._dossiers.members.discord_id_of(tx, member_id))
        return say("audit.title_of", who=who)


def _list(told: Sequence[Told]) -> str:
    numbered = [f"{number}. {_line(each)}" for number, each in enumerate(told, start=1)]
    return "\n".join(numbered) or say("audit.none")


def _line(told: Told) -> str:
    return dossier_card.act(told).removeprefix("- ")


def _choice(page: Sequence[Entry], owner: int, member_id: int, before: int) -> ui.Select[Any]:
    options = [
        discord.SelectOption(
            label=say("audit.choice", number=number, action=dossier_card.short(entry))[
                :LONGEST_CHOICE
            ],
            description=say("audit.at", moment=entry.at.strftime("%Y-%m-%d %H:%M:%S")),
            value=str(entry.id),
        )
        for number, entry in enumerate(page, start=1)
    ]
    made = custom_id(ENTRY, owner, member_id, before)
    return ui.Select(placeholder=say("audit.pick"), custom_id=made, options=options)


def _whole(told: Told) -> list[str]:
    """Return everything that is known of an act, but what only the machine reads."""
    entry = told.entry
    after = {name: value for name, value in entry.after.items() if name not in TOLD_ABOVE}
    below = []
    if told.approver is not None:
        below.append(say("log.approved", approver=mention(told.approver)))
    if known(str(why := entry.after.get("why"))):
        below.append(f"> {say(str(why))}")
    below.append(say("audit.number", number=entry.id, moment=stamp(entry.at, "F")))
    blocks = [_line(told), changes(entry.before, after), "\n".join(below)]
    return [block for block in blocks if block]


def _numbers(arguments: Sequence[str], count: int = 2) -> list[int]:
    """Return the numbers that a button carries; they are the clicker's input."""
    if len(arguments) != count or not all(each.isdecimal() for each in arguments):
        raise OldButton
    numbers = [int(each) for each in arguments]
    if max(numbers) > LARGEST:
        raise OldButton
    return numbers
