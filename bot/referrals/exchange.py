"""Referrals spent for a plan: at once, or reserved until staff have decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select, update

from bot.allowance.rules import Grant
from bot.allowance.service import Allowances
from bot.core.clock import Clock
from bot.members.people import Person
from bot.members.service import Members
from bot.outbox import Outbox, Place
from bot.referrals import errors
from bot.referrals.packs import Pack, Packs
from bot.referrals.purse import purse_of
from bot.referrals.rules import LAPSES_AFTER, Purse, State, lapsed
from bot.storage.database import Database, Tx
from bot.storage.sql import insert_new
from bot.storage.tables.referrals import ExchangeRow
from bot.words.letter import Knob, Letter, Style

# The clicks that staff decide with; each carries the number of its exchange.
APPROVE, DECLINE = "exchange.approve", "exchange.decline"


@dataclass(frozen=True, slots=True)
class Exchange:
    """An exchange that was asked for; `grant_id` is there once it gave its plan."""

    id: int
    member_id: int
    referrals: int
    state: State
    asked_at: datetime
    decided_at: datetime | None
    decider_id: int | None
    grant_id: int | None


@dataclass(frozen=True, slots=True)
class Counter:
    """What a member sees who comes to exchange: their purse, and what they asked for lately."""

    purse: Purse
    latest: Sequence[tuple[Exchange, str]]  # with why it was declined, "" where nobody said


@dataclass(frozen=True)
class Exchanges:
    """Turns referrals into plans; a balance is read and spent under its member's lock."""

    db: Database
    clock: Clock
    members: Members
    allowances: Allowances
    packs: Packs
    outbox: Outbox

    async def exchange(self, person: Person, referrals: int, exchange_id: int) -> Exchange:
        """Spend referrals, or reserve them for staff to decide; asked again, do it once."""
        async with self.db.begin() as tx:
            member = await self.members.admit(tx, person)
            await self.members.lock(tx, member.id)
            if (before := await self.find(tx, exchange_id)) is not None:
                if before.member_id != member.id:
                    raise errors.NoSuchExchange
                return before
            pack = self.packs.of(referrals)
            purse = await self.packs.covering(tx, member.id, pack)
            made = await self._file(tx, member.id, pack, exchange_id)
            if made.state is State.WAITING:
                await self._ask(tx, made, pack, purse)
        return made

    async def counter(self, person: Person, most: int) -> Counter:
        """Return the person's purse and latest exchanges, newest first."""
        async with self.db.begin() as tx:
            member = await self.members.admit(tx, person)
            purse = await purse_of(tx, member.id, self.clock.now())
            mine = _exchanges(ExchangeRow.reason).where(ExchangeRow.member_id == member.id)
            rows = await tx.execute(mine.order_by(ExchangeRow.asked_at.desc()).limit(most))
            latest = []
            for row in rows.all():
                about = reason_place(row.id)
                why = await self.members.unseal(tx, member.id, row.reason, about)
                latest.append((self._of(row), why if row.reason else ""))
        return Counter(purse, latest)

    async def covered(self, tx: Tx, waiting: Exchange) -> None:
        """Raise that voids have left less than a waiting exchange takes; its member is locked."""
        purse = await purse_of(tx, waiting.member_id, self.clock.now())
        if purse.credited - purse.spent < waiting.referrals:
            raise errors.ExchangeUncovered(n=purse.credited - purse.spent, need=waiting.referrals)

    async def given(self, exchange: Exchange) -> Grant | None:
        """Return what an exchange gave, as long as it runs or will run."""
        grants = await self.allowances.of(exchange.member_id)
        return next((grant for grant in grants if grant.id == exchange.grant_id), None)

    async def withdraw(self, person: Person, exchange_id: int) -> Exchange:
        """Take back one's own exchange that still waits; its referrals are free again."""
        async with self.db.begin() as tx:
            member = await self.members.join(tx, person)
            found = await self.waiting(tx, exchange_id, of=member.id)
            await self.settle(tx, found, State.WITHDRAWN)
        return found

    async def waiting(self, tx: Tx, exchange_id: int, *, of: int | None = None) -> Exchange:
        """Return an exchange that waits, its member locked; raises what became of it."""
        found = await self.find(tx, exchange_id)
        if found is None or of not in (None, found.member_id):
            raise errors.NoSuchExchange
        await self.members.lock(tx, found.member_id)
        found = await self.find(tx, exchange_id)
        if found is None:
            raise errors.NoSuchExchange
        if found.state is not State.WAITING:
            raise errors.ExchangeDecided(state=found.state)
        return found

    async def settle(
        self,
        tx: Tx,
        exchange: Exchange,
        state: State,
        *,
        decider_id: int | None = None,
        grant_id: int | None = None,
        reason: str = "",
    ) -> None:
        """Write down what became of an exchange; its member is locked."""
        about = reason_place(exchange.id)
        values = {
            "state": state,
            "decided_at": self.clock.now(),
            "decider_id": decider_id,
            "grant_id": grant_id,
            "reason": await self.members.seal(tx, exchange.member_id, reason, about)
            if reason
            else None,
        }
        await tx.execute(update(ExchangeRow).where(ExchangeRow.id == exchange.id).values(values))

    async def lapse(self) -> int:
        """Give up what nobody decided in time; return how many."""
        late = (
            ExchangeRow.state == State.WAITING,
            ExchangeRow.asked_at <= self.clock.now() - LAPSES_AFTER,
        )
        values = {"state": State.LAPSED, "decided_at": self.clock.now()}
        given_up = update(ExchangeRow).where(*late).values(values)
        async with self.db.begin() as tx:
            rows = await tx.execute(
                given_up.returning(ExchangeRow.member_id, ExchangeRow.referrals)
            )
            ended = rows.all()
            for row in ended:
                await self.outbox.dm(tx, row.member_id, "exchange.dm.lapsed", {"n": row.referrals})
        return len(ended)

    async def find(self, tx: Tx, exchange_id: int) -> Exchange | None:
        """Return an exchange by its id; one that waited for too long has lapsed."""
        row = (await tx.execute(_exchanges().where(ExchangeRow.id == exchange_id))).one_or_none()
        return self._of(row) if row else None

    async def _file(self, tx: Tx, member_id: int, pack: Pack, exchange_id: int) -> Exchange:
        state, grant_id = State.WAITING, None
        if not self.packs.need_approval():
            state = State.APPROVED
            grant_id = (await self.allowances.give_plan(tx, member_id, pack.terms)).id
        now = self.clock.now()  # read last: what starts later than this waits for another plan
        decided_at = now if grant_id else None
        made = Exchange(
            exchange_id, member_id, pack.referrals, state, now, decided_at, None, grant_id
        )
        row = {
            "id": exchange_id,
            "member_id": member_id,
            "referrals": pack.referrals,
            "state": state,
            "asked_at": now,
            "decided_at": decided_at,
            "grant_id": grant_id,
        }
        if not await insert_new(tx, ExchangeRow, [row]):
            raise errors.NoSuchExchange  # the id became somebody else's a moment ago
        return made

    async def _ask(self, tx: Tx, exchange: Exchange, pack: Pack, purse: Purse) -> None:
        """Ask the staff, with buttons that outlive this process."""
        before, after = await self.packs.prospect(tx, exchange.member_id, pack)
        before |= {"balance": purse.balance}
        after |= {"balance": purse.balance - pack.referrals}
        letter = Letter(
            ["exchange.asks", "exchange.change"],
            params={"n": pack.referrals, "credited": purse.credited},
            change=(before, after),
            people={"member": exchange.member_id},
            buttons=[
                Knob("button.approve", APPROVE, (exchange.id,), Style.GOOD),
                Knob("button.decline", DECLINE, (exchange.id,), Style.DANGER),
            ],
        )
        await self.outbox.post_letter(tx, Place.STAFF, letter, member_id=exchange.member_id)

    def _of(self, row: Row[*tuple[Any, ...]]) -> Exchange:
        state = State(row.state)
        if state is State.WAITING and lapsed(row.asked_at, self.clock.now()):
            state = State.LAPSED
        return Exchange(
            id=row.id,
            member_id=row.member_id,
            referrals=row.referrals,
            state=state,
            asked_at=row.asked_at,
            decided_at=row.decided_at,
            decider_id=row.decider_id,
            grant_id=row.grant_id,
        )


def reason_place(exchange_id: int) -> str:
    """Return what the reason of a decision is bound to."""
    return f"exchange:{exchange_id}"


def _exchanges(*more: Any) -> Select[*tuple[Any, ...]]:
    return select(
        ExchangeRow.id,
        ExchangeRow.member_id,
        ExchangeRow.referrals,
        ExchangeRow.state,
        ExchangeRow.asked_at,
        ExchangeRow.decided_at,
        ExchangeRow.decider_id,
        ExchangeRow.grant_id,
        *more,
    )
