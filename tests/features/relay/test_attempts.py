"""The record of every attempt: which routes a call was sent to, and what came of each."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.core.errors import Kind
from bot.ledger.pruning import prune_calls
from bot.ledger.rules import Status
from bot.relay.errors import NoRoute, Unable, UpstreamFailed
from bot.relay.gate import Gate
from bot.sandbox.upstreams.troubles import Fault, Trouble
from bot.settings.serving import Capability
from bot.storage.tables.ledger import AttemptRow
from tests.features.relay.house import House, answer, opened_house

both_ways = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
PLAIN = frozenset({Capability.CHAT, Capability.STREAM})
TOOLS = [{"type": "function", "function": {"name": "weather"}}]


async def attempts(house: House) -> list[tuple[Any, ...]]:
    """Return every attempt: its number, upstream, model there, outcome and status."""
    columns = (
        *(AttemptRow.number, AttemptRow.upstream, AttemptRow.model),
        *(AttemptRow.outcome, AttemptRow.http_status),
    )
    await house.quiet()
    async with house.owned.db.read() as tx:
        rows = await tx.execute(select(*columns).order_by(AttemptRow.call_id, AttemptRow.number))
        return [tuple(row) for row in rows]


@both_ways
async def test_a_call_that_needed_several_routes_says_what_came_of_each(
    house: House, streamed: bool
) -> None:
    caller = await house.caller()
    house.first.faults.next(Fault.BROKEN, Trouble(Fault.RATE_LIMITED, 7))

    await answer(house, caller, house.ask(), streamed=streamed)

    assert await attempts(house) == [
        (1, "first", "their-gpt", "broken", 500),
        (2, "first", "their-gpt", "rate_limited", 429),
        (3, "second", "gpt-4o", "answered", None),
    ]
    [record] = await house.records()
    assert (record.upstream, record.status) == ("second", Status.ANSWERED)


@both_ways
async def test_a_call_that_the_first_route_answered_is_told_whole_by_its_record(
    house: House, streamed: bool
) -> None:
    await answer(house, await house.caller(), house.ask(), streamed=streamed)

    assert await attempts(house) == []
    assert [record.upstream for record in await house.records()] == ["first"]


async def test_a_call_that_came_to_nothing_says_what_was_tried(house: House) -> None:
    caller = await house.caller()
    house.first.faults.every(Fault.REFUSE)

    with pytest.raises(UpstreamFailed):
        await house.relay.chat(caller, house.ask(model="solo"))

    assert await attempts(house) == [
        (1, "first", "solo", "broken", None),
        (2, "first", "solo", "broken", None),
    ]


async def test_an_attempt_that_was_given_up_is_noted(house: House) -> None:
    caller = await house.caller()
    house.first.faults.every(Fault.SLOW)
    call = asyncio.create_task(house.relay.chat(caller, house.ask()))
    await house.first.until(lambda upstream: upstream.asked == 1)

    call.cancel()
    await asyncio.gather(call, return_exceptions=True)

    assert await attempts(house) == [(1, "first", "their-gpt", "given_up", None)]


async def test_attempts_go_with_the_records_of_their_calls(house: House) -> None:
    house.first.faults.next(Trouble(Fault.RATE_LIMITED, 7))
    await answer(house, await house.caller(), house.ask(), streamed=False)
    assert len(await attempts(house)) == 2

    await prune_calls(house.owned.db, before=(house.clock.now() + timedelta(days=1)).date())

    assert await attempts(house) == []


@both_ways
async def test_a_call_goes_where_what_it_holds_is_understood(house: House, streamed: bool) -> None:
    upstreams = house.relay.router.upstreams
    upstreams["first"] = replace(upstreams["first"], adjusted=PLAIN)
    caller = await house.caller()

    await answer(house, caller, house.ask(tools=TOOLS), streamed=streamed)
    await answer(house, caller, house.ask(), streamed=streamed)

    assert [record.upstream for record in await house.records()] == ["second", "first"]


@both_ways
async def test_what_no_route_understands_is_refused_before_anything_is_held(
    house: House, streamed: bool
) -> None:
    upstreams = house.relay.router.upstreams
    upstreams["first"] = replace(upstreams["first"], adjusted=PLAIN)
    caller = await house.caller()
    body = {"model": "solo", "messages": [{"role": "user", "content": [PICTURE]}]}

    with pytest.raises(Unable) as refused:
        await answer(house, caller, house.ask(**body), streamed=streamed)

    assert refused.value.kind is Kind.INVALID
    assert refused.value.params["param"] == "messages"
    assert await house.records() == []
    assert house.first.asked == 0


async def test_an_upstream_of_one_place_takes_one_call_at_a_time(small_db, clock) -> None:
    async with opened_house(small_db, clock, router={"busy_seconds": 0.05}) as house:
        upstreams = house.relay.router.upstreams
        gate = Gate(house.clock, concurrency=1)
        upstreams["first"] = replace(upstreams["first"], gate=gate)
        caller = await house.caller()
        house.first.faults.next(Trouble(Fault.SLOW, 2))
        async with house.relay.stream(caller, house.ask(model="solo")) as stream:
            await anext(stream)

            with pytest.raises(NoRoute) as busy:
                await house.relay.chat(caller, house.ask(model="solo"))
            assert await answer(house, caller, house.ask(), streamed=False)
            house.first.gate.set()

        assert await answer(house, caller, house.ask(model="solo"), streamed=False)
        assert busy.value.retry_after == 1.0
        assert [record.upstream for record in await house.records()] == ["first", "second", "first"]
