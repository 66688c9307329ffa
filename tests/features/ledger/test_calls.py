"""One call after the other: hold, settle, release, records, midnight, modes."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from bot.core.clock import HandClock
from bot.core.errors import Kind
from bot.core.units import Mode
from bot.ledger.calls import Outcome
from bot.ledger.errors import AllowanceHeld, AllowanceSpent, MinuteSpent, TooManyInFlight
from bot.ledger.rules import Flag, Limits, Status
from bot.ledger.service import Ledger
from bot.storage.database import Database
from bot.storage.tables.ledger import CallRow, DayRow, HoldRow, PaceRow
from bot.words.say import explain
from tests.conftest import NOON
from tests.features.ledger.asks import ADA, ANSWERED, BEA, RULES, costing, request, tokens
from tests.features.ledger.books import assert_books_agree, rows


async def test_a_hold_reserves_the_prompt_and_the_whole_cap(ledger: Ledger, db: Database) -> None:
    held = await ledger.hold(tokens(coefficient=1_500, prompt=100, cap=50, choices=2))

    assert (held.amount, held.cap) == (300, 50)
    assert (held.standing.spent, held.standing.held, held.standing.remaining) == (0, 300, 79_700)
    assert held.standing.in_flight == 1
    assert held.standing.resets_at == datetime(2026, 11, 21, tzinfo=UTC)
    assert ledger.open_holds() == 1
    [hold] = await rows(db, HoldRow)
    assert (hold.id, hold.member_id, hold.key_id, hold.day) == (held.id, ADA, 7, NOON.date())
    assert (hold.mode, hold.endpoint, hold.model) == ("tokens", "chat.completions", "gpt-4o")
    assert hold.arrived_at == NOON
    await assert_books_agree(db)


async def test_settling_replaces_the_hold_by_the_cost_and_a_record(
    ledger: Ledger, db: Database
) -> None:
    held = await ledger.hold(tokens())
    outcome = ANSWERED._replace(flags=Flag.ESTIMATED)

    settled = await ledger.settle(held, outcome)

    assert (settled.cost, settled.overrun, settled.first) == (150, 0, True)
    assert (settled.standing.spent, settled.standing.held, settled.standing.calls) == (150, 0, 1)
    assert settled.standing.in_flight == ledger.open_holds() == 0
    [call] = await rows(db, CallRow)
    assert call._asdict() == {
        "id": held.id,
        "member_id": ADA,
        "key_id": 7,
        "day": NOON.date(),
        "endpoint": "chat.completions",
        "model": "gpt-4o",
        "upstream": "loopback",
        "mode": "tokens",
        "status": "answered",
        "flags": Flag.ESTIMATED,
        "prompt_tokens": 100,
        "completion_tokens": 50,
        "cost": 150,
        "overrun": 0,
        "latency_ms": 12,
        "arrived_at": NOON,
    }
    await assert_books_agree(db, at_rest=True)


async def test_settling_twice_changes_nothing_and_says_what_it_was(
    ledger: Ledger, db: Database
) -> None:
    held = await ledger.hold(tokens())
    await ledger.settle(held, costing(120))

    again = await ledger.settle(held, costing(190))

    assert (again.cost, again.first, again.standing.spent) == (120, False, 120)
    await assert_books_agree(db, at_rest=True)


async def test_a_call_that_failed_costs_nothing_but_has_its_record(
    ledger: Ledger, db: Database
) -> None:
    held = await ledger.hold(tokens())

    await ledger.settle(held, Outcome(Status.FAILED, 0))

    [call] = await rows(db, CallRow)
    assert (call.status, call.cost, call.upstream) == ("failed", 0, None)
    await assert_books_agree(db, at_rest=True)


async def test_a_released_hold_leaves_no_record_and_its_place_in_the_minute(
    ledger: Ledger, db: Database
) -> None:
    held = await ledger.hold(request(per_minute=1))

    await ledger.release(held)
    await ledger.release(held)

    assert await rows(db, CallRow) == await rows(db, HoldRow) == []
    assert ledger.open_holds() == 0
    assert (await ledger.hold(request(per_minute=1))).standing.minute_calls == 1
    await assert_books_agree(db)


async def test_a_release_in_the_next_minute_gives_no_place_of_that_minute_back(
    ledger: Ledger,
) -> None:
    first = await ledger.hold(request(per_minute=1))
    later = NOON + timedelta(minutes=1)
    await ledger.hold(request(per_minute=1, arrived=later))

    await ledger.release(first)

    with pytest.raises(MinuteSpent):
        await ledger.hold(request(per_minute=1, arrived=later))


async def test_what_is_left_shrinks_the_hold_and_lowers_the_cap(ledger: Ledger) -> None:
    held = await ledger.hold(tokens(161, prompt=100, cap=1_000, choices=3))

    assert (held.cap, held.amount) == (20, 160)


async def test_below_the_floor_the_allowance_refuses_and_says_what_is_left(
    ledger: Ledger, clock: HandClock
) -> None:
    await ledger.settle(await ledger.hold(tokens(300)), costing(185))
    clock.move(hours=5)

    with pytest.raises(AllowanceSpent) as refused:
        await ledger.hold(tokens(300, prompt=100))

    failure = refused.value
    assert failure.kind is Kind.ALLOWANCE_SPENT
    assert (failure.standing.remaining, failure.standing.spent) == (115, 185)
    assert failure.retry_after == 7 * 3600
    sentence = explain(failure)
    assert "at least 116 tokens" in sentence
    assert "115 of 300 are left" in sentence
    assert "2026-11-21 00:00 UTC" in sentence


async def test_what_running_calls_hold_is_worth_a_short_wait(ledger: Ledger) -> None:
    await ledger.settle(await ledger.hold(tokens(300)), costing(80))
    running = await ledger.hold(tokens(300))

    with pytest.raises(AllowanceHeld) as refused:
        await ledger.hold(tokens(300, prompt=100))
    await ledger.settle(running, costing(10))
    await ledger.hold(tokens(300, prompt=100))

    failure = refused.value
    assert failure.kind is Kind.ALLOWANCE_HELD
    assert 1 <= (failure.retry_after or 0) < 10
    sentence = explain(failure)
    assert f"hold {running.amount} of today's tokens" in sentence
    assert f"{220 - running.amount} of 300 are left" in sentence
    assert "at least 116" in sentence


async def test_what_will_not_be_enough_when_running_calls_end_is_worth_no_wait(
    ledger: Ledger,
) -> None:
    await ledger.settle(await ledger.hold(tokens(300)), costing(185))
    await ledger.hold(tokens(300, prompt=10))

    with pytest.raises(AllowanceSpent) as refused:
        await ledger.hold(tokens(300, prompt=100))

    assert refused.value.kind is Kind.ALLOWANCE_SPENT


async def test_running_requests_hold_in_words_of_requests(ledger: Ledger) -> None:
    for _ in range(10):
        await ledger.hold(request(8_000))

    with pytest.raises(AllowanceHeld) as refused:
        await ledger.hold(request(8_000))

    assert "hold 8,000 of today's tokens" in explain(refused.value)
    assert "0 of 10 requests" in explain(refused.value)


@pytest.mark.parametrize(
    ("terms", "advice"),
    [
        ({"prompt": 100}, "try a shorter prompt or a cheaper model"),
        ({"prompt": 0, "cap": 0, "flat": 2_400}, "try fewer pictures or a cheaper model"),
        ({"prompt": 0, "cap": 0, "flat": 800}, "try something cheaper"),
        ({"prompt": 100, "flat": 800}, "try a cheaper model"),
    ],
)
async def test_a_refusal_advises_what_would_cost_less(ledger: Ledger, terms, advice) -> None:
    with pytest.raises(AllowanceSpent) as refused:
        await ledger.hold(tokens(90, **terms))

    assert f"until then {advice}. /all_limits" in explain(refused.value)


async def test_the_eleventh_request_of_ten_is_refused_in_words_of_requests(ledger: Ledger) -> None:
    for _ in range(10):
        await ledger.settle(await ledger.hold(request(8_000)), costing(800))

    with pytest.raises(AllowanceSpent) as refused:
        await ledger.hold(request(8_000))

    assert refused.value.standing.requests_remaining == 0
    assert "0 of 10 requests" in explain(refused.value)


async def test_the_minutes_limit_ends_with_the_minute(ledger: Ledger, clock: HandClock) -> None:
    clock.move(seconds=12)
    for _ in range(3):
        held = await ledger.hold(request(per_minute=3, arrived=clock.now()))
        await ledger.settle(held, Outcome(Status.FAILED, 0))

    with pytest.raises(MinuteSpent) as refused:
        await ledger.hold(request(per_minute=3, arrived=clock.now()))
    assert refused.value.retry_after == 48
    assert "3 requests of this minute" in explain(refused.value)

    clock.move(seconds=48)
    held = await ledger.hold(request(per_minute=3, arrived=clock.now()))
    assert held.standing.minute_calls == 1
    assert held.standing.minute_ends_at == clock.now() + timedelta(minutes=1)


async def test_token_mode_knows_no_minute(ledger: Ledger) -> None:
    for _ in range(5):
        await ledger.hold(tokens())

    assert (await ledger.hold(request(80_000, per_minute=1))).standing.minute_calls == 1


async def test_a_call_overtaken_into_the_next_minute_starts_no_new_count(ledger: Ledger) -> None:
    later = NOON + timedelta(minutes=1)
    await ledger.hold(request(per_minute=2, arrived=later))

    await ledger.hold(request(per_minute=2, arrived=NOON))

    with pytest.raises(MinuteSpent):
        await ledger.hold(request(per_minute=2, arrived=later))


async def test_a_clock_set_back_an_hour_blocks_nobody(ledger: Ledger) -> None:
    await ledger.hold(request(per_minute=1, arrived=NOON + timedelta(hours=1)))

    await ledger.hold(request(per_minute=1, arrived=NOON))


async def test_calls_in_flight_are_counted_across_midnight(ledger: Ledger) -> None:
    before = await ledger.hold(tokens(in_flight=1))

    with pytest.raises(TooManyInFlight) as refused:
        await ledger.hold(tokens(in_flight=1, arrived=NOON + timedelta(days=1)))
    assert refused.value.retry_after == 1
    assert "as may at once: 1." in explain(refused.value)

    await ledger.settle(before, ANSWERED)
    await ledger.hold(tokens(in_flight=1, arrived=NOON + timedelta(days=1)))


async def test_a_call_settles_on_the_day_it_arrived(
    ledger: Ledger, clock: HandClock, db: Database
) -> None:
    held = await ledger.hold(tokens())
    clock.move(days=1)
    today = await ledger.hold(tokens(arrived=clock.now()))

    settled = await ledger.settle(held, ANSWERED)

    assert settled.standing.day == date(2026, 11, 20)
    assert today.standing.day == date(2026, 11, 21)
    days = {row.day: (row.spent, row.held) for row in await rows(db, DayRow)}
    assert days == {date(2026, 11, 20): (150, 0), date(2026, 11, 21): (0, 200)}


async def test_the_day_is_the_communitys(db: Database, ledger: Ledger, clock: HandClock) -> None:
    zoned = replace(RULES, zone=ZoneInfo("Pacific/Auckland"))
    ledger.rules = ledger._writer.rules = lambda: zoned

    held = await ledger.hold(tokens())

    assert held.standing.day == date(2026, 11, 21)
    assert held.standing.resets_at == datetime(2026, 11, 21, 11, tzinfo=UTC)


async def test_without_a_limit_every_call_is_held_and_recorded(
    ledger: Ledger, db: Database
) -> None:
    held = await ledger.hold(tokens(None, cap=10_000_000))

    settled = await ledger.settle(held, costing(20_000_000))

    assert (settled.cost, settled.overrun) == (20_000_000, 0)
    assert settled.standing.remaining is None
    await assert_books_agree(db, at_rest=True)


async def test_beyond_its_hold_a_call_is_charged_up_to_the_days_limit(
    ledger: Ledger, db: Database
) -> None:
    other = await ledger.hold(tokens(1_000, prompt=300))
    held = await ledger.hold(tokens(1_000, prompt=100))

    settled = await ledger.settle(held, costing(900))

    assert (settled.cost, settled.overrun) == (600, 300)
    assert settled.standing.remaining == 0
    await ledger.settle(other, costing(400))
    overran = {call.id: (call.flags, call.overrun) for call in await rows(db, CallRow)}
    assert overran == {held.id: (Flag.OVERRUN, 300), other.id: (0, 0)}
    await assert_books_agree(db, at_rest=True)


async def test_a_lowered_limit_only_blocks_further_holds(ledger: Ledger, db: Database) -> None:
    held = await ledger.hold(tokens(80_000, prompt=5_000))

    settled = await ledger.settle(held, costing(5_100))
    with pytest.raises(AllowanceSpent) as refused:
        await ledger.hold(tokens(1_000))

    assert settled.cost == 5_100
    assert refused.value.standing.remaining == 0
    await assert_books_agree(db, at_rest=True)


async def test_a_free_model_can_be_called_with_nothing_left(ledger: Ledger) -> None:
    held = await ledger.hold(tokens(0, coefficient=0))

    assert (held.amount, held.cap) == (0, 100)


async def test_one_members_calls_take_nothing_from_another(ledger: Ledger) -> None:
    await ledger.hold(request(800, in_flight=1, per_minute=1))

    held = await ledger.hold(request(800, in_flight=1, per_minute=1, member=BEA))

    assert held.standing.remaining == 0


async def test_standing_shows_today_and_this_minute(ledger: Ledger, clock: HandClock) -> None:
    limits = Limits(8_000, 4, 20)
    fresh = await ledger.standing(ADA, Mode.REQUESTS, limits)
    await ledger.settle(await ledger.hold(request()), costing(800))
    await ledger.hold(request())

    now = await ledger.standing(ADA, Mode.REQUESTS, limits)
    clock.move(days=1)
    tomorrow = await ledger.standing(ADA, Mode.REQUESTS, limits)

    assert (fresh.spent, fresh.held, fresh.in_flight, fresh.requests_remaining) == (0, 0, 0, 10)
    assert (now.spent, now.held, now.calls, now.in_flight) == (800, 800, 1, 1)
    assert (now.minute_calls, now.requests_remaining, now.remaining) == (2, 8, 6_400)
    assert (tomorrow.spent, tomorrow.held, tomorrow.in_flight) == (0, 0, 1)
    assert tomorrow.minute_calls == 0
    tokens_now = await ledger.standing(ADA, Mode.TOKENS, limits)
    assert tokens_now.requests_remaining is None


async def test_names_too_long_for_their_columns_lose_no_settle(
    ledger: Ledger, db: Database
) -> None:
    held = await ledger.hold(tokens()._replace(model="m" * 999, endpoint="e" * 99))

    await ledger.settle(held, ANSWERED._replace(upstream="u" * 99, latency_ms=2**40))

    [call] = await rows(db, CallRow)
    assert (len(call.model), len(call.endpoint), len(call.upstream)) == (255, 64, 64)
    assert call.latency_ms == 2**31 - 1


async def test_a_day_row_that_went_missing_loses_no_settle(ledger: Ledger, db: Database) -> None:
    held = await ledger.hold(tokens())
    async with db.begin() as tx:
        await tx.execute(update(PaceRow).values(in_flight=0))
        await tx.execute(update(DayRow).values(held=0))

    settled = await ledger.settle(held, ANSWERED)

    assert settled.cost == 150
    await assert_books_agree(db, at_rest=True)
