"""Whether a member is told, by direct message, of a plan that ends: their own choice."""

from dataclasses import dataclass

from sqlalchemy import select, update

from bot.members.people import Person
from bot.members.service import Members
from bot.storage.database import Database, Tx
from bot.storage.tables.members import MemberRow
from bot.words.letter import Knob

# The clicks that come back to the cogs; QUIET stands below every such message.
STOP, RESUME = "told.stop", "told.resume"
QUIET = Knob("dm.quiet", STOP)
LOUD = Knob("dm.loud", RESUME)


@dataclass(frozen=True)
class Telling:
    """Who wants to be told."""

    db: Database
    members: Members

    async def told(self, tx: Tx, member_id: int) -> bool:
        """Say whether the member wants to be told."""
        return bool(await tx.scalar(select(MemberRow.told).where(MemberRow.id == member_id)))

    async def choose(self, person: Person, *, told: bool) -> None:
        """Tell the person from now on, or not any more."""
        async with self.db.begin() as tx:
            member = await self.members.join(tx, person)
            mine = update(MemberRow).where(MemberRow.id == member.id)
            await tx.execute(mine.values(told=told))
