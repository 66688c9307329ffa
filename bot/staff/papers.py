"""What is written about a staff act: its sealed reason, its post, a call for approval."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.audit import Entry, reason_place
from bot.community.service import Community
from bot.core.redaction import without_keys
from bot.members.service import Members
from bot.outbox import Outbox, Place
from bot.staff.act import Change, Proposal
from bot.staff.errors import NoStaffChannel
from bot.storage.database import Tx
from bot.words.letter import Knob, Letter, Sealed, Style

# The clicks that come back to the cogs: each carries the number of its proposal or audit row.
APPROVE, DECLINE, UNDO = "staff.approve", "staff.decline", "staff.undo"


@dataclass(frozen=True)
class Papers:
    """Seals, reads and posts on behalf of proposals."""

    members: Members
    outbox: Outbox
    community: Community

    async def seal(
        self, tx: Tx, target_id: int | None, proposal_id: int, reason: str
    ) -> bytes | None:
        """Return a reason as rows keep it: sealed with the key of whom it is about."""
        if not reason:
            return None
        if target_id is None:  # it is about nobody
            return without_keys(reason).encode()
        return await self.members.seal(tx, target_id, reason, reason_place(proposal_id))

    async def reason(
        self, tx: Tx, target_id: int | None, proposal_id: int, sealed: bytes | None
    ) -> str:
        """Return a kept reason in plain, "" for none."""
        if sealed is None:
            return ""
        if target_id is None:
            return sealed.decode()
        return await self.members.unseal(tx, target_id, sealed, reason_place(proposal_id))

    async def reason_of(self, tx: Tx, entry: Entry) -> str:
        """Return why an audited act was done, "" where nobody said."""
        if entry.proposal is None:
            return ""
        return await self.reason(tx, entry.target_id, entry.proposal, entry.reason)

    async def discord_id(self, tx: Tx, member_id: int | None) -> int | None:
        """Return the Discord id of a member who is still known."""
        return None if member_id is None else await self.members.discord_id_of(tx, member_id)

    async def done(
        self,
        tx: Tx,
        proposal: Proposal,
        change: Change,
        audit_id: int,
        approver_id: int | None,
        *,
        undoable: bool,
    ) -> None:
        """Post in the log what was done, with its Undo."""
        lines = [f"did.{proposal.action}", "log.change", "log.reason"]
        also = {}
        if approver_id is not None:
            lines, also = [*lines, "log.approved"], {"approver": approver_id}
        buttons = [Knob("button.undo", UNDO, (audit_id,))] if undoable else []
        letter = _letter(lines, proposal, change, buttons=buttons, **also)
        await self.outbox.post_letter(tx, Place.LOG, letter, member_id=proposal.target_id)

    async def second(self, tx: Tx, proposal: Proposal, change: Change) -> None:
        """Ask the staff for a second moderator; raises NoStaffChannel where nobody would read."""
        channels = self.community.community
        if channels.staff_channel is None and channels.log_channel is None:
            raise NoStaffChannel
        buttons = [
            Knob("button.approve", APPROVE, (proposal.id,), Style.GOOD),
            Knob("button.decline", DECLINE, (proposal.id,), Style.DANGER),
        ]
        lines = ["staff.second", f"act.{proposal.action}", "log.change", "log.reason"]
        letter = _letter(lines, proposal, change, buttons=buttons)
        await self.outbox.post_letter(tx, Place.STAFF, letter, member_id=proposal.target_id)

    async def declined(self, tx: Tx, declined: Proposal, decliner_id: int) -> None:
        """Post in the log that a proposal was declined; its reason is the decliner's."""
        lines = ["log.declined", f"act.{declined.action}", "log.reason"]
        letter = _letter(lines, declined, None, decliner=decliner_id)
        await self.outbox.post_letter(tx, Place.LOG, letter, member_id=declined.target_id)

    async def undone(self, tx: Tx, entry: Entry, change: Change, undoer_id: int) -> None:
        """Post in the log that an act was undone."""
        letter = Letter(
            ["log.undone", f"did.{entry.action}", "log.change"],
            people=_named(actor=entry.actor_id, target=entry.target_id, undoer=undoer_id),
            change=(change.before, change.after),
        )
        await self.outbox.post_letter(tx, Place.LOG, letter, member_id=entry.target_id)


def _letter(
    lines: list[str],
    proposal: Proposal,
    change: Change | None,
    *,
    buttons: Sequence[Knob] = (),
    **also: int,
) -> Letter:
    """Fill a letter about a proposal; without a reason its line is left out."""
    params, texts = {}, {}
    if proposal.sealed is None:
        lines = [line for line in lines if line != "log.reason"]
    elif proposal.target_id is None:
        params["reason"] = proposal.reason
    else:
        place = reason_place(proposal.id)
        texts["reason"] = Sealed(proposal.target_id, proposal.sealed, place)
    return Letter(
        lines,
        params=params,
        people=_named(actor=proposal.actor_id, target=proposal.target_id, **also),
        sealed=texts,
        change=(change.before, change.after) if change else None,
        buttons=buttons,
    )


def _named(**people: int | None) -> dict[str, int]:
    return {name: number for name, number in people.items() if number is not None}
