"""/status and /help: how Latchkey is, and what it can be asked."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.checks import Door
from bot.cogs.client import Client
from bot.cogs.panels import Tone, panel
from bot.cogs.replies import show, think
from bot.cogs.translations import said_of
from bot.core.health import Health, State, Vitals
from bot.words.say import duration, say

DOTS = {
    State.OK: "🟢",
    State.STARTING: "🟡",
    State.AWAY: "🔴",
    State.OFF: "⚪",
    "ok": "🟢",
    "failing": "🟡",
    "resting": "🔴",
    "misconfigured": "🔴",
}
SLOW_SECONDS = 5.0
MOST_NAMED = 8  # of the models that rest
Command: TypeAlias = (
    app_commands.Command[Any, ..., Any] | app_commands.Group | app_commands.ContextMenu
)


class AboutCommands(commands.Cog):
    """How Latchkey is and what it does."""

    def __init__(self, vitals: Vitals, public_url: Callable[[], str], door: Door) -> None:
        self._vitals = vitals
        self._public_url = public_url
        self._door = door

    @app_commands.command()
    async def status(self, interaction: discord.Interaction) -> None:
        """See how the bot, the API, the database and the upstreams are."""
        await think(interaction)
        health = await self._vitals()
        latency = interaction.client.latency
        known = health.discord is State.OK and math.isfinite(latency)
        slow = known and latency > SLOW_SECONDS
        lines = [
            _line("database", health.database),
            _line("discord", health.discord) + (_lag(latency) if known else ""),
            _line("jobs", health.jobs),
            say("status.api", url=f"{self._public_url()}/v1", n=health.models),
        ]
        upstreams = [_upstream(name, health) for name in sorted(health.upstreams)]
        upstreams += _resting(health.resting)
        well = health.ready and not slow
        title = say("status.well") if well else say("status.unwell")
        blocks = [title, "\n".join(lines), "\n".join(upstreams) or say("status.no_upstreams")]
        await show(interaction, panel(*blocks, tone=Tone.GOOD if well else Tone.CARE))

    @app_commands.command()
    async def help(self, interaction: discord.Interaction) -> None:
        """List what you can ask me for here."""
        await think(interaction)
        lines = [self._entry(interaction, command) for command in self._offered(interaction)]
        name = discord.utils.escape_markdown(self._door.community.community.name)
        where = "help.first" if interaction.guild_id is not None else "help.first_dm"
        first = say(where, url=f"{self._public_url()}/v1")
        await show(interaction, panel(say("help.title", name=name), "\n".join(lines), first))

    def _offered(self, interaction: discord.Interaction) -> Iterator[Command]:
        """List the commands that this person may use in this place."""
        client = interaction.client
        assert isinstance(client, Client), "every interaction comes through our client"
        here = client.tree.get_commands()
        if interaction.guild_id is not None:
            here = [*here, *client.tree.get_commands(guild=discord.Object(interaction.guild_id))]
        for command in sorted(here, key=lambda each: each.name):
            if self._may_use(interaction, command):
                yield command

    def _may_use(self, interaction: discord.Interaction, command: Command) -> bool:
        contexts = command.allowed_contexts
        if interaction.guild_id is None and contexts is not None and not contexts.dm_channel:
            return False
        wanted, has = command.default_permissions, interaction.permissions
        if wanted is None:
            return True
        return (has.administrator or has >= wanted) and self._door.is_staff(interaction)

    def _entry(self, interaction: discord.Interaction, command: Command) -> str:
        if isinstance(command, app_commands.ContextMenu):
            return say("help.menu", name=command.name)
        client = interaction.client
        known = client.command_ids.get(command.name) if isinstance(client, Client) else None
        name = f"</{command.name}:{known}>" if known else f"`/{command.name}`"
        return say("help.entry", name=name, what=said_of(command))


def _upstream(name: str, health: Health) -> str:
    state = health.upstreams[name]
    line = say(f"status.upstream.{state}", dot=DOTS[state], name=name)
    if (recent := health.recent.get(name)) is None:
        return line
    share = recent.answered / recent.tried
    return line + say("status.recent", share=share, tried=recent.tried, took=_took(recent.seconds))


def _took(seconds: float) -> str:
    """Say how long an answer took, under a second in milliseconds."""
    milliseconds = max(1, round(seconds * 1_000))
    if milliseconds < 1_000:
        return say("status.milliseconds", n=milliseconds)
    return say("status.seconds", n=seconds)


def _resting(models: Sequence[str]) -> Iterator[str]:
    """Name the models that cannot be called, the first few of many."""
    if models:
        names = ", ".join(f"`{model}`" for model in models[:MOST_NAMED])
        if (more := len(models) - MOST_NAMED) > 0:
            names = say("status.more", names=names, more=more)
        yield say("status.resting", n=len(models), names=names)


def _lag(seconds: float) -> str:
    if seconds > SLOW_SECONDS:
        return say("status.slow", behind=duration(seconds))
    return say("status.lag", ms=round(seconds * 1000))


def _line(part: str, state: State) -> str:
    return say(f"status.{part}.{state}", dot=DOTS[state])
