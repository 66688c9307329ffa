"""The staff act on referrals: a newcomer's activation falls, and may be given back."""

from dataclasses import dataclass
from typing import ClassVar

from bot.audit import Action, Entry
from bot.members.service import Members
from bot.referrals.activations import Activation, Activations
from bot.referrals.errors import VoidedBefore
from bot.referrals.purse import purse_of
from bot.staff.act import Act, Change, Details, Note, Proposal
from bot.staff.errors import NotUndoable
from bot.storage.database import Tx
from bot.words.say import say


@dataclass(frozen=True)
class VoidReferral(Act):
    """The activation of the target counts no more for the owner of the code."""

    action: ClassVar[Action] = Action.REFERRALS_VOID

    members: Members
    activations: Activations

    async def preview(self, tx: Tx, target_id: int | None, details: Details) -> Change:
        """Show what the owner's balance becomes, and what the newcomer keeps."""
        assert target_id is not None, "the command names somebody"
        found = await self.activations.of(tx, target_id)
        if found.voided_at is not None:
            raise VoidedBefore
        return await self._change(tx, found, counts=False, notes=await self._notes(tx, found))

    async def apply(self, tx: Tx, proposal: Proposal) -> Change:
        """Void it."""
        assert proposal.target_id is not None, "the command names somebody"
        found = await self.activations.of(tx, proposal.target_id)
        change = await self._change(tx, found, counts=False)
        await self.activations.void(tx, found.newcomer_id)
        return change

    def undo_gives_to(self, entry: Entry) -> int | None:
        """Return the owner of the code, who is credited again."""
        owner_id = entry.after.get("owner_id")
        return owner_id if isinstance(owner_id, int) else None

    async def undo(self, tx: Tx, entry: Entry) -> Change:
        """Let it count again."""
        if entry.target_id is None:
            raise NotUndoable
        found = await self.activations.of(tx, entry.target_id)
        change = await self._change(tx, found, counts=True)
        await self.activations.restore(tx, found.newcomer_id)
        return change

    async def _change(
        self, tx: Tx, found: Activation, *, counts: bool, notes: tuple[Note, ...] = ()
    ) -> Change:
        """Compare before and after of the activation and of its owner's balance."""
        purse = await purse_of(tx, found.owner_id, self.activations.clock.now())
        step = 0 if found.credited_at is None else 1
        balance = purse.balance + step if counts else purse.balance - step
        before = {"counts": not counts, "balance": purse.balance}
        after = {"counts": counts, "balance": balance, "owner_id": found.owner_id}
        return Change(before, after, notes)

    async def _notes(self, tx: Tx, found: Activation) -> tuple[Note, ...]:
        people = {
            "newcomer": await self._name(tx, found.newcomer_id),
            "owner": await self._name(tx, found.owner_id),
        }
        purse = await purse_of(tx, found.owner_id, self.activations.clock.now())
        notes: list[Note] = [("staff.referrals.void", people), ("staff.referrals.keeps", people)]
        if found.credited_at is not None and purse.balance < 1:
            notes.append(("staff.referrals.debt", {}))
        return tuple(notes)

    async def _name(self, tx: Tx, member_id: int) -> str:
        discord_id = await self.members.discord_id_of(tx, member_id)
        return f"<@{discord_id}>" if discord_id else say("somebody.gone")
