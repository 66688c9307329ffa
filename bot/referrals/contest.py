"""The contest of a month that is over: its winners get the plan, once, and are announced."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import time
from typing import Any

from sqlalchemy import Row, Select, insert, select, update

from bot.allowance.plans import PlanBook
from bot.allowance.service import Allowances
from bot.community.service import Community
from bot.core.clock import Clock
from bot.core.months import month_ends
from bot.members.service import Members
from bot.outbox import Outbox, Place
from bot.referrals.board import Leaderboard
from bot.referrals.rules import Placed, winners
from bot.storage import values
from bot.storage.database import Database, Tx
from bot.storage.sql import insert_new
from bot.storage.tables.members import MemberRow
from bot.storage.tables.referrals import ContestPrizeRow
from bot.storage.tables.system import ValueRow
from bot.words.letter import Letter, Line
from bot.words.phrase import Phrase

BATCH = 200  # winners in one transaction
MOST_NAMED = 20  # winners in the announcement
CLOSED = "closed"
CLOSES_AT = time(0, 5)  # of the next month's first day


@dataclass(frozen=True, slots=True)
class Winner:
    """A prize that was given; `listed` False: they do not want to be named."""

    place: int
    member_id: int
    activations: int
    listed: bool


@dataclass(frozen=True)
class Contest:
    """Closes months."""

    db: Database
    clock: Clock
    members: Members
    allowances: Allowances
    plans: PlanBook
    community: Community
    outbox: Outbox
    board: Leaderboard
    batch: int = field(default=BATCH)

    async def won(self, month: str) -> Sequence[Winner]:
        """Return who won a month, the first place first; nobody before it is closed."""
        async with self.db.read() as tx:
            return await _won(tx, month)

    async def closed(self, month: str) -> bool:
        """Say whether a month is closed, whoever won it."""
        async with self.db.read() as tx:
            return await values.recall(tx, _name(month)) == CLOSED

    async def award(self, month: str) -> None:
        """Close a month that is over: run again, or by several processes, change nothing more."""
        assert self.clock.now() >= month_ends(month, self.community.zone), "the month still runs"
        async with self.db.begin() as tx:
            least = await self._least(tx, month)
            if least is None:
                return
            placed = await self._placed(tx, month, least)
        for at in range(0, len(placed), self.batch):
            batch = sorted(placed[at : at + self.batch], key=lambda each: each.member_id)
            async with self.db.begin() as tx:
                for winner in batch:
                    await self._give(tx, month, winner)
        async with self.db.begin() as tx:
            await self._close(tx, month)

    async def _least(self, tx: Tx, month: str) -> int | None:
        """Return how many activations win, None where the month is closed.

        Whoever comes first fixes it: a void between a crash and the next run makes no new winners.
        """
        name = _name(month)
        if (known := await values.recall(tx, name)) is None:
            fresh = str(await self._last_place(tx, month))
            await insert_new(tx, ValueRow, [{"name": name, "value": fresh}])
            known = await values.recall(tx, name)
            assert known is not None, "one of two processes has written it"
        return None if known == CLOSED else int(known)

    async def _last_place(self, tx: Tx, month: str) -> int:
        """Return the activations of the last place that wins, 0 where nobody does."""
        if not (places := self.community.referrals.contest_winners):
            return 0
        placed = self.board.placed(month)
        best = select(placed.c.activations).order_by(placed.c.activations.desc()).limit(places)
        return min((await tx.scalars(best)).all(), default=0)

    async def _placed(self, tx: Tx, month: str, least: int) -> list[Placed]:
        if not least:
            return []
        board = self.board.placed(month)
        enough = select(board.c.owner_id, board.c.activations).where(board.c.activations >= least)
        counts = [(owner_id, count) for owner_id, count in await tx.execute(enough)]
        return winners(counts, len(counts))

    async def _give(self, tx: Tx, month: str, winner: Placed) -> None:
        await self.members.lock(tx, winner.member_id)
        had = select(ContestPrizeRow.place).where(
            ContestPrizeRow.month == month, ContestPrizeRow.member_id == winner.member_id
        )
        if await tx.scalar(had) is not None:
            return
        grant = await self.allowances.give_plan(tx, winner.member_id, self.plans.contest())
        row = {
            "month": month,
            "member_id": winner.member_id,
            "place": winner.place,
            "activations": winner.activations,
            "grant_id": grant.id,
        }
        await tx.execute(insert(ContestPrizeRow).values(row))

    async def _close(self, tx: Tx, month: str) -> None:
        """Announce the winners in the transaction that closes the month, which one alone does."""
        closing = update(ValueRow).where(ValueRow.name == _name(month), ValueRow.value != CLOSED)
        if not (await tx.execute(closing.values(value=CLOSED))).rowcount:
            return
        if won := await _won(tx, month):
            await self.outbox.post_letter(tx, Place.ANNOUNCE, self._announcement(month, won))

    def _announcement(self, month: str, won: Sequence[Winner]) -> Letter:
        named = won[:MOST_NAMED]
        lines: list[str | Line] = ["contest.announced", *map(_line, named)]
        if more := len(won) - len(named):
            lines.append(Line("contest.more_winners", {"n": more}))
        lines.append("contest.prizes")
        return Letter(lines, {"month": month}, change=({}, self._prize()))

    def _prize(self) -> dict[str, Any]:
        terms = self.plans.contest()
        limit = {"limit": None} if terms.unlimited else {}
        return limit | {"tokens": terms.daily_tokens, "access": terms.access, "days": terms.days}


async def _won(tx: Tx, month: str) -> list[Winner]:
    ranked = (
        _winners()
        .where(ContestPrizeRow.month == month)
        .order_by(ContestPrizeRow.place, ContestPrizeRow.member_id)
    )
    return [_winner(row) for row in await tx.execute(ranked)]


def _winners() -> Select[*tuple[Any, ...]]:
    return select(
        ContestPrizeRow.place,
        ContestPrizeRow.member_id,
        ContestPrizeRow.activations,
        MemberRow.listed,
    ).join(MemberRow, MemberRow.id == ContestPrizeRow.member_id)


def _winner(row: Row[*tuple[Any, ...]]) -> Winner:
    return Winner(row.place, row.member_id, row.activations, row.listed)


def _line(winner: Winner) -> Line:
    """Name a winner in the announcement, unless they do not want to be named."""
    figures = {"place": winner.place, "n": winner.activations}
    if winner.listed:
        return Line("contest.winner", figures, {"who": winner.member_id})
    return Line("contest.winner", figures | {"who": Phrase("contest.hidden")})


def _name(month: str) -> str:
    """Return the named value that says how far a month's contest is."""
    return f"contest:{month}"
