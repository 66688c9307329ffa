"""What people read of failures, and the first acknowledgement that fixes who sees a reply."""

import logging
import secrets
from collections.abc import Iterable

import aiohttp
import discord
from discord import app_commands, ui

from bot.core.errors import Failure, Kind
from bot.words.say import explain, say

log = logging.getLogger(__name__)
TOKEN_DEAD = {10015, 50027}  # Discord's codes: unknown webhook, invalid webhook token
SILENT = {10062, 40060}  # unknown interaction, already acknowledged
REPLY = "reply"  # an interaction's extra: the message that thinks

MARKS: dict[Kind, str] = {
    Kind.INVALID: "⚠️",
    Kind.TOO_LONG: "⚠️",
    Kind.UNKNOWN_MODEL: "🔎",
    Kind.UNAUTHENTICATED: "🔑",
    Kind.SUSPENDED: "⛔",
    Kind.NO_ACCESS: "🔒",
    Kind.NOT_ALLOWED: "🔒",
    Kind.TOO_LARGE: "⚠️",
    Kind.ALLOWANCE_SPENT: "🪫",
    Kind.ALLOWANCE_HELD: "⏳",
    Kind.MINUTE_SPENT: "⏳",
    Kind.IN_FLIGHT: "⏳",
    Kind.UPSTREAM_FAILED: "🔌",
    Kind.NO_ROUTE: "🔌",
    Kind.UPSTREAM_TIMEOUT: "🔌",
    Kind.STREAM_INCOMPLETE: "✂️",
    Kind.STREAM_STOPPED: "✂️",
    Kind.NOT_FOUND: "🔎",
    Kind.NO_SUCH_MODEL: "🔎",
    Kind.METHOD_NOT_ALLOWED: "⚠️",
    Kind.CONFLICT: "⚠️",
    Kind.EXPIRED: "⌛",
    Kind.INTERNAL: "🛠️",
    Kind.UNAVAILABLE: "⏳",
}


def sentence_of(error: BaseException) -> str:
    """Return what a person reads about an error; an unexpected one is logged with a reference."""
    if isinstance(error, Failure) and error.kind is not Kind.INTERNAL:
        return f"{MARKS[error.kind]} {explain(error)}"
    if isinstance(error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
        return f"{MARKS[Kind.EXPIRED]} {say('command.gone')}"
    if isinstance(error, app_commands.TransformerError):
        return f"{MARKS[Kind.INVALID]} {say('command.option', value=error.value)}"
    reference = secrets.token_hex(4)
    log.error("reference %s: an interaction failed", reference, exc_info=error)
    return f"{MARKS[Kind.INTERNAL]} {say('command.broken', reference=reference)}"


async def answer_failure(interaction: discord.Interaction, error: BaseException) -> None:
    """Tell the person, wherever the interaction stands; nothing is ever silent."""
    if isinstance(error, discord.HTTPException) and error.code in TOKEN_DEAD | SILENT:
        log.warning("an interaction could not be answered: Discord says %d", error.code)
        return
    text = sentence_of(error)
    try:
        if interaction.response.is_done():
            await interaction.followup.send(text, ephemeral=True)
        else:
            await interaction.response.send_message(text, ephemeral=True)
    except (discord.DiscordException, aiohttp.ClientError, OSError, RuntimeError) as trouble:
        # RuntimeError: the session is closed, because the process ends.
        log.warning("an error could not be shown: %s", trouble)


async def think(interaction: discord.Interaction, *, hidden: bool = True) -> None:
    """Acknowledge before anything slow; this fixes whether only the person sees the reply."""
    try:
        made = await interaction.response.defer(ephemeral=hidden, thinking=True)
    except (aiohttp.ClientError, OSError):
        # The library tries a lost connection again on other systems than Linux only.
        made = await interaction.response.defer(ephemeral=hidden, thinking=True)
    interaction.extras[REPLY] = made and made.message_id


def reply_id(interaction: discord.Interaction) -> int | None:
    """Return the number of the message that an acknowledged interaction fills, where it is told."""
    if (thinking := interaction.extras.get(REPLY)) is not None:
        return int(thinking)
    return interaction.message.id if interaction.message else None


def offered(choices: Iterable[tuple[str, str]]) -> list[app_commands.Choice[str]]:
    """Return names and values as Discord wants them while somebody types."""
    return [app_commands.Choice(name=name, value=value) for name, value in choices]


async def show(interaction: discord.Interaction, view: ui.LayoutView) -> None:
    """Send a panel as the reply that only the person sees; it was acknowledged by `think`."""
    await interaction.followup.send(view=view, ephemeral=True)


async def redraw(interaction: discord.Interaction, view: ui.LayoutView) -> None:
    """Put another panel in place of the one that was clicked."""
    await interaction.edit_original_response(view=view)
