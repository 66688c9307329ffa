"""What people cannot escape by having everything deleted, under a keyed hash of their Discord id.

The key of the hash is random and sealed under the secret; without it no hash leads to an id.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select, update

from bot.core.secrets import KEY_BYTES, Sealer
from bot.storage import values
from bot.storage.database import Database, Tx
from bot.storage.sql import insert_new, put
from bot.storage.tables.ledger import CallRow
from bot.storage.tables.privacy import MarkRow
from bot.storage.tables.system import ValueRow

KEY_NAME = "mark_key"  # the named value it lies in, and what the sealed key is bound to
PERSON, TEXT = b"person:", b"text:"  # no text hashes like an id


@dataclass(frozen=True, slots=True)
class Mark:
    """What stays of a person: when they activated a code, since when they are suspended.

    On `day`, the day of the deletion, what `day_member_id` spent is theirs again if they return.
    """

    activated_at: datetime | None = None
    suspended_at: datetime | None = None
    day: date | None = None
    day_member_id: int | None = None


@dataclass(frozen=True)
class Marks:
    """The marks of people, and keyed hashes of whatever else must not be read from a row."""

    db: Database
    sealer: Sealer

    async def digest(self, tx: Tx, discord_id: int) -> bytes:
        """Return the 32 bytes that stand for a person; makes the key on first use."""
        return await self._hash(tx, PERSON + str(discord_id).encode())

    async def keyed(self, tx: Tx, text: str) -> bytes:
        """Return the 32 bytes that stand for a text, such as a receipt's reference."""
        return await self._hash(tx, TEXT + text.encode())

    async def of(self, tx: Tx, discord_id: int) -> Mark:
        """Return what is marked about a person, an empty mark if nothing is."""
        row = await self._row(tx, await self.digest(tx, discord_id))
        return Mark() if row is None else row

    async def activated(self, tx: Tx, discord_id: int) -> bool:
        """Say whether the person ever activated a referral code, whatever was deleted since."""
        return (await self.of(tx, discord_id)).activated_at is not None

    async def seen_activated(self, tx: Tx, discord_id: int) -> bool:
        """Say the same by reading alone: no row is locked, and no key is made."""
        if (sealed := await values.recall(tx, KEY_NAME)) is None:
            return False  # nobody was ever marked
        digest = self._digest(sealed, PERSON + str(discord_id).encode())
        return (
            await tx.scalar(select(MarkRow.activated_at).where(MarkRow.digest == digest))
            is not None
        )

    async def mark_activated(self, tx: Tx, discord_id: int, at: datetime) -> None:
        """Note that the person activated a referral code; the first time stays."""
        digest = await self.digest(tx, discord_id)
        if not await insert_new(tx, MarkRow, [{"digest": digest, "activated_at": at}]):
            unmarked = (MarkRow.digest == digest, MarkRow.activated_at.is_(None))
            await tx.execute(update(MarkRow).where(*unmarked).values(activated_at=at))

    async def leave(self, tx: Tx, discord_id: int, mark: Mark) -> None:
        """Write down what stays of a person who goes; an earlier activation stays marked."""
        digest = await self.digest(tx, discord_id)
        before = await self._row(tx, digest) or Mark()
        await self._write(tx, digest, mark, before.activated_at or mark.activated_at)

    async def take_back(self, tx: Tx, discord_id: int) -> Mark:
        """Return what waited for a person who returns; their member carries it from now on."""
        digest = await self.digest(tx, discord_id)
        found = await self._row(tx, digest)
        if found is None:
            return Mark()
        await self._write(tx, digest, Mark(), found.activated_at)
        return found

    async def untie(self, before: date) -> None:
        """Cut the last tie between a person and a member's number once its day is over.

        The day's records, kept for whoever might return on it, go with it.
        """
        over = MarkRow.day < before
        tied = select(MarkRow.day_member_id).where(over)
        kept = (MarkRow.activated_at, MarkRow.suspended_at, MarkRow.day)
        async with self.db.begin() as tx:
            await tx.execute(delete(CallRow).where(CallRow.member_id.in_(tied)))
            await tx.execute(update(MarkRow).where(over).values(day=None, day_member_id=None))
            await tx.execute(delete(MarkRow).where(*(each.is_(None) for each in kept)))

    async def _write(
        self, tx: Tx, digest: bytes, mark: Mark, activated_at: datetime | None
    ) -> None:
        row: dict[str, Any] = {
            "digest": digest,
            "activated_at": activated_at,
            "suspended_at": mark.suspended_at,
            "day": mark.day,
            "day_member_id": mark.day_member_id,
        }
        await put(tx, MarkRow, row)

    async def _row(self, tx: Tx, digest: bytes) -> Mark | None:
        wanted = select(
            MarkRow.activated_at, MarkRow.suspended_at, MarkRow.day, MarkRow.day_member_id
        ).where(MarkRow.digest == digest)
        row = (await tx.execute(wanted.with_for_update())).one_or_none()
        return None if row is None else Mark(*row)

    async def _hash(self, tx: Tx, what: bytes) -> bytes:
        sealed = await values.recall(tx, KEY_NAME)
        if sealed is None:
            fresh = sealed_key(self.sealer, secrets.token_bytes(KEY_BYTES))
            await insert_new(tx, ValueRow, [{"name": KEY_NAME, "value": fresh}])
            sealed = await values.recall(tx, KEY_NAME)  # another process may have been quicker
            assert sealed is not None, "one of two keys is there, never none"
        return self._digest(sealed, what)

    def _digest(self, sealed: str, what: bytes) -> bytes:
        return hmac.digest(opened_key(self.sealer, sealed), what, hashlib.sha256)


def sealed_key(sealer: Sealer, key: bytes) -> str:
    """Return the marks' key as it lies in the database."""
    return sealer.seal(key, KEY_NAME).hex()


def opened_key(sealer: Sealer, sealed: str) -> bytes:
    """Return the marks' key, or raise Unsealable."""
    return sealer.open(bytes.fromhex(sealed), KEY_NAME)
