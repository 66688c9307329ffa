"""Delivers the outbox to Discord: lane by lane, in order, once."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
import discord

from bot.cogs.buttons import ANYONE, button, rows
from bot.cogs.role_hand import RoleHand
from bot.cogs.tongue import Tongue
from bot.cogs.unsealed import unsealed
from bot.community.service import Community
from bot.core.errors import DatabaseAway
from bot.levels.roles import Hitch, LevelRoles
from bot.levels.rules import Trouble
from bot.members.service import Members
from bot.outbox import Effect, Outbox, Parcel, Place
from bot.staff.announcing import ANNOUNCEMENT
from bot.storage.leases import Leases
from bot.words.changes import changes
from bot.words.language import speaking
from bot.words.letter import Letter
from bot.words.say import known, say

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
    members: Members
    roles: LevelRoles
    hand: RoleHand
    leases: Leases
    community: Community
    tongue: Tongue
    client: discord.Client
    broken: set[str] = field(default_factory=set)  # lanes whose channel refuses posts

    async def run(self) -> None:
        """Deliver for ever; waits while Discord or the database is away."""
        await self.client.wait_until_ready()
        task = asyncio.current_task()
        assert task is not None, "the courier is a task"
        # A round whose parcel fails as it is cancelled raises the failure and forgets the rest.
        while not task.cancelling():
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
            await self._carry(parcel)
        except discord.HTTPException as trouble:
            if _passing(trouble):
                return await self._later(parcel, trouble)
            await self._refused(parcel, trouble.text or "refused")
        except (aiohttp.ClientError, OSError) as trouble:
            return await self._later(parcel, trouble)
        except (KeyError, ValueError):
            log.exception("a %s cannot be put into words: it is given up", parcel.kind)
            await self.outbox.refused(parcel, "no words for it", tell=False)
        else:
            self.broken.discard(parcel.lane)
        return True

    async def _later(self, parcel: Parcel, trouble: Exception) -> bool:
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2**parcel.attempts)
        log.warning("a %s waits %.0f s: %s", parcel.kind, wait, type(trouble).__name__)
        await self.outbox.later(parcel, wait)
        return False

    async def _carry(self, parcel: Parcel) -> None:
        match parcel.kind:
            case Effect.POST:
                await self._post(parcel)
            case Effect.DM:
                await self._write_to(parcel)
            case Effect.ROLE:
                await self._move(parcel)

    async def _refused(self, parcel: Parcel, why: str) -> None:
        """Give up what Discord will never take, and tell staff."""
        match parcel.kind:
            case Effect.POST:
                await self._unposted(parcel, why)
            case Effect.DM:
                await self._unread(parcel, why)
            case Effect.ROLE:
                log.warning("Discord refused to move a role: %s", why)
                guild_id = parcel.role().guild_id
                await self.roles.failed(parcel, guild_id, Hitch(Trouble.REFUSED))

    async def _unposted(self, parcel: Parcel, why: str) -> None:
        """Tell staff once, until the channel takes posts again."""
        log.warning("Discord refused a post to the %s channel: %s", parcel.payload["place"], why)
        elsewhere = self._goes_to(parcel) != self._channel(Place.STAFF)
        tell = elsewhere and parcel.lane not in self.broken
        self.broken.add(parcel.lane)
        await self.outbox.refused(parcel, why, tell=tell)

    async def _unread(self, parcel: Parcel, why: str) -> None:
        mishaps = self.roles.mishaps
        async with self.outbox.db.begin() as tx:
            await mishaps.give_up(tx, parcel, why, ["dm.closed", "dm.mend"], {})

    async def _move(self, parcel: Parcel) -> None:
        """Give or take a role; whoever is gone for good has none."""
        wish = parcel.role()
        async with self.members.db.read() as tx:
            discord_id = await self.members.discord_id_of(tx, wish.member_id)
        if discord_id is None:
            await self.roles.handed(replace(wish, give=False), wish.guild_id)
        else:
            with speaking(self.tongue.of_guild(wish.guild_id)):
                guild_id, hitch = await self.hand.move(wish, discord_id)
            if hitch is not None:
                log.warning("a role could not be moved: %s", hitch.trouble)
                await self.roles.failed(parcel, guild_id, hitch)
                return
            await self.roles.handed(wish, guild_id)
        await self.outbox.delivered(parcel)

    async def _write_to(self, parcel: Parcel) -> None:
        """Send a direct message; to whoever is gone for good it is not."""
        assert parcel.member_id is not None, "a direct message is somebody's"
        async with self.members.db.read() as tx:
            discord_id = await self.members.discord_id_of(tx, parcel.member_id)
        if discord_id is not None:
            channel = await self.client.create_dm(discord.Object(discord_id))
            with speaking(await self.tongue.of_person(discord_id)):
                await self._send(channel, parcel)
        await self.outbox.delivered(parcel)

    async def _post(self, parcel: Parcel) -> None:
        if (channel_id := self._goes_to(parcel)) is None:
            log.info("no %s channel is set: a post was dropped", parcel.payload["place"])
        else:
            channel = self.client.get_partial_messageable(channel_id)
            with speaking(self.tongue.of_channel(channel_id)):
                await self._send(channel, parcel)
        await self.outbox.delivered(parcel)

    async def _send(self, channel: discord.abc.Messageable, parcel: Parcel) -> None:
        letter = Letter.read(parcel.payload["letter"])
        text, extras = await self._said(letter), _extras(letter)
        # The nonce makes Discord drop a second try of a post that did arrive.
        await channel.send(
            text[:LONGEST_POST], nonce=str(parcel.id), suppress_embeds=True, **extras
        )

    async def _said(self, letter: Letter) -> str:
        """Fill the letter's sentences, with the names and texts that the outbox may not hold."""
        names, texts, members = dict[int, str](), dict[str, str](), self.members
        async with members.db.read() as tx:
            for number in letter.members:
                discord_id = await members.discord_id_of(tx, number)
                names[number] = f"<@{discord_id}>" if discord_id else say("somebody.gone")
            for name, text in letter.sealed.items():
                said = await members.unseal(tx, text.member_id, text.text, text.about)
                formatted = text.about == ANNOUNCEMENT
                texts[name] = said if formatted else unsealed(said)
        if letter.change is not None:
            texts["change"] = changes(*letter.change)
        return letter.said(names, texts)

    def _goes_to(self, parcel: Parcel) -> int | None:
        """Return the channel of a post, None where none is set."""
        channel_id: int | None = parcel.payload.get("channel_id")
        return channel_id or self._channel(Place(parcel.payload["place"]))

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
    """Say whether the same effect may be taken later."""
    return trouble.status in (UNAUTHORIZED, TOO_MANY) or trouble.status >= SERVER_FAULT


def _extras(letter: Letter) -> dict[str, Any]:
    """Return the letter's buttons as the library takes them; old rows hold their labels."""
    if not letter.buttons:
        return {}
    knobs = [
        button(
            say(each.label) if known(each.label) else each.label,
            each.name,
            ANYONE,
            *each.arguments,
            style=discord.ButtonStyle[each.style],
        )
        for each in letter.buttons
    ]
    return {"view": rows(*knobs)}
