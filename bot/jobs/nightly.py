"""What happens once a night: old records go."""

from dataclasses import dataclass
from datetime import date, time, timedelta

from bot.community.service import Community
from bot.ledger.pruning import prune_calls
from bot.members.marks import Marks
from bot.outbox import Outbox
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
        """Delete call records and days past the retention, delivered effects, old changes, ties."""
        oldest = day - timedelta(days=self.community.retention.calls_days)
        await prune_calls(self.db, before=oldest)
        await self.outbox.prune()
        await self.changes.prune()
        await self.marks.untie(before=day + timedelta(days=1))
