"""The keys of members: the first one, showing it, replacing it, and whose a key is."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update

from bot.community.service import Community
from bot.core.clock import Clock
from bot.core.ids import Ids
from bot.core.secrets import Sealer, Unsealable, masked
from bot.core.signals import Topic
from bot.core.units import Mode
from bot.keys.errors import NoKey, Replaced
from bot.keys.rules import new_key, place
from bot.members.people import Person
from bot.members.service import Member, Members
from bot.storage.changes import Changes
from bot.storage.database import Database, Tx
from bot.storage.tables.keys import KeyRow
from bot.storage.tables.members import MemberRow

ACTIVE = select(
    KeyRow.id,
    KeyRow.member_id,
    KeyRow.sealed,
    KeyRow.prefix,
    KeyRow.last4,
    KeyRow.created_at,
).where(KeyRow.member_id == bindparam("member_id"), KeyRow.revoked_at.is_(None))


@dataclass(frozen=True, slots=True)
class KeyCard:
    """A key as its owner sees it; `plain` is None where it is masked or sealed by a lost secret."""

    id: int
    plain: str | None = field(repr=False)
    prefix: str
    last4: str
    created_at: datetime
    fresh: bool
    last_used_at: datetime | None = None

    @property
    def masked(self) -> str:
        """Return the key as anybody may see it."""
        return masked(self.prefix, self.last4)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose key it is, and what a call needs to know of them."""

    member_id: int
    key_id: int
    mode: Mode
    suspended: bool


@dataclass(frozen=True)
class Keys:
    """One active key each."""

    db: Database
    clock: Clock
    ids: Ids
    sealer: Sealer
    members: Members
    changes: Changes
    community: Community

    async def first(self, person: Person) -> KeyCard:
        """Make the person's first key; one that is there already comes back masked."""
        async with self.db.begin() as tx:
            member = await self.members.admit_alone(tx, person)
            if (row := await _active(tx, member.id)) is not None:
                return _card(row, plain=None)
            return await self._make(tx, member.id)

    async def show(self, person: Person) -> KeyCard:
        """Return the person's key in plain; without one raise NoKey."""

        async def active(tx: Tx, member: Member) -> Row[*tuple[Any, ...]] | None:
            return await _active(tx, member.id)

        if (row := await self.members.looking(person, active)) is None:
            raise NoKey
        return _card(row, plain=self._opened(row))

    async def replace(self, person: Person, *, seen: int | None = None) -> KeyCard:
        """Revoke the person's key, if any, and make another.

        `seen` is the id of the key they decided about, 0 for none: raise Replaced if it is another.
        """
        async with self.db.begin() as tx:
            member = await self.members.admit_alone(tx, person)
            if seen is not None and seen != await _active_id(tx, member.id):
                raise Replaced
            await self._revoke(tx, member.id)
            return await self._make(tx, member.id)

    async def reset(self, tx: Tx, member_id: int) -> KeyCard:
        """Replace the key of a member, suspended or not; masked, as its owner alone may see it."""
        await self.members.lock(tx, member_id)
        await self._revoke(tx, member_id)
        return replace(await self._make(tx, member_id), plain=None)

    async def revoke(self, tx: Tx, member_id: int) -> None:
        """Let the member's key open nothing any more, without another one."""
        await self.members.lock(tx, member_id)
        await self._revoke(tx, member_id)
        await self.changes.note(tx, Topic.MEMBER, member_id)

    async def active(self, member_id: int) -> KeyCard | None:
        """Return the member's key, masked, for cards and the API's overview."""
        async with self.db.read() as tx:
            return await self.active_in(tx, member_id)

    async def active_in(self, tx: Tx, member_id: int) -> KeyCard | None:
        """Return the same as `active`, inside a use case."""
        row = await _active(tx, member_id)
        return None if row is None else _card(row, plain=None)

    async def who(self, digest: bytes) -> Owner | None:
        """Return whose key has this SHA-256; a revoked one is nobody's."""
        wanted = (
            select(KeyRow.id, KeyRow.member_id, MemberRow.mode, MemberRow.suspended_at)
            .join(MemberRow, MemberRow.id == KeyRow.member_id)
            .where(KeyRow.digest == digest, KeyRow.revoked_at.is_(None))
        )
        async with self.db.read() as tx:
            row = (await tx.execute(wanted)).one_or_none()
        if row is None:
            return None
        return Owner(row.member_id, row.id, Mode(row.mode), row.suspended_at is not None)

    async def _make(self, tx: Tx, member_id: int) -> KeyCard:
        key, key_id = new_key(self.community.community.key_prefix), self.ids.next()
        now = self.clock.now()
        row = {
            "id": key_id,
            "member_id": member_id,
            "digest": key.digest,
            "sealed": self.sealer.seal(key.plain.encode(), place(member_id, key_id)),
            "prefix": key.prefix,
            "last4": key.last4,
            "created_at": now,
        }
        await tx.execute(insert(KeyRow).values(row))
        await self.changes.note(tx, Topic.MEMBER, member_id)
        return KeyCard(key_id, key.plain, key.prefix, key.last4, now, fresh=True)

    async def _revoke(self, tx: Tx, member_id: int) -> None:
        mine = update(KeyRow).where(KeyRow.member_id == member_id, KeyRow.revoked_at.is_(None))
        await tx.execute(mine.values(revoked_at=self.clock.now(), sealed=None))

    def _opened(self, row: Row[*tuple[Any, ...]]) -> str | None:
        if row.sealed is None:
            return None
        try:
            return self.sealer.open(row.sealed, place(row.member_id, row.id)).decode()
        except Unsealable:
            return None


async def _active(tx: Tx, member_id: int) -> Row[*tuple[Any, ...]] | None:
    """Return the row of the member's active key."""
    return (await tx.execute(ACTIVE, {"member_id": member_id})).one_or_none()


async def _active_id(tx: Tx, member_id: int) -> int:
    """Return the id of the member's active key, 0 without one."""
    row = await _active(tx, member_id)
    return row.id if row else 0


def _card(row: Row[*tuple[Any, ...]], plain: str | None) -> KeyCard:
    return KeyCard(row.id, plain, row.prefix, row.last4, row.created_at, fresh=False)
