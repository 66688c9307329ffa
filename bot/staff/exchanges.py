"""Staff decide on exchanges of referrals: what waits is approved or declined, once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from bot.allowance.service import Allowances
from bot.audit import Action, Audit, Entry, reason_place
from bot.core.clock import Clock
from bot.members.service import Members
from bot.referrals.exchange import Exchange, Exchanges
from bot.referrals.purse import purse_of
from bot.referrals.rules import State
from bot.staff.act import Act, Actor, Change, Details, Proposal
from bot.staff.errors import NotUndoable, ProposalGone, SelfGrant
from bot.staff.filing import stated
from bot.staff.papers import Papers
from bot.staff.standings import Standings
from bot.staff.steps import step
from bot.storage.database import Database, Tx
from bot.words.letter import Letter, Sealed


@dataclass(frozen=True)
class ApproveExchange(Act):
    """Reserved referrals are spent, and their plan is given."""

    action: ClassVar[Action] = Action.EXCHANGE_APPROVE
    gives: ClassVar[bool] = True

    clock: Clock
    allowances: Allowances
    standings: Standings
    exchanges: Exchanges

    async def preview(self, tx: Tx, target_id: int | None, details: Details) -> Change:
        """Work out what the plan would give."""
        assert target_id is not None, "an exchange is somebody's"
        terms = self.exchanges.packs.of(details["referrals"]).terms
        return await self.standings.with_plan(tx, target_id, terms)

    async def apply(self, tx: Tx, proposal: Proposal) -> Change:
        """Give the plan; the proposal is the exchange, under the same number."""
        waiting = await self.exchanges.waiting(tx, proposal.id)
        await self.exchanges.covered(tx, waiting)
        member_id, terms = waiting.member_id, self.exchanges.packs.of(waiting.referrals).terms
        change = await self.standings.with_plan(tx, member_id, terms)
        grant = await self.allowances.give_plan(tx, member_id, terms, giver_id=proposal.actor_id)
        await self.exchanges.settle(
            tx, waiting, State.APPROVED, decider_id=proposal.actor_id, grant_id=grant.id
        )
        spent = {"referrals": waiting.referrals, "grant_id": grant.id}
        return replace(change, after={**change.after, **spent})

    async def undo(self, tx: Tx, entry: Entry) -> Change:
        """Take the plan back and free the referrals, unless the plan has run its time."""
        exchange = await self.exchanges.find(tx, entry.proposal or 0)
        if exchange is None or exchange.state is not State.APPROVED or not exchange.grant_id:
            raise NotUndoable
        member_id, grant_id = exchange.member_id, exchange.grant_id
        change = await self.standings.without(tx, member_id, grant_id)
        grant = await self.allowances.revoke(tx, grant_id)
        if grant is None or grant.ends_at <= self.clock.now():
            raise NotUndoable
        before = await self._balance(tx, member_id)
        await self.exchanges.settle(tx, exchange, State.DECLINED, grant_id=grant_id)
        told = {"n": exchange.referrals}
        await self.exchanges.outbox.dm(tx, member_id, "exchange.dm.taken_back", told)
        return Change(
            {**change.before, "balance": before},
            {**change.after, "balance": await self._balance(tx, member_id)},
        )

    async def _balance(self, tx: Tx, member_id: int) -> int:
        return (await purse_of(tx, member_id, self.clock.now())).balance


@dataclass(frozen=True)
class ExchangeDesk:
    """Decides on exchanges, one transaction a decision, each audited and posted in the log."""

    db: Database
    clock: Clock
    members: Members
    exchanges: Exchanges
    approving: ApproveExchange
    audit: Audit
    papers: Papers

    async def approve(self, actor: Actor, exchange_id: int) -> Exchange:
        """Give what was asked for; raises ExchangeDecided for whoever comes second."""
        action = Action.EXCHANGE_APPROVE
        async with step(self.db, self.audit, actor) as tx:
            waiting = await self._waiting(tx, exchange_id)
            if waiting.member_id == actor.member_id:
                raise SelfGrant(action, waiting.member_id)
            details = {"referrals": waiting.referrals}
            proposal = Proposal(
                exchange_id, action, actor.member_id, waiting.member_id, details, ""
            )
            change = await self.approving.apply(tx, proposal)
            await self._write(tx, proposal, change, undoable=True)
            shown = (_own(change.before), _own(change.after))
            await self._tell(tx, waiting, ["exchange.dm.approved", "exchange.change"], change=shown)
        return waiting

    async def decline(self, actor: Actor, exchange_id: int, reason: str) -> Exchange:
        """Turn down what was asked for: the member reads why, the referrals are theirs again."""
        why = stated(reason)
        async with step(self.db, self.audit, actor) as tx:
            waiting = await self._waiting(tx, exchange_id)
            target_id = waiting.member_id
            before = (await purse_of(tx, target_id, self.clock.now())).balance
            await self.exchanges.settle(
                tx, waiting, State.DECLINED, decider_id=actor.member_id, reason=why
            )
            proposal = Proposal(
                id=exchange_id,
                action=Action.EXCHANGE_DECLINE,
                actor_id=actor.member_id,
                target_id=target_id,
                details={"referrals": waiting.referrals},
                reason=why,
                sealed=await self.papers.seal(tx, target_id, exchange_id, why),
            )
            change = Change({"balance": before}, {"balance": before + waiting.referrals})
            await self._write(tx, proposal, change, undoable=False)
            lines = ["exchange.dm.declined"]
            if proposal.sealed:
                lines.append("log.reason")
            await self._tell(tx, waiting, lines, sealed=_sealed_reason(proposal))
        return waiting

    async def _waiting(self, tx: Tx, exchange_id: int) -> Exchange:
        waiting = await self.exchanges.waiting(tx, exchange_id)
        if await self.members.discord_id_of(tx, waiting.member_id) is None:
            raise ProposalGone  # everything of theirs was deleted
        return waiting

    async def _write(self, tx: Tx, proposal: Proposal, change: Change, *, undoable: bool) -> None:
        audit_id = await self.audit.record(
            tx,
            proposal.action,
            actor_id=proposal.actor_id,
            target_id=proposal.target_id,
            proposal=proposal.id,
            before=change.before,
            after=change.after,
            reason=proposal.sealed,
        )
        await self.papers.done(tx, proposal, change, audit_id, None, undoable=undoable)

    async def _tell(self, tx: Tx, exchange: Exchange, lines: list[str], **more: Any) -> None:
        """Tell the member, unless they take no messages; /exchange_referrals says it too."""
        letter = Letter(lines, {"n": exchange.referrals}, **more)
        await self.papers.outbox.dm_letter(tx, exchange.member_id, letter)


def _own(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return a change's fields under the names by which their member reads them."""
    names = {"limit": "own_limit", "access": "own_access"}
    return {names.get(name, name): value for name, value in fields.items()}


def _sealed_reason(proposal: Proposal) -> dict[str, Sealed]:
    """Return a proposal's reason as a letter takes it, nothing where nobody said."""
    if proposal.sealed is None or proposal.target_id is None:
        return {}
    place = reason_place(proposal.id)
    return {"reason": Sealed(proposal.target_id, proposal.sealed, place)}
