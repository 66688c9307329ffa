"""The members: found, made on first use, suspended, restored, switched from mode to mode."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import delete, insert, select, update

from bot.community.service import Community
from bot.core.clock import Clock, day_ends, day_of
from bot.core.secrets import KEY_BYTES, Sealer, Unsealable
from bot.core.signals import Topic
from bot.core.units import Mode
from bot.members import private
from bot.members.behind import BEHIND
from bot.members.errors import (
    AccountTooYoung,
    JustDeleted,
    NotAtHome,
    Suspended,
    SwitchesSpent,
    SwitchingOff,
    UnknownMember,
)
from bot.members.marks import Marks
from bot.members.people import Person
from bot.members.returning import carry
from bot.members.rules import Bar, barred, switches_left, worth_noting
from bot.storage.changes import Changes
from bot.storage.database import Database, Tx
from bot.storage.sql import insert_new
from bot.storage.tables.members import MemberRow, PersonRow

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Member:
    """A member as the database knows them; `own_key` is None once the secret over it is lost."""

    id: int
    mode: Mode
    suspended: bool
    created_at: datetime
    own_key: bytes | None = field(repr=False)
    seen_home_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Switched:
    """What became of a switch of modes; `left_today` more are allowed today."""

    before: Mode
    after: Mode
    left_today: int


@dataclass(frozen=True)
class Members:
    """Everybody Latchkey knows, by number."""

    db: Database
    clock: Clock
    sealer: Sealer
    changes: Changes
    community: Community
    marks: Marks

    async def join(self, tx: Tx, person: Person) -> Member:
        """Find the person's member or make one; note that a home guild vouches for them."""
        member = await self.find(tx, person.discord_id)
        if member is None:
            await self._add(tx, person)
            member = await self.find(tx, person.discord_id)
            assert member is not None, "the constraint lets one of two through, never none"
        elif self._news(person, member):
            seen = update(PersonRow).where(PersonRow.discord_id == person.discord_id)
            await tx.execute(seen.values(seen_home_at=self.clock.now()))
        return member

    async def admit(self, tx: Tx, person: Person) -> Member:
        """Join, but raise NotAtHome, AccountTooYoung or Suspended for whoever may not."""
        member = await self.join(tx, person)
        await self._stop(tx, person, member)
        return member

    async def looking(self, person: Person, look: Callable[[Tx, Member], Awaitable[T]]) -> T:
        """Admit the person and look something up, both in one transaction.

        It only reads where there is nothing to note: writers need not wait for it, nor it for them.
        """
        async with self.db.read() as tx:
            member = await self.find(tx, person.discord_id)
            if member is not None and not self._news(person, member):
                await self._stop(tx, person, member)
                return await look(tx, member)
        async with self.db.begin() as tx:
            return await look(tx, await self.admit(tx, person))

    async def _stop(self, tx: Tx, person: Person, member: Member) -> None:
        """Raise why the person may not come in, if they may not."""
        rules = self.community.community
        min_age = timedelta(days=rules.min_account_age_days)
        bar = barred(
            person,
            member.seen_home_at,
            self.clock.now(),
            members_only=rules.members_only,
            min_age=min_age,
        )
        if bar is Bar.NOT_AT_HOME:
            raise NotAtHome
        if bar is Bar.TOO_YOUNG:
            raise AccountTooYoung(unix=int((person.registered_at + min_age).timestamp()))
        if member.suspended:
            raise Suspended(reason=await self._reason(tx, member.id))

    async def admitted(self, person: Person) -> Member:
        """Join in a transaction of its own, as `admit` does."""

        async def itself(_: Tx, member: Member) -> Member:
            return member

        return await self.looking(person, itself)

    async def admit_alone(self, tx: Tx, person: Person) -> Member:
        """Admit and lock; raise JustDeleted for who had everything deleted a moment ago."""
        member = await self.admit(tx, person)
        await self.lock(tx, member.id)
        if await self.discord_id_of(tx, member.id) is None:
            raise JustDeleted
        return member

    async def find(self, tx: Tx, discord_id: int) -> Member | None:
        """Return the member behind a Discord id, if there is one."""
        row = (await tx.execute(BEHIND, {"discord_id": discord_id})).one_or_none()
        if row is None:
            return None
        return Member(
            id=row.id,
            mode=Mode(row.mode),
            suspended=row.suspended_at is not None,
            created_at=row.created_at,
            own_key=self._opened(row.id, row.sealed_key),
            seen_home_at=row.seen_home_at,
        )

    async def known(self, discord_id: int) -> Member | None:
        """Return the member behind a Discord id, if there is one, making none."""
        async with self.db.read() as tx:
            return await self.find(tx, discord_id)

    async def discord_id_of(self, tx: Tx, member_id: int) -> int | None:
        """Return the Discord id behind a number, if the person is still known."""
        return await tx.scalar(select(PersonRow.discord_id).where(PersonRow.member_id == member_id))

    async def lock(self, tx: Tx, member_id: int) -> None:
        """Let no other use case change this member until the transaction ends."""
        # Without the key's own lock, rows that only point to the member need not wait.
        locked = select(MemberRow.id).where(MemberRow.id == member_id)
        await tx.execute(locked.with_for_update(key_share=True))

    async def suspend(self, member_id: int, reason: str) -> None:
        """Suspend the member in a transaction of its own, as `suspend_in` does."""
        async with self.db.begin() as tx:
            await self.suspend_in(tx, member_id, reason)

    async def suspend_in(self, tx: Tx, member_id: int, reason: str | bytes | None) -> None:
        """Suspend the member: their running streams end, their key answers 403 from now on.

        A reason in bytes is sealed already: what `restore_in` returned.
        """
        if isinstance(reason, str):
            reason = await self.seal(tx, member_id, reason, suspension_place(member_id))
        await self._set_suspended(tx, member_id, self.clock.now(), reason)
        await self.changes.note(tx, Topic.MEMBER, member_id)
        await self.changes.note(tx, Topic.SUSPENDED, member_id)

    async def restore(self, member_id: int) -> None:
        """End the member's suspension in a transaction of its own."""
        async with self.db.begin() as tx:
            await self.restore_in(tx, member_id)

    async def restore_in(self, tx: Tx, member_id: int) -> bytes | None:
        """End the member's suspension; return its sealed reason."""
        wanted = select(MemberRow.suspension_reason).where(MemberRow.id == member_id)
        reason = await tx.scalar(wanted)
        await self._set_suspended(tx, member_id, None, None)
        await self.changes.note(tx, Topic.MEMBER, member_id)
        return reason

    async def suspended(self, tx: Tx, member_id: int) -> bool:
        """Say whether the member is suspended."""
        at = await tx.scalar(select(MemberRow.suspended_at).where(MemberRow.id == member_id))
        return at is not None

    async def suspension(self, member_id: int) -> str | None:
        """Return why the member is suspended, None if they are not."""
        async with self.db.read() as tx:
            at = await tx.scalar(select(MemberRow.suspended_at).where(MemberRow.id == member_id))
            return await self._reason(tx, member_id) if at else None

    async def stays_suspended(self, discord_id: int) -> bool:
        """Say whether somebody who had everything deleted will be suspended if they return."""
        async with self.db.begin() as tx:  # the first look of all makes the key of the marks
            return (await self.marks.of(tx, discord_id)).suspended_at is not None

    async def switch_mode(self, person: Person, mode: Mode) -> Switched:
        """Price the member's calls by `mode` from now on; what was spent today stays spent."""
        most, now = self.community.limits.mode_switches_per_day, self.clock.now()
        today = day_of(now, self.community.zone)
        async with self.db.begin() as tx:
            member_id = (await self.join(tx, person)).id
            await self.lock(tx, member_id)
            wanted = select(MemberRow.mode, MemberRow.switched_on, MemberRow.switches)
            row = (await tx.execute(wanted.where(MemberRow.id == member_id))).one()
            before = Mode(row.mode)
            left = switches_left(row.switched_on, row.switches, today, most)
            if before == mode:
                return Switched(before, mode, left)
            if not left:
                raise self._no_switch_left(now, most)
            values = {"mode": mode, "switched_on": today, "switches": most - left + 1}
            await tx.execute(update(MemberRow).where(MemberRow.id == member_id).values(values))
            await self.changes.note(tx, Topic.MEMBER, member_id)
        return Switched(before, mode, left - 1)

    async def seal(self, tx: Tx, member_id: int, text: str, about: str) -> bytes | None:
        """Seal a text about the member with their own key; None if that key is gone."""
        return private.sealed_text(await self._own_key(tx, member_id), text, about)

    async def unseal(self, tx: Tx, member_id: int, sealed: bytes | None, about: str) -> str:
        """Return a text about the member, "(lost)" if nothing opens it any more."""
        return private.read_text(await self._own_key(tx, member_id), sealed, about)

    def _news(self, person: Person, member: Member) -> bool:
        """Say whether a home guild vouches for somebody it has not vouched for lately."""
        return worth_noting(person, member.seen_home_at, self.clock.now())

    async def _add(self, tx: Tx, person: Person) -> None:
        now = self.clock.now()
        made = insert(MemberRow).values(created_at=now, mode=Mode.TOKENS, switches=0)
        member_id = await tx.scalar(made.returning(MemberRow.id))
        assert member_id is not None
        own_key = secrets.token_bytes(KEY_BYTES)
        row = {
            "discord_id": person.discord_id,
            "member_id": member_id,
            "sealed_key": self.sealer.seal(own_key, private.own_key_place(member_id)),
            "seen_home_at": now if person.at_home else None,
        }
        if not await insert_new(tx, PersonRow, [row]):  # another transaction was quicker
            await tx.execute(delete(MemberRow).where(MemberRow.id == member_id))
            return
        mark = await self.marks.take_back(tx, person.discord_id)
        await carry(tx, member_id, mark, day_of(now, self.community.zone))

    async def _set_suspended(
        self, tx: Tx, member_id: int, at: datetime | None, reason: bytes | None
    ) -> None:
        values = {"suspended_at": at, "suspension_reason": reason}
        done = await tx.execute(update(MemberRow).where(MemberRow.id == member_id).values(values))
        if not done.rowcount:
            raise UnknownMember

    async def _reason(self, tx: Tx, member_id: int) -> str:
        wanted = select(MemberRow.suspension_reason).where(MemberRow.id == member_id)
        return await self.unseal(
            tx, member_id, await tx.scalar(wanted), suspension_place(member_id)
        )

    async def _own_key(self, tx: Tx, member_id: int) -> bytes | None:
        wanted = select(PersonRow.sealed_key).where(PersonRow.member_id == member_id)
        sealed = await tx.scalar(wanted)
        return None if sealed is None else self._opened(member_id, sealed)

    def _opened(self, member_id: int, sealed: bytes) -> bytes | None:
        try:
            return self.sealer.open(sealed, private.own_key_place(member_id))
        except Unsealable:
            return None

    def _no_switch_left(self, now: datetime, most: int) -> SwitchesSpent | SwitchingOff:
        if not most:
            return SwitchingOff()
        zone = self.community.zone
        ends = day_ends(day_of(now, zone), zone)
        return SwitchesSpent(
            retry_after=(ends - now).total_seconds(), n=most, unix=int(ends.timestamp())
        )


def suspension_place(member_id: int) -> str:
    """Return what a suspension's reason is bound to."""
    return f"suspension:{member_id}"
