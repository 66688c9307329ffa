"""The acts on donations: recording one, and refunding it."""

import base64
from dataclasses import dataclass, replace
from typing import ClassVar

from bot.allowance.donations import Donation, Donations, Receipt
from bot.audit import Action, Entry
from bot.staff.act import Act, Change, Details, Proposal
from bot.staff.errors import DonorGone, NoTarget, NotUndoable
from bot.staff.standings import Standings
from bot.storage.database import Tx


@dataclass(frozen=True)
class RecordDonation(Act):
    """Gives the plan of an amount for a receipt; details: amount in dollars, receipt.

    Kept in the details are the receipt's hash and its sealed text alone.
    """

    action: ClassVar[Action] = Action.DONATION_RECORD
    gives: ClassVar[bool] = True
    reasoned: ClassVar[bool] = False

    donations: Donations
    standings: Standings

    async def preview(self, tx: Tx, target_id: int | None, details: Details) -> Change:
        """Work out the limit with the plan; refuse unknown amounts and used receipts."""
        if target_id is None:
            raise NoTarget
        change = await self._change(tx, target_id, details["amount"])
        receipt = await self.donations.receipt(tx, target_id, details["receipt"])
        return replace(change, keep={"amount": details["amount"], **_kept(receipt)})

    async def apply(self, tx: Tx, proposal: Proposal) -> Change:
        """Record it and give the plan."""
        assert proposal.target_id is not None, "the preview refuses nobody"
        amount, receipt = proposal.details["amount"], _receipt(proposal.details)
        change = await self._change(tx, proposal.target_id, amount)
        given = await self.donations.record(
            tx,
            proposal.target_id,
            amount,
            receipt,
            giver_id=proposal.actor_id,
            reason=proposal.reason or None,
        )
        # Under another donation's lock the plan may start later than it did in the preview.
        times = {"ends_at": int(given.ends_at.timestamp())}
        ids = {"grant_id": given.id, "receipt_id": receipt.digest.hex()}
        return replace(change, after={**change.after, **times, **ids})

    async def undo(self, tx: Tx, entry: Entry) -> Change:
        """Strike it, as recorded by mistake: the plan ends, the receipt may be recorded again."""
        assert entry.target_id is not None, "every donation is somebody's"
        digest = bytes.fromhex(entry.after["receipt_id"])
        donation = await self.donations.find(tx, digest)
        if donation is None or donation.refunded_at is not None:
            raise NotUndoable
        change = await self.standings.without(tx, entry.target_id, donation.grant_id)
        await self.donations.allowances.revoke(tx, donation.grant_id)
        await self.donations.strike(tx, digest)
        return change

    async def _change(self, tx: Tx, target_id: int, amount: int) -> Change:
        terms = self.donations.plans.donation(amount)
        change = await self.standings.with_plan(tx, target_id, terms)
        return replace(change, after={"donated": f"${amount}", **change.after})


@dataclass(frozen=True)
class RefundDonation(Act):
    """Ends the plan of a receipt that was paid back; details: receipt."""

    action: ClassVar[Action] = Action.DONATION_REFUND

    donations: Donations
    standings: Standings

    async def whose(self, tx: Tx, details: Details) -> int | None:
        """Return who donated; raise DonorGone where nobody is known any more."""
        donor_id = (await self._known(tx, details)).member_id
        if await self.donations.allowances.members.discord_id_of(tx, donor_id) is None:
            raise DonorGone
        return donor_id

    async def preview(self, tx: Tx, target_id: int | None, details: Details) -> Change:
        """Work out the limit without the plan."""
        donation = await self._known(tx, details)
        change = await self.standings.without(tx, donation.member_id, donation.grant_id)
        before = {"donated": f"${donation.amount}", **change.before}
        kept = {"digest": donation.digest.hex()}
        return Change(before, {"donated": None, **change.after}, keep=kept)

    async def apply(self, tx: Tx, proposal: Proposal) -> Change:
        """Revoke the plan; the receipt stays used."""
        change = await self.preview(tx, proposal.target_id, proposal.details)
        donation = await self._known(tx, proposal.details)
        await self.donations.refund(tx, donation.digest)
        ended = await self.donations.allowances.revoke(tx, donation.grant_id)
        ids: dict[str, object] = {"receipt_id": donation.digest.hex()}
        ids |= {"grant_id": donation.grant_id} if ended else {}
        return replace(change, after={**change.after, **ids})

    async def undo(self, tx: Tx, entry: Entry) -> Change:
        """Give the plan again for the time that is left."""
        assert entry.target_id is not None, "every donation is somebody's"
        before = await self.standings.now(tx, entry.target_id)
        digest = bytes.fromhex(entry.after["receipt_id"])
        donation = await self.donations.refund(tx, digest, refunded=False)
        if "grant_id" in entry.after:
            given = await self.donations.allowances.regrant(tx, donation.grant_id)
            if given is not None:
                await self.donations.regranted(tx, donation.grant_id, given.id)
        return Change(before, await self.standings.now(tx, entry.target_id))

    async def _known(self, tx: Tx, details: Details) -> Donation:
        if "digest" in details:
            digest = bytes.fromhex(details["digest"])
        else:
            digest = await self.donations.digest(tx, details["receipt"])
        return await self.donations.known(tx, digest)


def _kept(receipt: Receipt) -> dict[str, str | None]:
    sealed = None if receipt.sealed is None else base64.b64encode(receipt.sealed).decode()
    return {"digest": receipt.digest.hex(), "receipt_sealed": sealed}


def _receipt(details: Details) -> Receipt:
    sealed = details["receipt_sealed"]
    plain = None if sealed is None else base64.b64decode(sealed)
    return Receipt(bytes.fromhex(details["digest"]), plain)
