"""/user_info: oneself in full, somebody else only as far as they are public."""

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.account.boards import DEEPEST, Board, Boards
from bot.account.service import Account, Profile
from bot.allowance.plans import Source
from bot.cogs import entitlements, suspension
from bot.cogs.buttons import button
from bot.cogs.checks import Door
from bot.cogs.limits_card import OPEN
from bot.cogs.panels import Tone, panel, stamp
from bot.cogs.replies import show, think
from bot.ledger.calls import Standing
from bot.members.service import Member, Members
from bot.referrals.service import Overview, Referrals
from bot.relay.caller import Caller
from bot.words.say import number, say


class ProfileCommands(commands.Cog):
    """Who you are to us."""

    def __init__(
        self, members: Members, account: Account, referrals: Referrals, boards: Boards, door: Door
    ) -> None:
        self._members = members
        self._account = account
        self._referrals = referrals
        self._boards = boards
        self._door = door

    @app_commands.command()
    @app_commands.describe(user="Somebody else; left out: you")
    async def user_info(
        self, interaction: discord.Interaction, user: discord.User | None = None
    ) -> None:
        """See your limit and where it comes from, your referral code, your key and your dates."""
        await think(interaction)
        if user is None or user.id == interaction.user.id:
            view = await self._own(interaction)
        else:
            view = await self._other(user, in_full=await self._staff(interaction))
        await show(interaction, view)

    async def _staff(self, interaction: discord.Interaction) -> bool:
        """Say whether staff ask; whoever is suspended is no staff."""
        if not self._door.is_staff(interaction):
            return False
        known = await self._members.known(interaction.user.id)
        return known is None or not known.suspended

    async def _own(self, interaction: discord.Interaction) -> ui.LayoutView:
        caller = await self._account.callers.by_person(self._door.person(interaction))
        profile = await self._account.profile(caller)
        standing = await self._account.standing(caller)
        brought = _brought(await self._referrals.overview(caller.member_id))
        talked = await self._talked(caller)
        lines = [*self._lines(caller, profile, standing), *talked, *brought, *_own_key(profile)]
        name = discord.utils.escape_markdown(interaction.user.display_name)
        return panel(
            f"## {name}\n" + "\n".join(lines),
            self._sources(caller),
            rows=[[button(say("button.my_limits"), OPEN, interaction.user.id)]],
        )

    async def _other(self, user: discord.User | discord.Member, *, in_full: bool) -> ui.LayoutView:
        name = discord.utils.escape_markdown(user.display_name)
        if user.bot:
            return panel(say("profile.bot", name=name))
        member = await self._members.known(user.id)
        if member is None:
            return await self._stranger(user, name, in_full=in_full)
        if in_full:
            return await self._for_staff(member, name)
        talked = await self._talked(await self._account.callers.of(member), listed_only=True)
        return panel(f"## {name}\n" + "\n".join([*talked, say("profile.private", name=name)]))

    async def _stranger(
        self, user: discord.User | discord.Member, name: str, *, in_full: bool
    ) -> ui.LayoutView:
        """Say that somebody is no member, and to staff whether they left suspended."""
        if in_full:
            return await suspension.stranger(self._members, user)
        return panel(say("profile.unknown", name=name))

    async def _for_staff(self, member: Member, name: str) -> ui.LayoutView:
        """Draw a member for staff, without a single character of the key."""
        caller = await self._account.callers.of(member)
        profile = await self._account.profile(caller)
        lines = self._lines(caller, profile, await self._account.standing(caller))
        lines += await self._talked(caller)
        lines += _brought(await self._referrals.overview(member.id))
        made = stamp(profile.key.created_at, "D") if profile.key else ""
        lines.append(say("profile.has_key", moment=made) if made else say("profile.no_key"))
        if (reason := await self._members.suspension(member.id)) is not None:
            lines.append(suspension.line(reason))
        return panel(
            f"## {name}\n" + "\n".join(lines),
            self._sources(caller),
            tone=Tone.CARE if member.suspended else Tone.CALM,
        )

    async def _talked(self, caller: Caller, *, listed_only: bool = False) -> list[str]:
        """Say which level somebody has, and how they stand this month unless they hide it."""
        levels = [grant.plan for grant in caller.today.sources if grant.source == Source.LEVEL]
        best = max(filter(None, levels), default=None, key=int)
        lines = [say("profile.level", level=best) if best else say("profile.no_level")]
        month = self._boards.month(None)
        board = await self._boards.page(
            Board.LEVELS, month, reader_id=caller.member_id, skip=0, limit=1
        )
        if (mine := board.mine) is not None and (mine.discord_id or not listed_only):
            place = number(mine.place) if mine.place <= DEEPEST else number(DEEPEST) + "+"
            lines.append(say("profile.points", n=mine.amount, place=place))
        return lines

    def _lines(self, caller: Caller, profile: Profile, standing: Standing) -> list[str]:
        access = entitlements.access(caller.today)
        return [
            say("profile.mode", mode=say(f"mode.name.{caller.mode}")),
            say("profile.limit", limit=entitlements.limit_of(caller.today)),
            say("profile.spent", spent=standing.spent, n=standing.calls),
            *([say("profile.access", access=access)] if access else []),
            say("profile.since", moment=stamp(profile.member_since, "D")),
        ]

    def _sources(self, caller: Caller) -> str:
        listed = entitlements.sources(caller.today, self._door.community.limits)
        return f"### {say('limits.sources')}\n{listed}"


def _brought(overview: Overview) -> list[str]:
    """Say which code it is, how many activated it, and what that left to exchange."""
    purse = overview.purse
    lines = [say("profile.code", code=overview.code, n=purse.credited + purse.waiting)]
    if purse.waiting:
        lines.append(say("exchange.not_yet", n=purse.waiting))
    if purse.reserved:
        lines.append(say("profile.reserved", n=purse.reserved))
    if purse.balance < 0:
        return [*lines, say("exchange.debt", n=-purse.balance)]
    return [*lines, say("profile.balance", n=purse.balance)]


def _own_key(profile: Profile) -> list[str]:
    if profile.key is None:
        return [say("profile.make_key")]
    made, used = stamp(profile.key.created_at, "D"), profile.key_last_used_at
    last = say("key.used", moment=stamp(used)) if used else say("key.unused")
    return [say("profile.key", masked=profile.key.masked, moment=made, used=last)]
