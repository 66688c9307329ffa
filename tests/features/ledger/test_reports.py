"""What is read of the ledger, and what the retention takes away."""

from datetime import date, timedelta

from sqlalchemy import insert

from bot.core.clock import HandClock
from bot.ledger import pruning
from bot.ledger.pruning import prune_calls
from bot.ledger.reports import DayUse, ModelUse, Reports
from bot.ledger.service import HoldAsk, Ledger
from bot.storage.database import Database
from bot.storage.tables.keys import KeyRow
from bot.storage.tables.ledger import CallRow, DayRow
from tests.conftest import NOON
from tests.features.ledger.asks import ADA, ANSWERED, BEA, RULES, costing, tokens
from tests.features.ledger.books import assert_books_agree, rows

TODAY = NOON.date()


async def call(ledger: Ledger, ask: HoldAsk, cost: int = 150) -> None:
    await ledger.settle(await ledger.hold(ask), costing(cost))


async def test_use_by_model_is_that_members_of_that_day_the_dearest_first(
    ledger: Ledger, db: Database, clock: HandClock
) -> None:
    await call(ledger, tokens(), 20)
    await call(ledger, tokens(), 30)
    await call(ledger, tokens()._replace(model="o1"), 90)
    await call(ledger, tokens(member=BEA))
    await call(ledger, tokens(arrived=NOON + timedelta(days=1)))

    used = await Reports(db, clock, lambda: RULES).by_model(ADA, TODAY)

    assert used == [ModelUse("o1", 1, 150, 90), ModelUse("gpt-4o", 2, 300, 50)]


async def test_use_by_day_has_every_day_the_oldest_first(
    ledger: Ledger, db: Database, clock: HandClock
) -> None:
    await call(ledger, tokens())
    clock.move(days=2)
    await call(ledger, tokens(arrived=clock.now()), 7)
    await ledger.hold(tokens(arrived=clock.now()))

    days = await Reports(db, clock, lambda: RULES).by_day(ADA, 3)

    assert days == [
        DayUse(date(2026, 11, 20), 150, 1),
        DayUse(date(2026, 11, 21), 0, 0),
        DayUse(date(2026, 11, 22), 7, 1),
    ]


async def test_a_key_was_last_used_when_its_latest_call_arrived(
    ledger: Ledger, db: Database, clock: HandClock
) -> None:
    reports = Reports(db, clock, lambda: RULES)
    key = {"id": 7, "member_id": ADA, "digest": b"d" * 32, "prefix": "lk_", "last4": "0000"}
    async with db.begin() as tx:
        await tx.execute(insert(KeyRow).values(**key, created_at=NOON))
    assert await reports.last_used(7) is None
    await call(ledger, tokens(arrived=NOON - timedelta(days=1)))
    await call(ledger, tokens())
    await call(ledger, tokens(arrived=NOON + timedelta(hours=1))._replace(key_id=8))

    assert await reports.last_used(7) == NOON


async def test_pruning_takes_what_is_older_than_the_day_and_the_books_still_agree(
    ledger: Ledger, db: Database
) -> None:
    old = NOON - timedelta(days=1)
    held = await ledger.hold(tokens(arrived=old, member=BEA))
    for count in range(7):
        await call(ledger, tokens(arrived=old - timedelta(days=count)))
    await call(ledger, tokens())

    gone = await prune_calls(db, before=TODAY)

    assert gone == 7
    assert [record.day for record in await rows(db, CallRow)] == [TODAY]
    kept = {(day.member_id, day.day) for day in await rows(db, DayRow)}
    assert kept == {(ADA, TODAY), (BEA, old.date())}
    await assert_books_agree(db)
    await ledger.settle(held, ANSWERED)
    assert await prune_calls(db, before=TODAY) == 1
    assert {day.day for day in await rows(db, DayRow)} == {TODAY}


async def test_pruning_goes_on_until_nothing_old_is_left(ledger: Ledger, db: Database) -> None:
    count = pruning.BATCH + 1
    record = {
        "member_id": ADA,
        "day": TODAY - timedelta(days=90),
        "endpoint": "chat.completions",
        "model": "gpt-4o",
        "mode": "tokens",
        "status": "answered",
        "arrived_at": NOON,
    }
    async with db.begin() as tx:
        await tx.execute(insert(CallRow), [record | {"id": number} for number in range(count)])

    assert await prune_calls(db, before=TODAY) == count

    assert await rows(db, CallRow) == []
