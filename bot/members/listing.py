"""Whether a member is named on leaderboards, and told of what ends: their own choice."""

from dataclasses import dataclass

from sqlalchemy import not_, select, update

from bot.members.people import Person
from bot.members.service import Members
from bot.storage.database import Database
from bot.storage.tables.members import MemberRow


@dataclass(frozen=True)
class Listing:
    """Who is named on leaderboards."""

    db: Database
    members: Members

    async def toggle(self, person: Person) -> bool:
        """Take the person off the leaderboards or put them on again; True: they are listed."""
        async with self.db.begin() as tx:
            member = await self.members.join(tx, person)
            mine = MemberRow.id == member.id
            await tx.execute(update(MemberRow).where(mine).values(listed=not_(MemberRow.listed)))
            return bool(await tx.scalar(select(MemberRow.listed).where(mine)))
