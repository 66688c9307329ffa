"""The one road of every staff act in Discord: checked, previewed, confirmed, approved, undone."""

from collections.abc import Sequence
from typing import Any

import discord

from bot.audit import Action
from bot.cogs.buttons import ANYONE, Buttons, OldButton
from bot.cogs.checks import Door
from bot.cogs.modals import filled, modal, reason
from bot.cogs.panels import panel
from bot.cogs.replies import redraw, show, think
from bot.cogs.staff import confirm_card
from bot.core.errors import Failure, Kind
from bot.members.people import Person
from bot.staff.act import Actor, Details
from bot.staff.papers import APPROVE, DECLINE, UNDO
from bot.staff.proposals import Done, Proposals
from bot.words.language import chosen, speaking
from bot.words.say import say

DECLINED = "staff.declined"  # the modal behind Decline
LONGEST_POST = 2_000  # characters, Discord's limit of a message


class NotForBots(Failure):
    """Bots are no members and can be given nothing."""

    kind = Kind.NOT_ALLOWED
    message_id = "staff.not_for_bots"


class StaffDesk:
    """Lets staff act, and nobody else; every click is checked anew."""

    def __init__(self, proposals: Proposals, door: Door, buttons: Buttons) -> None:
        self.proposals = proposals
        self.door = door
        buttons.on(confirm_card.CONFIRM, self._confirm)
        buttons.on(confirm_card.CANCEL, self._cancel)
        buttons.on(APPROVE, self._approve)
        buttons.on(DECLINE, self._decline)
        buttons.on(DECLINED, self._declined)
        buttons.on(UNDO, self._undo)

    async def actor(self, interaction: discord.Interaction, action: Action) -> Actor:
        """Return the staff member who acts; raise, audited, for anybody else."""
        staff, admin = self.door.is_staff(interaction), self.door.is_admin(interaction)
        person = self.door.person(interaction)
        return await self.proposals.actor(person, action, staff=staff, admin=admin)

    async def trusts(self, interaction: discord.Interaction) -> bool:
        """Say whether staff act who are not suspended, for what is asked at every keystroke."""
        person = self.door.person(interaction)
        return self.door.is_staff(interaction) and await self.proposals.trusted(person)

    async def ask(
        self,
        interaction: discord.Interaction,
        action: Action,
        details: Details,
        *,
        target: discord.User | discord.Member | Person | None = None,
        reason: str = "",
    ) -> None:
        """Acknowledge a command, show what the act would change, and offer to confirm it."""
        await think(interaction)
        await self.preview(interaction, action, details, target=target, reason=reason)

    async def preview(
        self,
        interaction: discord.Interaction,
        action: Action,
        details: Details,
        *,
        target: discord.User | discord.Member | Person | None = None,
        reason: str = "",
    ) -> None:
        """Show what an act would change, and offer to confirm it; `think` came before."""
        actor = await self.actor(interaction, action)
        preview = await self.proposals.propose(
            actor,
            action,
            details,
            target=None if target is None else person_of(target),
            reason=reason,
            proposal_id=interaction.id,
        )
        await show(interaction, confirm_card.question(preview, interaction.user.id))

    async def _confirm(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        proposal_id = number_in(arguments)
        await interaction.response.defer()
        actor = await self._decider(interaction, proposal_id)
        outcome = await self.proposals.confirm(proposal_id, actor)
        if isinstance(outcome, Done):
            view = confirm_card.done(outcome, interaction.user.id)
        else:
            view = confirm_card.waits(outcome)
        await redraw(interaction, view)

    async def _cancel(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        proposal_id = number_in(arguments)
        await interaction.response.defer()
        actor = await self._decider(interaction, proposal_id)
        await self.proposals.cancel(proposal_id, actor)
        await redraw(interaction, panel(say("staff.cancelled")))

    async def _approve(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        proposal_id = number_in(arguments)
        await interaction.response.defer()
        actor = await self._decider(interaction, proposal_id)
        await self.proposals.approve(proposal_id, actor)
        await close_post(interaction, "staff.approved", who=interaction.user.mention)

    async def _decline(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        """Ask why; only then anything is decided."""
        proposal_id = number_in(arguments)
        if not self.door.is_staff(interaction):
            await interaction.response.defer()
            await self._decider(interaction, proposal_id)
        fields = {say("staff.reason"): reason()}
        asked = modal(say("staff.decline"), DECLINED, ANYONE, proposal_id, fields=fields)
        await interaction.response.send_modal(asked)

    async def _declined(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        proposal_id, why = number_in(arguments), str(filled(interaction).get("reason") or "")
        await interaction.response.defer()
        actor = await self._decider(interaction, proposal_id)
        await self.proposals.decline(proposal_id, actor, why)
        await close_post(interaction, "staff.declined", who=interaction.user.mention)

    async def _undo(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        audit_id = number_in(arguments)
        await interaction.response.defer()
        actor = await self.actor(interaction, Action.UNDONE)
        undone = await self.proposals.undo(audit_id, actor)
        if interaction.message is not None and interaction.message.flags.components_v2:
            await redraw(interaction, confirm_card.undone(undone, interaction.user.id))
        else:
            await close_post(interaction, "staff.undone", who=interaction.user.mention)

    async def _decider(self, interaction: discord.Interaction, proposal_id: int) -> Actor:
        """Return the staff member who clicks; an attempt by anybody else is audited as that."""
        return await self.actor(interaction, await self.proposals.filing.action_of(proposal_id))


def person_of(user: discord.User | discord.Member | Person) -> Person:
    """Return whom an option of a staff command names, as its payload shows them."""
    if isinstance(user, Person):
        return user
    if user.bot:
        raise NotForBots
    return Person(user.id, at_home=isinstance(user, discord.Member))


def number_in(arguments: Sequence[str]) -> int:
    """Return the one number that a button carries; it is the clicker's input."""
    if len(arguments) != 1 or not arguments[0].isdecimal():
        raise OldButton
    return int(arguments[0])


async def close_post(interaction: discord.Interaction, message_id: str, **params: Any) -> None:
    """Write below a post what became of it, in its server's language; take its buttons away."""
    with speaking(chosen(None, str(interaction.guild_locale or ""))):
        outcome = say(message_id, **params)
    said = interaction.message.content if interaction.message else ""
    room = LONGEST_POST - len(outcome) - 1
    await interaction.edit_original_response(content=f"{said[:room]}\n{outcome}", view=None)
