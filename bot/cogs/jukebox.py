"""Posts songs once they are finished: also after a restart, and long after their command's time."""

import asyncio
import io
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

import aiohttp
import discord

from bot.cogs import song_cards
from bot.core.clock import Clock
from bot.core.errors import DatabaseAway, Failure
from bot.members.service import Members
from bot.relay.belongings import Belonging
from bot.relay.song_posts import SongPost, SongPosts
from bot.storage.leases import Leases
from bot.upstreams.fetch import NotFetched
from bot.upstreams.goods import Song
from bot.words.language import Language, speaking

log = logging.getLogger(__name__)
LEASE = "songs"
FINISHED = "finished"
AT_ONCE = 4  # songs that are looked at
LARGEST_FILE = 10 * 1024 * 1024  # bytes, Discord's limit of a file
LARGEST_POST = 24 * 1024 * 1024  # bytes of all files: Discord takes 25 MiB a request
MOST_FILES = 10
TOO_LARGE = 40005  # Discord's code
UNAUTHORIZED, TOO_MANY, SERVER_FAULT = 401, 429, 500


@dataclass(frozen=True, slots=True)
class Rounds:
    """How often songs are looked at, how long at most, and how soon again after a failure.

    In seconds.
    """

    look: float = 5.0
    longest: float = 120.0
    again: float = 30.0
    patience: timedelta = timedelta(minutes=30)  # what is not finished then never will be


class Take(NamedTuple):
    """A clip that is finished, and its sound where it is to be had."""

    clip: Belonging
    sound: bytes | None


class _Later(Exception):
    """Something that another try may bring."""


