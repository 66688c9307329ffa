"""Re-wraps everything that the secret seals under the newest one, in batches that a kill may cut.

A batch is a transaction; rows already under the newest secret are left alone, so a run after a
kill goes on where the first one stopped. The fingerprint is stored last.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, delete, select, update
from sqlalchemy.orm import InstrumentedAttribute

from bot.core.errors import StartFailed
from bot.core.secrets import KEY_BYTES, Sealer, Unsealable
from bot.keys.fingerprint import FOREIGN, NAME
from bot.keys.rules import place
from bot.members.marks import KEY_NAME as MARK_KEY
from bot.members.marks import opened_key, sealed_key
from bot.members.private import own_key_place
from bot.storage import values
from bot.storage.base import Base
from bot.storage.database import Database, Tx
from bot.storage.tables.keys import KeyRow
from bot.storage.tables.members import PersonRow
from bot.storage.tables.privacy import MarkRow
from bot.storage.tables.system import ValueRow

BATCH = 200  # values a transaction


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """How many keys and members' own keys were re-wrapped, and how many values were lost.

    The key of the marks goes along; it counts where it is lost.
    """

    keys: int
    people: int
    lost: int


@dataclass(frozen=True, slots=True)
class _Shelf:
    """A table with sealed values: how it is walked, what binds a value, what follows a lost one."""

    table: type[Base]
    id: InstrumentedAttribute[int]
    member_id: InstrumentedAttribute[int]
    sealed: InstrumentedAttribute[Any]
    place: Callable[[Row[*tuple[Any, ...]]], str]
    anew: Callable[[], bytes | None]


KEYS = _Shelf(
    table=KeyRow,
    id=KeyRow.id,
    member_id=KeyRow.member_id,
    sealed=KeyRow.sealed,
    place=lambda row: place(row.member_id, row.id),
    anew=lambda: None,  # the key goes on opening the API, nobody can read it any more
)
PEOPLE = _Shelf(
    table=PersonRow,
    id=PersonRow.member_id,
    member_id=PersonRow.member_id,
    sealed=PersonRow.sealed_key,
    place=lambda row: own_key_place(row.member_id),
    anew=lambda: secrets.token_bytes(KEY_BYTES),  # old texts read "(lost)", new ones can be sealed
)


async def rekey(db: Database, sealer: Sealer, *, lost: bool, batch: int = BATCH) -> Rekeyed:
    """Re-wrap everything; unless `lost` is accepted, what no secret opens raises StartFailed."""
    async with db.read() as tx:
        stored = await values.recall(tx, NAME)
    if stored is not None and not sealer.knows(stored) and not lost:
        raise StartFailed(FOREIGN)
    people, closed_people = await _rewrap(db, sealer, PEOPLE, lost=lost, batch=batch)
    keys, closed_keys = await _rewrap(db, sealer, KEYS, lost=lost, batch=batch)
    closed = closed_people + closed_keys + await _rewrap_marks(db, sealer, lost=lost)
    if closed and not lost:
        raise StartFailed(
            f"LATCHKEY_SECRET_KEY: {closed} sealed values open under none of its secrets. Add the"
            " secret they were sealed with, or accept the loss with `latchkey rekey --lost`."
        )
    async with db.begin() as tx:
        await values.remember(tx, NAME, sealer.fingerprint)
    return Rekeyed(keys, people, closed)


async def _rewrap_marks(db: Database, sealer: Sealer, *, lost: bool) -> int:
    """Re-wrap the key of the marks, or begin them anew; return 1 if nothing opens it."""
    async with db.begin() as tx:
        sealed = await values.recall(tx, MARK_KEY, lock=True)
        if sealed is None or sealer.is_current(bytes.fromhex(sealed)):
            return 0
        try:
            key = opened_key(sealer, sealed)
        except Unsealable:
            if lost:  # no mark can be found again: the next one is made under a new key
                await tx.execute(delete(MarkRow))
                await tx.execute(delete(ValueRow).where(ValueRow.name == MARK_KEY))
            return 1
        await values.remember(tx, MARK_KEY, sealed_key(sealer, key))
        return 0


async def _rewrap(
    db: Database, sealer: Sealer, shelf: _Shelf, *, lost: bool, batch: int
) -> tuple[int, int]:
    """Walk one table; return how many values were re-wrapped and how many nothing opens."""
    moved = closed = 0
    after = -1
    while True:
        async with db.begin() as tx:
            rows = await _batch(tx, shelf, after, batch)
            old = [row for row in rows if not sealer.is_current(row.sealed)]
            plain = [(row, _opened(sealer, shelf, row)) for row in old]
            shut = [row for row, text in plain if text is None]
            await _write(tx, sealer, shelf, [pair for pair in plain if pair[1] is not None])
            if lost:
                await _write(tx, sealer, shelf, [(row, shelf.anew()) for row in shut])
        if not rows:
            return moved, closed
        moved, closed = moved + len(old) - len(shut), closed + len(shut)
        after = rows[-1].id


def _opened(sealer: Sealer, shelf: _Shelf, row: Row[*tuple[Any, ...]]) -> bytes | None:
    try:
        return sealer.open(row.sealed, shelf.place(row))
    except Unsealable:
        return None


async def _batch(tx: Tx, shelf: _Shelf, after: int, size: int) -> list[Row[*tuple[Any, ...]]]:
    """Lock and return the next rows, so that a key replaced meanwhile stays replaced."""
    wanted = (
        select(
            shelf.id.label("id"), shelf.member_id.label("member_id"), shelf.sealed.label("sealed")
        )
        .where(shelf.id > after, shelf.sealed.is_not(None))
        .order_by(shelf.id)
        .limit(size)
        .with_for_update()
    )
    return list((await tx.execute(wanted)).all())


async def _write(
    tx: Tx, sealer: Sealer, shelf: _Shelf, changed: list[tuple[Row[*tuple[Any, ...]], bytes | None]]
) -> None:
    """Write the values back, sealed under the newest secret."""
    rows = [
        {
            "which": row.id,
            "anew": None if plain is None else sealer.seal(plain, shelf.place(row)),
        }
        for row, plain in changed
    ]
    if rows:
        one = update(shelf.table).where(shelf.id == bindparam("which"))
        await tx.execute(one.values({shelf.sealed.key: bindparam("anew")}), rows)
