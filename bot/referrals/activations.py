"""Who activated whose code: looked up by staff, voided, given back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select, update

from bot.core.clock import Clock
from bot.referrals import errors
from bot.referrals.codes import code_of
from bot.referrals.purse import purse_of
from bot.referrals.rules import Purse
from bot.storage.database import Database, Tx
from bot.storage.tables.members import PersonRow
from bot.storage.tables.referrals import ActivationRow


@dataclass(frozen=True, slots=True)
class Activation:
    """One newcomer's activation of a code."""

    newcomer_id: int
    owner_id: int
    activated_at: datetime
    credited_at: datetime | None
    voided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Brought:
    """A newcomer in a list; `discord_id` None: they had everything deleted since."""

    discord_id: int | None
    activation: Activation


@dataclass(frozen=True, slots=True)
class Record:
    """What staff see of a member's referrals: `brought` is one page of `total`, newest first."""

    code: str
    purse: Purse
    brought: Sequence[Brought]
    total: int
    came_by: int | None  # Discord id of the owner of the code that they activated themself


@dataclass(frozen=True)
class Activations:
    """Reads and corrects activations."""

    db: Database
    clock: Clock

    async def record(self, member_id: int, *, skip: int, limit: int) -> Record:
        """Return a member's referrals for staff."""
        mine = ActivationRow.owner_id == member_id
        listed = (
            _activations(PersonRow.discord_id)
            .outerjoin(PersonRow, PersonRow.member_id == ActivationRow.newcomer_id)
            .where(mine)
            .order_by(ActivationRow.activated_at.desc(), ActivationRow.newcomer_id)
        )
        by = (
            select(PersonRow.discord_id)
            .join(ActivationRow, ActivationRow.owner_id == PersonRow.member_id)
            .where(ActivationRow.newcomer_id == member_id)
        )
        async with self.db.begin() as tx:  # the code may have to be made
            total = await tx.scalar(select(func.count()).where(mine)) or 0
            rows = (await tx.execute(listed.offset(skip).limit(limit))).all()
            return Record(
                code=await code_of(tx, member_id),
                purse=await purse_of(tx, member_id, self.clock.now()),
                brought=[Brought(row.discord_id, _activation(row)) for row in rows],
                total=total,
                came_by=await tx.scalar(by),
            )

    async def of(self, tx: Tx, newcomer_id: int) -> Activation:
        """Return which code a newcomer activated; raises NoSuchActivation."""
        wanted = _activations().where(ActivationRow.newcomer_id == newcomer_id)
        row = (await tx.execute(wanted)).one_or_none()
        if row is None:
            raise errors.NoSuchActivation
        return _activation(row)

    async def void(self, tx: Tx, newcomer_id: int) -> None:
        """Let an activation count no more; the newcomer keeps the grant and the mark."""
        # Without the owner's lock: an exchange in between leaves the debt it would leave anyway.
        counts = (ActivationRow.newcomer_id == newcomer_id, ActivationRow.voided_at.is_(None))
        fallen = update(ActivationRow).where(*counts).values(voided_at=self.clock.now())
        if not (await tx.execute(fallen)).rowcount:
            raise errors.VoidedBefore

    async def restore(self, tx: Tx, newcomer_id: int) -> None:
        """Let a voided activation count again, in the month in which it was credited."""
        fallen = (ActivationRow.newcomer_id == newcomer_id, ActivationRow.voided_at.is_not(None))
        counts = update(ActivationRow).where(*fallen).values(voided_at=None)
        if not (await tx.execute(counts)).rowcount:
            raise errors.NotVoided


def _activations(*more: Any) -> Select[*tuple[Any, ...]]:
    return select(
        ActivationRow.newcomer_id,
        ActivationRow.owner_id,
        ActivationRow.activated_at,
        ActivationRow.credited_at,
        ActivationRow.voided_at,
        *more,
    )


def _activation(row: Row[*tuple[Any, ...]]) -> Activation:
    return Activation(
        newcomer_id=row.newcomer_id,
        owner_id=row.owner_id,
        activated_at=row.activated_at,
        credited_at=row.credited_at,
        voided_at=row.voided_at,
    )
