"""The bot as one part of the process: waits for its turn, connects, drains, leaves."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from discord.ext import commands

from bot.cogs import gateway
from bot.cogs.client import Client
from bot.cogs.courier import Courier
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
    courier: Courier
    leases: Leases
    token: str = field(repr=False)
    api_url: str
    alone: bool  # False: shards are divided by hand, no lease is needed

    async def run(self) -> None:
        """Connect and answer until cancelled; raises StartFailed for a wrong token."""
        if self.alone:
            await self._turn()
        gateway.use_base(self.api_url)
        async with self.client, asyncio.TaskGroup() as group:
            for cog in self.cogs:
                await self.client.add_cog(cog)
            renewing = group.create_task(self._renew()) if self.alone else None
            courier = group.create_task(self._deliver())
            try:
                await self._connect()
            finally:
                courier.cancel()
                if renewing:
                    renewing.cancel()

    @property
    def ready(self) -> bool:
        """Say whether every shard is connected and commands are answered."""
        return self.client.is_ready() and not self.client.draining

    async def drain(self) -> None:
        """Accept nothing new and let running answers end, 15 s at most."""
        await self.client.drain()

    async def _connect(self) -> None:
        await gateway.patiently(self._login, "logging in")
        shards = await gateway.patiently(
            lambda: gateway.find_gateway(self.client), "finding the Gateway"
        )
        log.info("connecting to Discord (%d shards advised)", shards)
        await gateway.patiently(lambda: self.client.connect(reconnect=True), "connecting")

    async def _login(self) -> None:
        try:
            await self.client.login(self.token)
        except BaseException:
            await self.client.http.close()  # the next try opens a session of its own
            raise

    async def _turn(self) -> None:
        """Wait until no other process is the bot."""
        waiting = False
        while not await self.leases.take(LEASE):
            if not waiting:
                log.warning("another process is the bot; this one waits for it to end")
            waiting = True
            await asyncio.sleep(WAIT_SECONDS)

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
