"""The act of announcing: a text of staff's, posted in the community's name."""

import base64
from dataclasses import dataclass
from typing import ClassVar

from bot.audit import Action, Entry
from bot.core.redaction import without_keys
from bot.members.service import Members
from bot.outbox import Outbox, Place
from bot.staff.act import Act, Change, Details, Proposal
from bot.staff.errors import NotUndoable
from bot.storage.database import Tx
from bot.words.letter import Letter, Sealed

ANNOUNCEMENT = "announcement"  # what the sealed text is about; its Markdown is meant


@dataclass(frozen=True)
class Announce(Act):
    """Posts a text; details: text and channel. Whom it concerns is its author.

    The text may name anybody, so rows keep it sealed with the author's own key alone.
    """

    action: ClassVar[Action] = Action.ANNOUNCE
    undoable: ClassVar[bool] = False
    reasoned: ClassVar[bool] = False

    members: Members
    outbox: Outbox

    async def preview(self, tx: Tx, target_id: int | None, details: Details) -> Change:
        """Show how it will read."""
        assert target_id is not None, "an announcement has an author"
        channel_id = int(details["channel"])
        after = {"announce_channel": channel_id}
        if "text" not in details:
            return Change({}, after)
        text = without_keys(details["text"])
        sealed = await self.members.seal(tx, target_id, text, ANNOUNCEMENT)
        assert sealed is not None, "whoever acts has a key of their own"
        keep = {"channel": channel_id, "text_sealed": base64.b64encode(sealed).decode()}
        return Change({}, after, (("announce.preview", {"text": text}),), keep)

    async def apply(self, tx: Tx, proposal: Proposal) -> Change:
        """Leave it for the courier."""
        change = await self.preview(tx, proposal.target_id, proposal.details)
        assert proposal.target_id is not None, "the preview refuses nobody"
        kept = proposal.details["text_sealed"]
        text = Sealed(proposal.target_id, base64.b64decode(kept), ANNOUNCEMENT)
        await self.outbox.post_letter(
            tx,
            Place.ANNOUNCE,
            Letter(["announce.text"], sealed={"text": text}),
            member_id=proposal.target_id,
            channel_id=proposal.details["channel"],
        )
        return Change(change.before, {**change.after, "text_sealed": kept})

    async def undo(self, tx: Tx, entry: Entry) -> Change:
        """Refuse: it has been read."""
        raise NotUndoable
