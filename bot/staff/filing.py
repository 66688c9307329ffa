"""Proposals in the database: filed when previewed, found under their lock, closed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select, update

from bot.audit import Action, AlreadyDone
from bot.core.clock import Clock
from bot.members.service import Members
from bot.staff.act import Act, Actor, Details, Proposal
from bot.staff.errors import NoReason, NotYourProposal, ProposalGone
from bot.staff.papers import Papers
from bot.storage.database import Database, Tx
from bot.storage.sql import insert_new
from bot.storage.tables.staff import ProposalRow

CONFIRM_WITHIN = timedelta(minutes=15)
APPROVE_WITHIN = timedelta(days=7)


class State(StrEnum):
    """How far a proposal is."""

    OPEN = "open"  # previewed
    WAITING = "waiting"  # for a second moderator
    DONE = "done"
    ENDED = "ended"  # cancelled or declined


@dataclass(frozen=True, slots=True)
class Filed:
    """A proposal as it stands under its lock; `target` is a Discord id."""

    proposal: Proposal
    act: Act
    state: State
    proposed_at: datetime
    target: int | None


@dataclass(frozen=True)
class Filing:
    """Keeps proposals between their preview and what becomes of them."""

    db: Database
    clock: Clock
    members: Members
    papers: Papers
    acts: Mapping[Action, Act]

    async def action_of(self, proposal_id: int) -> Action:
        """Return what a proposal is about; raises ProposalGone."""
        wanted = select(ProposalRow.action).where(ProposalRow.id == proposal_id)
        async with self.db.read() as tx:
            if (action := await tx.scalar(wanted)) is None:
                raise ProposalGone
        return Action(action)

    async def keep(
        self,
        tx: Tx,
        proposal_id: int,
        action: Action,
        actor: Actor,
        target_id: int | None,
        details: Details,
        reason: str,
    ) -> None:
        """File a proposal; raises AlreadyDone where it is filed already."""
        row = {
            "id": proposal_id,
            "action": action,
            "actor_id": actor.member_id,
            "target_id": target_id,
            "details": dict(details),
            "reason": await self.papers.seal(tx, target_id, proposal_id, tidy(reason)),
            "state": State.OPEN,
            "proposed_at": self.clock.now(),
        }
        if not await insert_new(tx, ProposalRow, [row]):
            raise AlreadyDone  # Discord delivered one interaction twice

    async def to_confirm(self, tx: Tx, proposal_id: int, actor: Actor) -> Filed:
        """Return a proposal that its actor may still confirm or cancel."""
        filed = await self._locked(tx, proposal_id)
        if filed.proposal.actor_id != actor.member_id:
            raise NotYourProposal
        if filed.state in (State.DONE, State.WAITING):
            raise AlreadyDone
        self._check(filed, State.OPEN, CONFIRM_WITHIN)
        return filed

    async def to_decide(self, tx: Tx, proposal_id: int) -> Filed:
        """Return a proposal that waits for a second moderator."""
        filed = await self._locked(tx, proposal_id)
        if filed.state is State.DONE:
            raise AlreadyDone
        self._check(filed, State.WAITING, APPROVE_WITHIN)
        return filed

    async def close(self, tx: Tx, proposal_id: int, state: State) -> None:
        """Write down how far the proposal is now."""
        mine = update(ProposalRow).where(ProposalRow.id == proposal_id)
        await tx.execute(mine.values(state=state))

    def _check(self, filed: Filed, state: State, within: timedelta) -> None:
        about_somebody = filed.proposal.target_id is not None
        if (
            filed.state is not state
            or self.clock.now() > filed.proposed_at + within
            or (about_somebody and filed.target is None)  # everything of theirs was deleted
        ):
            raise ProposalGone

    async def _locked(self, tx: Tx, proposal_id: int) -> Filed:
        """Return a proposal, locked, and after it its target: always in this order."""
        wanted = select(ProposalRow.__table__).where(ProposalRow.id == proposal_id)
        row = (await tx.execute(wanted.with_for_update())).one_or_none()
        if row is None or (act := self.acts.get(Action(row.action))) is None:
            raise ProposalGone
        if row.target_id is not None:
            await self.members.lock(tx, row.target_id)
        proposal = Proposal(
            id=row.id,
            action=Action(row.action),
            actor_id=row.actor_id,
            target_id=row.target_id,
            details=row.details,
            reason=await self.papers.reason(tx, row.target_id, row.id, row.reason),
            sealed=row.reason,
        )
        target = await self.papers.discord_id(tx, row.target_id)
        return Filed(proposal, act, State(row.state), row.proposed_at, target)


def tidy(reason: str) -> str:
    """Return a reason on one line."""
    return " ".join(reason.split())


def stated(reason: str) -> str:
    """Return a reason on one line; raise NoReason where nothing in it can be read."""
    why = tidy(reason)
    if not any(each.isprintable() and not each.isspace() for each in why):
        raise NoReason
    return why
