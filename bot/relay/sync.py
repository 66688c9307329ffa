"""Reads upstreams' lists of models, remembers them, and tells staff what changed, once."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.catalogue.service import Catalogue
from bot.community.service import Community
from bot.core.clock import Clock
from bot.core.signals import Topic
from bot.outbox import Outbox, Place
from bot.relay.digest import Found, digest
from bot.relay.lists import State, known_models, known_states
from bot.relay.news import Known, News, news, routes_to
from bot.relay.router import Connected
from bot.relay.tidings import word
from bot.settings.serving import Sync
from bot.storage import values
from bot.storage.changes import Changes
from bot.storage.database import Database, Tx
from bot.storage.sql import put, put_all
from bot.storage.tables.catalogue import UpstreamListRow, UpstreamModelRow
from bot.upstreams.failures import Empty, Refused, TimedOut, UpstreamFailure

READ_AT, COUNT = "catalogue_read_at", "catalogue_reads"  # named values
PATIENCE = 30.0  # seconds for a list
MOST_LISTED = 5_000  # models of one upstream
LONGEST_NAME, LONGEST_TIER = 255, 64
ROWS = 500  # in one statement
Read = Mapping[str, Known] | UpstreamFailure


@dataclass(frozen=True)
class CatalogueSync:
    """Compares what upstreams list with what they listed before, and with our routes."""

    db: Database
    clock: Clock
    community: Community
    catalogue: Catalogue
    upstreams: Mapping[str, Connected]
    outbox: Outbox
    changes: Changes

    async def run(self) -> None:
        """Read the lists, if that is due."""
        settings, now = self.community.catalogue, self.clock.now()
        if settings.sync is Sync.OFF or not self.upstreams:
            return
        async with self.db.read() as tx:
            last = await values.recall(tx, READ_AT)
        since = now - datetime.fromisoformat(last) if last else timedelta.max
        if not timedelta() <= since < timedelta(minutes=settings.every_minutes):
            await self.read()

    async def read(self) -> None:
        """Read the lists now, remember what they say and leave staff a post about what changed."""
        async with asyncio.TaskGroup() as group:
            reading = {
                name: group.create_task(self._list(connected))
                for name, connected in self.upstreams.items()
            }
        read = {name: task.result() for name, task in reading.items()}
        applied = self.community.catalogue.sync is Sync.APPLY
        async with self.db.begin() as tx:
            await values.count(tx, COUNT)  # locked: readings take turns
            found, changed = await self._remembered(tx, read)
            if letter := digest(found, applied=applied):
                await self.outbox.post_letter(tx, Place.STAFF, letter)
            if changed:
                await self.changes.note(tx, Topic.CATALOGUE)
            await values.remember(tx, READ_AT, self.clock.now().isoformat())

    async def _list(self, connected: Connected) -> Read:
        """Read one list; a list with nothing in it is none."""
        try:
            async with asyncio.timeout(PATIENCE):
                seen = await connected.dialect.models(connected.link)
        except UpstreamFailure as failure:
            return failure
        except TimeoutError:
            return TimedOut()
        listed = {
            model.id: Known(model.coefficient, model.tier and model.tier[:LONGEST_TIER])
            for model in seen[:MOST_LISTED]
            if 0 < len(model.id) <= LONGEST_NAME
        }
        return listed or Empty()

    async def _remembered(self, tx: Tx, read: Mapping[str, Read]) -> tuple[Found, bool]:
        """Write down what is new; say what that is, and whether anything is."""
        known, states = await known_models(tx), await known_states(tx)
        found, changed = Found({}, [], []), False
        for name, said in read.items():
            before = states.get(name, State())
            if isinstance(said, Refused):
                continue  # it has no list
            if isinstance(said, UpstreamFailure):
                after = before.failed(word(said))
            else:
                after = State(read_at=self.clock.now())
                of_this = {model: one for (at, model), one in known.items() if at == name}
                found.news[name] = told = news(
                    of_this, said, routes_to(self.catalogue.written(), name)
                )
                await self._write(tx, name, told)
                changed |= bool(told.remember)
            changed |= before.failure != after.failure
            if after.told != before.told:
                (found.lost if after.told else found.regained).append(name)
            await put(tx, UpstreamListRow, {"upstream": name, **after._asdict()})
        return found, changed

    async def _write(self, tx: Tx, upstream: str, told: News) -> None:
        now = self.clock.now()
        rows = [
            {
                "upstream": upstream,
                "model": name,
                "coefficient": model.coefficient,
                "tier": model.tier,
                "seen_at": now if model.seen else None,
                "gone_at": now if model.gone else None,
            }
            for name, model in told.remember.items()
        ]
        for at in range(0, len(rows), ROWS):
            await put_all(tx, UpstreamModelRow, rows[at : at + ROWS])
