"""/contest: a month's leaderboard of referrals and its winners, for everyone in a home guild."""

from collections.abc import Sequence

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.cogs.buttons import Buttons, OldButton, button
from bot.cogs.checks import Door
from bot.cogs.entitlements import gives
from bot.cogs.panels import Clickable, panel, stamp
from bot.cogs.replies import redraw, show, think
from bot.core.months import is_month, month_ends
from bot.members.service import Members
from bot.referrals.board import Line, Page
from bot.referrals.contest import Contest
from bot.words.say import duration, say

PAGE, LINES = "contest.page", 10
DAY = 86_400  # seconds
LARGEST_PAGE = 10_000


class ContestCommands(commands.Cog):
    """Who brings the most people here."""

    def __init__(self, contest: Contest, members: Members, door: Door, buttons: Buttons) -> None:
        self._contest = contest
        self._members = members
        self._door = door
        buttons.on(PAGE, self._turn)

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.describe(month="Like 2026-11; left out: this month")
    async def contest(self, interaction: discord.Interaction, month: str | None = None) -> None:
        """See who brings the most people here this month, and what they win."""
        await think(interaction)
        wanted = self._contest.board.month(month)
        await show(interaction, await self._drawn(interaction, wanted, 0))

    async def _turn(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        if len(arguments) != 2 or not is_month(arguments[0]) or not arguments[1].isdecimal():
            raise OldButton
        await interaction.response.defer()
        at = min(int(arguments[1]), LARGEST_PAGE)
        await redraw(interaction, await self._drawn(interaction, arguments[0], at))

    async def _drawn(self, interaction: discord.Interaction, month: str, at: int) -> ui.LayoutView:
        member = await self._members.admitted(self._door.person(interaction))
        page = await self._contest.board.page(
            month, reader_id=member.id, skip=at * LINES, limit=LINES
        )
        head = "\n".join([say("contest.title", month=month), *await self._stakes(month)])
        mine = page.mine
        own = (
            say("contest.mine", place=mine.place, n=mine.activations)
            if mine
            else say("contest.not_on_it")
        )
        return panel(head, _lines(page), own, rows=_turns(page, at, interaction.user.id))

    async def _stakes(self, month: str) -> list[str]:
        """Say what can be won, or who has won."""
        contest = self._contest
        places = contest.community.referrals.contest_winners
        ends = month_ends(month, contest.community.zone)
        if won := await contest.won(month):
            who = [await self._name(each.member_id, listed=each.listed) for each in won[:LINES]]
            counts = zip(won, who, strict=False)
            lines = [_winner(each.place, name, each.activations) for each, name in counts]
            return [say("contest.winners"), *lines]
        over = contest.clock.now() >= ends
        if over and await contest.closed(month):
            return [say("contest.no_winners")]
        if not places:
            return [say("contest.off")]
        if over:
            return [say("contest.soon")]
        terms = contest.plans.contest()
        days, till = duration(terms.days * DAY), stamp(ends)
        return [say("contest.prize", gives=gives(terms), days=days, n=places, ends=till)]

    async def _name(self, member_id: int, *, listed: bool) -> str:
        if not listed:
            return say("contest.hidden")
        async with self._members.db.read() as tx:
            discord_id = await self._members.discord_id_of(tx, member_id)
        return f"<@{discord_id}>" if discord_id else say("somebody.gone")


def _lines(page: Page) -> str:
    if not page.total:
        return say("contest.nobody")
    return "\n".join(_line(line) for line in page.lines)


def _line(line: Line) -> str:
    name = f"<@{line.discord_id}>" if line.discord_id else say("contest.hidden")
    return _winner(line.place, name, line.activations)


def _winner(place: int, name: str, count: int) -> str:
    return say("contest.line", place=place, member=name, n=count)


def _turns(page: Page, at: int, owner: int) -> list[list[Clickable]]:
    last = (page.total - 1) // LINES
    if last <= 0:
        return []
    return [
        [
            button(
                say("button.previous"), PAGE, owner, page.month, max(0, at - 1), disabled=at == 0
            ),
            button(say("button.next"), PAGE, owner, page.month, at + 1, disabled=at >= last),
        ]
    ]
