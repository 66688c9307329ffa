"""The languages people chose with /language, in memory, so that no reply waits for the database."""

import asyncio
import logging

from sqlalchemy import select, update

from bot.core.errors import DatabaseAway
from bot.core.signals import Signals, Topic
from bot.members.people import Person
from bot.members.service import Members
from bot.storage.changes import Changes
from bot.storage.database import Database
from bot.storage.tables.members import PersonRow
from bot.words.language import Language

PATIENCE = 0.5  # seconds; Discord wants an answer within three
log = logging.getLogger(__name__)


class Languages:
    """Who chose which language; a choice made in another process is read at the next look."""

    def __init__(self, db: Database, members: Members, changes: Changes, signals: Signals) -> None:
        self._db = db
        self._members = members
        self._changes = changes
        self._chosen: dict[int, Language] = {}  # by Discord id
        self._stale: set[int] = set()  # numbers of members
        self._unread = True
        signals.on(Topic.LANGUAGE, self._stale.add)
        signals.on(Topic.LEAVING, self._forget)
        signals.on(Topic.EVERYTHING, self._forget)

    async def of(self, discord_id: int) -> Language | None:
        """Return what somebody chose; None: nothing, or the database does not say at once."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._refresh()
        except (DatabaseAway, TimeoutError):
            log.info("the languages people chose cannot be read: the database is away")
        return self._chosen.get(discord_id)

    async def choose(self, person: Person, language: Language | None) -> None:
        """Speak a language to somebody from now on; None: whatever their Discord is set to."""
        async with self._db.begin() as tx:
            member = await self._members.join(tx, person)
            mine = update(PersonRow).where(PersonRow.discord_id == person.discord_id)
            await tx.execute(mine.values(language=language))
            await self._changes.note(tx, Topic.LANGUAGE, member.id)

    async def _refresh(self) -> None:
        """Read what changed since the last look: nearly always nothing."""
        if not (self._unread or self._stale):
            return
        stale, everything = tuple(self._stale), self._unread
        wanted = select(PersonRow.discord_id, PersonRow.language)
        if not everything:
            wanted = wanted.where(PersonRow.member_id.in_(stale))
        else:
            wanted = wanted.where(PersonRow.language.is_not(None))
        async with self._db.read() as tx:
            rows = (await tx.execute(wanted)).all()
        if everything:
            self._chosen.clear()
            self._unread = False
        self._stale.difference_update(stale)
        for discord_id, language in rows:
            if language is None:
                self._chosen.pop(discord_id, None)
            else:
                self._chosen[discord_id] = Language(language)

    def _forget(self, _subject: int) -> None:
        self._unread = True
