"""What only PostgreSQL does: connections that die, commits nobody hears of, deadlocks."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import insert, make_url, select, text

from bot.core.clock import HandClock
from bot.core.errors import DatabaseAway
from bot.core.ids import Ids
from bot.ledger.service import Ledger
from bot.storage.database import Database
from bot.storage.tables.ledger import CallRow, DayRow, HoldRow, PaceRow
from bot.storage.tables.members import MemberRow
from tests.conftest import NOON
from tests.features.ledger.asks import ADA, ANSWERED, BEA, RULES, costing, tokens
from tests.features.ledger.books import add_members, assert_books_agree, rows, until
from tests.features.ledger.wire import Wire, wired

DRIVERS = ["postgresql+asyncpg", "postgresql+psycopg"]


@pytest.fixture(params=DRIVERS)
def url(request: pytest.FixtureRequest, postgres_url: str) -> str:
    """A fresh PostgreSQL by either driver."""
    there = make_url(postgres_url).set(drivername=request.param)
    return there.render_as_string(hide_password=False)


@pytest.fixture
async def direct(url: str) -> AsyncIterator[Database]:
    """The database, with a connection nobody cuts."""
    async with Database(url) as db:
        await add_members(db, ADA, BEA)
        yield db


@pytest.fixture
async def wire(url: str) -> AsyncIterator[tuple[str, Wire]]:
    async with wired(url) as leads:
        yield leads


@pytest.fixture
async def ledger(
    direct: Database, wire: tuple[str, Wire], clock: HandClock
) -> AsyncIterator[Ledger]:
    """A ledger at the far end of the wire."""
    async with Database(wire[0]) as db, Ledger(db, clock, Ids(), lambda: RULES) as running:
        yield running


async def test_a_connection_that_died_unnoticed_is_replaced_unnoticed(
    ledger: Ledger, direct: Database
) -> None:
    held = await ledger.hold(tokens())
    async with direct.begin() as tx:
        await tx.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )

    await ledger.settle(held, ANSWERED)

    await assert_books_agree(direct, at_rest=True)


async def test_while_the_database_is_away_holds_fail_and_settles_wait(
    ledger: Ledger, direct: Database, wire: tuple[str, Wire]
) -> None:
    held = await ledger.hold(tokens())
    wire[1].cut()
    with pytest.raises(DatabaseAway):
        await ledger.hold(tokens())
    settling = asyncio.create_task(ledger.settle(held, ANSWERED))
    await until(lambda: ledger._writer._pause)
    with pytest.raises(DatabaseAway):
        await ledger.hold(tokens())

    wire[1].mend()

    assert (await settling).first
    await ledger.settle(await ledger.hold(tokens()), ANSWERED)
    await assert_books_agree(direct, at_rest=True)


async def test_a_settle_whose_commit_nobody_heard_of_is_charged_once(
    ledger: Ledger, direct: Database, wire: tuple[str, Wire]
) -> None:
    held = await ledger.hold(tokens())
    wire[1].lose_commit = True
    settling = asyncio.create_task(ledger.settle(held, ANSWERED))
    await wire[1].lost.wait()
    await until(lambda: ledger._writer._pause)
    assert len(await rows(direct, CallRow)) == 1

    wire[1].mend()

    assert (await settling).cost == 150
    await assert_books_agree(direct, at_rest=True)


async def test_a_hold_whose_commit_nobody_heard_of_is_taken_back(
    ledger: Ledger, direct: Database, wire: tuple[str, Wire]
) -> None:
    await ledger.release(await ledger.hold(tokens()))
    wire[1].lose_commit = True
    holding = asyncio.create_task(ledger.hold(tokens()))
    await wire[1].lost.wait()
    with pytest.raises(DatabaseAway):
        await holding
    assert len(await rows(direct, HoldRow)) == 1

    wire[1].mend()
    await ledger._writer._idle.wait()

    assert await rows(direct, CallRow) == []
    await assert_books_agree(direct, at_rest=True)


async def test_a_deadlock_with_another_transaction_is_tried_again(
    ledger: Ledger, direct: Database
) -> None:
    await ledger.settle(await ledger.hold(tokens()), costing(0))
    async with direct.begin() as tx:
        await tx.execute(text("SET LOCAL deadlock_timeout = '60s'"))
        await tx.execute(select(MemberRow.id).where(MemberRow.id == ADA).with_for_update())
        tomorrow = tokens()._replace(arrived=NOON.replace(day=21))
        holding = asyncio.create_task(ledger.hold(tomorrow))  # a new day asks for the member
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        while not await tx.scalar(waiting):
            pass
        await tx.execute(
            select(PaceRow.member_id).where(PaceRow.member_id == ADA).with_for_update()
        )

    held = await holding
    await ledger.settle(held, ANSWERED)
    await assert_books_agree(direct, at_rest=True)


async def test_a_first_call_waits_for_a_pace_that_another_process_is_making(
    ledger: Ledger, direct: Database
) -> None:
    async with direct.begin() as tx:
        made = {"member_id": ADA, "in_flight": 0, "minute": 0, "minute_calls": 0}
        await tx.execute(insert(PaceRow), [made])
        holding = asyncio.create_task(ledger.hold(tokens()))
        both = asyncio.create_task(ledger.hold(tokens(member=BEA)))
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        while not await tx.scalar(waiting):
            pass

    await ledger.settle(await holding, ANSWERED)
    await ledger.settle(await both, ANSWERED)
    assert len(await rows(direct, DayRow)) == 2
    await assert_books_agree(direct, at_rest=True)


@pytest.mark.parametrize("url", DRIVERS[:1], indirect=True)  # psycopg takes 10 s to give up
async def test_a_database_gone_silent_is_away(
    ledger: Ledger, direct: Database, wire: tuple[str, Wire]
) -> None:
    held = await ledger.hold(tokens())
    ledger._writer.store.seconds = 0.1
    wire[1].silent = True

    with pytest.raises(DatabaseAway):
        await ledger.hold(tokens())

    wire[1].mend()
    ledger._writer.store.seconds = 15
    await ledger.settle(held, ANSWERED)
    await assert_books_agree(direct, at_rest=True)


@pytest.mark.parametrize("url", DRIVERS[:1], indirect=True)  # psycopg takes 10 s to give up
async def test_closing_does_not_wait_for_ever_for_a_database_that_is_away(
    direct: Database, wire: tuple[str, Wire], clock: HandClock
) -> None:
    async with Database(wire[0]) as db:
        ledger = Ledger(db, clock, Ids(), lambda: RULES)
        await ledger.__aenter__()
        stuck, waiting = await ledger.hold(tokens()), await ledger.hold(tokens())
        ledger._writer.patience = 0.2
        wire[1].silent = True
        settling = [asyncio.create_task(ledger.settle(stuck, ANSWERED))]
        await asyncio.sleep(0)
        await until(lambda: not ledger._writer._ends)
        settling.append(asyncio.create_task(ledger.settle(waiting, ANSWERED)))
        await asyncio.sleep(0)

        await ledger.__aexit__()

        assert all(isinstance(task.exception(), DatabaseAway) for task in settling)
        wire[1].mend()
    async with Ledger(direct, clock, Ids(), lambda: RULES) as other:
        await other.sweep()
        clock.move(seconds=60)
        assert await other.sweep() == 2
    await assert_books_agree(direct, at_rest=True)


async def test_the_database_going_away_among_operations_done_singly_loses_none(
    ledger: Ledger, direct: Database, wire: tuple[str, Wire]
) -> None:
    poisoned, *held = [await ledger.hold(tokens()) for _ in range(4)]
    wire[1].lose_commit = True
    absurd = ANSWERED._replace(prompt_tokens=2**63)
    refused = asyncio.create_task(ledger.settle(poisoned, absurd))
    settling = [asyncio.create_task(ledger.settle(one, ANSWERED)) for one in held]
    await wire[1].lost.wait()
    await until(lambda: ledger._writer._pause)

    wire[1].mend()

    assert [(await task).cost for task in settling] == [150] * 3
    assert refused.exception() is not None
    await assert_books_agree(direct)


async def test_a_lock_that_is_never_to_be_had_is_a_database_away(
    direct: Database, url: str, clock: HandClock
) -> None:
    async with direct.begin() as tx:
        name = make_url(url).database
        await tx.execute(text(f"ALTER DATABASE {name} SET lock_timeout = '1ms'"))
    async with Database(url) as db, Ledger(db, clock, Ids(), lambda: RULES) as hasty:
        held = await hasty.hold(tokens())
        async with direct.begin() as tx:
            await tx.execute(select(PaceRow.member_id).with_for_update())
            with pytest.raises(DatabaseAway):
                await hasty.hold(tokens())

        await hasty.settle(held, ANSWERED)
    await assert_books_agree(direct, at_rest=True)
