"""A copy of the embedded database every night; the oldest go."""

import logging
import re
import sqlite3
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path

from bot.community.service import Community
from bot.core.clock import Clock, day_of
from bot.outbox import Outbox, Place
from bot.storage import backup

log = logging.getLogger(__name__)
BACKUP_AT = time(4, 0)
NAME = re.compile(r"latchkey-\d{4}-\d\d-\d\d\.db")  # nothing else in the folder is ever deleted


@dataclass(frozen=True)
class Backup:
    """Copies the database into a folder; `retention.backups` of them are kept."""

    database: Path
    folder: Path
    community: Community
    clock: Clock
    outbox: Outbox

    async def run(self, _day: date) -> None:
        """Make today's copy unless it is there: of nights that were missed only now is left."""
        try:
            await self._copy(self.community.retention.backups)
        except (OSError, sqlite3.Error) as fault:  # the next night tries again
            why = (isinstance(fault, OSError) and fault.strerror) or str(fault)
            log.error("the database could not be copied to %s: %s", self.folder, why)  # noqa: TRY400
            async with self.outbox.db.begin() as tx:
                await self.outbox.post(tx, Place.STAFF, "staff.backup_failed", {"why": why})

    async def _copy(self, kept: int) -> None:
        if self.folder.is_dir():
            backup.tidy(self.folder)
        if kept:
            today = day_of(self.clock.now(), self.community.zone)
            target = self.folder / f"latchkey-{today.isoformat()}.db"
            if not target.exists():
                await backup.copy(self.database, target)
                log.info("the database is copied to %s", target)
        for old in copies(self.folder)[kept:]:
            old.unlink(missing_ok=True)


def copies(folder: Path) -> list[Path]:
    """List our copies in a folder, the newest first."""
    if not folder.is_dir():
        return []
    found = (path for path in folder.iterdir() if NAME.fullmatch(path.name))
    return sorted(found, reverse=True)
