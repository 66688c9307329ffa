"""Donations: each recorded by its receipt, which counts once and for all."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, select, update

from bot.allowance.plans import PlanBook
from bot.allowance.rules import Grant
from bot.allowance.service import Allowances
from bot.core.clock import Clock
from bot.core.errors import Failure, Invalid, Kind
from bot.members.marks import Marks
from bot.storage.database import Tx
from bot.storage.sql import insert_new
from bot.storage.tables.staff import DonationRow


class ReceiptUsed(Failure):
    """The receipt was credited before, at `unix`; also where it was refunded since."""

    kind = Kind.CONFLICT
    message_id = "donation.receipt_used"


class BlankReceipt(Invalid):
    """The receipt's reference is blank."""

    message_id = "donation.blank_receipt"


class NoReceipt(Failure):
    """No donation was recorded by this receipt."""

    kind = Kind.NOT_FOUND
    message_id = "donation.no_receipt"


class RefundedBefore(Failure):
    """The donation was refunded, at `unix`."""

    kind = Kind.CONFLICT
    message_id = "donation.refunded"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt as rows hold it: a keyed hash to find it by, the text sealed."""

    digest: bytes
    sealed: bytes | None


@dataclass(frozen=True, slots=True)
class Donation:
    """A recorded donation of whole dollars."""

    digest: bytes
    member_id: int
    amount: int
    recorded_at: datetime
    refunded_at: datetime | None
    grant_id: int


@dataclass(frozen=True)
class Donations:
    """What was donated, and what was given for it."""

    allowances: Allowances
    plans: PlanBook
    marks: Marks
    clock: Clock

    async def receipt(self, tx: Tx, member_id: int, text: str) -> Receipt:
        """Return a receipt's form in rows; raises ReceiptUsed where it was recorded before."""
        digest = await self.digest(tx, text)
        if (known := await self.find(tx, digest)) is not None:
            raise ReceiptUsed(unix=int(known.recorded_at.timestamp()))
        members = self.allowances.members
        return Receipt(
            digest, await members.seal(tx, member_id, text.strip(), receipt_place(digest))
        )

    async def digest(self, tx: Tx, text: str) -> bytes:
        """Return what a receipt is found by, whatever its case and the spaces around it."""
        if not (plain := text.strip().casefold()):
            raise BlankReceipt(param="receipt")
        return await self.marks.keyed(tx, plain)

    async def find(self, tx: Tx, digest: bytes) -> Donation | None:
        """Return the donation of a receipt."""
        row = (await tx.execute(_donations().where(DonationRow.digest == digest))).one_or_none()
        return Donation(*row) if row else None

    async def known(self, tx: Tx, digest: bytes) -> Donation:
        """Return the donation of a receipt that can be refunded; raises why it cannot."""
        if (found := await self.find(tx, digest)) is None:
            raise NoReceipt
        if found.refunded_at is not None:
            raise RefundedBefore(unix=int(found.refunded_at.timestamp()))
        return found

    async def of(self, tx: Tx, member_id: int, most: int = 10) -> list[Donation]:
        """Return a member's latest donations, newest first."""
        mine = _donations().where(DonationRow.member_id == member_id)
        rows = await tx.execute(mine.order_by(DonationRow.recorded_at.desc()).limit(most))
        return [Donation(*row) for row in rows]

    async def record(
        self,
        tx: Tx,
        member_id: int,
        amount: int,
        receipt: Receipt,
        *,
        giver_id: int,
        reason: str | None,
    ) -> Grant:
        """Give what the amount's plan gives; raises ReceiptUsed for the loser of a race."""
        terms = self.plans.donation(amount)
        given = await self.allowances.give_plan(
            tx, member_id, terms, giver_id=giver_id, reason=reason
        )
        row = {
            "digest": receipt.digest,
            "receipt": receipt.sealed,
            "member_id": member_id,
            "amount": amount,
            "recorded_at": self.clock.now(),
            "grant_id": given.id,
        }
        if not await insert_new(tx, DonationRow, [row]):
            earlier = await self.find(tx, receipt.digest)
            at = earlier.recorded_at if earlier else self.clock.now()
            raise ReceiptUsed(unix=int(at.timestamp()))
        return given

    async def strike(self, tx: Tx, digest: bytes) -> None:
        """Forget a donation that was recorded by mistake; its receipt may be recorded again."""
        await tx.execute(delete(DonationRow).where(DonationRow.digest == digest))

    async def refund(self, tx: Tx, digest: bytes, *, refunded: bool = True) -> Donation:
        """Mark the donation as refunded, or no longer; what it gave is for the caller to end."""
        at = self.clock.now() if refunded else None
        mine = update(DonationRow).where(DonationRow.digest == digest)
        await tx.execute(mine.values(refunded_at=at))
        found = await self.find(tx, digest)
        assert found is not None, "marked a moment ago"
        return found

    async def regranted(self, tx: Tx, before: int, after: int) -> None:
        """Point the donation that gave a grant to the one in its place."""
        mine = update(DonationRow).where(DonationRow.grant_id == before)
        await tx.execute(mine.values(grant_id=after))


def receipt_place(digest: bytes) -> str:
    """Return what a sealed receipt is bound to."""
    return f"receipt:{digest.hex()}"


def _donations() -> Select[*tuple[Any, ...]]:
    return select(
        DonationRow.digest,
        DonationRow.member_id,
        DonationRow.amount,
        DonationRow.recorded_at,
        DonationRow.refunded_at,
        DonationRow.grant_id,
    )
