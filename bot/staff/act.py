"""What a staff act is: something with a before and an after, applied once, maybe undone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, TypeAlias

from bot.audit import Action, Entry
from bot.staff.errors import NotAdmin, Refusal
from bot.storage.database import Tx

Details: TypeAlias = Mapping[str, Any]  # JSON; never free text about a person
Note: TypeAlias = tuple[str, dict[str, Any]]  # a message id and its parameters


@dataclass(frozen=True, slots=True)
class Actor:
    """A person whom the door has checked as staff in a home guild."""

    member_id: int
    admin: bool = False  # an administrator there


@dataclass(frozen=True, slots=True)
class Change:
    """What an act changes, in values that `words.changes` can show and audit rows may keep.

    `notes` stand below the preview. `keep`, where given, is what the proposal remembers in place of
    the details it was made with: sealed or hashed where those named something of a person.
    """

    before: Details
    after: Details
    notes: tuple[Note, ...] = ()
    keep: Details | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was proposed, as its act applies it; `reason` is in plain, "" for none.

    `sealed` is the same reason as the audit row keeps it.
    """

    id: int
    action: Action
    actor_id: int
    target_id: int | None
    details: Details
    reason: str = field(repr=False)
    sealed: bytes | None = field(default=None, repr=False)


class Act(Protocol):
    """One kind of staff act. All methods run inside the one transaction of their use case.

    They raise Failures with words for whoever asked: nothing to revoke, no such plan.
    """

    action: ClassVar[Action]
    undoable: ClassVar[bool] = True
    gives: ClassVar[bool] = False  # nobody does this to themself
    denial: ClassVar[type[Refusal]] = NotAdmin  # to whom `allows` says no
    reasoned: ClassVar[bool] = True  # nobody does this without saying why

    async def whose(self, tx: Tx, details: Details) -> int | None:
        """Return whom it concerns, where the details alone tell; None where nobody."""
        return None

    def allows(self, actor: Actor, details: Details) -> bool:
        """Say whether this one of the staff may; for an undo, details are what was made so."""
        return True

    def needs_second(self, details: Details) -> bool:
        """Say whether another moderator has to approve."""
        return False

    async def preview(self, tx: Tx, target_id: int | None, details: Details) -> Change:
        """Work out what it would change, changing nothing."""
        ...

    async def apply(self, tx: Tx, proposal: Proposal) -> Change:
        """Do it; what the change's `after` holds is what `undo` gets to work with."""
        ...

    def undo_gives_to(self, entry: Entry) -> int | None:
        """Return whom taking it back would give something to: they do not do that themself."""
        return None if self.gives else entry.target_id

    async def undo(self, tx: Tx, entry: Entry) -> Change:
        """Take it back; never called where `undoable` is False."""
        ...
