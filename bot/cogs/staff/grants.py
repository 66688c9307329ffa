"""/grant give, revoke and list, and "Grant..." in the menu on a person."""

import re
from collections.abc import Sequence

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.audit import Action
from bot.cogs.buttons import Buttons, OldButton, button
from bot.cogs.modals import LONGEST_REASON, filled, line, modal, reason
from bot.cogs.panels import panel, picked, select
from bot.cogs.replies import show, think
from bot.cogs.staff import dossier_card
from bot.cogs.staff.confirm import NotForBots, StaffDesk, person_of
from bot.core.errors import Invalid
from bot.members.people import Person
from bot.staff.act import Details
from bot.staff.dossiers import Dossiers
from bot.words.say import number, say

GIVE, GIVEN = dossier_card.GIVE, "grant.given"  # the button, and the modal behind it
REVOKE, REVOKED = "grant.revoke", "grant.revoked"  # the choice, and the modal behind it
MOST_TOKENS, MOST_DAYS, USUAL_DAYS = 1_000_000_000_000, 3_650, 30
USUAL_TOKENS = 320_000
LONGEST_TITLE = 45  # characters of a modal's title, Discord's limit
MENU = "Grant..."  # alike in every language, as all names of commands
_SEPARATORS = re.compile(r"[\s,_]")  # a no-break space, too
Reason = app_commands.Range[str, 1, LONGEST_REASON]


