"""What staff changed of the settings: kept in the database, in force in every process at once."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, select

from bot.community.errors import AlreadySo, LockedSetting, UnfitSetting
from bot.community.service import Community
from bot.core.clock import Clock
from bot.core.errors import DatabaseAway
from bot.core.signals import Topic
from bot.settings import overrides
from bot.storage import values
from bot.storage.changes import Changes
from bot.storage.database import Database, Tx
from bot.storage.sql import put_all
from bot.storage.tables.staff import SettingRow

log = logging.getLogger(__name__)
VERSION = "settings_version"  # how often they were changed
AGAIN_SECONDS = 1.0  # until a database that was away is asked again
Values = Mapping[str, Any]  # settings as JSON, by names such as limits.daily_tokens


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What a change of settings comes to: those that differ, before and after; `all` of staff's."""

    before: Values
    after: Values
    all: Values


@dataclass(frozen=True)
class Adjustments:
    """Changes settings, and keeps this process's Community up to date with everybody's changes."""

    db: Database
    clock: Clock
    changes: Changes
    community: Community
    _stale: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """Notice what changes elsewhere."""
        for topic in (Topic.ADJUSTED, Topic.EVERYTHING):
            self.changes.signals.on(topic, lambda _: self._stale.set())

    async def load(self) -> None:
        """Let what staff changed be in force here."""
        async with self.db.read() as tx:
            version = int(await values.recall(tx, VERSION) or 0)
            changed = await _changed(tx)
        self._enforce(changed, version)

    async def keep(self) -> None:
        """Load for ever whenever something may have changed."""
        while True:
            await self._stale.wait()
            self._stale.clear()
            try:
                await self.load()
            except Exception as fault:
                if not isinstance(fault, DatabaseAway):  # the watch of changes speaks of that
                    log.exception("what staff changed of the settings could not be read")
                self._stale.set()
                await asyncio.sleep(AGAIN_SECONDS)

    async def compare(self, tx: Tx, wanted: Values) -> Adjustment:
        """Work out what a change comes to.

        Raises LockedSetting, UnfitSetting, or AlreadySo where nothing would differ.
        """
        for name in wanted:
            if self.community.locked(name):
                raise LockedSetting(name=name)
        file, changed = self.community.file, await _changed(tx)
        fitting, _ = overrides.fitting(file, changed)
        _, unfit = overrides.merged(file, fitting | dict(wanted))
        if unfit:
            raise UnfitSetting(problems="\n".join(f"- {line}" for line in unfit))
        usual = {name: overrides.stated(file, name) for name in wanted}
        before = {name: fitting.get(name, usual[name]) for name in wanted}
        other = {name: value for name, value in wanted.items() if value != before[name]}
        if not other:
            raise AlreadySo
        made = {**changed, **other}
        made = {name: value for name, value in made.items() if usual.get(name, ...) != value}
        return Adjustment({name: before[name] for name in other}, other, made)

    async def change(self, tx: Tx, wanted: Values) -> Adjustment:
        """Change settings for every process; one that is set to its default is changed back."""
        version = await values.count(tx, VERSION)  # locked: changes take turns
        made = await self.compare(tx, wanted)
        now = self.clock.now()
        rows = [
            {"name": name, "value": value, "changed_at": now}
            for name, value in made.after.items()
            if name in made.all
        ]
        await put_all(tx, SettingRow, rows)
        back = [name for name in made.after if name not in made.all]
        await tx.execute(delete(SettingRow).where(SettingRow.name.in_(back)))
        tx.then(lambda: self._enforce(made.all, version))
        await self.changes.note(tx, Topic.ADJUSTED)
        return made

    def _enforce(self, changed: Values, version: int) -> None:
        if self.community.lay_over(changed, version):
            self.changes.signals.fire(Topic.SETTINGS)


async def _changed(tx: Tx) -> dict[str, Any]:
    rows = await tx.execute(select(SettingRow.name, SettingRow.value))
    return {row.name: row.value for row in rows}
