"""The writer when callers leave, queues fill, values are refused and shutdown comes."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, text

from bot.core.clock import HandClock
from bot.core.errors import DatabaseAway, Draining, QueueFull
from bot.core.ids import Ids
from bot.ledger import service
from bot.ledger.service import Held, Ledger
from bot.storage.database import Database
from bot.storage.tables.ledger import CallRow, HoldRow, PaceRow
from tests.features.ledger.asks import ADA, ANSWERED, BEA, MO, RULES, costing, tokens
from tests.features.ledger.books import add_members, assert_books_agree, rows, until


@asynccontextmanager
async def stalled(ledger: Ledger) -> AsyncIterator[asyncio.Task[Held]]:
    """Keep a batch waiting for its locks; a hold of Mo's is in it, what comes later is not."""
    await ledger.settle(await ledger.hold(tokens(member=MO)), costing(0))
    async with ledger.db.begin() as tx:
        await tx.execute(select(PaceRow.member_id).with_for_update())
        first = asking(ledger, member=MO)
        await asyncio.sleep(0)
        await until(lambda: not ledger._writer._asks)
        yield first


def asking(ledger: Ledger, allowance: int = 80_000, *, member: int = ADA) -> asyncio.Task[Held]:
    """Ask for a hold of 200 in a task of its own."""
    return asyncio.create_task(ledger.hold(tokens(allowance, member=member)))


async def test_a_caller_that_leaves_the_queue_holds_nothing(ledger: Ledger, db: Database) -> None:
    async with stalled(ledger) as first:
        waiting = asking(ledger)
        await asyncio.sleep(0)
        waiting.cancel()
    await ledger.settle(await first, ANSWERED)

    assert {pace.member_id for pace in await rows(db, PaceRow)} == {MO}
    await assert_books_agree(db, at_rest=True)


async def test_a_caller_that_leaves_while_its_hold_commits_holds_nothing(
    ledger: Ledger, db: Database
) -> None:
    async with stalled(ledger) as committing:
        committing.cancel()
    await ledger.settle(await ledger.hold(tokens()), ANSWERED)
    await ledger._writer._idle.wait()

    assert ledger.open_holds() == 0
    assert [call.member_id for call in await rows(db, CallRow)] == [MO, ADA]
    await assert_books_agree(db, at_rest=True)


async def test_a_caller_cancelled_between_its_answer_and_taking_it_holds_nothing(
    ledger: Ledger, db: Database
) -> None:
    async with stalled(ledger) as first:
        before, late = asking(ledger), asking(ledger)
        await asyncio.sleep(0)
        ledger._writer._asks[0].answer.add_done_callback(lambda _: late.cancel())
    held = await before
    await asyncio.wait([late])

    assert late.cancelled()
    await ledger.settle(held, ANSWERED)
    await ledger.settle(await first, ANSWERED)
    await ledger._writer._idle.wait()
    assert ledger.open_holds() == 0
    await assert_books_agree(db, at_rest=True)


async def test_a_settle_whose_caller_leaves_happens_all_the_same(
    ledger: Ledger, db: Database
) -> None:
    held = await ledger.hold(tokens())
    async with stalled(ledger) as first:
        settling = asyncio.create_task(ledger.settle(held, ANSWERED))
        await asyncio.sleep(0)
        settling.cancel()
    await ledger.settle(await first, ANSWERED)

    assert settling.cancelled()
    assert {call.member_id for call in await rows(db, CallRow)} == {ADA, MO}
    await assert_books_agree(db, at_rest=True)


async def test_settles_go_before_holds_that_asked_earlier(ledger: Ledger) -> None:
    running = await ledger.hold(tokens(200))
    async with stalled(ledger):
        waiting = asking(ledger, 200)
        await asyncio.sleep(0)
        settling = asyncio.create_task(ledger.settle(running, costing(0)))
        await asyncio.sleep(0)

    assert (await waiting).standing.held == 200
    assert (await settling).first


async def test_a_full_queue_is_waited_for_and_then_says_so(ledger: Ledger, db: Database) -> None:
    ledger.rules = ledger._writer.rules = lambda: replace(RULES, queue=2)
    ledger._writer.room_seconds = 0.05
    async with stalled(ledger):
        inside = [asking(ledger), asking(ledger)]
        outside = [asking(ledger), asking(ledger)]
        impatient = asking(ledger)
        await asyncio.sleep(0)
        impatient.cancel()
        await asyncio.wait(outside)
        ledger._writer.room_seconds = 30
        patient = asking(ledger)
        await asyncio.sleep(0)
        assert not any(task.done() for task in (*inside, patient))

    assert all(isinstance(task.exception(), QueueFull) for task in outside)
    assert len({(await task).id for task in (*inside, patient)}) == 3
    await assert_books_agree(db)


async def test_a_hold_that_the_database_refuses_fails_alone(ledger: Ledger, db: Database) -> None:
    stranger = 99
    async with stalled(ledger):
        good, bad, better = (asking(ledger, member=who) for who in (ADA, stranger, BEA))
        await asyncio.sleep(0)

    assert {(await good).ask.member_id, (await better).ask.member_id} == {ADA, BEA}
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        await bad
    await assert_books_agree(db)