@dataclass
class Jukebox:
    """Looks after every song that is awaited in Discord, in one process of many."""

    posts: SongPosts
    members: Members
    leases: Leases
    clock: Clock
    client: discord.Client
    rounds: Rounds = Rounds()
    _begun: asyncio.Event = field(default_factory=asyncio.Event)
    _drawn: set[int] = field(default_factory=set)  # cards that their command still writes
    _later: dict[int, float] = field(default_factory=dict)  # steady moments, by song

    @contextmanager
    def drawing(self, message_id: int) -> Iterator[None]:
        """Leave a card to its command meanwhile; then look at its song at once."""
        self._drawn.add(message_id)
        try:
            yield
        finally:
            self._drawn.discard(message_id)
            self._begun.set()

    async def run(self) -> None:
        """Post for ever; waits while Discord or the database is away."""
        await self.client.wait_until_ready()
        task = asyncio.current_task()
        assert task is not None, "the jukebox is a task"
        while not task.cancelling():
            self._begun.clear()
            try:
                waiting = await self.posts.waiting()
                if waiting and await self.leases.take(LEASE):
                    await self._round(waiting)
            except DatabaseAway:
                log.warning("songs wait: the database is away")
            except Exception:
                log.exception("a round of the jukebox failed")
            with suppress(TimeoutError):
                async with asyncio.timeout(self.rounds.look):  # wait_for may swallow a cancellation
                    await self._begun.wait()

    async def _round(self, waiting: Sequence[SongPost]) -> None:
        """Look at every song once, a few at a time; one that fails keeps nobody waiting."""
        places = asyncio.Semaphore(AT_ONCE)

        async def attend(post: SongPost) -> None:
            async with places:
                with speaking(Language.of(post.place.language) or Language.EN):
                    await self._attend_patiently(post)

        now = self.clock.monotonic()
        known = {post.id for post in waiting}
        self._later = {song: moment for song, moment in self._later.items() if song in known}
        async with asyncio.TaskGroup() as group:
            for post in waiting:
                due = self._later.get(post.id, now) <= now
                if due and post.place.message_id not in self._drawn:
                    group.create_task(attend(post))

    async def _attend_patiently(self, post: SongPost) -> None:
        again = self.rounds.again
        try:
            async with asyncio.timeout(self.rounds.longest):
                await self._attend(post)
        except (DatabaseAway, TimeoutError, _Later) as why:
            log.warning("a song waits %.0f s: %s", again, why or type(why).__name__)
        except Exception:
            log.exception("a song could not be looked after")
        else:
            again = 0.0
        self._later[post.id] = self.clock.monotonic() + again

    async def _attend(self, post: SongPost) -> None:
        """Post a song that is finished, give one up that will never be."""
        clips = await self.posts.clips(post)
        who = await self._who(post)
        if not clips or who is None:  # everything of theirs was deleted
            await self.posts.over(post)
            return
        late = self.clock.now() - post.begun_at > self.rounds.patience
        songs = [(clip, await self._look(clip)) for clip in clips]
        finished = [(clip, song) for clip, song in songs if song and song.status == FINISHED]
        if not late and len(finished) < len(clips):
            return
        takes = [await self._take(clip, song, late=late) for clip, song in finished]
        ended = await self._post(post, who, takes) if takes else song_cards.never()
        await self.posts.over(post)
        if not await self._redraw(post, ended) and ended != song_cards.posted():
            await self._tell(post, who, ended)

    async def _who(self, post: SongPost) -> int | None:
        async with self.members.db.read() as tx:
            return await self.members.discord_id_of(tx, post.member_id)

    async def _look(self, clip: Belonging) -> Song | None:
        """Return how a clip is, None where that cannot be said now."""
        try:
            return await self.posts.songs.clip(clip)
        except Failure as failure:
            log.info("a clip is looked at again later: %s", failure.message_id)
            return None

    async def _take(self, clip: Belonging, song: Song, *, late: bool) -> Take:
        """Fetch a clip's sound; raises _Later where it may be had later."""
        try:
            return Take(clip, await self.posts.sound(clip, song))
        except NotFetched as fault:
            if not late:
                raise _Later(fault.why) from fault
            return Take(clip, None)

    async def _post(self, post: SongPost, who: int, takes: Sequence[Take]) -> discord.Embed:
        """Post what there is; return how the card ends. Raises _Later while Discord is away."""
        try:
            try:
                await self._send(post, who, takes, _fitting(takes))
            except discord.HTTPException as refusal:
                if refusal.code != TOO_LARGE:
                    raise
                await self._send(post, who, takes, ())
        except discord.HTTPException as trouble:
            if _passing(trouble):
                raise _Later(str(trouble.status)) from trouble
            log.warning("Discord refused a song: %s", trouble.text or "no reason given")
            return song_cards.unpostable([take.clip.id for take in takes])
        except (aiohttp.ClientError, OSError) as trouble:
            raise _Later(type(trouble).__name__) from trouble
        return song_cards.posted()

    async def _send(
        self, post: SongPost, who: int, takes: Sequence[Take], given: Sequence[Take]
    ) -> None:
        """Send the message below the card, which may have been deleted meanwhile."""
        place = post.place
        left_out = [take.clip.id for take in takes if take not in given]
        files = [
            discord.File(io.BytesIO(take.sound or b""), f"song-{number}.mp3")
            for number, take in enumerate(given, start=1)
        ]
        card = discord.MessageReference(
            message_id=place.message_id, channel_id=place.channel_id, fail_if_not_exists=False
        )
        # The nonce makes Discord drop a second try of a post that did arrive.
        await self.client.get_partial_messageable(place.channel_id).send(
            song_cards.ready(f"<@{who}>", left_out),
            files=files,
            reference=card,
            nonce=str(post.id),
            allowed_mentions=discord.AllowedMentions(users=[discord.Object(who)]),
        )

    async def _redraw(self, post: SongPost, embed: discord.Embed) -> bool:
        """Say on the card how it ended; return whether there still is a card."""
        channel = self.client.get_partial_messageable(post.place.channel_id)
        try:
            await channel.get_partial_message(post.place.message_id).edit(embed=embed)
        except discord.NotFound:
            return False
        except (discord.HTTPException, aiohttp.ClientError, OSError) as trouble:
            log.info("a song's card stays as it is: %s", type(trouble).__name__)
        return True

    async def _tell(self, post: SongPost, who: int, ended: discord.Embed) -> None:
        """Say in the channel how a song ended whose card is gone."""
        try:
            await self.client.get_partial_messageable(post.place.channel_id).send(
                f"<@{who}>",
                embed=ended,
                nonce=str(post.id),
                allowed_mentions=discord.AllowedMentions(users=[discord.Object(who)]),
            )
        except (discord.HTTPException, aiohttp.ClientError, OSError) as trouble:
            log.warning("nobody is told how a song ended: %s", type(trouble).__name__)


def _fitting(takes: Sequence[Take]) -> list[Take]:
    """Return the clips that Discord takes in one message."""
    fitting: list[Take] = []
    room = LARGEST_POST
    for take in takes:
        size = len(take.sound or b"")
        if 0 < size <= min(LARGEST_FILE, room) and len(fitting) < MOST_FILES:
            fitting.append(take)
            room -= size
    return fitting


def _passing(trouble: discord.HTTPException) -> bool:
    """Say whether the same post may be taken later."""
    return trouble.status in (UNAUTHORIZED, TOO_MANY) or trouble.status >= SERVER_FAULT
