"""The acts on levels: giving one by hand in place of the member's own, and taking it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from bot.allowance.plans import Source
from bot.allowance.rules import Grant, Stacking, adds_from
from bot.audit import Action, Entry
from bot.levels.errors import NoLevel
from bot.levels.service import Levels
from bot.staff.act import Act, Change, Details, Note, Proposal
from bot.staff.errors import NoTarget, NotUndoable
from bot.staff.standings import Standings
from bot.storage.database import Tx


@dataclass(frozen=True)
class LevelFigures:
    """Works out level, role, limit and access at a moment, as fields of a change."""

    levels: Levels
    standings: Standings

    def at(self, grants: Iterable[Grant], moment: datetime) -> dict[str, object]:
        """Return the figures that these grants come to."""
        listed = list(grants)
        running = [each for each in listed if _is_level(each) and each.active(moment)]
        level = max((int(each.plan or 0) for each in running), default=None)
        roles = self.levels.community.community.level_roles
        role = {} if level not in roles else {"role": f"<@&{roles[level]}>"}
        return {"level": level} | role | self.standings.figures(listed, moment)

    async def now(self, tx: Tx, member_id: int) -> dict[str, object]:
        """Return what the member has now."""
        listed = await self.levels.allowances.listed(tx, member_id)
        return self.at(listed, self.levels.clock.now())


@dataclass(frozen=True)
class GrantLevel(Act):
    """Gives a level at once, until the end of the next calendar month; details: level."""

    action: ClassVar[Action] = Action.LEVEL_GRANT
    gives: ClassVar[bool] = True

    levels: Levels
    figures: LevelFigures

    async def preview(self, tx: Tx, target_id: int | None, details: Details) -> Change:
        """Work out level and limit with it."""
        if target_id is None:
            raise NoTarget
        terms, period = self.levels.terms(details["level"])
        listed = await self.levels.allowances.listed(tx, target_id)
        others = [grant for grant in listed if not _is_level(grant)]
        given = Grant(
            id=0,
            source=terms.source,
            plan=terms.plan,
            daily_tokens=terms.daily_tokens,
            access=terms.access,
            unlimited=terms.unlimited,
            starts_at=period.starts_at,
            ends_at=period.ends_at,
            revoked=False,
        )
        return _change(
            self.figures.at(listed, period.starts_at),
            self.figures.at([*others, given], period.starts_at),
            ends_at=_unix(period.ends_at),
            notes=(*self._notes(given, others), *await self._unfit(tx, details["level"])),
        )

    async def apply(self, tx: Tx, proposal: Proposal) -> Change:
        """Give it."""
        change = await self.preview(tx, proposal.target_id, proposal.details)
        assert proposal.target_id is not None, "the preview refuses nobody"
        given, replaced = await self.levels.grant(
            tx,
            proposal.target_id,
            proposal.details["level"],
            giver_id=proposal.actor_id,
            reason=proposal.reason,
        )
        ids = {"grant_id": given.id, "replaced_id": [grant.id for grant in replaced]}
        return Change(change.before, {**change.after, **ids})

    async def undo(self, tx: Tx, entry: Entry) -> Change:
        """Take it, and give back what it replaced for the time that is left."""
        return await _undone(
            tx,
            self.figures,
            entry,
            drop=int(entry.after["grant_id"]),
            give=list(entry.after["replaced_id"]),
        )

    async def _unfit(self, tx: Tx, level: int) -> list[Note]:
        """Say what keeps the level's role from being given; the allowance is all the same."""
        if (found := await self.levels.roles.unfit(tx, level)) is None:
            return []
        role, hitch = found
        params: dict[str, object] = {"level": level, **hitch.params(role)}
        return [("levels.unfit", params), (hitch.mend, params)]

    def _notes(self, given: Grant, others: list[Grant]) -> Iterable[Note]:
        limits = self.levels.community.limits
        adds = adds_from(given, others, limits.daily_tokens, Stacking(limits.stacking))
        if adds is None:
            yield "plan.adds_nothing", {}
        elif adds > given.starts_at:
            yield "plan.adds_later", {"until": _unix(adds)}


@dataclass(frozen=True)
class RevokeLevel(Act):
    """Takes every level from the member: the allowance now, the role as soon as Discord does."""

    action: ClassVar[Action] = Action.LEVEL_REVOKE

    levels: Levels
    figures: LevelFigures

    async def preview(self, tx: Tx, target_id: int | None, details: Details) -> Change:
        """Work out the limit without it."""
        if target_id is None:
            raise NoTarget
        listed = await self.levels.allowances.listed(tx, target_id)
        others = [grant for grant in listed if not _is_level(grant)]
        if len(others) == len(listed):
            raise NoLevel
        now = self.levels.clock.now()
        return _change(self.figures.at(listed, now), self.figures.at(others, now))

    async def apply(self, tx: Tx, proposal: Proposal) -> Change:
        """Take it."""
        change = await self.preview(tx, proposal.target_id, proposal.details)
        assert proposal.target_id is not None, "the preview refuses nobody"
        taken = await self.levels.revoke(tx, proposal.target_id)
        ids = {"taken_id": [grant.id for grant in taken]}
        return Change(change.before, {**change.after, **ids})

    async def undo(self, tx: Tx, entry: Entry) -> Change:
        """Give it back for the time that is left."""
        return await _undone(tx, self.figures, entry, drop=None, give=list(entry.after["taken_id"]))


async def _undone(
    tx: Tx, figures: LevelFigures, entry: Entry, *, drop: int | None, give: list[int]
) -> Change:
    assert entry.target_id is not None, "every level is somebody's"
    before = await figures.now(tx, entry.target_id)
    if not await figures.levels.swap_back(tx, entry.target_id, drop=drop, give=give):
        raise NotUndoable
    return _change(before, await figures.now(tx, entry.target_id))


def _change(
    before: dict[str, object],
    after: dict[str, object],
    *,
    notes: tuple[Note, ...] = (),
    **times: int,
) -> Change:
    """Compare the two; a role on one side alone is none on the other."""
    if "role" in before or "role" in after:
        before, after = {"role": None, **before}, {"role": None, **after}
    return Change(before, after | times, notes)


def _is_level(grant: Grant) -> bool:
    return grant.source == Source.LEVEL


def _unix(moment: datetime) -> int:
    return int(moment.timestamp())
