"""Processes that die: leases, the sweep, late settles."""

import asyncio
from dataclasses import replace

from sqlalchemy import update

from bot.core.clock import HandClock
from bot.core.ids import Ids
from bot.ledger.rules import Flag
from bot.ledger.service import Held, Ledger
from bot.storage.database import Database
from bot.storage.tables.ledger import CallRow, DayRow, HoldRow
from tests.features.ledger.asks import ADA, ANSWERED, RULES, costing, request, tokens
from tests.features.ledger.books import add_members, assert_books_agree, rows


async def swept_after(sweeper: Ledger, clock: HandClock, seconds: float) -> int:
    await sweeper.sweep()
    clock.move(seconds=seconds)
    return await sweeper.sweep()


async def test_a_hold_that_stands_still_is_released_and_recorded(
    ledger: Ledger, neighbour: Ledger, clock: HandClock, db: Database
) -> None:
    held = await ledger.hold(request(800, per_minute=2))

    assert await swept_after(neighbour, clock, 59) == 0
    clock.move(seconds=1)
    assert await neighbour.sweep() == 1
    assert await neighbour.sweep() == 0

    [call] = await rows(db, CallRow)
    assert (call.id, call.status, call.flags, call.cost) == (held.id, "abandoned", 4, 0)
    assert (call.model, call.key_id, call.mode) == ("gpt-4o", 7, "requests")
    assert call.arrived_at == held.ask.arrived
    await assert_books_agree(db, at_rest=True)
    again = await ledger.hold(request(800, per_minute=2))
    assert again.standing.minute_calls == 2


async def test_a_renewed_hold_is_never_released(
    ledger: Ledger, neighbour: Ledger, clock: HandClock, db: Database
) -> None:
    await ledger.hold(tokens())

    for _ in range(5):
        assert await swept_after(neighbour, clock, 59) == 0
        await ledger.renew()

    assert len(await rows(db, HoldRow)) == 1


async def test_the_leases_renew_themselves(db: Database, clock: HandClock) -> None:
    await add_members(db, ADA)
    quick = replace(RULES, renew_seconds=0.01)
    async with Ledger(db, clock, Ids(), lambda: quick) as ledger:
        await ledger.hold(tokens())

        async with asyncio.timeout(20):
            while (await rows(db, HoldRow))[0].beat < 2:
                pass


async def test_a_process_never_releases_its_own_holds(ledger: Ledger, clock: HandClock) -> None:
    await ledger.hold(tokens())

    assert await swept_after(ledger, clock, 600) == 0
    assert await ledger.release_all() == 0


async def test_a_hold_that_shows_life_under_the_sweepers_hand_stays(
    ledger: Ledger, neighbour: Ledger, clock: HandClock, db: Database
) -> None:
    await ledger.hold(tokens())
    await neighbour.sweep()
    clock.move(seconds=60)
    still = await neighbour._watch.still(60, ())

    await ledger.renew()
    gone = await neighbour._abandon(still)

    assert (len(still), gone) == (1, 0)
    assert len(await rows(db, HoldRow)) == 1


async def test_a_late_settle_rewrites_the_record_once(
    ledger: Ledger, neighbour: Ledger, clock: HandClock, db: Database
) -> None:
    held = await ledger.hold(tokens(1_000))
    await swept_after(neighbour, clock, 60)

    settled = await ledger.settle(held, costing(150))
    again = await ledger.settle(held, costing(170))

    assert (settled.cost, settled.first, settled.standing.spent) == (150, True, 150)
    assert (again.cost, again.first) == (150, False)
    [call] = await rows(db, CallRow)
    assert Flag(call.flags) == Flag.ABANDONED | Flag.LATE
    assert (call.status, call.cost, call.upstream) == ("answered", 150, "loopback")
    [day] = await rows(db, DayRow)
    assert (day.spent, day.held, day.calls) == (150, 0, 1)
    await assert_books_agree(db, at_rest=True)


async def test_a_late_charge_may_pass_the_limit(
    ledger: Ledger, neighbour: Ledger, clock: HandClock, db: Database
) -> None:
    held = await ledger.hold(tokens(200))
    await swept_after(neighbour, clock, 60)
    await neighbour.settle(await neighbour.hold(tokens(200)), costing(200))

    settled = await ledger.settle(held, costing(250))

    assert (settled.cost, settled.overrun, settled.standing.spent) == (250, 0, 450)
    assert settled.standing.remaining == 0
    await assert_books_agree(db, at_rest=True)


async def test_a_release_after_the_sweep_changes_nothing(
    ledger: Ledger, neighbour: Ledger, clock: HandClock, db: Database
) -> None:
    held = await ledger.hold(tokens())
    await swept_after(neighbour, clock, 60)

    await ledger.release(held)

    assert [call.status for call in await rows(db, CallRow)] == ["abandoned"]
    await assert_books_agree(db, at_rest=True)


async def test_two_sweepers_release_a_hold_once(
    ledger: Ledger, neighbour: Ledger, clock: HandClock, db: Database
) -> None:
    lost = [await neighbour.hold(tokens()) for _ in range(3)]
    neighbour._writer.open.clear()  # as a new process after a crash
    await ledger.sweep()
    await neighbour.sweep()
    clock.move(seconds=60)

    gone = await ledger.sweep() + await neighbour.sweep()

    assert gone == len(lost)
    await assert_books_agree(db, at_rest=True)


async def test_a_look_that_failed_starts_the_watch_anew(
    ledger: Ledger, neighbour: Ledger, clock: HandClock, db: Database
) -> None:
    await ledger.hold(tokens())
    await neighbour.sweep()
    neighbour._watch._since.clear()  # what a failed look leaves
    clock.move(seconds=60)

    assert await neighbour.sweep() == 0


async def test_at_start_everything_held_before_is_released(
    ledger: Ledger, neighbour: Ledger, db: Database
) -> None:
    lost: list[Held] = [await neighbour.hold(tokens()) for _ in range(3)]
    mine = await ledger.hold(tokens())

    assert await ledger.release_all() == len(lost)

    assert [hold.id for hold in await rows(db, HoldRow)] == [mine.id]
    assert {call.id for call in await rows(db, CallRow)} == {held.id for held in lost}
    await ledger.settle(mine, ANSWERED)
    await assert_books_agree(db, at_rest=True)


async def test_the_watch_forgets_holds_that_are_gone(ledger: Ledger, neighbour: Ledger) -> None:
    held = await ledger.hold(tokens())
    await neighbour.sweep()
    assert list(neighbour._watch._since) == [held.id]

    await ledger.settle(held, ANSWERED)
    await neighbour.sweep()

    assert neighbour._watch._since == {}


async def test_a_beat_starts_the_sixty_seconds_anew(
    ledger: Ledger, neighbour: Ledger, clock: HandClock, db: Database
) -> None:
    await ledger.hold(tokens())
    await neighbour.sweep()
    async with db.begin() as tx:
        await tx.execute(update(HoldRow).values(beat=HoldRow.beat + 1))
    clock.move(seconds=60)

    assert await neighbour.sweep() == 0
    clock.move(seconds=60)
    assert await neighbour.sweep() == 1
