"""Songs that are awaited in Discord: what has to be posted, also after a restart."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from bot.relay.belongings import Belonging, Sort
from bot.relay.songs import SongPlace, Songs
from bot.storage.tables.belongings import BelongingRow, SongPostRow
from bot.upstreams.fetch import Fetcher, NotFetched, Why
from bot.upstreams.goods import Song

PASSING = (Why.UNREACHABLE, Why.LATE)


@dataclass(frozen=True, slots=True)
class SongPost:
    """A song somebody waits for since `begun_at`."""

    id: int
    member_id: int
    place: SongPlace
    begun_at: datetime


@dataclass(frozen=True)
class SongPosts:
    """Every song that is still to be posted."""

    songs: Songs
    fetcher: Fetcher

    async def waiting(self) -> list[SongPost]:
        """Return what is to be posted, oldest first."""
        wanted = select(SongPostRow.__table__).order_by(SongPostRow.id)
        async with self.songs.belongings.db.read() as tx:
            return [
                SongPost(
                    row.id,
                    row.member_id,
                    SongPlace(row.channel_id, row.message_id, row.language),
                    row.begun_at,
                )
                for row in (await tx.execute(wanted)).all()
            ]

    async def clips(self, post: SongPost) -> list[Belonging]:
        """Return the clips of a song, none once their owner had everything deleted."""
        return await self.songs.belongings.all_of(
            post.member_id, Sort.SONG, BelongingRow.song == post.id
        )

    async def sound(self, clip: Belonging, song: Song) -> bytes | None:
        """Fetch a finished clip's sound; None: there is none to be had.

        Raises NotFetched where another try may help.
        """
        maker = self.songs.belongings.router.upstreams.get(clip.upstream)
        if song.audio_url is None or maker is None:
            return None
        try:
            own = maker.link.base_url
            return (await self.fetcher.sound(song.audio_url, own=own)).data
        except NotFetched as fault:
            if fault.why in PASSING:
                raise
            return None

    async def over(self, post: SongPost) -> None:
        """Await a song no longer."""
        async with self.songs.belongings.db.begin() as tx:
            await tx.execute(delete(SongPostRow).where(SongPostRow.id == post.id))
