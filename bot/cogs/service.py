"""The bot as one part of the process: waits for its turn, connects, drains, leaves."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs import gateway
from bot.cogs.client import Client
from bot.cogs.courier import LEASE as COURIER
from bot.cogs.courier import Courier
from bot.cogs.jukebox import LEASE as JUKEBOX
from bot.cogs.jukebox import Jukebox
from bot.core.errors import DatabaseAway, StartFailed
from bot.storage.leases import Leases

log = logging.getLogger(__name__)
LEASE = "bot"
RENEW_SECONDS = 20.0
WAIT_SECONDS = 5.0
OUSTED = "Another process took over the bot while this one could not reach the database."


@dataclass
class Bot:
    """One process's connection to Discord.

    Without LATCHKEY_SHARDS only one process may be the bot: `leases` decides which.
    """

    client: Client
    cogs: Sequence[commands.Cog]
    menus: Sequence[app_commands.ContextMenu]
    staff_cogs: Sequence[commands.Cog]  # their commands are those of the home guilds alone
    staff_menus: Sequence[app_commands.ContextMenu]
    courier: Courier
    jukebox: Jukebox
    leases: Leases
    token: str = field(repr=False)
    api_url: str
    alone: bool  # False: shards are divided by hand, no lease is needed

    async def run(self) -> None:
        """Connect and answer until cancelled; raises StartFailed for a wrong token."""
        if self.alone:
            await self._turn()
        gateway.use_base(self.api_url)
        try:
            with gateway.calm():
                await self._stay()
        except BaseExceptionGroup as group:
            raise _first(group) from None
        finally:
            await self._leave()

    @property
    def ready(self) -> bool:
        """Say whether every shard is connected and commands are answered."""
        return self.client.is_ready() and not self.client.draining

    async def drain(self) -> None:
        """Accept nothing new and let running answers end, but not for ever."""
        await self.client.drain()

    async def _stay(self) -> None:
        """Connect, deliver the outbox and songs, and hold the lease until one of them ends."""
        async with self.client, asyncio.TaskGroup() as group:
            for cog in self.cogs:
                await self.client.add_cog(cog)
            for cog in self.staff_cogs:
                await self.client.add_cog(cog, guilds=self.client.homes)
            for menu in self.menus:
                self.client.tree.add_command(menu)
            for menu in self.staff_menus:
                self.client.tree.add_command(menu, guilds=self.client.homes)
            beside = [group.create_task(self._deliver()), group.create_task(self.jukebox.run())]
            if self.alone:
                beside.append(group.create_task(self._renew()))
            await self._connect()
            for task in beside:  # left by an error, the group cancels them itself
                task.cancel()

    async def _leave(self) -> None:
        """Free the leases, so that the next process need not wait for them to stand still."""
        with suppress(DatabaseAway):
            await self.leases.drop(COURIER)
            await self.leases.drop(JUKEBOX)
            if self.alone:
                await self.leases.drop(LEASE)

    async def _connect(self) -> None:
        await gateway.patiently(self._login, "logging in")
        shards = await gateway.patiently(
            lambda: gateway.find_gateway(self.client), "finding the Gateway"
        )
        log.info("connecting to Discord (%d shards advised)", shards)
        await gateway.stay(self.client)

    async def _login(self) -> None:
        try:
            await self.client.login(self.token)
        except BaseException:
            await self.client.http.close()
            self.client.http.connector = discord.utils.MISSING  # the next try opens its own
            raise

    async def _turn(self) -> None:
        """Wait until no other process is the bot."""
        said = ""
        while waits := await self._waits():
            if waits != said:
                log.warning("%s; this process waits", waits)
            said = waits
            await asyncio.sleep(WAIT_SECONDS)

    async def _waits(self) -> str:
        """Return why the bot's lease cannot be had, "" once it is ours."""
        try:
            return "" if await self.leases.take(LEASE) else "another process is the bot"
        except DatabaseAway:
            return "the database does not answer"

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                if not await self.leases.take(LEASE):
                    raise StartFailed(OUSTED, code=1)
            except DatabaseAway:
                log.warning("the bot's lease could not be renewed: the database is away")

    async def _deliver(self) -> None:
        await self.client.wait_until_ready()
        await self.courier.run()


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return what ended the bot: what has a sentence before what has not."""
    failed = group.subgroup(StartFailed) or group
    inner = failed.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner
