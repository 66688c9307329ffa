"""Why a staff act is refused, whoever asks for it."""

from bot.audit import Action
from bot.core.errors import Failure, Kind


class Refusal(Failure):
    """Somebody tried what they may not: such a refusal is audited."""

    kind = Kind.NOT_ALLOWED

    def __init__(self, action: Action, target_id: int | None) -> None:
        """Take what was tried, on whom."""
        super().__init__()
        self.action = action
        self.target_id = target_id


class NotStaff(Refusal):
    """Only moderators and administrators of a home guild may, and there only."""

    message_id = "staff.not_staff"


class StaffSuspended(Refusal):
    """Whoever is suspended is no staff, whatever roles they hold."""

    message_id = "staff.suspended"


class NotAdmin(Refusal):
    """What decides about the staff is for administrators."""

    message_id = "staff.not_admin"


class NotOverAdmins(Refusal):
    """Only administrators suspend an administrator."""

    message_id = "staff.not_over_admins"


class SelfGrant(Refusal):
    """Nobody gives anything to themself, nor approves it."""

    message_id = "staff.self_grant"


class OwnProposal(Refusal):
    """Whoever proposed an act cannot be its second moderator."""

    message_id = "staff.own_proposal"


class NotYourProposal(Failure):
    """Only the moderator who proposed an act may confirm or cancel it."""

    kind = Kind.NOT_ALLOWED
    message_id = "staff.not_your_proposal"


class ProposalGone(Failure):
    """The proposal was cancelled, is too old, or never was."""

    kind = Kind.EXPIRED
    message_id = "staff.proposal_gone"


class NoReason(Failure):
    """An act that needs a reason was given blanks."""

    kind = Kind.INVALID
    message_id = "staff.no_reason"


class NotUndoable(Failure):
    """The act cannot be undone, or what it changed has changed since."""

    kind = Kind.CONFLICT
    message_id = "staff.not_undoable"


class SettingsMovedOn(NotUndoable):
    """What the act changed of the settings was changed again since."""

    message_id = "staff.settings_moved_on"


class DonorGone(Failure):
    """Whoever donated had everything of theirs deleted since."""

    kind = Kind.NOT_FOUND
    message_id = "donation.donor_gone"


class NoTarget(Failure):
    """The act concerns nobody who is known."""

    kind = Kind.NOT_FOUND
    message_id = "staff.no_target"


class NoStaffChannel(Failure):
    """A second moderator is needed, and there is no channel to ask in."""

    kind = Kind.NOT_ALLOWED
    message_id = "staff.no_channel"
