"""Many calls at once: what is admitted never passes the allowance, and every call is told."""

import asyncio

from bot.core.units import Mode
from bot.ledger.errors import AllowanceSpent, TooManyInFlight
from bot.ledger.rules import Status
from bot.sandbox.upstreams.troubles import Fault
from tests.features.relay.house import answer, opened_house

MODEL = {"id": "gpt-4o", "routes": [{"upstream": "first"}]}


async def test_of_25_calls_on_an_allowance_for_10_exactly_10_pass(db, clock):
    limits = {"daily_tokens": 8_000, "in_flight": 25, "requests_per_minute": 100}
    async with opened_house(db, clock, models=[MODEL], limits=limits) as house:
        caller = await house.caller(Mode.REQUESTS)
        house.first.faults.every(Fault.SLOW)
        calls = [
            asyncio.create_task(answer(house, caller, house.ask(), streamed=bool(n % 2)))
            for n in range(25)
        ]
        await house.first.until(lambda upstream: upstream.asked == 10)
        while sum(call.done() for call in calls) < 15:
            await asyncio.wait(
                [call for call in calls if not call.done()], return_when=asyncio.FIRST_COMPLETED
            )
        assert await house.books(caller) == (0, 8_000, 10, 10)

        house.first.gate.set()
        ends = await asyncio.gather(*calls, return_exceptions=True)

        assert sum(isinstance(end, str) for end in ends) == 10
        assert sum(isinstance(end, AllowanceSpent) for end in ends) == 15
        assert house.first.asked == 10
        assert await house.settled(caller) == 8_000
        records = await house.records()
        assert [record.status for record in records] == [Status.ANSWERED] * 10


async def test_a_fifth_call_in_flight_is_refused_until_one_of_four_ends(db, clock):
    async with opened_house(db, clock) as house:
        caller = await house.caller()
        house.first.faults.every(Fault.SLOW)
        calls = [
            asyncio.create_task(answer(house, caller, house.ask(), streamed=True)) for _ in range(4)
        ]
        await house.first.until(lambda upstream: upstream.asked == 4)

        [refused] = await asyncio.gather(
            answer(house, caller, house.ask(), streamed=False), return_exceptions=True
        )
        assert isinstance(refused, TooManyInFlight)
        assert refused.standing.in_flight == 4

        house.first.gate.set()
        await asyncio.gather(*calls)
        assert await answer(house, caller, house.ask(), streamed=False)
        await house.settled(caller)


async def test_members_do_not_wait_for_each_other(small_db, clock):
    async with opened_house(small_db, clock) as house:
        slow, quick = await house.caller(), await house.caller()
        house.first.faults.next(Fault.SLOW)
        waiting = asyncio.create_task(answer(house, slow, house.ask(), streamed=False))
        await house.first.until(lambda upstream: upstream.asked == 1)

        assert await answer(house, quick, house.ask(), streamed=True)

        assert not waiting.done()
        house.first.gate.set()
        await waiting


async def test_a_day_filled_to_the_last_token_by_calls_of_every_size(db, clock):
    limits = {"daily_tokens": 3_000, "in_flight": 25}
    async with opened_house(db, clock, models=[MODEL], limits=limits) as house:
        caller = await house.caller()

        async def spend(size: int) -> None:
            ask = house.ask("Give me a long answer", max_tokens=size)
            await answer(house, caller, ask, streamed=bool(size % 2))

        await asyncio.gather(*(spend(40 + 7 * n) for n in range(40)), return_exceptions=True)

        spent = await house.settled(caller)
        records = await house.records()
        assert spent == sum(record.cost for record in records) <= 3_000
        assert all(record.overrun == 0 for record in records)
