"""/leaderboard: who leads the month, in pages; anybody may page a copy of their own."""

from collections.abc import Iterator, Sequence
from typing import Literal

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.account.boards import DEEPEST as DEEPEST_PLACE
from bot.account.boards import Board, Boards, Line, Page
from bot.cogs.buttons import ANYONE, Buttons, OldButton, button
from bot.cogs.checks import Door
from bot.cogs.panels import Tone, panel
from bot.cogs.replies import redraw, show, think
from bot.core.months import is_month
from bot.members.listing import Listing
from bot.words.say import say

PAGE, LIST = "board", "board.list"
LINES = 10
DEEPEST = 50  # pages that can be turned
MEDALS = {1: "🥇", 2: "🥈", 3: "🥉"}


class LeaderboardCommands(commands.Cog):
    """Who leads."""

    def __init__(self, boards: Boards, listing: Listing, door: Door, clicks: Buttons) -> None:
        self._boards = boards
        self._listing = listing
        self._door = door
        clicks.on(PAGE, self._page)
        clicks.on(LIST, self._list)

    @app_commands.command()
    @app_commands.describe(
        board="What members are ranked by", month="Another month, as YYYY-MM; left out: this one"
    )
    async def leaderboard(
        self,
        interaction: discord.Interaction,
        board: Literal["referrals", "levels", "usage"],
        month: str | None = None,
    ) -> None:
        """See who brought, talked or used the most this month."""
        await think(interaction, hidden=False)
        meant = self._boards.month(month)
        view = await self._panel(interaction, Board(board), meant, 0)
        await interaction.followup.send(view=view)

    async def _page(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        """Turn the page; who did not ask for this board gets a copy that only they see."""
        owner, board, month, page = _place(arguments)
        if owner == interaction.user.id:
            await interaction.response.defer()
            await redraw(interaction, await self._panel(interaction, board, month, page))
        else:
            await think(interaction)
            await show(interaction, await self._panel(interaction, board, month, page))

    async def _list(self, interaction: discord.Interaction, _: Sequence[str]) -> None:
        """Take the clicker off the boards, or put them on again."""
        await think(interaction)
        listed = await self._listing.toggle(self._door.person(interaction))
        await show(interaction, panel(say("board.listed" if listed else "board.hidden")))

    async def _panel(
        self, interaction: discord.Interaction, board: Board, month: str, page: int
    ) -> ui.LayoutView:
        reader = await self._listing.members.known(interaction.user.id)
        found = await self._boards.page(
            board,
            month,
            reader_id=reader.id if reader else None,
            skip=page * LINES,
            limit=LINES,
        )
        current = self._boards.is_this(month)
        until = say(f"board.until.{board}") if current else ""
        title = say(f"board.{board}", month=month)
        return panel(
            f"## {title}\n{until}".rstrip(),
            "\n".join(_lines(found, current=current)),
            rows=[_turn(interaction.user.id, found, page)],
            tone=Tone.CALM,
        )


def _lines(page: Page, *, current: bool) -> Iterator[str]:
    """List a page, then the reader's own line where it is not on it."""
    if not page.lines:
        yield _empty(page.board, current=current)
    for line in page.lines:
        yield _said(page.board, line)
    mine = page.mine
    if mine is not None and all(line.member_id != mine.member_id for line in page.lines):
        yield say("board.mine", line=_said(page.board, mine))


def _empty(board: Board, *, current: bool) -> str:
    if not current:
        return say("board.empty.over")
    return say("board.empty.usage" if board is Board.USAGE else "board.empty")


def _said(board: Board, line: Line) -> str:
    who = f"<@{line.discord_id}>" if line.discord_id else say("board.somebody")
    counted = f"**{line.place}.**" if line.place <= DEEPEST_PLACE else say("board.deep")
    mark = MEDALS.get(line.place, counted)
    return say(f"board.line.{board}", mark=mark, who=who, n=line.amount)


def _turn(owner: int, page: Page, at: int) -> list[ui.Button[ui.View]]:
    def to(way: str, number: int, *, off: bool) -> ui.Button[ui.View]:
        # The way parts buttons that lead to the same page: Discord wants each id once.
        what = (owner, page.board, page.month, max(0, number), way)
        return button(say(f"button.{way}"), PAGE, ANYONE, *what, disabled=off)

    return [
        to("first", 0, off=at == 0),
        to("previous", at - 1, off=at == 0),
        to("next", at + 1, off=not page.more or at + 1 >= DEEPEST),
        button(say("button.list_me"), LIST, ANYONE),
    ]


def _place(arguments: Sequence[str]) -> tuple[int, Board, str, int]:
    """Read which page a click asks for; it is the clicker's input."""
    if len(arguments) != 5:
        raise OldButton
    owner, board, month, page, _ = arguments
    sound = owner.isdecimal() and board in tuple(Board) and is_month(month) and page.isdecimal()
    if not sound or int(page) >= DEEPEST:
        raise OldButton
    return int(owner), Board(board), month, int(page)