async def test_a_settle_that_the_database_refuses_fails_alone_and_is_left_to_the_sweep(
    ledger: Ledger,
    neighbour: Ledger,
    db: Database,
    clock: HandClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    poisoned, sound = await ledger.hold(tokens()), await ledger.hold(tokens())
    absurd = ANSWERED._replace(prompt_tokens=2**63)
    async with stalled(ledger) as first:
        bad = asyncio.create_task(ledger.settle(poisoned, absurd))
        good = asyncio.create_task(ledger.settle(sound, ANSWERED))
        await asyncio.sleep(0)
    await asyncio.wait([bad])
    await ledger.settle(await first, ANSWERED)

    assert bad.exception() is not None
    assert (await good).cost == 150
    assert ledger.open_holds() == 0
    await neighbour.sweep()
    clock.move(seconds=60)
    assert await neighbour.sweep() == 1
    assert "released 1 call whose process is gone" in caplog.messages
    await assert_books_agree(db, at_rest=True)


async def test_closing_settles_what_is_left_and_takes_nothing_new(
    db: Database, clock: HandClock
) -> None:
    await add_members(db, ADA)
    async with Ledger(db, clock, Ids(), lambda: RULES) as ledger:
        held = [await ledger.hold(tokens()) for _ in range(20)]
        settling = [asyncio.create_task(ledger.settle(one, ANSWERED)) for one in held]
        await asyncio.sleep(0)

    assert sum([(await task).cost for task in settling]) == 20 * 150
    await assert_books_agree(db, at_rest=True)
    with pytest.raises(Draining):
        await ledger.hold(tokens())
    with pytest.raises(Draining):
        await ledger.settle(held[0], ANSWERED)


async def test_a_hold_that_waits_when_the_ledger_closes_is_told_so(
    db: Database, clock: HandClock
) -> None:
    await add_members(db, ADA, MO)
    ledger = Ledger(db, clock, Ids(), lambda: RULES)
    await ledger.__aenter__()
    async with stalled(ledger) as first:
        waiting = asking(ledger)
        await asyncio.sleep(0)
        closing = asyncio.create_task(ledger._writer.close())
        with pytest.raises(Draining):
            await waiting
    await closing
    await ledger.__aexit__()

    assert [hold.id for hold in await rows(db, HoldRow)] == [(await first).id]


@asynccontextmanager
async def missing(db: Database, table: str) -> AsyncIterator[None]:
    """Make every statement on a table fail; on SQLite that is a database away."""
    async with db.begin() as tx:
        await tx.execute(text(f"ALTER TABLE {table} RENAME TO elsewhere"))
    yield
    async with db.begin() as tx:
        await tx.execute(text(f"ALTER TABLE elsewhere RENAME TO {table}"))


@pytest.fixture
async def embedded(sqlite_url: str, clock: HandClock) -> AsyncIterator[Ledger]:
    """A ledger on SQLite."""
    async with Database(sqlite_url) as db:
        await add_members(db, ADA)
        quick = replace(RULES, renew_seconds=0.01)
        async with Ledger(db, clock, Ids(), lambda: quick) as running:
            yield running


async def test_a_database_that_is_away_refuses_holds_and_keeps_settles(embedded: Ledger) -> None:
    held = await embedded.hold(tokens())
    async with missing(embedded.db, "days"):
        with pytest.raises(DatabaseAway):
            await embedded.hold(tokens())
        settling = asyncio.create_task(embedded.settle(held, ANSWERED))
        await until(lambda: embedded._writer._pause)
        with pytest.raises(DatabaseAway):
            await embedded.hold(tokens())

    assert (await settling).first
    await embedded.settle(await embedded.hold(tokens()), ANSWERED)
    await assert_books_agree(embedded.db, at_rest=True)


async def test_a_sweep_that_the_database_breaks_off_is_done_by_the_next(
    embedded: Ledger, clock: HandClock
) -> None:
    await embedded.hold(tokens())
    embedded._writer.open.clear()  # as after a crash
    await embedded.sweep()
    clock.move(seconds=60)
    async with missing(embedded.db, "days"):
        with pytest.raises(DatabaseAway):
            await embedded.sweep()

    assert await embedded.sweep() == 1
    await assert_books_agree(embedded.db, at_rest=True)


async def test_leases_go_on_being_renewed_after_a_failure(
    db: Database,
    clock: HandClock,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(service, "RENEW_AGAIN", 0.01)
    await add_members(db, ADA)
    quick = replace(RULES, renew_seconds=0.01)
    async with Ledger(db, clock, Ids(), lambda: quick) as ledger:
        await ledger.hold(tokens())
        async with missing(db, "holds"):
            await until(lambda: "could not be renewed" in caplog.text)
        [before] = await rows(db, HoldRow)

        async with asyncio.timeout(20):
            while (await rows(db, HoldRow))[0].beat <= before.beat:
                pass


def damage(folder: Path) -> None:
    for path in folder.glob("latchkey.db*"):
        path.write_bytes(b"not a database" * 5_000)


async def test_a_damaged_file_is_a_database_away(
    sqlite_url: str, clock: HandClock, tmp_path: Path
) -> None:
    async with Database(sqlite_url) as db, Ledger(db, clock, Ids(), lambda: RULES) as ledger:
        damage(tmp_path)

        with pytest.raises(DatabaseAway):
            await ledger.hold(tokens())


async def test_a_ledger_that_never_began_closes(db: Database, clock: HandClock) -> None:
    ledger = Ledger(db, clock, Ids(), lambda: RULES)

    await ledger.__aexit__()

    with pytest.raises(Draining):
        await ledger.hold(tokens())


async def test_nothing_grows_with_the_number_of_calls(sqlite_url: str, clock: HandClock) -> None:
    async with Database(sqlite_url) as db:
        await add_members(db, ADA)
        async with Ledger(db, clock, Ids(), lambda: RULES) as ledger:

            async def call() -> None:
                await ledger.settle(await ledger.hold(tokens(None)), ANSWERED)

            async def objects_after(calls: int) -> int:
                for _ in range(calls // 50):
                    await asyncio.gather(*(call() for _ in range(50)))
                gc.collect()
                return len(gc.get_objects())

            await objects_after(500)
            before = await objects_after(500)
            after = await objects_after(2_000)

    assert after - before < 500