@app_commands.default_permissions(moderate_members=True)
@app_commands.guild_only()
class GrantCommands(
    commands.GroupCog, group_name="grant", group_description="Give, end and list grants"
):
    """What staff give by hand."""

    def __init__(self, desk: StaffDesk, dossiers: Dossiers, buttons: Buttons) -> None:
        self._desk = desk
        self._dossiers = dossiers
        self.on_person = app_commands.ContextMenu(name=MENU, callback=self.menu)
        self.on_person.default_permissions = discord.Permissions(moderate_members=True)
        self.on_person.guild_only = True
        buttons.on(GIVE, self._open)
        buttons.on(GIVEN, self._given)
        buttons.on(REVOKE, self._choose)
        buttons.on(REVOKED, self._revoked)

    @app_commands.command()
    @app_commands.describe(
        member="Who gets it",
        days="For how many days, from now on",
        reason="Why; the member's record and the log keep it",
        tokens="Tokens a day",
        claude="Open the Claude models",
        unlimited="Lift the daily limit",
    )
    async def give(
        self,
        interaction: discord.Interaction,
        member: discord.User,
        days: app_commands.Range[int, 1, MOST_DAYS],
        reason: Reason,
        tokens: app_commands.Range[int, 1, MOST_TOKENS] | None = None,
        claude: bool = False,
        unlimited: bool = False,
    ) -> None:
        """Give a member tokens a day, Claude or no limit, for some days."""
        details = _details(days, tokens, claude=claude, unlimited=unlimited)
        action = Action.GRANT_GIVE
        await self._desk.ask(interaction, action, details, target=member, reason=reason)

    @app_commands.command()
    @app_commands.describe(
        grant="Which one: pick from the list, or type a source or a user's id to search",
        reason="Why; the member's record and the log keep it",
    )
    async def revoke(self, interaction: discord.Interaction, grant: str, reason: Reason) -> None:
        """End a member's grant now."""
        await self._revoke(interaction, grant, reason)

    @revoke.autocomplete("grant")
    async def _offer(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        if not await self._desk.trusts(interaction):
            return []
        held = await self._dossiers.latest(typed)
        return [
            app_commands.Choice(name=dossier_card.choice(each), value=str(each.grant.id))
            for each in held
        ]

    @app_commands.command(name="list")
    @app_commands.describe(member="Whose grants")
    async def list_(self, interaction: discord.Interaction, member: discord.User) -> None:
        """List a member's grants: running ones, and those that wait for their start."""
        await think(interaction)
        await self._desk.actor(interaction, Action.MEMBER_INFO)
        person = person_of(member)
        known = await self._dossiers.members.known(person.discord_id)
        held = await self._dossiers.grants(known.id) if known else []
        owner = interaction.user.id
        rows = [[button(say("grant.menu"), GIVE, owner, member.id)]]
        lines = dossier_card.grants(held, interaction.created_at)
        head = say("grant.list", who=member.mention)
        options = dossier_card.options(held)
        chosen = [[select(say("grant.pick"), REVOKE, owner, options)]] if options else []
        await show(interaction, panel(f"{head}\n{lines}", rows=[*chosen, *rows]))

    async def menu(self, interaction: discord.Interaction, user: discord.User) -> None:
        """Ask what a person is to be given: the menu's "Grant..."."""
        if user.bot:
            raise NotForBots
        await self._ask(interaction, user.id, user.display_name)

    async def _open(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        discord_id = _number(arguments)
        member = interaction.guild.get_member(discord_id) if interaction.guild else None
        who = member.display_name if member else str(discord_id)
        await self._ask(interaction, discord_id, who)

    async def _ask(self, interaction: discord.Interaction, discord_id: int, who: str) -> None:
        if not self._desk.door.is_staff(interaction):
            await think(interaction)
            await self._desk.actor(interaction, Action.GRANT_GIVE)
        fields: dict[str, ui.Item[ui.Modal]] = {
            say("grant.days"): line("days", hint=number(USUAL_DAYS), longest=4),
            say("grant.tokens"): line(
                "tokens", hint=number(USUAL_TOKENS), longest=20, required=False
            ),
            say("grant.claude"): ui.Checkbox(custom_id="claude"),
            say("grant.unlimited"): ui.Checkbox(custom_id="unlimited"),
            say("staff.reason"): reason(),
        }
        owner = interaction.user.id
        title = say("grant.modal", who=who)[:LONGEST_TITLE]
        asked = modal(title, GIVEN, owner, discord_id, fields=fields)
        await interaction.response.send_modal(asked)

    async def _given(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        target, said = Person(_number(arguments), at_home=False), filled(interaction)
        tokens = _typed(said.get("tokens"), "tokens", MOST_TOKENS)
        days = _typed(said.get("days"), "days", MOST_DAYS)
        if days is None:
            raise Invalid(reason=say("grant.needs_days"), param="days")
        claude, unlimited = bool(said.get("claude")), bool(said.get("unlimited"))
        details = _details(days, tokens, claude=claude, unlimited=unlimited)
        why = str(said.get("reason") or "")
        await self._desk.ask(interaction, Action.GRANT_GIVE, details, target=target, reason=why)

    async def _choose(self, interaction: discord.Interaction, _: Sequence[str]) -> None:
        grant_id, owner = picked(interaction), interaction.user.id
        fields = {say("staff.reason"): reason()}
        asked = modal(say("grant.end"), REVOKED, owner, grant_id, fields=fields)
        await interaction.response.send_modal(asked)

    async def _revoked(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        why = str(filled(interaction).get("reason") or "")
        await self._revoke(interaction, arguments[0] if arguments else "", why)

    async def _revoke(self, interaction: discord.Interaction, grant: str, why: str) -> None:
        # A number that no grant can have, for whatever was typed instead of picked.
        number = int(grant) if grant.isdecimal() and len(grant) < 20 else 0
        action = Action.GRANT_REVOKE
        await self._desk.ask(interaction, action, {"grant": number}, reason=why)


def _details(days: int, tokens: int | None, *, claude: bool, unlimited: bool) -> Details:
    return {"days": days, "tokens": tokens, "claude": claude, "unlimited": unlimited}


def _typed(text: object, name: str, most: int) -> int | None:
    """Read a number as people type them, with or without separators; None for nothing."""
    plain = _SEPARATORS.sub("", str(text or ""))
    if not plain:
        return None
    if not plain.isdecimal() or not 1 <= int(plain) <= most:
        raise Invalid(reason=say(f"grant.not_a_number.{name}", most=most), param=name)
    return int(plain)


def _number(arguments: Sequence[str]) -> int:
    if len(arguments) != 1 or not arguments[0].isdecimal():
        raise OldButton
    return int(arguments[0])
