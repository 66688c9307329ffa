"""The act on the community's settings: some of them, changed in every process at once."""

from dataclasses import dataclass
from typing import ClassVar

from bot.audit import Action, Entry
from bot.community.adjustments import Adjustment, Adjustments
from bot.community.errors import AlreadySo
from bot.staff.act import Act, Actor, Change, Details, Proposal
from bot.staff.errors import SettingsMovedOn
from bot.storage.database import Tx

# Who is staff, who watches them, what they may do alone: not for them to decide.
POWERS = frozenset(
    {"community.moderator_roles", "community.log_channel", "staff.second_approval_above"}
)
EVERYONES = "limits.daily_tokens"


@dataclass(frozen=True)
class ChangeSettings(Act):
    """Changes settings; details: their values as JSON, by name."""

    action: ClassVar[Action] = Action.SETTINGS_CHANGE

    adjustments: Adjustments

    def allows(self, actor: Actor, details: Details) -> bool:
        """Leave what bounds the staff to administrators."""
        return actor.admin or not details.keys() & POWERS

    def needs_second(self, details: Details) -> bool:
        """Say whether everyone would get more than one moderator may give alone."""
        community = self.adjustments.community
        most, now = community.staff.second_approval_above, community.limits.daily_tokens
        return bool(most) and details.get(EVERYONES, 0) > max(most, now)

    async def preview(self, tx: Tx, target_id: int | None, details: Details) -> Change:
        """Check the values, and say what differs."""
        return _shown(await self.adjustments.compare(tx, details))

    async def apply(self, tx: Tx, proposal: Proposal) -> Change:
        """Change them."""
        return _shown(await self.adjustments.change(tx, proposal.details))

    async def undo(self, tx: Tx, entry: Entry) -> Change:
        """Change them back, unless somebody has changed one of them since."""
        try:
            made = await self.adjustments.change(tx, entry.before)
        except AlreadySo:
            raise SettingsMovedOn from None
        if made.before != {name: entry.after[name] for name in entry.before}:
            raise SettingsMovedOn
        return _shown(made)


def _shown(made: Adjustment) -> Change:
    return Change(made.before, made.after)
