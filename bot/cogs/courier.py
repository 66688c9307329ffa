"""Delivers the outbox to Discord: lane by lane, in order, once."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord

from bot.cogs.buttons import ANYONE, button, rows
from bot.community.service import Community
from bot.core.errors import DatabaseAway
from bot.members.service import Members
from bot.outbox import Letter, Outbox, Parcel, Place
from bot.storage.leases import Leases
from bot.words.changes import changes
from bot.words.say import say

log = logging.getLogger(__name__)
LEASE = "courier"
LOOK_SECONDS = 5.0  # how often to look for what other processes left
FIRST_WAIT = 5.0
LONGEST_WAIT = 600.0
LANES_AT_ONCE = 8
LONGEST_POST = 2_000  # characters, Discord's limit of a message


@dataclass(frozen=True)
class Courier:
    """Carries parcels from the outbox to Discord, in one process of many."""

    outbox: Outbox
    members: Members
    leases: Leases
    community: Community
    client: discord.Client

    async def run(self) -> None:
        """Deliver for ever; waits while Discord or the database is away."""
        await self.client.wait_until_ready()
        while True:
            self.outbox.filled.clear()
            try:
                if await self.leases.take(LEASE):
                    await self.round()
            except DatabaseAway:
                log.warning("the outbox waits: the database is away")
            except Exception:
                log.exception("a round of the courier failed")
            with suppress(TimeoutError):
                await asyncio.wait_for(self.outbox.filled.wait(), LOOK_SECONDS)

    async def round(self) -> None:
        """Deliver everything that is due now; staff posts first."""
        lanes: dict[str, list[Parcel]] = {}
        for parcel in await self.outbox.waiting():
            lanes.setdefault(parcel.lane, []).append(parcel)
        places = asyncio.Semaphore(LANES_AT_ONCE)

        async def empty(parcels: list[Parcel]) -> None:
            async with places:
                for parcel in parcels:
                    if not await self._deliver(parcel):
                        break

        async with asyncio.TaskGroup() as group:
            for lane in sorted(lanes, key=lambda lane: lane != f"place:{Place.STAFF}"):
                group.create_task(empty(lanes[lane]))

    async def _deliver(self, parcel: Parcel) -> bool:
        """Deliver one parcel; False when its lane has to wait."""
        try:
            await self._post(parcel)
        except (discord.Forbidden, discord.NotFound) as refusal:
            place = parcel.payload["place"]
            log.warning("Discord refused a post to the %s channel: %s", place, refusal.text)
            tell = self._channel(Place(place)) != self._channel(Place.STAFF)
            await self.outbox.refused(parcel, refusal.text or "refused", tell=tell)
        except (discord.HTTPException, aiohttp.ClientError, OSError) as trouble:
            wait = min(LONGEST_WAIT, FIRST_WAIT * 2**parcel.attempts)
            log.warning("a post waits %.0f s: %s", wait, type(trouble).__name__)
            await self.outbox.later(parcel, wait)
            return False
        else:
            await self.outbox.delivered(parcel)
        return True

    async def _post(self, parcel: Parcel) -> None:
        place = Place(parcel.payload["place"])
        if (channel_id := self._channel(place)) is None:
            log.info("no %s channel is set: a post was dropped", place)
            return
        letter = Letter.read(parcel.payload["letter"])
        text, extras = await self._said(letter), _extras(letter)
        channel = self.client.get_partial_messageable(channel_id)
        # The nonce makes Discord drop a second try of a post that did arrive.
        await channel.send(
            text[:LONGEST_POST], nonce=str(parcel.id), suppress_embeds=True, **extras
        )

    async def _said(self, letter: Letter) -> str:
        """Fill the letter's sentences, with the names and texts that the outbox may not hold."""
        params, members = dict(letter.params), self.members
        async with members.db.read() as tx:
            for name, number in letter.people.items():
                discord_id = await members.discord_id_of(tx, number)
                params[name] = f"<@{discord_id}>" if discord_id else say("somebody.gone")
            for name, text in letter.sealed.items():
                said = await members.unseal(tx, text.member_id, text.text, text.about)
                params[name] = discord.utils.escape_markdown(said)
        if letter.change is not None:
            params["change"] = changes(*letter.change)
        return "\n".join(filter(None, (say(line, **params) for line in letter.lines)))

    def _channel(self, place: Place) -> int | None:
        settings = self.community.community
        match place:
            case Place.STAFF:
                return settings.staff_channel or settings.log_channel
            case Place.LOG:
                return settings.log_channel
            case Place.ANNOUNCE:
                return settings.announce_channel or settings.log_channel


def _extras(letter: Letter) -> dict[str, Any]:
    """Return the letter's buttons as the library takes them."""
    if not letter.buttons:
        return {}
    knobs = [
        button(
            each.label,
            each.name,
            ANYONE,
            *each.arguments,
            style=discord.ButtonStyle[each.style],
        )
        for each in letter.buttons
    ]
    return {"view": rows(*knobs)}
