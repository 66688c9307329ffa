"""The acts on members: suspending, restoring, resetting a key that staff never see."""

import base64
from dataclasses import dataclass
from typing import ClassVar

from bot.audit import Action, Entry
from bot.core.errors import Failure, Kind
from bot.keys.service import Keys
from bot.members.service import Members
from bot.staff.act import Act, Actor, Change, Details, Proposal
from bot.staff.errors import NoTarget, NotOverAdmins, NotUndoable, Refusal
from bot.storage.database import Tx

FREE, OUT = {"suspended": False}, {"suspended": True}


class SuspendedBefore(Failure):
    """The member is suspended already."""

    kind = Kind.CONFLICT
    message_id = "member.suspended_before"


class NotSuspended(Failure):
    """The member is not suspended."""

    kind = Kind.CONFLICT
    message_id = "member.not_suspended"


class NoKeyToReset(Failure):
    """The member has no key."""

    kind = Kind.NOT_FOUND
    message_id = "member.no_key"


@dataclass(frozen=True)
class Suspend(Act):
    """Stops the member's key, their commands and whatever of theirs is running.

    Details: of_admin, where the door saw the member as an administrator.
    """

    action: ClassVar[Action] = Action.MEMBER_SUSPEND
    denial: ClassVar[type[Refusal]] = NotOverAdmins

    members: Members

    def allows(self, actor: Actor, details: Details) -> bool:
        """Leave administrators to administrators."""
        return actor.admin or not details.get("of_admin")

    async def preview(self, tx: Tx, target_id: int | None, details: Details) -> Change:
        """Say what stops."""
        if target_id is None:
            raise NoTarget
        if await self.members.suspended(tx, target_id):
            raise SuspendedBefore
        return Change(FREE, OUT, (("member.suspension_stops", {}),))

    async def apply(self, tx: Tx, proposal: Proposal) -> Change:
        """Suspend them; the reason is what their programs and they themselves read."""
        change = await self.preview(tx, proposal.target_id, proposal.details)
        assert proposal.target_id is not None, "the preview refuses nobody"
        await self.members.suspend_in(tx, proposal.target_id, proposal.reason)
        return Change(change.before, change.after)

    async def undo(self, tx: Tx, entry: Entry) -> Change:
        """Restore them."""
        if entry.target_id is None or not await self.members.suspended(tx, entry.target_id):
            raise NotUndoable
        await self.members.restore_in(tx, entry.target_id)
        return Change(OUT, FREE)


@dataclass(frozen=True)
class Restore(Act):
    """Ends a suspension; details: of_admin, as for Suspend."""

    action: ClassVar[Action] = Action.MEMBER_RESTORE
    gives: ClassVar[bool] = True
    denial: ClassVar[type[Refusal]] = NotOverAdmins

    members: Members

    def allows(self, actor: Actor, details: Details) -> bool:
        """Leave it to administrators to undo it for one, which suspends them again."""
        return actor.admin or not details.get("administrator")

    async def preview(self, tx: Tx, target_id: int | None, details: Details) -> Change:
        """Say that they may call again."""
        if target_id is None:
            raise NoTarget
        if not await self.members.suspended(tx, target_id):
            raise NotSuspended
        return Change(OUT, FREE)

    async def apply(self, tx: Tx, proposal: Proposal) -> Change:
        """Restore them; what they were suspended for is kept, sealed, for an undo."""
        await self.preview(tx, proposal.target_id, proposal.details)
        assert proposal.target_id is not None, "the preview refuses nobody"
        sealed = await self.members.restore_in(tx, proposal.target_id)
        kept = None if sealed is None else base64.b64encode(sealed).decode()
        seen = {"administrator": True} if proposal.details.get("of_admin") else {}
        return Change(OUT, FREE | seen | {"suspension_sealed": kept})

    async def undo(self, tx: Tx, entry: Entry) -> Change:
        """Suspend them as they were."""
        if entry.target_id is None or await self.members.suspended(tx, entry.target_id):
            raise NotUndoable
        if await self.members.discord_id_of(tx, entry.target_id) is None:
            raise NotUndoable  # everything of theirs was deleted
        kept = entry.after.get("suspension_sealed")
        sealed = None if kept is None else base64.b64decode(kept)
        await self.members.suspend_in(tx, entry.target_id, sealed)
        return Change(FREE, OUT)


@dataclass(frozen=True)
class ResetKey(Act):
    """Replaces a member's key by one that only they can see."""

    action: ClassVar[Action] = Action.MEMBER_RESET_KEY
    undoable: ClassVar[bool] = False

    keys: Keys

    async def preview(self, tx: Tx, target_id: int | None, details: Details) -> Change:
        """Say which key stops, by when it was made."""
        if target_id is None:
            raise NoTarget
        if (card := await self.keys.active_in(tx, target_id)) is None:
            raise NoKeyToReset
        made = int(card.created_at.timestamp())
        return Change({"key_made_at": made}, {}, (("member.key_stops", {}),))

    async def apply(self, tx: Tx, proposal: Proposal) -> Change:
        """Replace it."""
        before = (await self.preview(tx, proposal.target_id, proposal.details)).before
        assert proposal.target_id is not None, "the preview refuses nobody"
        card = await self.keys.reset(tx, proposal.target_id)
        return Change(before, {"key_made_at": int(card.created_at.timestamp())})

    async def undo(self, tx: Tx, entry: Entry) -> Change:
        """Refuse: a key that was revoked never works again."""
        raise NotUndoable
