"""Grants in the database: given, revoked, listed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, bindparam, insert, select, update

from bot.allowance.plans import Terms
from bot.allowance.rules import Grant, follows
from bot.core.clock import Clock
from bot.core.ids import Ids
from bot.core.signals import Topic
from bot.members.service import Members
from bot.storage.changes import Changes
from bot.storage.database import Database, Tx
from bot.storage.tables.allowance import GrantRow

_GRANT = (
    GrantRow.id,
    GrantRow.source,
    GrantRow.plan,
    GrantRow.daily_tokens,
    GrantRow.access,
    GrantRow.unlimited,
    GrantRow.starts_at,
    GrantRow.ends_at,
    GrantRow.revoked_at,
)
_WHOLE = (*_GRANT, GrantRow.member_id, GrantRow.giver_id, GrantRow.reason)


def _counting(columns: tuple[Any, ...]) -> Select[*tuple[Any, ...]]:
    """Ask for a member's grants that run or will run, oldest start first."""
    mine = (
        GrantRow.member_id == bindparam("member_id"),
        GrantRow.revoked_at.is_(None),
        GrantRow.ends_at > bindparam("now"),
    )
    return select(*columns).where(*mine).order_by(GrantRow.starts_at, GrantRow.id)


LISTED, GIVEN = _counting(_GRANT), _counting(_WHOLE)


@dataclass(frozen=True, slots=True)
class Given:
    """A grant with whom it went to and came from; the reason is sealed."""

    grant: Grant
    member_id: int
    giver_id: int | None
    reason: bytes | None = field(repr=False)


