"""Delivers the outbox to Discord: lane by lane, in order, once."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field

import aiohttp
import discord

from bot.community.service import Community
from bot.core.errors import DatabaseAway
from bot.outbox import Outbox, Parcel, Place
from bot.storage.leases import Leases
from bot.words.say import say

log = logging.getLogger(__name__)
LEASE = "courier"
LOOK_SECONDS = 5.0  # how often to look for what other processes left
FIRST_WAIT = 5.0
LONGEST_WAIT = 600.0
LANES_AT_ONCE = 8
UNAUTHORIZED, TOO_MANY, SERVER_FAULT = 401, 429, 500
LONGEST_POST = 2_000  # characters, Discord's limit of a message


@dataclass(frozen=True)
class Courier:
    """Carries parcels from the outbox to Discord, in one process of many."""

    outbox: Outbox
    leases: Leases
    community: Community
    client: discord.Client
    broken: set[str] = field(default_factory=set)  # lanes whose channel refuses posts

    async def run(self) -> None:
        """Deliver for ever; waits while Discord or the database is away."""
        await self.client.wait_until_ready()
        while True:
            self.outbox.filled.clear()
            try:
                while await self.leases.take(LEASE) and await self.round():
                    continue  # more may wait than one round takes
            except DatabaseAway:
                log.warning("the outbox waits: the database is away")
            except Exception:
                log.exception("a round of the courier failed")
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):  # wait_for may swallow a cancellation
                    await self.outbox.filled.wait()

    async def round(self) -> int:
        """Deliver what is due now, staff posts first; return how many left the outbox."""
        lanes: dict[str, list[Parcel]] = {}
        for parcel in await self.outbox.waiting():
            lanes.setdefault(parcel.lane, []).append(parcel)
        places, gone = asyncio.Semaphore(LANES_AT_ONCE), 0

        async def empty(parcels: list[Parcel]) -> None:
            nonlocal gone
            async with places:
                for parcel in parcels:
                    if not await self._deliver(parcel):
                        break
                    gone += 1

        async with asyncio.TaskGroup() as group:
            for lane in sorted(lanes, key=lambda lane: lane != f"place:{Place.STAFF}"):
                group.create_task(empty(lanes[lane]))
        return gone

    async def _deliver(self, parcel: Parcel) -> bool:
        """Deliver one parcel, or give it up; False when its lane has to wait."""
        try:
            await self._post(parcel)
        except discord.HTTPException as trouble:
            if _passing(trouble):
                return await self._later(parcel, trouble)
            await self._refused(parcel, trouble.text or "refused")
        except (aiohttp.ClientError, OSError) as trouble:
            return await self._later(parcel, trouble)
        except (KeyError, ValueError):
            log.exception("a post cannot be put into words: it is given up")
            await self.outbox.refused(parcel, "no words for it", tell=False)
        else:
            self.broken.discard(parcel.lane)
            await self.outbox.delivered(parcel)
        return True

    async def _later(self, parcel: Parcel, trouble: Exception) -> bool:
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2**parcel.attempts)
        log.warning("a post waits %.0f s: %s", wait, type(trouble).__name__)
        await self.outbox.later(parcel, wait)
        return False

    async def _refused(self, parcel: Parcel, why: str) -> None:
        """Give a post up and tell staff, once until the channel takes posts again."""
        place = Place(parcel.payload["place"])
        log.warning("Discord refused a post to the %s channel: %s", place, why)
        elsewhere = self._channel(place) != self._channel(Place.STAFF)
        tell = elsewhere and parcel.lane not in self.broken
        self.broken.add(parcel.lane)
        await self.outbox.refused(parcel, why, tell=tell)

    async def _post(self, parcel: Parcel) -> None:
        place = Place(parcel.payload["place"])
        if (channel_id := self._channel(place)) is None:
            log.info("no %s channel is set: a post was dropped", place)
            return
        text = say(parcel.payload["message_id"], **parcel.payload["params"])
        channel = self.client.get_partial_messageable(channel_id)
        # The nonce makes Discord drop a second try of a post that did arrive.
        await channel.send(text[:LONGEST_POST], nonce=str(parcel.id), suppress_embeds=True)

    def _channel(self, place: Place) -> int | None:
        settings = self.community.community
        match place:
            case Place.STAFF:
                return settings.staff_channel or settings.log_channel
            case Place.LOG:
                return settings.log_channel
            case Place.ANNOUNCE:
                return settings.announce_channel or settings.log_channel


def _passing(trouble: discord.HTTPException) -> bool:
    """Say whether the same post may be taken later."""
    return trouble.status in (UNAUTHORIZED, TOO_MANY) or trouble.status >= SERVER_FAULT
