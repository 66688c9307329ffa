"""Points for talking: cooled down in memory, added up in the database every few seconds."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice

from bot.community.service import Community
from bot.core.clock import Clock
from bot.core.months import month_of
from bot.levels.rules import earns
from bot.members.people import Person
from bot.members.service import Members
from bot.storage.database import Database
from bot.storage.sql import add_up
from bot.storage.tables.levels import PointsRow

BATCH = 200  # people in one transaction


@dataclass(frozen=True)
class Points:
    """What people have earned since the last flush, by Discord id; their texts are never seen."""

    db: Database
    clock: Clock
    members: Members
    community: Community
    batch: int = BATCH
    _last: dict[int, float] = field(default_factory=dict)  # when each last earned one
    _earned: Counter[tuple[int, str]] = field(default_factory=Counter)  # by person and month

    def count(self, discord_id: int) -> bool:
        """Count a message; False where it came too soon after the last that earned a point."""
        now, cooldown = self.clock.monotonic(), self.community.levels.cooldown_seconds
        if not earns(self._last.get(discord_id), now, cooldown):
            return False
        self._last[discord_id] = now
        self._earned[discord_id, month_of(self.clock.now(), self.community.zone)] += 1
        return True

    @property
    def cooling(self) -> int:
        """Return how many people are remembered for having earned a point just now."""
        return len(self._last)

    def drop(self, discord_id: int) -> None:
        """Forget what a person has earned since the last flush."""
        for earned in [each for each in self._earned if each[0] == discord_id]:
            del self._earned[earned]

    async def flush(self) -> None:
        """Add up what was earned; what the database does not take waits for the next flush."""
        self._cool()
        while some := list(islice(self._earned, self.batch)):
            batch = {each: self._earned.pop(each) for each in some}
            try:
                await self._add(batch)
            except BaseException:
                self._earned.update(batch)
                raise

    async def _add(self, batch: dict[tuple[int, str], int]) -> None:
        async with self.db.begin() as tx:
            rows = []
            for (discord_id, month), points in batch.items():
                member = await self.members.join(tx, Person(discord_id, at_home=True))
                rows.append({"member_id": member.id, "month": month, "points": points})
            # In one order everywhere: two processes do not wait for each other.
            rows.sort(key=lambda row: (row["member_id"], row["month"]))
            await add_up(tx, PointsRow, rows, "points")

    def _cool(self) -> None:
        """Forget whoever may earn again."""
        now, cooldown = self.clock.monotonic(), self.community.levels.cooldown_seconds
        for discord_id in [who for who, at in self._last.items() if earns(at, now, cooldown)]:
            del self._last[discord_id]
