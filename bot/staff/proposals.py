"""From a staff act's preview to its audit row: propose, confirm, approve, decline, undo."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.audit import Action, AlreadyDone, Audit, Entry
from bot.members.people import Person
from bot.members.service import Members
from bot.staff.act import Act, Actor, Change, Details
from bot.staff.errors import (
    NotStaff,
    NotUndoable,
    OwnProposal,
    SelfGrant,
    StaffSuspended,
)
from bot.staff.filing import Filed, Filing, State, stated
from bot.staff.papers import Papers
from bot.staff.steps import step
from bot.storage.database import Database, Tx


@dataclass(frozen=True, slots=True)
class Preview:
    """What confirming would do; `target` is a Discord id."""

    proposal_id: int
    action: Action
    target: int | None
    change: Change
    reason: str
    needs_second: bool


@dataclass(frozen=True, slots=True)
class Done:
    """What was done or undone, with the number of its audit row; `target` is a Discord id."""

    audit_id: int
    action: Action
    target: int | None
    change: Change
    undoable: bool


@dataclass(frozen=True, slots=True)
class Waits:
    """What waits for a second moderator; `target` is a Discord id."""

    proposal_id: int
    action: Action
    target: int | None


@dataclass(frozen=True)
class Proposals:
    """The one way of every staff act; a transaction a step."""

    db: Database
    members: Members
    audit: Audit
    papers: Papers
    filing: Filing
    acts: Mapping[Action, Act]

    async def actor(
        self, person: Person, action: Action, *, staff: bool, admin: bool = False
    ) -> Actor:
        """Return who acts; raise NotStaff or StaffSuspended, audited, for whoever may not.

        `staff` and `admin` are what the door saw of them.
        """
        async with self.db.begin() as tx:
            member = await self.members.join(tx, person)
        if staff and not member.suspended:
            return Actor(member.id, admin)
        refusal = StaffSuspended(action, None) if staff else NotStaff(action, None)
        why = refusal.message_id
        await self.audit.refused(action, actor_id=member.id, target_id=None, why=why)
        raise refusal

    async def trusted(self, person: Person) -> bool:
        """Say whether one of the staff is not suspended, auditing nothing."""
        known = await self.members.known(person.discord_id)
        return known is None or not known.suspended

    async def propose(
        self,
        actor: Actor,
        action: Action,
        details: Details,
        *,
        target: Person | None = None,
        reason: str = "",
        proposal_id: int,
    ) -> Preview:
        """Remember an act under its interaction's id and work out what it would change."""
        act = self.acts[action]
        if act.reasoned:
            stated(reason)
        named_id = None if target is None else await self._joined(target)
        async with step(self.db, self.audit, actor) as tx:
            target_id = await act.whose(tx, details) if named_id is None else named_id
            _allowed(act, actor, details, target_id)
            if act.gives:
                _not_oneself(actor, action, target_id)
            change = await act.preview(tx, target_id, details)
            kept = details if change.keep is None else change.keep
            await self.filing.keep(tx, proposal_id, action, actor, target_id, kept, reason)
            filed = await self.filing.to_confirm(tx, proposal_id, actor)
        second, why = act.needs_second(kept), filed.proposal.reason
        return Preview(proposal_id, action, filed.target, change, why, second)

    async def cancel(self, proposal_id: int, actor: Actor) -> None:
        """Drop one's own proposal before it is confirmed."""
        async with self.db.begin() as tx:
            await self.filing.to_confirm(tx, proposal_id, actor)
            await self.filing.close(tx, proposal_id, State.ENDED)

    async def confirm(self, proposal_id: int, actor: Actor) -> Done | Waits:
        """Do what one proposed, or hand it to a second moderator."""
        async with step(self.db, self.audit, actor) as tx:
            filed = await self.filing.to_confirm(tx, proposal_id, actor)
            proposal = filed.proposal
            _allowed(filed.act, actor, proposal.details, proposal.target_id)
            if not filed.act.needs_second(proposal.details):
                return await self._apply(tx, filed, None)
            change = await filed.act.preview(tx, proposal.target_id, proposal.details)
            await self.papers.second(tx, proposal, change)
            await self.filing.close(tx, proposal_id, State.WAITING)
            return Waits(proposal_id, proposal.action, filed.target)

    async def approve(self, proposal_id: int, actor: Actor) -> Done:
        """Do what another moderator proposed."""
        async with step(self.db, self.audit, actor) as tx:
            filed = await self.filing.to_decide(tx, proposal_id)
            about = filed.proposal
            if about.actor_id == actor.member_id:
                raise OwnProposal(about.action, about.target_id)
            _not_oneself(actor, about.action, about.target_id)
            return await self._apply(tx, filed, actor.member_id)

    async def decline(self, proposal_id: int, actor: Actor, reason: str) -> Action:
        """Turn down what waits for a second moderator; whoever proposed it may take it back."""
        async with self.db.begin() as tx:
            about = (await self.filing.to_decide(tx, proposal_id)).proposal
            why = stated(reason)
            sealed = await self.papers.seal(tx, about.target_id, about.id, why)
            await self.audit.record(
                tx,
                Action.DECLINED,
                actor_id=actor.member_id,
                target_id=about.target_id,
                proposal=about.id,
                after={"action": about.action, "proposer_id": about.actor_id},
                reason=sealed,
            )
            await self.filing.close(tx, proposal_id, State.ENDED)
            declined = replace(about, reason=why, sealed=sealed)
            await self.papers.declined(tx, declined, actor.member_id)
        return about.action

    async def undo(self, audit_id: int, actor: Actor) -> Done:
        """Take back what was done."""
        async with step(self.db, self.audit, actor) as tx:
            entry, act = await self._undoable(tx, audit_id)
            _allowed(act, actor, entry.after, entry.target_id)
            if (gains := act.undo_gives_to(entry)) is not None:
                _not_oneself(actor, entry.action, gains)
            return await self._undo(tx, entry, act, actor)

    async def _joined(self, target: Person) -> int:
        """Return whom an act is about, kept also where it is refused: its audit row names them."""
        async with self.db.begin() as tx:
            return (await self.members.join(tx, target)).id

    async def _apply(self, tx: Tx, filed: Filed, approver_id: int | None) -> Done:
        proposal, act = filed.proposal, filed.act
        change = await act.apply(tx, proposal)
        approved = {} if approver_id is None else {"approver_id": approver_id}
        audit_id = await self.audit.record(
            tx,
            proposal.action,
            actor_id=proposal.actor_id,
            target_id=proposal.target_id,
            proposal=proposal.id,
            before=change.before,
            after={**change.after, **approved},
            reason=proposal.sealed,
        )
        await self.filing.close(tx, proposal.id, State.DONE)
        undoable = act.undoable
        await self.papers.done(tx, proposal, change, audit_id, approver_id, undoable=undoable)
        return Done(audit_id, proposal.action, filed.target, change, undoable)

    async def _undoable(self, tx: Tx, audit_id: int) -> tuple[Entry, Act]:
        """Return an act that can be undone, as it is under the lock of whom it concerns."""
        entry = await self.audit.entry(tx, audit_id)
        act = self.acts.get(entry.action) if entry else None
        if entry is None or act is None or not act.undoable:
            raise NotUndoable
        if entry.target_id is not None:
            await self.members.lock(tx, entry.target_id)
            entry = await self.audit.entry(tx, audit_id)
            assert entry is not None, "audit rows stay"
        if entry.undone:
            raise AlreadyDone
        return entry, act

    async def _undo(self, tx: Tx, entry: Entry, act: Act, actor: Actor) -> Done:
        change = await act.undo(tx, entry)
        audit_id = await self.audit.record(
            tx,
            Action.UNDONE,
            actor_id=actor.member_id,
            target_id=entry.target_id,
            undoes=entry.id,
            before=change.before,
            after={"action": entry.action, **change.after},
        )
        await self.papers.undone(tx, entry, change, actor.member_id)
        target = await self.papers.discord_id(tx, entry.target_id)
        return Done(audit_id, entry.action, target, change, undoable=False)


def _allowed(act: Act, actor: Actor, details: Details, target_id: int | None) -> None:
    if not act.allows(actor, details):
        raise act.denial(act.action, target_id)


def _not_oneself(actor: Actor, action: Action, target_id: int | None) -> None:
    if target_id == actor.member_id:
        raise SelfGrant(action, target_id)
