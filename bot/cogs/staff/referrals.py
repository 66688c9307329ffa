"""/referrals: who activated a member's code, and voiding what should not have counted."""

from collections.abc import Sequence

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.audit import Action
from bot.cogs.buttons import Buttons, OldButton, button
from bot.cogs.modals import LONGEST_REASON
from bot.cogs.panels import Clickable, panel, stamp
from bot.cogs.replies import redraw, show, think
from bot.cogs.staff.confirm import StaffDesk, person_of
from bot.cogs.staff.confirm_card import mention
from bot.members.service import Members
from bot.referrals.activations import Activations, Brought, Record
from bot.words.say import say

PAGE, LINES = "staff.referrals", 15
LARGEST = 2**63 - 1  # the largest number of a row


@app_commands.default_permissions(moderate_members=True)
@app_commands.guild_only()
class ReferralStaff(
    commands.GroupCog,
    group_name="referrals",
    group_description="See who brought whom, and void what should not count",
):
    """Referrals, for staff."""

    def __init__(
        self, activations: Activations, members: Members, desk: StaffDesk, buttons: Buttons
    ) -> None:
        self._activations = activations
        self._members = members
        self._desk = desk
        buttons.on(PAGE, self._turn)

    @app_commands.command()
    @app_commands.describe(member="Whose referrals")
    async def list(self, interaction: discord.Interaction, member: discord.User) -> None:
        """See a member's code, balance, and who activated the code."""
        await think(interaction)
        await self._desk.actor(interaction, Action.REFERRALS_LIST)
        person = person_of(member)
        known = await self._members.known(person.discord_id)
        if known is None:
            name = discord.utils.escape_markdown(member.display_name)
            await show(interaction, panel(say("profile.unknown", name=name)))
            return
        await show(interaction, await self._drawn(interaction, known.id, 0))

    @app_commands.command()
    @app_commands.describe(
        member="The newcomer whose activation shall not count", reason="Why, for the records"
    )
    async def void(
        self,
        interaction: discord.Interaction,
        member: discord.User,
        reason: app_commands.Range[str, 1, LONGEST_REASON],
    ) -> None:
        """Let a newcomer's activation count no more. They keep what it gave them."""
        await self._desk.ask(interaction, Action.REFERRALS_VOID, {}, target=member, reason=reason)

    async def _turn(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        if len(arguments) != 2 or not all(each.isdecimal() for each in arguments):
            raise OldButton
        member_id, at = map(int, arguments)
        if max(member_id, at * LINES) > LARGEST:
            raise OldButton
        await interaction.response.defer()
        await self._desk.actor(interaction, Action.REFERRALS_LIST)
        await redraw(interaction, await self._drawn(interaction, member_id, at))

    async def _drawn(
        self, interaction: discord.Interaction, member_id: int, at: int
    ) -> ui.LayoutView:
        record = await self._activations.record(member_id, skip=at * LINES, limit=LINES)
        async with self._members.db.read() as tx:
            who = mention(await self._members.discord_id_of(tx, member_id))
        listed = "\n".join(_line(each) for each in record.brought)
        return panel(
            say("staff.referrals.title", member=who) + "\n" + _head(record),
            listed or say("staff.referrals.none"),
            rows=_turns(record, member_id, at, interaction.user.id),
        )


def _head(record: Record) -> str:
    purse = record.purse
    lines = [
        say("staff.referrals.code", code=record.code),
        say(
            "staff.referrals.purse",
            credited=purse.credited,
            waiting=purse.waiting,
            reserved=purse.reserved,
            spent=purse.spent,
            balance=purse.balance,
        ),
    ]
    if record.came_by is not None:
        lines.append(say("staff.referrals.came_by", owner=mention(record.came_by)))
    return "\n".join(lines)


def _line(brought: Brought) -> str:
    activation = brought.activation
    if activation.voided_at is not None:
        state = say("staff.referrals.voided", moment=stamp(activation.voided_at, "D"))
    elif activation.credited_at is None:
        state = say("staff.referrals.waits")
    else:
        state = say("staff.referrals.counts")
    moment = stamp(activation.activated_at, "D")
    who = mention(brought.discord_id)
    return say("staff.referrals.line", member=who, moment=moment, state=state)


def _turns(record: Record, member_id: int, at: int, owner: int) -> list[list[Clickable]]:
    last = (record.total - 1) // LINES
    if last <= 0:
        return []
    return [
        [
            button(
                say("button.previous"), PAGE, owner, member_id, max(0, at - 1), disabled=at == 0
            ),
            button(say("button.next"), PAGE, owner, member_id, at + 1, disabled=at >= last),
        ]
    ]