@dataclass(frozen=True)
class Allowances:
    """Who was granted what, and until when."""

    db: Database
    clock: Clock
    ids: Ids
    members: Members
    changes: Changes

    async def grant(
        self,
        tx: Tx,
        member_id: int,
        *,
        source: str,
        starts_at: datetime,
        ends_at: datetime,
        plan: str | None = None,
        daily_tokens: int | None = None,
        access: str | None = None,
        unlimited: bool = False,
        giver_id: int | None = None,
        reason: str | None = None,
    ) -> Grant:
        """Give the member tokens a day, access or no limit, for a time; the reason is sealed."""
        grant = Grant(
            id=self.ids.next(),
            source=source,
            plan=plan,
            daily_tokens=daily_tokens,
            access=access,
            unlimited=unlimited,
            starts_at=starts_at,
            ends_at=ends_at,
            revoked=False,
        )
        sealed = None
        if reason is not None:
            sealed = await self.members.seal(tx, member_id, reason, reason_place(grant.id))
        row = {
            "id": grant.id,
            "member_id": member_id,
            "source": source,
            "plan": plan,
            "daily_tokens": daily_tokens,
            "access": access,
            "unlimited": unlimited,
            "starts_at": starts_at,
            "ends_at": ends_at,
            "giver_id": giver_id,
            "reason": sealed,
            "created_at": self.clock.now(),
        }
        await tx.execute(insert(GrantRow).values(row))
        await self.changes.note(tx, Topic.MEMBER, member_id)
        return grant

    async def give_plan(
        self,
        tx: Tx,
        member_id: int,
        terms: Terms,
        *,
        giver_id: int | None = None,
        reason: str | None = None,
        starts_at: datetime | None = None,
        ends_at: datetime | None = None,
    ) -> Grant:
        """Give what a plan gives; the same plan bought while it runs starts when that one ends.

        `starts_at` and `ends_at` put it elsewhere in time: a level's month, a staff grant's now.
        """
        await self.members.lock(tx, member_id)  # two of the same plan queue, not overlap
        if starts_at is None:
            running = await self.listed(tx, member_id)
            starts_at = follows(running, terms.source, terms.plan, self.clock.now())
        return await self.grant(
            tx,
            member_id,
            source=terms.source,
            plan=terms.plan,
            daily_tokens=terms.daily_tokens,
            access=terms.access,
            unlimited=terms.unlimited,
            starts_at=starts_at,
            ends_at=ends_at or starts_at + timedelta(days=terms.days),
            giver_id=giver_id,
            reason=reason,
        )

    async def give_all(
        self, tx: Tx, terms: Mapping[int, Terms], starts_at: datetime, ends_at: datetime
    ) -> dict[int, int]:
        """Give members what their plans give, all for the same time; return their grants' ids.

        The caller has locked them.
        """
        ids = {member_id: self.ids.next() for member_id in terms}
        rows = [
            {
                "id": ids[member_id],
                "member_id": member_id,
                "source": each.source,
                "plan": each.plan,
                "daily_tokens": each.daily_tokens,
                "access": each.access,
                "unlimited": each.unlimited,
                "starts_at": starts_at,
                "ends_at": ends_at,
                "created_at": self.clock.now(),
            }
            for member_id, each in terms.items()
        ]
        if rows:
            await tx.execute(insert(GrantRow), rows)
            await self.changes.note_all(tx, Topic.MEMBER, list(terms))
        return ids

    async def revoke(self, tx: Tx, grant_id: int) -> Grant | None:
        """End the grant now; None where there is none, or it was revoked before."""
        mine = update(GrantRow).where(GrantRow.id == grant_id, GrantRow.revoked_at.is_(None))
        member_id = await tx.scalar(
            mine.values(revoked_at=self.clock.now()).returning(GrantRow.member_id)
        )
        if member_id is None:
            return None
        await self.changes.note(tx, Topic.MEMBER, member_id)
        row = (await tx.execute(select(*_GRANT).where(GrantRow.id == grant_id))).one()
        return _grant(row)

    async def regrant(self, tx: Tx, grant_id: int) -> Grant | None:
        """Give anew what was revoked, for the time that is left of it; None where none is.

        Nor is anything given to the number of who had everything deleted.
        """
        found, now = await self.find(tx, grant_id), self.clock.now()
        if found is None or found.grant.ends_at <= now:
            return None
        if await self.members.discord_id_of(tx, found.member_id) is None:
            return None
        before = found.grant
        return await self.grant(
            tx,
            found.member_id,
            source=before.source,
            plan=before.plan,
            daily_tokens=before.daily_tokens,
            access=before.access,
            unlimited=before.unlimited,
            starts_at=max(now, before.starts_at),
            ends_at=before.ends_at,
            giver_id=found.giver_id,
            reason=await self.reason_in(tx, found) or None,
        )

    async def find(self, tx: Tx, grant_id: int) -> Given | None:
        """Return a grant, whether or not it still counts."""
        row = (await tx.execute(select(*_WHOLE).where(GrantRow.id == grant_id))).one_or_none()
        return None if row is None else _given(row)

    async def of(self, member_id: int) -> tuple[Grant, ...]:
        """Return the member's grants that run or will run, oldest start first."""
        async with self.db.read() as tx:
            return await self.listed(tx, member_id)

    async def listed(self, tx: Tx, member_id: int) -> tuple[Grant, ...]:
        """Return the same as `of`, inside a use case."""
        asked = {"member_id": member_id, "now": self.clock.now()}
        return tuple(_grant(row) for row in await tx.execute(LISTED, asked))

    async def given(self, tx: Tx, member_id: int) -> list[Given]:
        """Return the same grants as `of`, with givers and reasons."""
        asked = {"member_id": member_id, "now": self.clock.now()}
        return [_given(row) for row in await tx.execute(GIVEN, asked)]

    async def newest(self, tx: Tx, member_id: int | None, source: str, most: int) -> list[Given]:
        """Return grants that run or will run, newest first: a member's, or of a source."""
        wanted = select(*_WHOLE).where(
            GrantRow.revoked_at.is_(None),
            GrantRow.ended_at.is_(None),
            GrantRow.ends_at > self.clock.now(),
            GrantRow.source.startswith(source, autoescape=True),
        )
        if member_id is not None:
            wanted = wanted.where(GrantRow.member_id == member_id)
        rows = await tx.execute(wanted.order_by(GrantRow.id.desc()).limit(most))
        return [_given(row) for row in rows]

    async def reason_in(self, tx: Tx, given: Given) -> str:
        """Return why a grant was given, "" if nobody said."""
        if given.reason is None:
            return ""
        return await self.members.unseal(
            tx, given.member_id, given.reason, reason_place(given.grant.id)
        )

    async def reason(self, grant_id: int) -> str | None:
        """Return why the grant was given, "(lost)" if nothing opens it, None if nobody said."""
        wanted = select(GrantRow.member_id, GrantRow.reason).where(GrantRow.id == grant_id)
        async with self.db.read() as tx:
            row = (await tx.execute(wanted)).one_or_none()
            if row is None or row.reason is None:
                return None
            return await self.members.unseal(tx, row.member_id, row.reason, reason_place(grant_id))


def reason_place(grant_id: int) -> str:
    """Return what a grant's reason is bound to."""
    return f"grant:{grant_id}"


def _given(row: Row[*tuple[Any, ...]]) -> Given:
    return Given(_grant(row), row.member_id, row.giver_id, row.reason)


def _grant(row: Row[*tuple[Any, ...]]) -> Grant:
    return Grant(
        id=row.id,
        source=row.source,
        plan=row.plan,
        daily_tokens=row.daily_tokens,
        access=row.access,
        unlimited=row.unlimited,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        revoked=row.revoked_at is not None,
    )
