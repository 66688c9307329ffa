"""Tells Discord which commands exist, and only when they changed."""

import hashlib
import json
import logging
from typing import Any, TypeAlias

import discord
from discord import app_commands

from bot.storage import values
from bot.storage.database import Database

Command: TypeAlias = (
    app_commands.Command[Any, ..., Any] | app_commands.Group | app_commands.ContextMenu
)
log = logging.getLogger(__name__)


class CommandSync:
    """Compares each scope's commands with what was last sent, and sends what differs."""

    def __init__(self, tree: app_commands.CommandTree, db: Database) -> None:
        self._tree = tree
        self._db = db

    async def run(self, home_guilds: tuple[int, ...]) -> dict[str, int]:
        """Bring the global commands and the home guilds' up to date; return ids by name."""
        there = await self._scope(None)
        for guild_id in home_guilds:
            try:
                there += await self._scope(discord.Object(guild_id))
            except discord.Forbidden:
                log.warning(
                    "home guild %d: the bot is not there yet, or was invited without the "
                    "applications.commands scope; its staff commands are missing",
                    guild_id,
                )
        return {command.name: command.id for command in there}

    async def _payload(self, command: Command) -> dict[str, Any]:
        if (translator := self._tree.translator) is None:
            return command.to_dict(self._tree)
        return await command.get_translated_payload(self._tree, translator)

    async def _scope(self, guild: discord.Object | None) -> list[app_commands.AppCommand]:
        commands = self._tree.get_commands(guild=guild)
        payload = [await self._payload(command) for command in commands]
        text = json.dumps(payload, sort_keys=True, default=str)
        digest = hashlib.sha256(text.encode()).hexdigest()
        name = f"commands:{self._tree.client.application_id}:{guild.id if guild else 'global'}"
        async with self._db.read() as tx:
            sent = await values.recall(tx, name)
        there = await self._tree.fetch_commands(guild=guild)
        if sent == digest and {c.name for c in there} == {c.name for c in commands}:
            return there
        try:
            there = await self._tree.sync(guild=guild)
        except app_commands.CommandSyncFailure:
            # Discord takes all of them or none: those it has go on working.
            log.exception("Discord refuses the commands; members see those of before")
            return there
        async with self._db.begin() as tx:
            await values.remember(tx, name, digest)
        log.info("%d commands sent (%s)", len(payload), name.rpartition(":")[2])
        return there
