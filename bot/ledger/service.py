"""The ledger's front: hold before a call, settle after it, see where a member stands."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import bindparam, select, update

from bot.core.clock import Clock, day_of, minute_of
from bot.core.errors import DatabaseAway
from bot.core.ids import Ids
from bot.core.units import Mode
from bot.ledger.books import standing_of
from bot.ledger.calls import Held, HoldAsk, LedgerRules, Outcome, Settled, Standing
from bot.ledger.operations import Abandon, GiveBack, HoldSeen, Reserve, Settle
from bot.ledger.rules import Day, Limits, Pace
from bot.ledger.sweep import Watch, held_now
from bot.ledger.watching import Watcher
from bot.ledger.writer import Writer
from bot.ledger.writer_postgres import PostgresStore
from bot.ledger.writer_sqlite import SqliteStore
from bot.storage.database import Database, Tx
from bot.storage.tables.ledger import DayRow, HoldRow, PaceRow

__all__ = ["Held", "HoldAsk", "Ledger", "LedgerRules", "Outcome", "Settled", "Standing"]

log = logging.getLogger(__name__)
AT_ONCE = 500  # holds renewed in one statement, or abandoned in one go
RENEW_AGAIN = 1.0  # seconds, after a try that failed
COUNTED = select(DayRow.spent, DayRow.held, DayRow.calls).where(
    DayRow.member_id == bindparam("member_id"), DayRow.day == bindparam("day")
)
PACED = select(PaceRow.in_flight, PaceRow.minute, PaceRow.minute_calls).where(
    PaceRow.member_id == bindparam("member_id")
)


@dataclass
class Ledger:
    """The ledger of one process; `async with` starts its writer and drains it."""

    db: Database
    clock: Clock
    ids: Ids
    rules: Callable[[], LedgerRules]
    watcher: Watcher | None = None
    _writer: Writer = field(init=False)
    _watch: Watch = field(init=False)
    _renewing: asyncio.Task[None] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Build what it works with."""
        store = SqliteStore(self.db) if self.db.embedded else PostgresStore(self.db)
        self._writer = Writer(store, self.clock, self.rules)
        self._watch = Watch(self.db, self.clock)

    async def __aenter__(self) -> "Ledger":
        await self._writer.start()
        self._renewing = asyncio.create_task(self._keep_renewing(), name="ledger leases")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._writer.close()
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.gather(self._renewing, return_exceptions=True)

    async def hold(self, ask: HoldAsk) -> Held:
        """Reserve what a call may cost, or raise the limit that refuses it."""
        day = day_of(ask.arrived, self.rules().zone)
        reserve = Reserve(self.ids.next(), ask, day)
        self._writer.begin(reserve)
        try:
            held = await reserve.answer
        except asyncio.CancelledError:
            self._writer.withdraw(reserve)
            raise
        if self.watcher is not None:
            self.watcher.held(held)
        return held

    async def settle(self, held: Held, outcome: Outcome) -> Settled:
        """Charge a dispatched call and write its record, once; waits for a database that is away.

        Once asked for it happens, even if the caller is cancelled meanwhile.
        """
        return await self.settling(held, outcome)

    def settling(self, held: Held, outcome: Outcome) -> asyncio.Future[Settled]:
        """Begin to settle: it happens whether or not anybody waits for what is returned."""
        assert outcome.cost >= 0, "a call cannot earn"
        settle = Settle(held, outcome)
        self._writer.end(settle)
        if self.watcher is not None:
            self.watcher.settling(held, outcome, settle.answer)
        return settle.answer

    async def release(self, held: Held) -> None:
        """Undo the hold of a call that was never dispatched: no record, nothing counted."""
        undo = GiveBack(held.id, held.ask.member_id, held.standing.day, held.minute)
        self._writer.end(undo)
        if self.watcher is not None:
            self.watcher.released(held)
        await undo.answer

    async def standing(self, member_id: int, mode: Mode, limits: Limits) -> Standing:
        """Return where a member stands now."""
        async with self.db.read() as tx:
            return await self.standing_in(tx, member_id, mode, limits)

    async def standing_in(self, tx: Tx, member_id: int, mode: Mode, limits: Limits) -> Standing:
        """Return the same as `standing`, inside a transaction."""
        now, rules = self.clock.now(), self.rules()
        today = day_of(now, rules.zone)
        whose = {"member_id": member_id}
        day = (await tx.execute(COUNTED, whose | {"day": today})).one_or_none()
        pace = (await tx.execute(PACED, whose)).one_or_none()
        return standing_of(
            today,
            Day(*day) if day else Day(),
            Pace(*pace) if pace else Pace(),
            minute_of(now),
            mode,
            limits,
            rules,
        )

    def open_holds(self) -> int:
        """Return how many holds of this process are not settled."""
        return len(self._writer.open)

    async def renew(self) -> None:
        """Count up the leases of this process's open holds."""
        mine = sorted(self._writer.open)
        for at in range(0, len(mine), AT_ONCE):
            # A row that is locked is being ended; to wait for it could close a circle.
            ours = select(HoldRow.id).where(HoldRow.id.in_(mine[at : at + AT_ONCE]))
            still = ours.with_for_update(skip_locked=True)
            counted = update(HoldRow).where(HoldRow.id.in_(still)).values(beat=HoldRow.beat + 1)
            async with self.db.begin() as tx:
                await tx.execute(counted)

    async def sweep(self) -> int:
        """Release the holds whose lease has not moved for too long; return how many."""
        still = await self._watch.still(self.rules().lease_seconds, self._writer.open)
        return await self._abandon(still)

    async def release_all(self) -> int:
        """Release every hold but this process's own: the embedded database has no other process."""
        held = await held_now(self.db)
        return await self._abandon([hold for hold in held if hold.id not in self._writer.open])

    async def _abandon(self, holds: Sequence[HoldSeen]) -> int:
        gone = 0
        for at in range(0, len(holds), AT_ONCE):
            ends = [Abandon(hold) for hold in holds[at : at + AT_ONCE]]
            for end in ends:
                self._writer.end(end)
            gone += sum(await asyncio.gather(*(end.answer for end in ends)))
        if gone:
            calls = "1 call" if gone == 1 else f"{gone} calls"
            log.warning("released %s whose process is gone", calls)
        return gone

    async def _keep_renewing(self) -> None:
        pause = self.rules().renew_seconds
        while True:
            await asyncio.sleep(pause)
            pause = self.rules().renew_seconds
            try:
                await self.renew()
            except DatabaseAway:
                pause = min(pause, RENEW_AGAIN)
                log.warning("the leases of running calls could not be renewed: database away")
            except Exception:
                log.exception("the leases of running calls could not be renewed")
