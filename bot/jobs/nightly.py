"""What happens once a night: old records go."""

from dataclasses import dataclass
from datetime import date, time, timedelta

from bot.community.service import Community
from bot.core.clock import day_ends
from bot.ledger.pruning import prune_calls
from bot.members.marks import Marks
from bot.outbox import Outbox
from bot.relay import belongings
from bot.storage.changes import Changes
from bot.storage.database import Database

PRUNING_AT = time(3, 30)


@dataclass(frozen=True)
class Pruning:
    """Deletes what the settings say need not be kept."""

    db: Database
    community: Community
    outbox: Outbox
    changes: Changes
    marks: Marks

    async def run(self, day: date) -> None:
        """Delete records, days, songs and mailboxes past the retention, and what was done with."""
        oldest = day - timedelta(days=self.community.retention.calls_days)
        await prune_calls(self.db, before=oldest)
        begins = day_ends(oldest - timedelta(days=1), self.community.zone)
        await belongings.prune(self.db, before=begins)
        await self.outbox.prune()
        await self.changes.prune()
        await self.marks.untie(before=day + timedelta(days=1))
