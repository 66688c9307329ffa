"""What a person may ask for about their own data: a copy, or that all of it goes."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from bot.audit import Action, Audit
from bot.community.service import Community
from bot.core.clock import Clock, day_of
from bot.core.signals import Topic
from bot.keys.service import Keys
from bot.levels.errors import NoLevel
from bot.levels.service import Levels
from bot.members.marks import Mark, Marks
from bot.members.people import Person
from bot.members.service import Members
from bot.privacy.errors import NothingKnown, StillRunning
from bot.privacy.export import collected
from bot.privacy.purge import old_records, purge
from bot.storage.changes import Changes
from bot.storage.database import Database, Tx
from bot.storage.tables.ledger import HoldRow
from bot.storage.tables.members import MemberRow
from bot.storage.tables.referrals import ActivationRow

FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0  # seconds between looks whether calls have ended
PATIENCE = 100.0  # seconds; the calls of a process that died are released after 70
ROLE_PATIENCE = 15.0  # seconds that Discord may take to take a role back


@dataclass(frozen=True)
class Privacy:
    """The rights of whoever we know something of, suspended or not."""

    db: Database
    clock: Clock
    members: Members
    keys: Keys
    marks: Marks
    levels: Levels
    audit: Audit
    changes: Changes
    community: Community
    patience: float = PATIENCE
    role_patience: float = ROLE_PATIENCE

    async def knows(self, person: Person) -> bool:
        """Say whether anything is known of a person."""
        return await self.members.known(person.discord_id) is not None

    async def export(self, person: Person) -> dict[str, Any]:
        """Return everything that is known of a person, ready for JSON; raises NothingKnown."""
        async with self.db.begin() as tx:  # reading a mark may make the key of all marks
            member = await self.members.find(tx, person.discord_id)
            if member is None:
                raise NothingKnown
            mark = await self.marks.of(tx, person.discord_id)
        async with self.db.read() as tx:
            told = await collected(tx, member, person.discord_id)
        return told | {"activated_a_code_at": _text(mark.activated_at)}

    async def forget(self, person: Person) -> None:
        """Delete everything: the key first, then what runs is ended, then all rows at once.

        Killed in between, the key is revoked and the rest is there: asking again ends it.
        """
        async with self.db.begin() as tx:
            member = await self.members.find(tx, person.discord_id)
            if member is None:
                raise NothingKnown
            await self.keys.revoke(tx, member.id)
            with suppress(NoLevel):
                await self.levels.revoke(tx, member.id)
            await self.levels.reconsider(tx, member.id)
            await self.changes.note(tx, Topic.LEAVING, member.id)
        waited, pause = 0.0, FIRST_PAUSE
        while not await self._gone(person.discord_id, member.id, waited):
            if waited >= self.patience:
                raise StillRunning
            await asyncio.sleep(pause)
            waited, pause = waited + pause, min(LONGEST_PAUSE, pause * 2)

    async def _gone(self, discord_id: int, member_id: int, waited: float) -> bool:
        """Purge unless a call still runs: it would be settled for nobody."""
        now = self.clock.now()
        today = day_of(now, self.community.zone)
        if not await self._busy(member_id, waited):
            await old_records(self.db, member_id, today)
            async with self.db.begin() as tx:
                await self.members.lock(tx, member_id)
                if await self.members.discord_id_of(tx, member_id) is None:
                    return True  # asked for twice at once
                if not await _held(tx, member_id):
                    await self._leave_mark(tx, discord_id, member_id)
                    await purge(tx, member_id, now, today)
                    await self.audit.record(
                        tx, Action.DATA_DELETE, actor_id=member_id, target_id=member_id
                    )
                    await self.changes.note(tx, Topic.MEMBER, member_id)
                    return True
        async with self.db.begin() as tx:  # one may have begun meanwhile
            await self.changes.note(tx, Topic.LEAVING, member_id)
        return False

    async def _leave_mark(self, tx: Tx, discord_id: int, member_id: int) -> None:
        """Write down what cannot be escaped: an activation, a suspension, today's spending."""
        used = select(ActivationRow.activated_at).where(ActivationRow.newcomer_id == member_id)
        barred = select(MemberRow.suspended_at).where(MemberRow.id == member_id)
        mark = Mark(
            activated_at=await tx.scalar(used),
            suspended_at=await tx.scalar(barred),
            day=day_of(self.clock.now(), self.community.zone),
            day_member_id=member_id,
        )
        await self.marks.leave(tx, discord_id, mark)

    async def _busy(self, member_id: int, waited: float) -> bool:
        """Say whether calls run, or Discord has not taken the level's role back yet."""
        async with self.db.read() as tx:
            if await _held(tx, member_id):
                return True
            # Once the person is gone nobody knows any more from whom to take it.
            roles = await self.levels.outbox.waiting_roles(tx, [member_id])
            return bool(roles) and waited < self.role_patience


async def _held(tx: Tx, member_id: int) -> bool:
    held = select(HoldRow.id).where(HoldRow.member_id == member_id).limit(1)
    return await tx.scalar(held) is not None


def _text(moment: Any) -> str | None:
    return None if moment is None else moment.isoformat()
