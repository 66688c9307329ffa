"""/level: giving and taking levels by hand, and what a month's points come to."""

from collections.abc import Iterator, Mapping, Sequence

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.allowance.plans import PlanBook
from bot.audit import Action
from bot.cogs.buttons import Buttons, OldButton, button
from bot.cogs.entitlements import gives
from bot.cogs.modals import LONGEST_REASON
from bot.cogs.panels import Clickable, panel, stamp
from bot.cogs.replies import redraw, show, think
from bot.cogs.staff.confirm import StaffDesk
from bot.core.months import is_month, month_of
from bot.levels.board import DryRun, LevelBoard, Talker
from bot.levels.errors import NoSuchMonth
from bot.words.say import say

PAGE, LINES = "staff.levels", 15
DEEPEST = 1_000  # pages
HIGHEST = 100


@app_commands.default_permissions(moderate_members=True)
@app_commands.guild_only()
class LevelStaff(
    commands.GroupCog,
    group_name="level",
    group_description="Give and take levels, and see who earns them",
):
    """Levels, for staff."""

    def __init__(
        self, board: LevelBoard, plans: PlanBook, desk: StaffDesk, buttons: Buttons
    ) -> None:
        self._board = board
        self._plans = plans
        self._desk = desk
        buttons.on(PAGE, self._turn)

    @app_commands.command()
    @app_commands.describe(
        member="Who gets it",
        level="Which level, in place of the one they have",
        reason="Why, for the records",
    )
    async def grant(
        self,
        interaction: discord.Interaction,
        member: discord.User,
        level: app_commands.Range[int, 1, HIGHEST],
        reason: app_commands.Range[str, 1, LONGEST_REASON],
    ) -> None:
        """Give a member a level now, until the end of next month."""
        details = {"level": level}
        await self._desk.ask(interaction, Action.LEVEL_GRANT, details, target=member, reason=reason)

    @app_commands.command()
    @app_commands.describe(member="Whose level", reason="Why, for the records")
    async def revoke(
        self,
        interaction: discord.Interaction,
        member: discord.User,
        reason: app_commands.Range[str, 1, LONGEST_REASON],
    ) -> None:
        """Take a member's level, its allowance and its role."""
        await self._desk.ask(interaction, Action.LEVEL_REVOKE, {}, target=member, reason=reason)

    @app_commands.command()
    @app_commands.describe(month="Like 2026-11; left out: this month")
    async def board(self, interaction: discord.Interaction, month: str | None = None) -> None:
        """See a month's points, and what awarding it would do."""
        await think(interaction)
        await self._desk.actor(interaction, Action.LEVEL_BOARD)
        await show(interaction, await self._drawn(interaction, self._month(month), 0))

    async def _turn(self, interaction: discord.Interaction, arguments: Sequence[str]) -> None:
        month, at = _place(arguments)
        await interaction.response.defer()
        await self._desk.actor(interaction, Action.LEVEL_BOARD)
        await redraw(interaction, await self._drawn(interaction, month, at))

    def _month(self, typed: str | None) -> str:
        """Return the month that is meant, this one by default."""
        this = month_of(self._board.clock.now(), self._board.community.zone)
        month = (typed or this).strip()
        if not is_month(month) or month > this:
            raise NoSuchMonth(month=this)
        return month

    async def _drawn(self, interaction: discord.Interaction, month: str, at: int) -> ui.LayoutView:
        found = await self._board.page(month, skip=at * LINES, limit=LINES + 1)
        dry, shown = await self._board.dry_run(month), found[:LINES]
        lines = [_line(at * LINES + place, each) for place, each in enumerate(shown, start=1)]
        empty = say("levels.board.none_deeper" if at else "levels.board.nobody")
        blocks = [say("levels.board", month=month) + "\n" + ("\n".join(lines) or empty)]
        blocks += ["\n".join(self._awarded(dry)), "\n".join(self._to_come(dry))]
        rows = _turns(month, at, interaction.user.id, more=len(found) > LINES)
        return panel(*filter(None, blocks), rows=rows)

    def _awarded(self, dry: DryRun) -> Iterator[str]:
        if dry.awarded:
            yield say("levels.dry.done")
            yield from self._counts(dry, dry.awarded)

    def _to_come(self, dry: DryRun) -> Iterator[str]:
        """Say what awarding the month would do, and what keeps a role from being given."""
        yield say("levels.dry")
        if not self._board.community.community.chat_channels:
            yield say("levels.dry.off")
        state = "late" if dry.late else "running" if dry.running else "over"
        if dry.to_come:
            starts, ends = stamp(dry.period.starts_at, "d"), stamp(dry.period.ends_at, "d")
            yield say(f"levels.dry.{state}", starts=starts, ends=ends)
            yield from self._counts(dry, dry.to_come)
        else:
            yield say("levels.dry.nobody_else" if dry.awarded else "levels.dry.nobody")
        for level, role in sorted(dry.look.roles.items()):
            if hitch := dry.look.hitches.get(role):
                params = hitch.params(role)
                yield say("levels.unfit", level=level, **params) + " " + say(hitch.mend, **params)

    def _counts(self, dry: DryRun, counts: Mapping[int, int]) -> Iterator[str]:
        thresholds = self._board.community.levels.thresholds
        roles = self._board.community.community.level_roles
        for level, count in sorted(counts.items(), reverse=True):
            role = roles.get(level)
            least = thresholds[level - 1] if level <= len(thresholds) else 0
            yield say(
                "levels.dry.line",
                level=level,
                least=say("levels.dry.least", n=least),
                gives=gives(self._plans.level(level)),
                role=say("levels.dry.role", role=f"<@&{role}>") if role else "",
                n=count,
            )


def _line(place: int, talker: Talker) -> str:
    line = say("levels.board.line", place=place, who=f"<@{talker.discord_id}>", n=talker.points)
    if not talker.level:
        return line
    mark = "levels.board.given" if talker.awarded else "levels.board.earned"
    return line + say(mark, level=talker.level)


def _turns(month: str, at: int, owner: int, *, more: bool) -> list[list[Clickable]]:
    if not at and not more:
        return []
    return [
        [
            button(say("button.previous"), PAGE, owner, month, max(0, at - 1), disabled=not at),
            button(
                say("button.next"),
                PAGE,
                owner,
                month,
                at + 1,
                disabled=not more or at + 1 >= DEEPEST,
            ),
        ]
    ]


def _place(arguments: Sequence[str]) -> tuple[str, int]:
    """Read which page a click asks for; it is the clicker's input."""
    if len(arguments) != 2 or not is_month(arguments[0]) or not arguments[1].isdecimal():
        raise OldButton
    return arguments[0], min(int(arguments[1]), DEEPEST)
