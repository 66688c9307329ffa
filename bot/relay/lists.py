"""Upstreams' lists of models, as the sync read them last: what of them is in force here."""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from bot.catalogue.model import Model
from bot.catalogue.service import Catalogue
from bot.community.service import Community
from bot.core.errors import DatabaseAway
from bot.core.signals import Topic
from bot.relay.health import Conditions, Health, Key
from bot.relay.news import Known
from bot.settings.serving import Sync
from bot.storage.changes import Changes
from bot.storage.database import Database, Tx
from bot.storage.tables.catalogue import UpstreamListRow, UpstreamModelRow

log = logging.getLogger(__name__)
AGAIN_SECONDS = 1.0  # until a database that was away is asked again
MOST_COEFFICIENT = 10_000_000  # thousandths: what latchkey.toml takes too
MISCONFIGURED = "misconfigured"
IN_A_ROW = 3  # failures until staff hear of them


class State(NamedTuple):
    """How the reading of an upstream's list went."""

    read_at: datetime | None = None  # None: never
    failure: str | None = None  # why the last try failed, if it did
    failures: int = 0  # in a row
    told: bool = False  # staff know of them

    def failed(self, why: str) -> "State":
        """Return how it is after one failure more; one or two pass by themselves."""
        in_a_row = self.failures + 1
        told = self.told or why == MISCONFIGURED or in_a_row >= IN_A_ROW
        return State(self.read_at, why, in_a_row, told)


@dataclass(frozen=True)
class Lists:
    """Keeps this process's catalogue and routes in step with what the lists said."""

    db: Database
    community: Community
    catalogue: Catalogue
    conditions: Conditions
    changes: Changes
    _stale: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """Notice what changes elsewhere."""
        for topic in (Topic.CATALOGUE, Topic.EVERYTHING):
            self.changes.signals.on(topic, lambda _: self._stale.set())

    async def load(self) -> None:
        """Let what the lists said be in force here, as far as the settings have it apply."""
        async with self.db.read() as tx:
            known = await known_models(tx)
            states = await known_states(tx)
        self.conditions.unlisted = {
            name: Health.MISCONFIGURED if state.failure == MISCONFIGURED else Health.FAILING
            for name, state in states.items()
            if state.failure
        }
        self.conditions.tiers = {key: model.tier for key, model in known.items() if model.tier}
        applies = self.community.catalogue.sync is Sync.APPLY
        gone = {key for key, model in known.items() if model.seen and model.gone}
        self.conditions.gone = frozenset(gone if applies else ())
        prices = {model.id: _price(model, known) for model in self.catalogue.written()}
        self.catalogue.reprice({name: price for name, price in prices.items() if price and applies})

    async def keep(self) -> None:
        """Load for ever whenever something may have changed."""
        while True:
            await self._stale.wait()
            self._stale.clear()
            try:
                await self.load()
            except Exception as fault:
                if not isinstance(fault, DatabaseAway):  # the watch of changes speaks of that
                    log.exception("what upstreams' lists said could not be read")
                self._stale.set()
                await asyncio.sleep(AGAIN_SECONDS)


async def known_models(tx: Tx) -> dict[Key, Known]:
    """Read what is known of every upstream's models."""
    rows = await tx.execute(select(UpstreamModelRow.__table__))
    return {
        (row.upstream, row.model): Known(
            row.coefficient, row.tier, row.seen_at is not None, row.gone_at is not None
        )
        for row in rows
    }


async def known_states(tx: Tx) -> dict[str, State]:
    """Read how the reading of every upstream's list went last."""
    rows = await tx.execute(select(UpstreamListRow.__table__))
    return {row.upstream: State(row.read_at, row.failure, row.failures, row.told) for row in rows}


def _price(model: Model, known: dict[Key, Known]) -> int | None:
    """Return what the first of a model's upstreams that has a price for it asks, if any does."""
    for route in model.routes:
        listed = known.get((route.upstream, route.model))
        if listed and listed.coefficient and not listed.gone:
            return min(listed.coefficient, MOST_COEFFICIENT)
    return None
