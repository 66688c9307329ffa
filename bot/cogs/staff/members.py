"""/member info, suspend, restore and reset_key."""

from dataclasses import dataclass
from datetime import datetime

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.account.service import Account
from bot.audit import Action, Audit
from bot.cogs import entitlements, suspension
from bot.cogs.buttons import button
from bot.cogs.modals import LONGEST_REASON
from bot.cogs.panels import Tone, panel, stamp
from bot.cogs.replies import show, think
from bot.cogs.staff import dossier_card
from bot.cogs.staff.confirm import StaffDesk, person_of
from bot.members.service import Member
from bot.staff.act import Details
from bot.staff.dossiers import Dossiers
from bot.words.say import say

LATEST = 5  # audited acts that the card shows
Reason = app_commands.Range[str, 1, LONGEST_REASON]


@app_commands.default_permissions(moderate_members=True)
@app_commands.guild_only()
class MemberCommands(
    commands.GroupCog, group_name="member", group_description="See, suspend and restore members"
):
    """What staff see of members, and do to them."""

    def __init__(self, desk: StaffDesk, dossiers: Dossiers, audit: Audit, account: Account) -> None:
        self._desk = desk
        self._card = MemberCard(dossiers, audit, account)

    @app_commands.command()
    @app_commands.describe(member="Who")
    async def info(self, interaction: discord.Interaction, member: discord.User) -> None:
        """See a member's limit, grants, donations, and what staff did lately."""
        await think(interaction)
        await self._desk.actor(interaction, Action.MEMBER_INFO)
        person = person_of(member)
        known = await self._card.dossiers.members.known(person.discord_id)
        if known is None:
            await show(interaction, await suspension.stranger(self._card.dossiers.members, member))
            return
        card = await self._card.of(known, member, interaction.user.id, interaction.created_at)
        await show(interaction, card)

    @app_commands.command()
    @app_commands.describe(member="Who", reason="Why; the member reads it, and so does the log")
    async def suspend(
        self, interaction: discord.Interaction, member: discord.User, reason: Reason
    ) -> None:
        """Stop a member's key and commands until they are restored."""
        action, details = Action.MEMBER_SUSPEND, _seen(member)
        await self._desk.ask(interaction, action, details, target=member, reason=reason)

    @app_commands.command()
    @app_commands.describe(member="Who", reason="Why; the member's record and the log keep it")
    async def restore(
        self, interaction: discord.Interaction, member: discord.User, reason: Reason
    ) -> None:
        """End a member's suspension."""
        action, details = Action.MEMBER_RESTORE, _seen(member)
        await self._desk.ask(interaction, action, details, target=member, reason=reason)

    @app_commands.command()
    @app_commands.describe(member="Who", reason="Why; the member's record and the log keep it")
    async def reset_key(
        self, interaction: discord.Interaction, member: discord.User, reason: Reason
    ) -> None:
        """Replace a member's key by one that only they can see."""
        action = Action.MEMBER_RESET_KEY
        await self._desk.ask(interaction, action, {}, target=member, reason=reason)


@dataclass(frozen=True)
class MemberCard:
    """Draws a member for staff."""

    dossiers: Dossiers
    audit: Audit
    account: Account

    async def of(
        self, member: Member, user: discord.User | discord.Member, owner: int, now: datetime
    ) -> ui.LayoutView:
        """Draw everything staff may see, without a single character of the key."""
        grants = dossier_card.grants(await self.dossiers.grants(member.id), now)
        donated = dossier_card.donations(await self.dossiers.donated(member.id))
        entries = await self.audit.browse(member_id=member.id, limit=LATEST)
        acts = dossier_card.acts(await self.dossiers.told(entries))
        return panel(
            await self._head(member, user),
            f"### {say('member.grants')}\n{grants}",
            f"### {say('member.donations')}\n{donated}",
            f"### {say('member.acts')}\n{acts}",
            rows=[[button(say("grant.menu"), dossier_card.GIVE, owner, user.id)]],
            tone=Tone.CARE if member.suspended else Tone.CALM,
        )

    async def _head(self, member: Member, user: discord.User | discord.Member) -> str:
        caller = await self.account.callers.of(member)
        standing = await self.account.standing(caller)
        profile = await self.account.profile(caller)
        access = entitlements.access(caller.today)
        key = profile.key
        reason = await self.dossiers.members.suspension(member.id)
        lines = [
            f"## {discord.utils.escape_markdown(user.display_name)} · {user.mention}",
            suspension.line(reason) if reason is not None else "",
            say("profile.mode", mode=say(f"mode.name.{caller.mode}")),
            say("profile.limit", limit=entitlements.limit_of(caller.today)),
            say("profile.spent", spent=standing.spent, n=standing.calls),
            say("profile.access", access=access) if access else "",
            say("profile.has_key", moment=stamp(key.created_at, "D")) if key else "",
            say("profile.no_key") if key is None else "",
            say("profile.since", moment=stamp(profile.member_since, "D")),
        ]
        return "\n".join(filter(None, lines))


def _seen(user: discord.User | discord.Member) -> Details:
    """Return whether a command's payload shows whom it names as an administrator."""
    powers = user.resolved_permissions if isinstance(user, discord.Member) else None
    return {"of_admin": powers is not None and powers.administrator}
