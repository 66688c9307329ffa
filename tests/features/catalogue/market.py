"""A process that syncs its catalogue: two loopback upstreams with lists of models."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select, text

from bot.catalogue.service import Catalogue
from bot.community.service import Community
from bot.core.clock import HandClock
from bot.core.ids import Ids
from bot.core.signals import Signals
from bot.outbox import Outbox
from bot.relay.health import Health
from bot.relay.lists import Lists
from bot.relay.router import Connected, Router
from bot.relay.sync import CatalogueSync
from bot.sandbox.upstreams.fresed import LoopbackFresed
from bot.sandbox.upstreams.openai import LoopbackOpenAI
from bot.settings.community import CommunityFile
from bot.storage.changes import Changes
from bot.storage.database import Database
from bot.storage.tables.system import OutboxRow
from bot.upstreams.dialect import Link
from bot.upstreams.http import Http
from bot.upstreams.registry import DIALECTS
from bot.words.letter import Letter
from tests.fakes.serve import serving

UPSTREAMS = [
    {"name": "fresed", "dialect": "fresed", "base_url": "http://127.0.0.1:1/v1"},
    {"name": "other", "dialect": "openai", "base_url": "http://127.0.0.1:1/v1"},
]
MODELS = [
    {"id": "gpt-4", "coefficient": 2, "routes": [{"upstream": "fresed"}, {"upstream": "other"}]},
    {"id": "solo", "routes": [{"upstream": "other", "model": "theirs"}]},
]


@dataclass
class Market:
    """One process's catalogue, what keeps it, and the upstreams it asks."""

    db: Database
    clock: HandClock
    catalogue: Catalogue
    router: Router
    lists: Lists
    sync: CatalogueSync
    fresed: LoopbackFresed
    other: LoopbackOpenAI

    async def look(self) -> list[str]:
        """Sync, let what was found be in force, and return what staff came to read."""
        before = len(await self.posts())
        await self.sync.read()
        await self.lists.load()
        return (await self.posts())[before:]

    async def posts(self) -> list[str]:
        """Return every post to staff, as they read it."""
        wanted = select(OutboxRow.payload).order_by(OutboxRow.id)
        async with self.db.read() as tx:
            letters = [Letter.read(row["letter"]) for row in await tx.scalars(wanted)]
        return [each.said({}, {}) for each in letters]

    def health(self, model: str) -> Health:
        """Return how a model does here."""
        return self.router.health_of(self.catalogue.get(model))


def wired(
    db: Database,
    clock: HandClock,
    links: dict[str, Link],
    upstreams: tuple[LoopbackFresed, LoopbackOpenAI],
    **sections: Any,
) -> Market:
    """Wire one process of those that share a database."""
    given = {"upstreams": UPSTREAMS, "models": MODELS} | sections
    community = Community(CommunityFile.model_validate(given))
    catalogue = Catalogue(community.file)
    dialects = {entry["name"]: DIALECTS[entry["dialect"]] for entry in UPSTREAMS}
    connected = {name: Connected(dialects[name], link) for name, link in links.items()}
    router = Router(connected, catalogue, community, clock)
    changes, outbox = Changes(db, Signals()), Outbox(db, clock, Ids())
    lists = Lists(db, community, catalogue, router.conditions, changes)
    sync = CatalogueSync(db, clock, community, catalogue, connected, outbox, changes)
    return Market(db, clock, catalogue, router, lists, sync, *upstreams)


@asynccontextmanager
async def opened(
    db: Database, clock: HandClock, *sections: dict[str, Any]
) -> AsyncIterator[list[Market]]:
    """Open a process for each of the sections, over the same upstreams and database."""
    fresed, other = LoopbackFresed(models=("gpt-4",)), LoopbackOpenAI(models=("gpt-4", "theirs"))
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(serving(fresed.app()))
        second = await stack.enter_async_context(serving(other.app()))
        http = await stack.enter_async_context(Http())
        link = Link("fresed", f"{first}/v1", None, http, 2.0, 5.0)
        links = {
            "fresed": link,
            "other": replace(link, name="other", base_url=f"{second}/v1"),
        }
        yield [wired(db, clock, links, (fresed, other), **each) for each in sections]


async def rename(db: Database, name: str, other: str) -> None:
    """Rename a table: whatever reads it fails."""
    async with db.begin() as tx:
        await tx.execute(text(f"ALTER TABLE {name} RENAME TO {other}"))
