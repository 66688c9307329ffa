"""The acts on grants: giving one by hand, and ending any before its time."""

from dataclasses import dataclass, replace
from typing import ClassVar

from bot.allowance.donations import Donations
from bot.allowance.plans import Source, Terms
from bot.allowance.service import Allowances, Given
from bot.audit import Action, Entry
from bot.community.service import Community
from bot.core.clock import Clock
from bot.core.errors import Failure, Kind
from bot.levels.service import Levels
from bot.staff.act import Act, Change, Details, Note, Proposal
from bot.staff.errors import NoTarget, NotUndoable
from bot.staff.standings import Standings, named
from bot.storage.database import Tx


class GivesNothing(Failure):
    """A grant has to give tokens, access or no limit."""

    kind = Kind.INVALID
    message_id = "grant.gives_nothing"


class GrantGone(Failure):
    """There is no such grant, or it has ended."""

    kind = Kind.NOT_FOUND
    message_id = "grant.gone"


@dataclass(frozen=True)
class GiveGrant(Act):
    """Gives what staff say, at once, for days; details: tokens, claude, unlimited, days."""

    action: ClassVar[Action] = Action.GRANT_GIVE
    gives: ClassVar[bool] = True

    allowances: Allowances
    standings: Standings
    community: Community
    clock: Clock

    def needs_second(self, details: Details) -> bool:
        """Say whether it is more than one moderator may give alone."""
        most = self.community.staff.second_approval_above
        return bool(most) and (details["unlimited"] or (details["tokens"] or 0) > most)

    async def preview(self, tx: Tx, target_id: int | None, details: Details) -> Change:
        """Work out the limit with it."""
        if target_id is None:
            raise NoTarget
        terms, now = _terms(details), self.clock.now()
        change = await self.standings.with_plan(tx, target_id, terms, starts_at=now)
        given = {name: details[name] for name in ("tokens", "claude", "unlimited")}
        said = {name: value for name, value in given.items() if value}
        return replace(change, after={**said, **change.after})

    async def apply(self, tx: Tx, proposal: Proposal) -> Change:
        """Give it."""
        change = await self.preview(tx, proposal.target_id, proposal.details)
        assert proposal.target_id is not None, "the preview refuses nobody"
        given = await self.allowances.give_plan(
            tx,
            proposal.target_id,
            _terms(proposal.details),
            giver_id=proposal.actor_id,
            reason=proposal.reason,
            starts_at=self.clock.now(),
        )
        return replace(change, after={**change.after, "grant_id": given.id})

    async def undo(self, tx: Tx, entry: Entry) -> Change:
        """Revoke it."""
        return await revoked(tx, self.allowances, self.standings, entry)


@dataclass(frozen=True)
class RevokeGrant(Act):
    """Ends a grant now, whatever it was given for; details: grant, its number."""

    action: ClassVar[Action] = Action.GRANT_REVOKE

    allowances: Allowances
    standings: Standings
    donations: Donations
    levels: Levels
    clock: Clock

    async def whose(self, tx: Tx, details: Details) -> int | None:
        """Return whose grant it is."""
        return (await self._live(tx, details)).member_id

    async def preview(self, tx: Tx, target_id: int | None, details: Details) -> Change:
        """Work out the limit without it."""
        found = await self._live(tx, details)
        grant = found.grant
        change = await self.standings.without(tx, found.member_id, grant.id)
        until: Note = ("grant.runs_until", {"ends": int(grant.ends_at.timestamp())})
        before = {"grant": named(grant), **change.before}
        return Change(before, {"grant": None, **change.after}, (until,))

    async def apply(self, tx: Tx, proposal: Proposal) -> Change:
        """Revoke it."""
        change = await self.preview(tx, proposal.target_id, proposal.details)
        grant_id = int(proposal.details["grant"])
        await self.allowances.revoke(tx, grant_id)
        if proposal.target_id is not None:
            await self.levels.reconsider(tx, proposal.target_id)
        return Change(change.before, {**change.after, "grant_id": grant_id})

    async def undo(self, tx: Tx, entry: Entry) -> Change:
        """Give it anew for the time that is left."""
        assert entry.target_id is not None, "every grant is somebody's"
        before = await self.standings.now(tx, entry.target_id)
        given = await self.allowances.regrant(tx, entry.after["grant_id"])
        if given is None:
            raise NotUndoable
        await self.donations.regranted(tx, entry.after["grant_id"], given.id)
        await self.levels.reconsider(tx, entry.target_id)
        after = await self.standings.now(tx, entry.target_id)
        return Change(before, after | {"ends_at": int(given.ends_at.timestamp())})

    async def _live(self, tx: Tx, details: Details) -> Given:
        """Return a grant that runs or will run."""
        found = await self.allowances.find(tx, int(details["grant"]))
        if found is None or found.grant.revoked or found.grant.ends_at <= self.clock.now():
            raise GrantGone
        return found


async def revoked(tx: Tx, allowances: Allowances, standings: Standings, entry: Entry) -> Change:
    """Revoke the grant that an audited act gave; raise NotUndoable where it is revoked already."""
    assert entry.target_id is not None, "every grant is somebody's"
    grant_id = int(entry.after["grant_id"])
    change = await standings.without(tx, entry.target_id, grant_id)
    if await allowances.revoke(tx, grant_id) is None:
        raise NotUndoable
    return change


def _terms(details: Details) -> Terms:
    tokens, claude, unlimited = details["tokens"], details["claude"], details["unlimited"]
    if not (tokens or claude or unlimited):
        raise GivesNothing
    return Terms(Source.STAFF, None, tokens, claude, unlimited, details["days"])
